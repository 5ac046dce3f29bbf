/* SPDX-License-Identifier: MIT */
/* Less usual settings of a socket that must be replaced: a forced buffer, segment size, signal
 * owner, congestion control. */
/*expect
receive buffer kept: yes
TCP_MAXSEG kept: yes
owner kept: yes, signal 10, asynchronous 1
congestion control reno
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = bound(SOCK_STREAM, "0.0.0.0", 7001), now = 0, before = 0;
	socklen_t len = sizeof(now);
	char name[16] = "";

	signal(SIGUSR1, SIG_IGN);
	MUST(setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &(int){8 << 20}, sizeof(int)));
	MUST(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &before, &len));
	MUST(setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &(int){700}, sizeof(int)));
	MUST(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	MUST(fcntl(s, F_SETOWN, getpid()));
	MUST(fcntl(s, F_SETSIG, SIGUSR1));
	MUST(fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_ASYNC));
	MUST(connect(s, &routed.sa, routed.len));
	MUST(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &now, &len));
	say("receive buffer kept: %s", now == before ? "yes" : "no");
	MUST(getsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &now, &len));
	say("TCP_MAXSEG kept: %s", now <= 700 ? "yes" : "no");
	say("owner kept: %s, signal %d, asynchronous %d",
		fcntl(s, F_GETOWN) == getpid() ? "yes" : "no", fcntl(s, F_GETSIG),
		!!(fcntl(s, F_GETFL) & O_ASYNC));
	len = sizeof(name);
	MUST(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	say("congestion control %s", name);
	MUST(send(s, SIP, SIP_LEN, 0));
	hear(EARS({"it", s}));
	return 0;
}
