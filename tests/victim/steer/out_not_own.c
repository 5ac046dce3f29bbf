/* SPDX-License-Identifier: MIT */
/* Fields that look like the host's own and are not stay to the byte, though the request leaves by a
 * member: another port, another transport, another host's, a member's own name, `*`, nonsense. */
/*expect
-- another port and transport; below a foreign one
on the wire from 10.0.1.1:5060
-- the member's own name; a wide Contact
on the wire from 10.0.1.1:5060
-- quoted and in comments
on the wire from 10.0.1.1:5060
-- the second of two own Record-Routes belongs to the other side
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4
  - Record-Route: <sip:10.0.2.1;lr>, <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-4;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>, <sip:10.0.2.1;lr>
-- beside a peer's own token of that name
on the wire from 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: MESSAGE
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: REGISTER
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060);

	udp(M4, 5060);
	say("-- another port and transport; below a foreign one");
	goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5070;branch=z9hG4bK-1\n"
		    "Record-Route: <sip:192.0.2.1;lr>, <sip:10.0.2.1;transport=tcp;lr>\n"
		    "Record-Route: <sips:10.0.2.1;lr>, <sip:10.0.2.1:5070;lr>, <sip:10.0.2.10;lr>\n"
		    "Path: <sip:10.0.2.1.example;lr>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@10.0.2.1:5070>, <tel:+1>, <mailto:a@10.0.2.1>\n"));
	say("-- the member's own name; a wide Contact");
	goes(h, ROUTED4,
		sip("REGISTER sip:b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-2\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 2\nCSeq: 1 REGISTER\n"
		    "Contact: *\nContact: <sip:b@10.0.1.1>\n"));
	say("-- quoted and in comments");
	goes(h, ROUTED4,
		sip("MESSAGE sip:a@b SIP/2.0\n"
		    "Subject: <sip:10.0.2.1;lr>\nX-Record-Route: <sip:10.0.2.1;lr>\n"
		    "Via: SIP/2.0/UDP x.example;branch=z9hG4bK-3\n"
		    "Contact: \"<sip:10.0.2.1>, \\\" ,\" <sip:c@x>;q=\"<sip:10.0.2.1>\"\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 3\nCSeq: 1 MESSAGE\n"));
	say("-- the second of two own Record-Routes belongs to the other side");
	goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4\n"
		    "Record-Route: <sip:10.0.2.1;lr>, <sip:10.0.2.1;lr>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 4\nCSeq: 1 INVITE\n"));
	say("-- beside a peer's own token of that name");
	goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-5;bond=aaaaaaaaaa\n"
		    "Record-Route: <sip:10.0.2.1;lr;bond=x>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 5\nCSeq: 1 INVITE\n"));
	return 0;
}
