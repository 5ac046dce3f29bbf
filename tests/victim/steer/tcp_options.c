/* SPDX-License-Identifier: MIT */
/* Options and flags that the host set before connect() are on the connected socket. */
/*victim
case: unbound any0 port
*/
/*expect
TCP_NODELAY 1
TCP_KEEPIDLE 33
TCP_USER_TIMEOUT 4321
SO_KEEPALIVE 1
SO_OOBINLINE 1
SO_MARK 7
SO_RCVTIMEO 9
SO_SNDTIMEO 11
SO_LINGER 13
SO_RCVLOWAT 2
SO_REUSEADDR 1
IP_TOS 16
SO_PRIORITY 5
IP_TTL 44
IP_RECVERR 1
receive buffer as set: yes
send buffer as set: yes
non-blocking 1, close-on-exec 1
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static const struct {
	const char *text;
	int level, name, value;
} options[] = {
	{"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
	{"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 33},
	{"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 4321},
	{"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1},
	{"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1},
	{"SO_MARK", SOL_SOCKET, SO_MARK, 7},
	{"SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, 9},
	{"SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, 11},
	{"SO_LINGER", SOL_SOCKET, SO_LINGER, 13},
	{"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 2},
	{"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1},
	{"IP_TOS", IPPROTO_IP, IP_TOS, 16},
	{"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 5}, /* after IP_TOS, which sets one too */
	{"IP_TTL", IPPROTO_IP, IP_TTL, 44},
	{"IP_RECVERR", IPPROTO_IP, IP_RECVERR, 1},
};

static void option(int fd, size_t i, bool set)
{
	struct timeval tv = {options[i].value, 0};
	struct linger linger = {1, options[i].value};
	int value = options[i].value, name = options[i].name;
	bool is_socket = options[i].level == SOL_SOCKET;
	void *at = &value;
	socklen_t len = sizeof(value);

	if (is_socket && (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
		at = &tv, len = sizeof(tv);
	if (is_socket && name == SO_LINGER)
		at = &linger, len = sizeof(linger);
	if (set) {
		MUST(setsockopt(fd, options[i].level, name, at, len));
		return;
	}
	memset(at, 0, len);
	MUST(getsockopt(fd, options[i].level, name, at, &len));
	say("%s %ld", options[i].text,
		at == &tv       ? (long)tv.tv_sec
		: at == &linger ? linger.l_linger
				: value);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), size = 40000, now = 0;
	struct ep e = ep("0.0.0.0", argc > 1 && argv[1][0] == 'p' ? 7001 : 0);
	socklen_t len = sizeof(now);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		option(s, i, true);
	MUST(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	MUST(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	MUST(fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK));
	if (argv[1][0] != 'u')
		MUST(bind(s, &e.sa, e.len));
	if (connect(s, &routed.sa, routed.len) == -1 && errno != EINPROGRESS)
		say("connect: %s", strerrorname_np(errno));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		option(s, i, false);
	MUST(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &now, &len));
	say("receive buffer as set: %s", now == 2 * size ? "yes" : "no");
	MUST(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &now, &len));
	say("send buffer as set: %s", now == 2 * size ? "yes" : "no");
	say("non-blocking %d, close-on-exec %d", !!(fcntl(s, F_GETFL) & O_NONBLOCK),
		fcntl(s, F_GETFD));
	now = 1;
	MUST(setsockopt(s, SOL_SOCKET, SO_RCVLOWAT, &now, sizeof(now)));
	while (send(s, SIP, SIP_LEN, 0) == -1 && errno == EAGAIN)
		usleep(1000);
	hear(EARS({"it", s}));
	return 0;
}
