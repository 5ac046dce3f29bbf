/* SPDX-License-Identifier: MIT */
/* A user agent of one socket that was called on an opened member: its own requests of that dialog leave from
 * there, wherever the caller's Contact is, and other processes' too. Its answers leave from there at once. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open
member = udp:[fd00:1::1]:5060 open
*/
/*expect v4
-- answered by another process
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- BYE by another process, to a Contact where nobody came from
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b;bond=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: BYE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
*/
/*expect v6
-- answered by another process
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
-- BYE by another process, to a Contact where nobody came from
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-b
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-b;bond=*
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: BYE
*/
#include "open.h"

static char with_contact[100];

static void bye(int h)
{
	say("-- BYE by another process, to a Contact where nobody came from");
	goes(h, ROUTED,
		sip("BYE sip:p@%s:5080 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-b\nFrom: <sip:h@x>;tag=peer\n"
		    "To: <sip:p@x>;tag=p\nCall-ID: p1\nCSeq: 1 BYE\n", bracketed(ROUTED), OWN));
}

static void answer(int h)
{
	struct text *in = text_new();

	in->n = MUST(recv(h, in->p, TEXT_MAX - 1, 0));
	in->p[in->n] = '\0';
	say("-- answered by another process");
	goes(h, PEER, answer_to(in, "180 Ringing", "", with_contact));
	goes(h, PEER, answer_to(in, "200 OK", "", with_contact));
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);
	struct ep m = ep(M, 5060);
	struct pollfd p = {.fd = h, .events = POLLIN};

	snprintf(with_contact, sizeof(with_contact), "Contact: <sip:h@%s>\n", OWN);
	peer_sends(PEER, QUIET, &m, request("INVITE", M, 1));
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0) {
		say("nothing to read");
		return 0;
	}
	in_child(answer, h);
	in_child(bye, h);
	return 0;
}
