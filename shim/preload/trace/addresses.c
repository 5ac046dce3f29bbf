/* SPDX-License-Identifier: MIT */
/* A copy of the address is looked at: another thread may change the host's meanwhile. */
#include "addresses.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

#include "arguments.h"
#include "constants.h"
#include "core/sockets.h"

static void put_endpoint(struct line *l, const struct addr *a, bool v6)
{
	if (v6)
		line_char(l, '[');
	line_host(l, a, v6);
	line_text(l, v6 ? "]:" : ":");
	line_unsigned(l, a->port);
}

void addresses_ends(struct line *l, const char *what, bool v6, const struct addr *local, const struct addr *peer)
{
	line_char(l, '<');
	line_text(l, what);
	line_text(l, v6 ? "v6:[" : ":[");
	put_endpoint(l, local, v6);
	line_text(l, "->");
	put_endpoint(l, peer, v6);
	line_text(l, "]>");
}

void addresses_fd(struct line *l, int fd, uint32_t bits, const struct addr *local,
	const struct addr *peer)
{
	bool v6 = bits & FD_V6;

	line_signed(l, fd);
	if (fd < 0 || !(bits & (FD_UDP | FD_TCP)) || !local->family || !local->port)
		return;
	line_text(l, bits & FD_UDP ? "<UDP" : "<TCP");
	line_text(l, v6 ? "v6:[" : ":[");
	put_endpoint(l, local, v6);
	if ((bits & FD_CONNECTED) && peer->family) {
		line_text(l, "->");
		put_endpoint(l, peer, v6);
	}
	line_text(l, "]>");
}

static void put_port(struct line *l, const char *key, uint16_t port)
{
	line_text(l, key);
	line_unsigned(l, port);
	line_char(l, ')');
}

static void put_unix_path(struct line *l, const char *path, size_t n)
{
	line_text(l, ", sun_path=");
	if (path[0]) {
		line_quoted(l, path, strnlen(path, n));
	} else {
		line_char(l, '@');
		line_quoted(l, path + 1, n - 1);
	}
}

static void put_inet6(struct line *l, const struct sockaddr_in6 *sa, size_t len)
{
	struct addr a;

	addr_from_sockaddr(&a, sa, sizeof(*sa));
	put_port(l, ", sin6_port=htons(", a.port);
	line_text(l, ", sin6_flowinfo=htonl(");
	line_unsigned(l, ntohl(sa->sin6_flowinfo));
	line_text(l, "), inet_pton(AF_INET6, \"");
	line_host(l, &a, true);
	line_text(l, "\", &sin6_addr)");
	if (len > offsetof(struct sockaddr_in6, sin6_scope_id)) {
		line_text(l, ", sin6_scope_id=");
		line_unsigned(l, sa->sin6_scope_id);
	}
}

void addresses_sockaddr(struct line *l, const void *sa, socklen_t length)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		char bytes[sizeof(struct sockaddr_storage)];
	} u;
	size_t len = length < sizeof(u) ? length : sizeof(u);

	if ((int)length < (int)sizeof(sa_family_t) || !arguments_can_read(l, sa, len)) {
		line_pointer(l, sa);
		return;
	}
	memset(&u.in6, 0, sizeof(u.in6));
	memcpy(&u, sa, len);
	line_text(l, "{sa_family=");
	constants_family(l, u.any.sa_family);
	if (u.any.sa_family == AF_INET && len >= sizeof(u.in)) {
		struct addr a;
		addr_from_sockaddr(&a, &u, sizeof(u.in));
		put_port(l, ", sin_port=htons(", a.port);
		line_text(l, ", sin_addr=inet_addr(\"");
		line_host(l, &a, false);
		line_text(l, "\")");
	} else if (u.any.sa_family == AF_INET6 && len >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		put_inet6(l, &u.in6, len);
	} else if (u.any.sa_family == AF_UNIX && len > sizeof(sa_family_t)) {
		len = len < sizeof(u.un) ? len : sizeof(u.un);
		put_unix_path(l, u.un.sun_path, len - sizeof(sa_family_t));
	} else if (len > sizeof(sa_family_t)) {
		line_text(l, ", sa_data=");
		line_quoted(l, u.bytes + sizeof(sa_family_t), len - sizeof(sa_family_t));
	}
	line_char(l, '}');
}
