/* SPDX-License-Identifier: MIT */
/* The first member's address is gone when a transaction begins and back before it ends: its resend and its
 * CANCEL go where its INVITE went, a new one to the first. The other way round, what has begun on the
 * first fails there and goes nowhere else. */
/*victim
dirty: yes
*/
/*ini
[bond:in]
member = udp:10.0.2.1:5060
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
[route:f]
from = in
to = 203.0.113.0/24
bond = ext
*/
/*expect
-- the first is gone
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
-- it is back
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
-- by `from`
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3;bond-in=*
forwarded to 203.0.113.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3.p
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
-- the first is gone again: what began there ends there, or not at all
sendto = -1 ENETUNREACH
-- and back again
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3.p;bond=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: CANCEL
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: CANCEL
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: INVITE x2
*/
#include "proxy.h"

static int h;

static void run(const char *command)
{
	if (system(command) != 0)
		die(command);
}

static void request(const char *host, const char *method, int number)
{
	goes(h, host,
		sip("%s sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 %s\n",
			method, number, method));
}

int main(void)
{
	h = udp(H4, 5060);
	udp(M4, 5060), udp(T4, 5060);
	run("ip address del 10.0.1.1/24 dev ma");
	say("-- the first is gone");
	request(ROUTED4, "INVITE", 1);
	run("ip address add 10.0.1.1/24 dev ma");
	say("-- it is back");
	request(ROUTED4, "INVITE", 1);
	request(ROUTED4, "CANCEL", 1);
	request(ROUTED4, "ACK", 1);
	request(ROUTED4, "INVITE", 2);
	say("-- by `from`");
	struct text *wire = forwards(h, OTHER4,
		sip("INVITE sip:b@203.0.113.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 3\nCSeq: 1 INVITE\n"),
		h, OTHER4);
	if (!wire)
		return 1;
	run("ip address del 10.0.1.1/24 dev ma");
	say("-- the first is gone again: what began there ends there, or not at all");
	goes(h, OTHER4,
		sip("CANCEL sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3.p\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 3\nCSeq: 1 CANCEL\n"));
	run("ip address add 10.0.1.1/24 dev ma");
	say("-- and back again");
	goes(h, OTHER4,
		sip("CANCEL sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3.p\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 3\nCSeq: 1 CANCEL\n"));
	return 0;
}
