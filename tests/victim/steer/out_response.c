/* SPDX-License-Identifier: MIT */
/* Responses leave from the socket that their request came to. Of them Contact, Record-Route and
 * Service-Route are edited where they name another own socket than that; Vias and what a redirection
 * or a registrar says are not. */
/*expect
-- 200 from M
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- 183 to an unrouted side, from M all the same
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- 302 from M
on the wire from 10.0.1.1:5060
-- 200 to REGISTER from M, the CSeq first and last
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- 200 from H: its own
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0 x4
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: SIP/2.0
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);

	static const char rest[] =
		"Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;received=10.0.2.1\n"
		"Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-0\n"
		"Record-Route: <sip:10.0.2.1;lr>\n"
		"Service-Route: <sip:10.0.2.1;lr>\n"
		"Path: <sip:10.0.2.1;lr>\n"
		"Contact: <sip:h@10.0.2.1:5060>\n"
		"From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\n";

	say("-- 200 from M");
	goes(m, ROUTED4, sip("SIP/2.0 200 OK\n%sCSeq: 1 INVITE\n", rest));
	say("-- 183 to an unrouted side, from M all the same");
	goes(m, OTHER4, sip("SIP/2.0 183 Session Progress\n%sCSeq: 1 INVITE\n", rest));
	say("-- 302 from M");
	goes(m, ROUTED4, sip("SIP/2.0 302 Moved\n%sCSeq: 1 INVITE\n", rest));
	say("-- 200 to REGISTER from M, the CSeq first and last");
	goes(m, ROUTED4, sip("SIP/2.0 200 OK\n%sCSeq: 1 REGISTER\n", rest));
	goes(m, ROUTED4, sip("SIP/2.0 200 OK\nCSeq: 1 REGISTER\n%s", rest));
	say("-- 200 from H: its own");
	goes(h, ROUTED4, sip("SIP/2.0 200 OK\n%sCSeq: 1 INVITE\n", rest));
	return 0;
}
