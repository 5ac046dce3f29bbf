/* SPDX-License-Identifier: MIT */
/* [host] headers = keep: requests leave by the member, and no byte of any message is changed. */
/*ini
[host]
headers = keep
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
on the wire from 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct ep at = ep(M4, 5060);
	struct text *wire;

	wire = goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1\n"
		    "Via: SIP/2.0/UDP x;branch=z9hG4bK-0;bond-in=aaaaaaaaaa\n"
		    "Record-Route: <sip:10.0.2.1;lr;ftag=1>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@10.0.2.1:5060;ob>\n"));
	if (wire)
		comes(m, ROUTED4, &at, answer_to(wire, "200 OK", ";received=10.0.1.1", ""));
	comes(m, ROUTED4, &at,
		sip("BYE sip:h@10.0.1.1;bond=aaaaaaaaaa SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n"));
	return 0;
}
