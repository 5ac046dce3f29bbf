/* SPDX-License-Identifier: MIT */
/* bind(2) and what makes it possible: a device, a port that two sockets share, a socket without a
 * name. */
#include "bind.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "preload/opened/share.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "segment/socknames.h"

int bind_source(int fd, uint32_t bits, const struct member *m, uint16_t port)
{
	struct sockaddr_storage ss;
	struct addr source = m->addr;
	int one = 1;

	if (m->device[0] &&
		real.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, m->device,
			(socklen_t)strlen(m->device)) != 0)
		return EADDRNOTAVAIL;
	if (port) {
		/* the host's listener holds that port: both must agree to share it */
		real.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		real.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	} else {
		real.setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	}
	source.port = port;
	socklen_t len = addr_to_sockaddr(&source, bits & FD_V6 ? AF_INET6 : AF_INET, &ss);
	/* beside one by which members are opened it takes more */
	return (port ? share_bind(fd, &ss, len, bits, &source) : real.bind(fd, &ss, len)) == 0 ? 0 : errno;
}

void bind_release(int fd)
{
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	real.listen(fd, 0);
	real.connect(fd, &unspec, sizeof(unspec));
}

void bind_back(int fd, uint32_t bits)
{
	struct sockaddr_storage ss = {.ss_family = bits & FD_V6 ? AF_INET6 : AF_INET};
	struct fd_record *r = record_of(fd);
	socklen_t len = sizeof(struct sockaddr_in6);
	struct addr now;
	int one = 1;

	if (ask_local_name(fd, &now) && now.port)
		bind_release(fd);
	if (r->host_bound.family)
		len = addr_to_sockaddr(&r->host_bound, bits & FD_V6 ? AF_INET6 : AF_INET, &ss);
	if (!r->host_bound.family)
		real.setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	real.bind(fd, &ss, len);
	memset(&r->named, 0, sizeof(r->named));
	socknames_forget(this_host.segment.socknames, ask_cookie(fd));
	note_change(fd, FD_STEERED, 0);
}
