/* SPDX-License-Identifier: MIT */
/* What a peer copies from a request into its answer is the host's own again, to the byte, however the
 * answer is read; read on the member's socket, the top Via has that one's name. */
/*victim
case: recvfrom recvfrom-null recv read readv readv-bytes recvmsg recvmsg-bytes recvmmsg
*/
/*expect
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:10.0.2.1:5060;lr;ftag=1>
  + Record-Route: <sip:10.0.1.1:5060;lr;ftag=1;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*;received=10.0.1.1;rport=5060
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;received=10.0.1.1;rport=5060
  - Record-Route: <sip:10.0.1.1:5060;lr;ftag=1;bond=*>
  + Record-Route: <sip:10.0.2.1:5060;lr;ftag=1>
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
*/
#include "talk.h"

int main(int argc, char **argv)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct ep at = ep(M4, 5060);
	struct text *wire;

	(void)argc;
	wire = goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1\n"
		    "Via: SIP/2.0/UDP 10.0.0.77;branch=z9hG4bK-0\n"
		    "Record-Route: <sip:10.0.2.1:5060;lr;ftag=1>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@10.0.2.1>\n"));
	if (wire)
		comes_by(argv[1], m, ROUTED4, &at,
			answer_to(wire, "200 OK", ";received=10.0.1.1;rport=5060",
				"Contact: <sip:a@198.51.100.9:5080>\n"
				"Service-Route: <sip:198.51.100.9;lr>\n"
				"Content-Length: 32\n\nRecord-Route: <sip:x;bond=aaaa>\n"));
	return 0;
}
