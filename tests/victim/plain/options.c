/* SPDX-License-Identifier: MIT */
/* setsockopt() and getsockopt(), right and wrong, are the kernel's own. */
/*victim
opened: filter sk_lookup
*/
#include "../victim.h"

static void all(const char *name, int fd)
{
	static const struct {
		int level, name;
	} options[] = {
		{SOL_SOCKET, SO_REUSEADDR},
		{SOL_SOCKET, SO_REUSEPORT},
		{SOL_SOCKET, SO_BROADCAST},
		{SOL_SOCKET, SO_KEEPALIVE},
		{SOL_SOCKET, SO_PRIORITY},
		{SOL_SOCKET, SO_MARK},
		{SOL_SOCKET, SO_ACCEPTCONN},
		{SOL_SOCKET, SO_DOMAIN},
		{SOL_SOCKET, SO_TYPE},
		{IPPROTO_IP, IP_TOS},
		{IPPROTO_IP, IP_TTL},
		{IPPROTO_IP, IP_PKTINFO},
		{IPPROTO_IP, IP_RECVERR},
		{IPPROTO_IP, IP_FREEBIND},
		{IPPROTO_IP, 24},
		{IPPROTO_IPV6, IPV6_V6ONLY},
		{IPPROTO_IPV6, IPV6_RECVPKTINFO},
		{IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_TCP, TCP_KEEPIDLE},
		{9999, 1},
		{SOL_SOCKET, 9999},
	};
	int value;
	socklen_t len;

	say("-- %s", name);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int level = options[i].level, option = options[i].name, one = 1;

		say("level %d option %d", level, option);
		value = -7, len = sizeof(value);
		DID(getsockopt(fd, level, option, &value, &len));
		say("%d, length %u", value, len);
		DID(setsockopt(fd, level, option, &one, sizeof(one)));
		DID(setsockopt(fd, level, option, &one, 1));
		DID(setsockopt(fd, level, option, NULL, 0));
		DID(setsockopt(fd, level, option, NULL, 4));
		DID(setsockopt(fd, level, option, (void *)8, 4));
		DID(setsockopt(fd, level, option, &one, -1));
		value = -7, len = sizeof(value);
		DID(getsockopt(fd, level, option, &value, &len));
		say("%d, length %u", value, len);
	}
}

int main(void)
{
	all("udp4", udp("127.0.0.1", 7001));
	all("udp6", MUST(socket(AF_INET6, SOCK_DGRAM, 0)));
	all("tcp4", MUST(socket(AF_INET, SOCK_STREAM, 0)));
	all("tcp6", tcp_listener("::1", 7006));
	all("unix", MUST(socket(AF_UNIX, SOCK_STREAM, 0)));
	all("file", 0);
	return 0;
}
