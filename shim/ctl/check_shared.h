/* SPDX-License-Identifier: MIT */
/* Of `bondctl check --dns`: addresses that several domains have, where the route that a connection
 * takes is not the one that was meant for it. */
#ifndef BOND_CHECK_SHARED_H
#define BOND_CHECK_SHARED_H

#include <stdarg.h>

#include "dns/rfc3263.h"

/* A place and a domain that DNS leads there. */
struct held {
	struct addr addr;
	uint8_t transport;
	uint32_t target; /* in config.targets */
};

struct shared {
	const struct config *config;
	/* One warning about a target. */
	void (*warn)(void *ctx, const struct target *t, const char *format, va_list args);
	void *ctx;
	struct held *held;
	size_t count, size;
};

/* Notes where that target leads. 0 or ENOMEM. */
int shared_add(struct shared *s, uint32_t target, const struct rfc3263 *l);

/* Warns, once of each pair of domains, when everything is noted. */
int shared_check(struct shared *s);

void shared_free(struct shared *s);

#endif
