/* SPDX-License-Identifier: MIT */
/* The functions by which a look-up touches descriptors: inside a host these are libc's, not the hooks. */
#ifndef BOND_DNS_IO_H
#define BOND_DNS_IO_H

#include <poll.h>
#include <sys/socket.h>

#define DNS_SOCKETS_MAX 16 /* of one look-up */

struct dns_io {
	int (*socket)(int domain, int type, int protocol);
	int (*close)(int fd);
	int (*connect)(int fd, const struct sockaddr *sa, socklen_t len);
	ssize_t (*recvfrom)(
		int fd, void *buf, size_t n, int flags, struct sockaddr *sa, socklen_t *len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *m, int flags);
	int (*fcntl)(int fd, int command, ...);
	int (*getsockopt)(int fd, int level, int name, void *value, socklen_t *len);
	int (*poll)(struct pollfd *fds, nfds_t count, int milliseconds);
};

/* What this program's own calls lead to: for bondctl and the tests. */
extern const struct dns_io dns_io_own;

#endif
