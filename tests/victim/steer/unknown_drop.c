/* SPDX-License-Identifier: MIT */
/* [host] unknown = drop, read by every call: what is not for the host is not there. The next message
 * is read in its place; where there is none a reader that does not wait hears EAGAIN, and one that waits
 * gets an empty datagram, so that nobody who was told by poll() that there is something hangs. */
/*victim
case: recvfrom recvfrom-null recv read readv readv-bytes recvmsg recvmsg-bytes recvmmsg
*/
/*ini
[host]
unknown = drop
[bond:in]
member = udp:10.0.1.1:5060
*/
/*expect
-- a response behind two requests
-- one request, a reader that waits
0 
-- one request, a reader that does not
poll = 1
-1 EAGAIN
poll = 0
-- too large for the buffer
-1 EAGAIN
*/
#include "talk.h"

int main(int argc, char **argv)
{
	int h = udp(H4, 5060);
	struct ep at = ep(H4, 5060);
	static char p[4000];
	struct text *request = sip("OPTIONS sip:b@10.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP x\n"),
		    *response = sip("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1\n");
	struct pollfd poll_h = {.fd = h, .events = POLLIN};
	long n;

	(void)argc;
	udp(M4, 5060);
	say("-- a response behind two requests");
	peer_sends(ROUTED4, QUIET, &at, request);
	peer_sends(ROUTED4, QUIET, &at, request);
	comes_by(argv[1], h, ROUTED4, &at, response);
	say("-- one request, a reader that waits");
	peer_sends(ROUTED4, QUIET, &at, request);
	raw(SYS_poll, (long)&poll_h, 1, 2000, 0, 0, 0);
	errno = 0;
	n = receive_by(argv[1], h, p, sizeof(p));
	say("%ld %s", n, errno ? strerrorname_np(errno) : "");
	say("-- one request, a reader that does not");
	MUST(fcntl(h, F_SETFL, O_NONBLOCK));
	peer_sends(ROUTED4, QUIET, &at, request);
	say("poll = %ld", raw(SYS_poll, (long)&poll_h, 1, 2000, 0, 0, 0));
	n = receive_by(argv[1], h, p, sizeof(p));
	say("%ld %s", n, errno ? strerrorname_np(errno) : "");
	say("poll = %ld", raw(SYS_poll, (long)&poll_h, 1, 0, 0, 0, 0));
	say("-- too large for the buffer");
	peer_sends(ROUTED4, QUIET, &at, request);
	raw(SYS_poll, (long)&poll_h, 1, 2000, 0, 0, 0);
	n = receive_by(argv[1], h, p, request->n - 5);
	say("%ld %s", n, errno ? strerrorname_np(errno) : "");
	return 0;
}
