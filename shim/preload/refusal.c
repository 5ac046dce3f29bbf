/* SPDX-License-Identifier: MIT */
/* Where an error has two meanings the kernel is asked with a socket of libbond's own. */
#include "refusal.h"

#include <errno.h>
#include <string.h>

#include "preload/real/real.h"

/* device: "" = any; dst: NULL = wherever to. */
static bool source_works(const struct addr *at, const char *device, const struct addr *dst)
{
	int saved = errno;
	struct sockaddr_storage ss;
	struct addr source = *at;
	int domain = source.family, on = 1;
	int fd = real.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool works = false;

	source.port = 0;
	if (fd >= 0) {
		if (device[0])
			real.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device));
		real.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
		works = real.bind(fd, &ss, addr_to_sockaddr(&source, domain, &ss)) == 0 &&
			(!dst || real.connect(fd, &ss, addr_to_sockaddr(dst, domain, &ss)) == 0);
		real.close(fd);
	}
	errno = saved;
	return works;
}

bool refusal_source_works(const struct member *m, const struct addr *dst)
{
	return source_works(&m->addr, m->device, dst);
}

static bool may_be_of_source(int error)
{
	return error == EADDRNOTAVAIL || error == EINVAL || error == ENETUNREACH ||
		error == EHOSTUNREACH;
}

bool refusal_is_of_descriptor(int error)
{
	return error == EBADF || error == ENOTSOCK || error == EPIPE || error == EOPNOTSUPP;
}

bool refusal_is_possible(int error)
{
	return may_be_of_source(error) || refusal_is_of_descriptor(error);
}

bool refusal_is_of_address(const struct addr *source)
{
	return !source_works(source, "", NULL);
}

bool refusal_is_of_source(int error, const struct member *m, const struct addr *dst)
{
	return may_be_of_source(error) && !refusal_source_works(m, dst);
}
