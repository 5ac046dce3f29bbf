/* SPDX-License-Identifier: MIT */
/* `alias`: names that the host writes for itself are its own, of one listener or of every one of that
 * port, and come back as they were. */
/*ini
[host]
alias = sip.host.example
alias = five.host.example:5065 udp:10.0.2.1:5060
alias = third.host.example udp:10.0.3.1:5060
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
-- sip.host.example
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP sip.host.example;branch=z9hG4bK-1
  - Record-Route: <sip:sip.host.example;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@sip.host.example>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- the answer, and a request back
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1
  + Record-Route: <sip:sip.host.example;lr>
  - BYE sip:h@10.0.1.1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x1
  + BYE sip:h@sip.host.example SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x1;bond-in=*
-- SIP.Host.Example:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP SIP.Host.Example:5060;branch=z9hG4bK-2
  - Record-Route: <sip:SIP.Host.Example:5060;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-2;bond=*
  + Record-Route: <sip:10.0.1.1:5060;lr;bond=*>
  - Contact: <sip:h@SIP.Host.Example:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- the answer, and a request back
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-2;bond=*
  - Record-Route: <sip:10.0.1.1:5060;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-2
  + Record-Route: <sip:sip.host.example:5060;lr>
  - BYE sip:h@10.0.1.1:5060;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x2
  + BYE sip:h@sip.host.example:5060 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x2;bond-in=*
-- five.host.example:5065
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP five.host.example:5065;branch=z9hG4bK-3
  - Record-Route: <sip:five.host.example:5065;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-3;bond=*
  + Record-Route: <sip:10.0.1.1:5060;lr;bond=*>
  - Contact: <sip:h@five.host.example:5065>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- the answer, and a request back
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-3;bond=*
  - Record-Route: <sip:10.0.1.1:5060;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-3
  + Record-Route: <sip:five.host.example:5065;lr>
  - BYE sip:h@10.0.1.1:5060;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x3
  + BYE sip:h@five.host.example:5065 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x3;bond-in=*
-- not own: another port, another listener's
-- five.host.example
on the wire from 10.0.1.1:5060
-- the answer, and a request back
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x4
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x4;bond-in=*
-- third.host.example
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@third.host.example>
  + Contact: <sip:h@10.0.1.1;bond=*>
-- the answer, and a request back
  - BYE sip:h@10.0.1.1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x5
  + BYE sip:h@third.host.example SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x5;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
*/
#include "talk.h"

static void both(int h, int m, const char *name, int number)
{
	struct ep at = ep(M4, 5060);
	struct text *wire;

	say("-- %s", name);
	wire = goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d\n"
		    "Record-Route: <sip:%s;lr>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@%s>\n", name, number, name, name));
	if (!wire)
		return;
	char contact[200];
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	say("-- the answer, and a request back");
	comes(m, ROUTED4, &at, answer_to(wire, "200 OK", "", ""));
	comes(m, ROUTED4, &at,
		sip("BYE %s SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x%d\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n",
			contact, number));
}

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);

	udp(T4, 5060);
	both(h, m, "sip.host.example", 1);
	both(h, m, "SIP.Host.Example:5060", 2);
	both(h, m, "five.host.example:5065", 3);
	say("-- not own: another port, another listener's");
	both(h, m, "five.host.example", 4);
	both(h, m, "third.host.example", 5);
	return 0;
}
