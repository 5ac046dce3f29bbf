/* SPDX-License-Identifier: MIT */
/* The way of one connection of the host: from where it is opened, and what the host is told of
 * that. Runs in connect() and in sends with MSG_FASTOPEN. */
#ifndef BOND_CONNECTION_OPEN_H
#define BOND_CONNECTION_OPEN_H

#include <sys/socket.h>

#include "core/decide.h"

struct outgoing;

/* What opens a connection: connect(fd, sa, len), or a send with MSG_FASTOPEN. */
struct opening {
	int fd;
	const void *sa;
	socklen_t len;
	const struct outgoing *first; /* of MSG_FASTOPEN, else NULL */
};

/* The host's own call, unchanged. */
ssize_t connection_open_plain(const struct opening *o);

/* Opens the connection as v says, from a socket that is neither connected nor connecting. Returns
 * what the host's call returns, with errno. The caller has asked owner_may_change(). */
ssize_t connection_open(const struct opening *o, struct verdict *v, const struct sender *s);

#endif
