/* SPDX-License-Identifier: MIT */
/* A member whose port is not the listener's: the port is written, and goes again. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5070
[bond:def]
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
[route:d]
to = 203.0.113.0/24
bond = def
*/
/*expect
-- written without, from 5060 to 5070
on the wire from 10.0.1.1:5070
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1:5070;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-1;bond=*;received=10.0.1.1
  - Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-1;received=10.0.1.1
  + Record-Route: <sip:10.0.2.1;lr>
-- written with, from 5060 to 5070
on the wire from 10.0.1.1:5070
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-2
  - Record-Route: <sip:10.0.2.1:5060;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-2;bond=*
  + Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5070;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-2;bond=*;received=10.0.1.1
  - Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-2;received=10.0.1.1
  + Record-Route: <sip:10.0.2.1:5060;lr>
-- from 5080 to 5070
on the wire from 10.0.1.1:5070
  - Via: SIP/2.0/UDP 10.0.2.1:5080;branch=z9hG4bK-3
  - Record-Route: <sip:10.0.2.1:5080;lr>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-3;bond=*
  + Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5080>
  + Contact: <sip:h@10.0.1.1:5070;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-3;bond=*;received=10.0.1.1
  - Record-Route: <sip:10.0.1.1:5070;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5070;branch=z9hG4bK-3;received=10.0.1.1
  + Record-Route: <sip:10.0.2.1:5080;lr>
-- from 5080 to 5060
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5080;branch=z9hG4bK-4
  - Record-Route: <sip:10.0.2.1:5080;lr>
  + Via: SIP/2.0/UDP 10.0.3.1:5060;branch=z9hG4bK-4;bond=*
  + Record-Route: <sip:10.0.3.1:5060;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5080>
  + Contact: <sip:h@10.0.3.1:5060;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.3.1:5060;branch=z9hG4bK-4;bond=*;received=10.0.1.1
  - Record-Route: <sip:10.0.3.1:5060;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.3.1:5060;branch=z9hG4bK-4;received=10.0.1.1
  + Record-Route: <sip:10.0.2.1:5080;lr>
peer: udp 10.0.1.1:5070 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: INVITE
*/
#include "talk.h"

static const char request[] = "INVITE sip:a@b SIP/2.0\n"
			      "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d\n"
			      "Record-Route: <sip:%s;lr>\n"
			      "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
			      "Contact: <sip:h@%s>\n";

static void both(int h, int m, const char *host, const struct ep *at, const char *own, int number)
{
	struct text *wire = goes(h, host, sip(request, own, number, own, own));

	say("-- its answer");
	if (wire)
		comes(m, host, at, answer_to(wire, "200 OK", ";received=10.0.1.1", ""));
}

int main(void)
{
	struct ep at = ep(M4, 5070), def = ep(T4, 5060);
	int h = udp(H4, 5060), p = udp(H4, 5080), m = udp(M4, 5070), t = udp(T4, 5060);

	say("-- written without, from 5060 to 5070");
	both(h, m, ROUTED4, &at, "10.0.2.1", 1);
	say("-- written with, from 5060 to 5070");
	both(h, m, ROUTED4, &at, "10.0.2.1:5060", 2);
	say("-- from 5080 to 5070");
	both(p, m, ROUTED4, &at, "10.0.2.1:5080", 3);
	say("-- from 5080 to 5060");
	both(p, t, OTHER4, &def, "10.0.2.1:5080", 4);
	return 0;
}
