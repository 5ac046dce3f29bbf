/* SPDX-License-Identifier: MIT */
/* Two workers bind the host's addresses in an order of their own (SO_REUSEPORT): what a transaction
 * began with in one of them, a listener or a member, the other one goes on with. */
/*ini
[bond:other]
member = udp:10.0.3.1:5060
[bond:side]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = side
[route:f]
from = other
bond = side
*/
/*expect
-- a dialog that knows the host as 10.0.2.1
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
forwarded to 198.51.100.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-a1.p
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-a1.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
-- re-INVITE from the side, forwarded from where it came in
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
-- INVITE from the other side
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-c1
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-c1;bond-in=*
forwarded to 203.0.113.9:5080
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-c1.p
  - Record-Route: <sip:10.0.3.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-c1.p;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
-- their CANCEL, by the worker whose first listener is another
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-b3.p
  + Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-b3.p;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-c1.p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-c1.p;bond=*
-- one that began nowhere is the host's own
on the wire from 10.0.1.1:5060
worker: exit 0
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: CANCEL x2
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: CANCEL
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE
*/
#include "proxy.h"

static int worker_socket(const char *host)
{
	struct ep at = ep(host, 5060);
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0)), one = 1;

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(bind(fd, &at.sa, at.len));
	return fd;
}

static struct text *cancel(const char *name, const char *branch)
{
	return sip("CANCEL sip:a@203.0.113.9:5080 SIP/2.0\n"
		   "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%s\n"
		   "From: <sip:b@x>;tag=b\nTo: <sip:x@x>\nCall-ID: 1\nCSeq: 3 CANCEL\n", name, branch);
}

static int other_worker(int told)
{
	char c;

	raw(SYS_read, told, (long)&c, 1, 0, 0, 0);
	int t = worker_socket(T4), m = worker_socket(M4);
	worker_socket(H4);
	say("-- their CANCEL, by the worker whose first listener is another");
	goes(m, OTHER4, cancel(M4, "b3.p"));
	goes(t, OTHER4, cancel(T4, "c1.p"));
	say("-- one that began nowhere is the host's own");
	goes(m, OTHER4, cancel(M4, "d1.p"));
	return 0;
}

int main(void)
{
	int told[2];
	char route[200];

	MUST(raw(SYS_pipe2, (long)told, 0, 0, 0, 0, 0));
	pid_t pid = fork();
	if (pid == 0)
		_exit(other_worker(told[0]));
	int h = worker_socket(H4), m = worker_socket(M4), t = worker_socket(T4);
	say("-- a dialog that knows the host as 10.0.2.1");
	struct text *wire = forwards(h, OTHER4,
		sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"),
		h, ROUTED4);
	if (!wire)
		return 1;
	snprintf(route, sizeof(route), "%s", part(wire, "Record-Route: <", ">"));
	say("-- re-INVITE from the side, forwarded from where it came in");
	forwards(m, ROUTED4,
		sip("INVITE sip:a@203.0.113.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-b3\nRoute: <%s>\n"
		    "From: <sip:b@x>;tag=b\nTo: <sip:a@x>;tag=a\nCall-ID: 1\nCSeq: 3 INVITE\n",
			route),
		m, OTHER4);
	say("-- INVITE from the other side");
	forwards(t, ROUTED4,
		sip("INVITE sip:a@203.0.113.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-c1\n"
		    "From: <sip:b@x>;tag=c\nTo: <sip:a@x>\nCall-ID: 2\nCSeq: 1 INVITE\n"),
		t, OTHER4);
	raw(SYS_write, told[1], (long)"g", 1, 0, 0, 0);
	say_child("worker", pid);
	return 0;
}
