/* SPDX-License-Identifier: MIT */
/* Tokens of others are left alone: at another's name, with a false value, in a chain of two libbonds,
 * and what is called bond elsewhere. */
/*victim
unsteered: yes
*/
/*expect
-- request
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond=*;bond-in=*
-- response
end
*/
#include "talk.h"

int main(void)
{
	int m = udp(M4, 5060);
	struct ep at = ep(M4, 5060);

	udp(H4, 5060);
	say("-- request");
	comes(m, ROUTED4, &at,
		sip("BYE sip:h@10.0.1.1;bond=aaaaaaaaaa SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond=bbbbbbbbbb\n"
		    "Route: <sip:10.0.1.1;lr;bond=ccccccccccc>, <sip:x.example;lr;bond=dddddddddd>\n"
		    "Route: <sip:10.0.1.1;lr;bond>, <sip:10.0.1.1;lr;bond=>, <sip:10.0.1.1;lr;bond=\"x\">\n"
		    "Record-Route: <sip:10.0.1.1;lr;bond=aaaaaaaaaa>\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n"));
	say("-- response");
	comes(m, ROUTED4, &at,
		sip("SIP/2.0 200 OK\n"
		    "Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1;bond=aaaaaaaaaa\n"
		    "Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bK-0;bond-in=aaaaaaaaaa\n"
		    "Record-Route: <sip:10.0.1.1;lr;bond=aaaaaaaaaa>, <sip:x;lr;bond=1>\n"
		    "Contact: <sip:a@10.0.1.1;bond=aaaaaaaaaa>\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n"));
	say("end");
	return 0;
}
