/* SPDX-License-Identifier: MIT */
/* In by one side, out by the other (`from`): the first Via that comes is marked, the mark crosses the
 * wire in lower Vias only, decides by the second Via, and is gone from the top Via of responses. The
 * proxy's CANCEL and ACK have one Via: they go the way of their INVITE, from any process. */
/*ini
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:third]
member = udp:10.0.3.1:5060
[route:in-out]
from = in
bond = out
[route:out-in]
from = out
bond = in
[route:rest]
bond = third
*/
/*expect
-- INVITE from the inside
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
-- the proxy's resend, from another process, and its CANCEL: one Via
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
other process: exit 0
-- 486 and the ACK to it
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Record-Route: <sip:10.0.2.1;lr>
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
-- another transaction with one Via is the proxy's own: no `from` holds
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-own
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-own;bond=*
-- from the outside
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b1
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b1;bond-in=*
forwarded to 203.0.113.9:5080
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b1.p
  - Record-Route: <sip:10.0.1.1;lr>
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b1.p;bond=*
  + Record-Route: <sip:10.0.2.1;lr;bond=*>
-- in by a socket of neither side: the rest's
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-c1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-c1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.3.1:5060
-- a mark copied to another branch: nothing is known of where it came in
sendto = -1 ENETUNREACH
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: CANCEL
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: OPTIONS x2
*/
#include "proxy.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	struct text *wire, *busy;

	say("-- INVITE from the inside");
	wire = forwards(h, OTHER4,
		sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=aaaaaaaaaa\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"),
		h, ROUTED4);
	if (!wire)
		return 1;
	struct text invite = *wire;
	const char *own = "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p\n";
	say("-- the proxy's resend, from another process, and its CANCEL: one Via");
	struct text *resend = proxy_made;
	struct text *cancel = sip("CANCEL sip:b@198.51.100.9:5080 SIP/2.0\n%s"
				  "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\n"
				  "CSeq: 1 CANCEL\n", own);
	pid_t pid = fork();
	if (pid == 0) {
		goes(h, ROUTED4, resend);
		goes(h, ROUTED4, cancel);
		_exit(0);
	}
	say_child("other process", pid);
	say("-- 486 and the ACK to it");
	busy = forwards(m, ROUTED4, answer_to(&invite, "486 Busy Here", "", ""), h, OTHER4);
	if (busy && strstr(busy->p, "bond"))
		say("a token reaches the caller");
	goes(h, ROUTED4,
		sip("ACK sip:b@198.51.100.9:5080 SIP/2.0\n%s"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>;tag=peer\nCall-ID: 1\nCSeq: 1 ACK\n", own));
	say("-- another transaction with one Via is the proxy's own: no `from` holds");
	goes(h, ROUTED4,
		sip("OPTIONS sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-own\n"
		    "From: <sip:h@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 2\nCSeq: 1 OPTIONS\n"));
	say("-- from the outside");
	forwards(m, ROUTED4,
		sip("INVITE sip:a@203.0.113.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b1\n"
		    "From: <sip:b@x>;tag=b\nTo: <sip:a@x>\nCall-ID: 3\nCSeq: 1 INVITE\n"),
		m, OTHER4);
	say("-- in by a socket of neither side: the rest's");
	forwards(t, OTHER4,
		sip("OPTIONS sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-c1\n"
		    "From: <sip:c@x>;tag=c\nTo: <sip:b@x>\nCall-ID: 5\nCSeq: 1 OPTIONS\n"),
		t, ROUTED4);
	say("-- a mark copied to another branch: nothing is known of where it came in");
	char mark[20];
	snprintf(mark, sizeof(mark), "%s", part(&invite, "bond-in=", "\r;"));
	struct text *forged = sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n"
				  "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-f.p\n"
				  "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-f;bond-in=%s\n"
				  "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 4\n"
				  "CSeq: 1 INVITE\n", mark);
	goes(h, ROUTED4, forged);
	return 0;
}
