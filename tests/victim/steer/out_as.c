/* SPDX-License-Identifier: MIT */
/* `as`: what stands in the headers is a name, or another address and port, whatever the socket is. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060 as sip.example.com
[bond:nat]
member = udp:10.0.3.1:5060 as 192.0.2.44:5062
[route:r]
to = 198.51.100.0/24
bond = ext
[route:n]
to = 203.0.113.0/24
bond = nat
*/
/*expect
-- a name
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP sip.example.com;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:sip.example.com;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@sip.example.com;bond=*>
-- its answer
  - Via: SIP/2.0/UDP sip.example.com;branch=z9hG4bK-1;bond=*;received=10.0.1.1
  - Record-Route: <sip:sip.example.com;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;received=10.0.1.1
  + Record-Route: <sip:10.0.2.1;lr>
-- a request to that name, without token
  - BYE sip:h@sip.example.com SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x1
  - Route: <sip:SIP.example.com:5060;lr>
  + BYE sip:h@10.0.1.1 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x1;bond-in=*
  + Route: <sip:10.0.1.1:5060;lr>
-- another address and port
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-2
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 192.0.2.44:5062;branch=z9hG4bK-2;bond=*
  + Record-Route: <sip:192.0.2.44:5062;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@192.0.2.44:5062;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 192.0.2.44:5062;branch=z9hG4bK-2;bond=*
  - Record-Route: <sip:192.0.2.44:5062;lr;bond=*>
  + Via: SIP/2.0/UDP 10.0.3.1:5060;branch=z9hG4bK-2
  + Record-Route: <sip:10.0.2.1;lr>
-- a request to that address, without token
  - BYE sip:h@192.0.2.44:5062 SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x2
  - Route: <sip:192.0.2.44:5062;lr>
  + BYE sip:h@10.0.3.1:5060 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x2;bond-in=*
  + Route: <sip:10.0.3.1:5060;lr>
-- a request to the socket's own address stays: the host knows itself by it
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x3
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x3;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: INVITE
*/
#include "talk.h"

static const char request[] = "INVITE sip:a@b SIP/2.0\n"
			      "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-%d\n"
			      "Record-Route: <sip:10.0.2.1;lr>\n"
			      "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
			      "Contact: <sip:h@10.0.2.1:5060>\n";

static const char back[] = "BYE sip:h@%s SIP/2.0\n"
			   "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-x%d\n"
			   "Route: <sip:%s;lr>\n"
			   "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n";

int main(void)
{
	struct ep m_at = ep(M4, 5060), t_at = ep(T4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	struct text *wire;

	say("-- a name");
	if ((wire = goes(h, ROUTED4, sip(request, 1)))) {
		say("-- its answer");
		comes(m, ROUTED4, &m_at,
			answer_to(wire, "200 OK", ";received=10.0.1.1", "Contact: <sip:a@x>\n"));
	}
	say("-- a request to that name, without token");
	comes(m, ROUTED4, &m_at, sip(back, "sip.example.com", 1, "SIP.example.com:5060"));
	say("-- another address and port");
	if ((wire = goes(h, OTHER4, sip(request, 2)))) {
		say("-- its answer");
		comes(t, OTHER4, &t_at, answer_to(wire, "200 OK", "", "Contact: <sip:a@x>\n"));
	}
	say("-- a request to that address, without token");
	comes(t, OTHER4, &t_at, sip(back, "192.0.2.44:5062", 2, "192.0.2.44:5062"));
	say("-- a request to the socket's own address stays: the host knows itself by it");
	comes(t, OTHER4, &t_at, sip(back, "10.0.3.1", 3, "10.0.3.1"));
	return 0;
}
