/* SPDX-License-Identifier: MIT */
/* Walks over the descriptors of a host. */
#include "sockets.h"

int sockets_of_listener(const struct sockets *s, int n, int except)
{
	for (int fd = 0, end = sockets_end(s); fd < end; fd++) {
		if (fd != except && sockets_listener(sockets_bits(s, fd)) == n)
			return fd;
	}
	return -1;
}
