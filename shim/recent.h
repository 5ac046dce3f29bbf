/* SPDX-License-Identifier: MIT */
/* The decisions that this thread made last, by (socket, IPv4 destination): a proxy talks to few next
 * hops, and what depends on addresses alone is decided alike until a descriptor changes. Only sends
 * of requests whose text did not matter are kept, and none while calls are traced. */
#ifndef BOND_RECENT_H
#define BOND_RECENT_H

#include <netinet/in.h>

#include "domains.h"
#include "fds.h"
#include "shim.h"

#define RECENT_SIZE 16

struct recent {
	uint64_t destination; /* family, port and address of the sockaddr_in; 0 = none */
	int fd;               /* the host's */
	uint32_t generation;
	int out;              /* where it is sent, -1 = on fd itself, with the source below */
	struct in_addr source;
	int interface;
};

_Static_assert(sizeof(struct recent) == 32, "recent_slot() shifts by it");

extern _Thread_local struct recent recent_table[RECENT_SIZE] __attribute__((visibility("hidden")));

/* Changes whenever a decision that was kept could turn out otherwise. */
static inline uint32_t recent_generation(void)
{
	return atomic_load_explicit(&fds_generation, memory_order_relaxed) +
		atomic_load_explicit(domains_generation, memory_order_relaxed);
}

static inline struct recent *recent_slot(int fd, uint64_t destination)
{
	uint64_t h = (destination ^ (unsigned)fd) * 0x5E3779B1;

	return (struct recent *)((char *)recent_table +
		(h >> 55 & (RECENT_SIZE - 1) * sizeof(struct recent)));
}

/* The decision for a request from fd to the sockaddr_in at to, or NULL. */
static inline __attribute__((always_inline)) const struct recent *recent_find(int fd, const void *to, socklen_t tolen)
{
	uint64_t destination;

	if (tolen != sizeof(struct sockaddr_in) || (uintptr_t)to - SHIM_ADDRESS_LOW >= shim_address_span)
		return NULL;
	memcpy(&destination, to, sizeof(destination));
	const struct recent *r = recent_slot(fd, destination);
	__asm__("" : "+r"(r)); /* or the address is computed twice */
	if (r->destination != destination || r->fd != fd ||
		r->generation != recent_generation())
		return NULL;
	return r;
}

/* Keeps a decision. generation is what recent_generation() was before it was made. */
void recent_keep(int fd, const void *to, uint32_t generation, int out, const struct addr *source,
	uint32_t interface);

/* Forgets all of this thread's. */
void recent_clear(void);

#endif
