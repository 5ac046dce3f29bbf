/* SPDX-License-Identifier: MIT */
/* A request that leaves by another socket names that one: top Via, topmost own Record-Route, Path,
 * Contact. All else stays: lower Vias, others' values, From, To, identities, the body. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1;i=1
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;i=1;bond=*
  - Record-Route: <sip:10.0.2.1;lr;ftag=1>
  + Record-Route: <sip:10.0.1.1;lr;ftag=1;bond=*>
  - Path: <sip:px@10.0.2.1:5060;lr>
  + Path: <sip:px@10.0.1.1:5060;lr;bond=*>
  - Contact: "H" <sip:h@10.0.2.1:5060;ob>;+sip.instance="<urn:x>"
  + Contact: "H" <sip:h@10.0.1.1:5060;ob;bond=*>;+sip.instance="<urn:x>"
heard on H nothing, on M nothing
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
*/
#include "talk.h"

int main(int argc, char **argv)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	char byte;

	(void)argc;
	goes_by(argv[1], h, ROUTED4,
		sip("INVITE sip:a@10.0.2.1 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1;i=1\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-0\n"
		    "Route: <sip:10.0.2.1:5060;lr>\n"
		    "Record-Route: <sip:10.0.2.1;lr;ftag=1>\n"
		    "Record-Route: <sip:10.0.2.1;lr;ftag=2>\n"
		    "Path: <sip:px@10.0.2.1:5060;lr>\n"
		    "From: <sip:b@10.0.2.1>;tag=1\n"
		    "To: <sip:a@10.0.2.1>\n"
		    "Call-ID: 1@10.0.2.1\n"
		    "CSeq: 1 INVITE\n"
		    "Contact: \"H\" <sip:h@10.0.2.1:5060;ob>;+sip.instance=\"<urn:x>\"\n"
		    "P-Asserted-Identity: <sip:b@10.0.2.1>\n"
		    "Refer-To: <sip:c@10.0.2.1:5060>\n"
		    "Content-Type: application/sdp\n"
		    "Content-Length: 63\n\n"
		    "v=0\no=- 1 1 IN IP4 10.0.2.1\nc=IN IP4 10.0.2.1\nVia: 10.0.2.1\n"));
	say("heard on H %s, on M %s", recv(h, &byte, 1, MSG_DONTWAIT) < 0 ? "nothing" : "something",
		recv(m, &byte, 1, MSG_DONTWAIT) < 0 ? "nothing" : "something");
	return 0;
}
