/* SPDX-License-Identifier: MIT */
/* REGISTER: the Contact that the host registers is the member's, and the registrar's answer shows the
 * host its own again, among those of others; Path and Service-Route too. */
/*expect
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1;rport
  - Path: <sip:10.0.2.1;lr;ob>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;rport;bond=*
  + Path: <sip:10.0.1.1;lr;ob;bond=*>
  - Contact: <sip:b@10.0.2.1:5060;line=1>;expires=60
  + Contact: <sip:b@10.0.1.1:5060;line=1;bond=*>;expires=60
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;rport;bond=*;received=10.0.1.1
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;rport;received=10.0.1.1
  - Contact: <sip:b@192.0.2.8>;expires=5, <sip:b@10.0.1.1:5060;line=1;bond=*>;expires=60
  + Contact: <sip:b@192.0.2.8>;expires=5, <sip:b@10.0.2.1:5060;line=1>;expires=60
  - Path: <sip:10.0.1.1;lr;ob;bond=*>
  + Path: <sip:10.0.2.1;lr;ob>
-- 301: where the host is told to go
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;rport;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;rport
  - Contact: <sip:b@192.0.2.8>;expires=5, <sip:b@10.0.1.1:5060;line=1;bond=*>;expires=60
  + Contact: <sip:b@192.0.2.8>;expires=5, <sip:b@10.0.2.1:5060;line=1>;expires=60
  - Path: <sip:10.0.1.1;lr;ob;bond=*>
  + Path: <sip:10.0.2.1;lr;ob>
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: REGISTER
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct ep at = ep(M4, 5060);
	char contact[200], path[200];
	struct text *wire;

	wire = goes(h, ROUTED4,
		sip("REGISTER sip:x SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1;rport\n"
		    "Path: <sip:10.0.2.1;lr;ob>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 REGISTER\n"
		    "Contact: <sip:b@10.0.2.1:5060;line=1>;expires=60\n"));
	if (!wire)
		return 1;
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	snprintf(path, sizeof(path), "%s", part(wire, "Path: <", ">"));
	char rows[1000];
	snprintf(rows, sizeof(rows),
		"Contact: <sip:b@192.0.2.8>;expires=5, <%s>;expires=60\n"
		"Contact: \"x, <y>\" <sip:b@192.0.2.9;bond=1>\nPath: <%s>\n"
		"Service-Route: <sip:198.51.100.9;lr>\n",
		contact, path);
	comes(m, ROUTED4, &at, answer_to(wire, "200 OK", ";received=10.0.1.1", rows));
	say("-- 301: where the host is told to go");
	wire = answer_to(wire, "301 Moved", "", rows);
	comes(m, ROUTED4, &at, wire);
	return 0;
}
