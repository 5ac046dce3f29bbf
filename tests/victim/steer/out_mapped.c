/* SPDX-License-Identifier: MIT */
/* A dual-stack listener that sends to IPv4 by mapped addresses: the headers are IPv4's. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = 0
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1
  + Record-Route: <sip:10.0.2.1;lr>
-- a request to the other member, and the answer
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1;bond=*>
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: SIP/2.0
*/
#include "talk.h"

int main(void)
{
	int any = udp("::", 5060);
	struct ep to = ep("::ffff:" ROUTED4, QUIET), at = ep(T4, 5060);
	struct text *t = sip("INVITE sip:a@b SIP/2.0\n"
			     "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1\n"
			     "Record-Route: <sip:10.0.2.1;lr>\n"
			     "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
			     "Contact: <sip:h@10.0.2.1>\n"), *wire, *in;

	say_result("sendto", sendto(any, t->p, t->n, 0, &to.sa, to.len) - (long)t->n);
	wire = peer_got(ROUTED4);
	if (!wire)
		return 1;
	say_changes(t, wire);
	say("-- its answer");
	at = ep(M4, 5060);
	comes(any, ROUTED4, &at, answer_to(wire, "200 OK", "", ""));
	say("-- a request to the other member, and the answer");
	at = ep(T4, 5060);
	in = comes(any, ROUTED4, &at,
		sip("OPTIONS sip:h@10.0.3.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-o\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 2\nCSeq: 1 OPTIONS\n"));
	if (!in)
		return 1;
	t = answer_to(in, "200 OK", "", "Contact: <sip:h@10.0.2.1>\n");
	sendto(any, t->p, t->n, 0, &to.sa, to.len);
	wire = peer_got(ROUTED4);
	if (wire)
		say_changes(t, wire);
	return 0;
}
