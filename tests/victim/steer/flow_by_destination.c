/* SPDX-License-Identifier: MIT */
/* A whole call through a proxy that knows one name, B behind a member by `to`: INVITE, 180, 200, ACK,
 * and BYE by either side. Marks tell where B's requests belong: they leave from the dialog's socket, which
 * A knows. */
/*expect
-- INVITE
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
-- 180
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Record-Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
-- 200
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Record-Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
-- ACK
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
-- BYE by A, and its 200
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a2
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a2;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a2.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a2.p;bond=*
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a2.p;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a2.p
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a2
-- requests of its own from that socket, there
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- BYE by B, forwarded from the socket that it came to, and its 200
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b2
  - Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b2;bond-in=*
  + Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b2.p
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b2.p;bond=*
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b2.p;bond=*
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b2.p
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b2;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b2
-- re-INVITE by B, which the proxy cancels: one Via, the same name and way
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b3
  - Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b3;bond-in=*
  + Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b3.p
  - Record-Route: <sip:10.0.1.1;lr>
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b3.p;bond=*
  + Record-Route: <sip:10.0.2.1;lr;bond=*>
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b3.p
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b3.p;bond=*
-- what the proxy forwards from another socket of its own choice leaves from that one
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b4
  - Route: <sip:10.0.1.1;lr;bond=*>
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b4;bond-in=*
  + Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.3.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: BYE
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: BYE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: CANCEL
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x3
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: BYE
*/
#include "proxy.h"

static char b_contact[100] = "<sip:b@198.51.100.9:5080>", a_contact[100] = "<sip:a@203.0.113.9:5080>";

/* A request in the dialog by the Record-Route that a peer has. */
static struct text *in_dialog(const char *method, const char *from, const char *via,
	const char *contact, const char *route, int number)
{
	char uri[100];

	snprintf(uri, sizeof(uri), "%.*s", (int)strlen(contact) - 2, contact + 1);
	return sip("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-%s%d\n"
		   "Route: <%s>\nFrom: <sip:%s@x>;tag=%s\nTo: <sip:x@x>;tag=x\nCall-ID: 1\n"
		   "CSeq: %d %s\n",
		method, uri, via, from, number, route, from, from, number, method);
}

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	char a_route[200], b_route[200];
	struct text *wire;

	say("-- INVITE");
	wire = forwards(h, OTHER4,
		sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:a@203.0.113.9:5080>\n"),
		h, ROUTED4);
	if (!wire)
		return 1;
	snprintf(b_route, sizeof(b_route), "%s", part(wire, "Record-Route: <", ">"));
	say("-- 180");
	forwards(m, ROUTED4, answer_to(wire, "180 Ringing", "", ""), h, OTHER4);
	say("-- 200");
	char rows[200];
	snprintf(rows, sizeof(rows), "Contact: %s\n", b_contact);
	wire = forwards(m, ROUTED4, answer_to(wire, "200 OK", "", rows), h, OTHER4);
	if (!wire)
		return 1;
	snprintf(a_route, sizeof(a_route), "%s", part(wire, "Record-Route: <", ">"));
	say("-- ACK");
	forwards(h, OTHER4, in_dialog("ACK", "a", "203.0.113.9", b_contact, a_route, 1), h, ROUTED4);
	say("-- BYE by A, and its 200");
	wire = forwards(h, OTHER4, in_dialog("BYE", "a", "203.0.113.9", b_contact, a_route, 2), h,
		ROUTED4);
	if (wire)
		forwards(m, ROUTED4, answer_to(wire, "200 OK", "", ""), h, OTHER4);
	say("-- requests of its own from that socket, there");
	for (int i = 0; i < 2; i++)
		goes(m, OTHER4, sip("OPTIONS sip:a@203.0.113.9:5080 SIP/2.0\n"
				    "Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o%d\n"
				    "From: <sip:p@x>;tag=o\nTo: <sip:a@x>\nCall-ID: o\n"
				    "CSeq: 1 OPTIONS\n", i));
	say("-- BYE by B, forwarded from the socket that it came to, and its 200");
	wire = forwards(m, ROUTED4, in_dialog("BYE", "b", "198.51.100.9", a_contact, b_route, 2), m,
		OTHER4);
	if (wire)
		forwards(h, OTHER4, answer_to(wire, "200 OK", "", ""), m, ROUTED4);
	say("-- re-INVITE by B, which the proxy cancels: one Via, the same name and way");
	forwards(m, ROUTED4, in_dialog("INVITE", "b", "198.51.100.9", a_contact, b_route, 3), m, OTHER4);
	goes(m, OTHER4,
		sip("CANCEL sip:a@203.0.113.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b3.p\n"
		    "From: <sip:b@x>;tag=b\nTo: <sip:x@x>;tag=x\nCall-ID: 1\nCSeq: 3 CANCEL\n"));
	say("-- what the proxy forwards from another socket of its own choice leaves from that one");
	forwards(m, ROUTED4, in_dialog("BYE", "b", "198.51.100.9", a_contact, b_route, 4), t, OTHER4);
	return 0;
}
