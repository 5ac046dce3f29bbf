/* SPDX-License-Identifier: MIT */
/* The sockets of one c-ares channel. The host may close any number at any time and give it to
 * something else: each socket is known by its cookie, and a number that changed is left alone. */
#ifndef BOND_DNS_WIRE_H
#define BOND_DNS_WIRE_H

#include <ares.h>
#include <stdbool.h>
#include <stdint.h>

#include "io.h"

struct wire {
	const struct dns_io *io;
	int fd_floor;
	/* Called with each datagram before c-ares sees it. */
	void (*received)(void *ctx, const uint8_t *msg, size_t n);
	void *ctx;
	int count;
	struct {
		int fd;
		uint64_t cookie;
	} sockets[DNS_SOCKETS_MAX];
};

void wire_attach(struct wire *w, ares_channel channel);
/* Whether fd is still the socket that was opened here. */
bool wire_owns(const struct wire *w, int fd);

#endif
