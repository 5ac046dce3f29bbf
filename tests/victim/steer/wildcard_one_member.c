/* SPDX-License-Identifier: MIT */
/* A wildcard listener that carries one member of a bond, or one of each of two: an answer leaves from
 * the address that its request came to, be it a member's or not, and so do the host's own requests of a
 * dialog that came in there, though no route names the peer. Everything else leaves as ever. */
/*ini
[bond:one]
member = udp:10.0.3.1:5060
member = udp:[fd00:3::1]:5060
[bond:two]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = one
[route:v6]
to = 2001:db8:7::/48
bond = one
*/
/*expect
-- to the member, from where no route leads
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
-- the host's request of that dialog
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-out1peer
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-out1peer;bond=*
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
-- the same Call-ID, but another side of it
on the wire from 10.0.0.1:5060
-- a request of no dialog
on the wire from 10.0.0.1:5060
-- to the other bond's member
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- the host's request of that dialog
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-out2peer
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-out2peer;bond=*
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- to an address that is no member's
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
-- the host's request of that dialog
on the wire from 10.0.2.1:5060
-- a dialog that came in elsewhere, to where a route leads
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-in4
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-in4;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-in4;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-in4
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- the host's request of that dialog
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-out4peer
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-out4peer;bond=*
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
-- IPv6
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-in5
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-in5;bond-in=*
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-in5;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-in5
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:3::1];bond=*>
-- the host's request of that dialog
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-out5peer
  + Via: SIP/2.0/UDP [fd00:3::1];branch=z9hG4bK-out5peer;bond=*
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:3::1];bond=*>
-- IPv4 on a dual-stack listener
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in6
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in6;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in6;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in6
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
-- the host's request of that dialog, by a forked child
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-out6peer
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-out6peer;bond=*
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: UPDATE
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: UPDATE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: UPDATE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: UPDATE
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: UPDATE x2
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: SIP/2.0
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: UPDATE
*/
#include "talk.h"


/* A call comes in, and the host answers it. */
static void called(int fd, const char *peer, const char *peer_name, const struct ep *at,
	const char *own, int number)
{
	struct text *in = comes(fd, peer, at,
		sip("INVITE sip:h@x SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-in%d\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: c%d\nCSeq: 1 INVITE\n",
			peer_name, number, number));
	char contact[100];

	if (!in)
		return;
	snprintf(contact, sizeof(contact), "Contact: <sip:h@%s>\n", own);
	goes(fd, peer, answer_to(in, "200 OK", "", contact));
}

static void goes_on(int fd, const char *peer, const char *own, int number, const char *tag)
{
	goes(fd, peer,
		sip("UPDATE sip:a@x SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-out%d%s\n"
		    "From: <sip:b@x>;tag=%s\nTo: <sip:a@x>;tag=1\nCall-ID: c%d\nCSeq: 1 UPDATE\n"
		    "Contact: <sip:h@%s>\n", own, number, tag, tag, number, own));
}

static void dialog(int fd, const char *peer, const char *peer_name, const struct ep *at,
	const char *own, int number)
{
	called(fd, peer, peer_name, at, own, number);
	say("-- the host's request of that dialog");
	goes_on(fd, peer, own, number, "peer");
}

int main(void)
{
	int any = udp("0.0.0.0", 5060), status;
	struct ep m = ep(T4, 5060), two = ep(M4, 5060), other = ep(H4, 5060), m6 = ep(T6, 5060);

	say("-- to the member, from where no route leads");
	dialog(any, OTHER4, OTHER4, &m, H4, 1);
	say("-- the same Call-ID, but another side of it");
	goes_on(any, OTHER4, H4, 1, "another");
	say("-- a request of no dialog");
	goes(any, OTHER4, sip("OPTIONS sip:a@x SIP/2.0\nVia: SIP/2.0/UDP " H4 ";branch=z9hG4bK-o\n"
			      "From: <sip:b@x>;tag=peer\nTo: <sip:a@x>\nCall-ID: c1\n"
			      "CSeq: 1 OPTIONS\n"));
	say("-- to the other bond's member");
	dialog(any, OTHER4, OTHER4, &two, H4, 2);
	say("-- to an address that is no member's");
	dialog(any, OTHER4, OTHER4, &other, H4, 3);
	say("-- a dialog that came in elsewhere, to where a route leads");
	dialog(any, ROUTED4, ROUTED4, &two, H4, 4);
	close(any);
	any = udp("::", 5060);
	say("-- IPv6");
	dialog(any, ROUTED6, "[" ROUTED6 "]", &m6, "[" H6 "]", 5);
	say("-- IPv4 on a dual-stack listener");
	called(any, "::ffff:" OTHER4, OTHER4, &m, H4, 6);
	fflush(stdout);
	if (fork() == 0) {
		say("-- the host's request of that dialog, by a forked child");
		goes_on(any, "::ffff:" OTHER4, H4, 6, "peer");
		_exit(0);
	}
	wait(&status);
	return 0;
}
