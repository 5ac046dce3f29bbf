/* SPDX-License-Identifier: MIT */
/* The fresh socket gets its name while the old one still has the number, and dup3(2) swaps them. */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "bind.h"
#include "options.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "registrations.h"

/* How a fresh socket gets its name. 0 or an errno. */
typedef int bind_fresh(int fd, uint32_t bits, const void *to);

static int replace(int fd, uint32_t bits, int type, bind_fresh *bind, const void *to)
{
	struct registrations r;
	int cloexec = fcntl(fd, F_GETFD), error;

	if (ask_twin(&this_host.sockets, fd) >= 0 || !registrations_find(&r, fd))
		return EBUSY;
	int fresh = real.socket(bits & FD_V6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fresh < 0)
		return EBUSY;
	options_copy(fd, fresh);
	options_copy_device(fd, fresh);
	options_copy_flags(fd, fresh);
	error = options_copy_filter(fd, fresh) ? bind(fresh, bits, to) : EBUSY;
	if (!error &&
		real.dup3(fresh, fd, cloexec & FD_CLOEXEC ? O_CLOEXEC : 0) < 0)
		error = EBUSY;
	real.close(fresh);
	if (!error)
		registrations_renew(&r, fd);
	return error;
}

struct source {
	const struct member *m;
	uint16_t port;
};

static int bind_to_source(int fd, uint32_t bits, const void *to)
{
	const struct source *s = to;

	return bind_source(fd, bits, s->m, s->port);
}

int replace_stream(int fd, uint32_t bits, const struct member *m, uint16_t port)
{
	struct source s = {m, port};

	return replace(fd, bits, SOCK_STREAM, bind_to_source, &s);
}

static int bind_address(int fd, uint32_t bits, const void *to)
{
	struct sockaddr_storage ss;
	int domain = bits & FD_V6 ? AF_INET6 : AF_INET;

	return real.bind(fd, &ss, addr_to_sockaddr(to, domain, &ss)) == 0 ? 0 : errno;
}

/* Binds the fresh socket for as long as both have the port. */
static int replace_at(int fd, uint32_t bits, int type, const struct addr *to)
{
	int one = 1, own = 0, error;
	socklen_t len = sizeof(own);

	getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &own, &len);
	real.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	error = replace(fd, bits, type, bind_address, to);
	real.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &own, sizeof(own));
	return error;
}

int replace_stream_at(int fd, uint32_t bits, const struct addr *to)
{
	return replace_at(fd, bits, SOCK_STREAM, to);
}

int replace_datagram(int fd, uint32_t bits, const struct addr *to)
{
	return replace_at(fd, bits, SOCK_DGRAM, to);
}
