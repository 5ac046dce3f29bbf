/* SPDX-License-Identifier: MIT */
/* headers = keep with `from`: marks alone are written and removed; the host's names stay. */
/*ini
[host]
headers = keep
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[route:in-out]
from = in
bond = out
*/
/*expect
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
-- the ACK to it
on the wire from 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
*/
#include "proxy.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct text *wire;

	wire = forwards(h, OTHER4,
		sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"),
		h, ROUTED4);
	if (wire)
		forwards(m, ROUTED4, answer_to(wire, "486 Busy Here", "", ""), h, OTHER4);
	say("-- the ACK to it");
	goes(h, ROUTED4,
		sip("ACK sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>;tag=peer\nCall-ID: 1\nCSeq: 1 ACK\n"));
	return 0;
}
