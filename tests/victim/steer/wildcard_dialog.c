/* SPDX-License-Identifier: MIT */
/* A wildcard listener that carries two members of a bond: requests are named by the one that they leave
 * from, the answer shows the host its own name, and a response leaves from the address that its request
 * came to. The host names any address of its own. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
member = udp:[fd00:1::1]:5060
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = ext
*/
/*expect
-- as [fd00:2::1]
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-1
  - Record-Route: <sip:[fd00:2::1];lr>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:[fd00:1::1];lr;bond=*>
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
-- its answer
  - Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:[fd00:1::1];lr;bond=*>
  + Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-1
  + Record-Route: <sip:[fd00:2::1];lr>
-- a request back, and the host's answer
  - BYE sip:h@[fd00:1::1];bond=* SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x1;rport
  + BYE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x1;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x1;rport
-- as [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
-- its answer
-- a request back, and the host's answer
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x2;rport
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x2;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x2;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK-x2;rport
-- as 10.0.2.1
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3
  + Record-Route: <sip:10.0.2.1;lr>
-- a request back, and the host's answer
  - BYE sip:h@10.0.1.1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x3;rport
  + BYE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x3;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x3;rport;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x3;rport
-- as 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- its answer
-- a request back, and the host's answer
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x4;rport
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x4;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x4;rport;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x4;rport
-- a request to the second member, and the host's answer
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0 x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: SIP/2.0 x2
*/
#include "talk.h"

static void both(int any, const char *peer, const struct ep *at, const char *own, int number)
{
	struct text *wire, *in;
	char contact[200];

	say("-- as %s", own);
	wire = goes(any, peer,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d\n"
		    "Record-Route: <sip:%s;lr>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@%s>\n", own, number, own, own));
	if (!wire)
		return;
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	say("-- its answer");
	comes(any, peer, at, answer_to(wire, "200 OK", "", ""));
	say("-- a request back, and the host's answer");
	in = comes(any, peer, at,
		sip("BYE %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-x%d;rport\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n",
			contact, at->sa.sa_family == AF_INET ? "198.51.100.9" : "[2001:db8::9]",
			number));
	if (in)
		goes(any, peer, answer_to(in, "200 OK", "", ""));
}

int main(void)
{
	int any = udp("::", 5060);
	struct ep m = ep(M4, 5060), t = ep(T4, 5060), m6 = ep(M6, 5060);
	struct text *in;

	both(any, ROUTED6, &m6, "[fd00:2::1]", 1);
	both(any, ROUTED6, &m6, "[fd00:1::1]:5060", 2);
	close(any);
	any = udp("0.0.0.0", 5060);
	both(any, ROUTED4, &m, "10.0.2.1", 3);
	both(any, ROUTED4, &m, "10.0.1.1:5060", 4);
	say("-- a request to the second member, and the host's answer");
	in = comes(any, ROUTED4, &t,
		sip("OPTIONS sip:h@10.0.3.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 2\nCSeq: 1 OPTIONS\n"));
	if (in)
		goes(any, ROUTED4, answer_to(in, "200 OK", "", "Contact: <sip:h@10.0.2.1>\n"));
	return 0;
}
