/* SPDX-License-Identifier: MIT */
/* Keeps the table's domains fresh: which are looked up when. Belongs to one thread in one process
 * of a host, the housekeeping thread, or to a tool; mallocs; opens sockets only while it asks. A
 * fork child must not touch the resolver it inherited, only drop it: the memory of one is all it
 * costs. */
#ifndef BOND_DNS_RESOLVER_H
#define BOND_DNS_RESOLVER_H

#include <stdatomic.h>

#include "query.h"
#include "table.h"

#define RESOLVER_LOOKUPS_MAX 4 /* at the same time */
#define RESOLVER_SOCKETS_MAX (RESOLVER_LOOKUPS_MAX * DNS_SOCKETS_MAX)

struct resolver;

struct resolver_setup {
	const struct config *config; /* its targets and [dns]; read in resolver_open() only */
	const struct table *table;   /* of this process; copied */
	const struct dns_io *io;
	int fd_floor; /* see query_setup */
	const char *fallback; /* see query_setup; NULL = what resolv.conf says now */
	/* Plain sentences for the operator, "carrier1.com: no answer in time; ..."; may be NULL.
	 * Each trouble is told once, and its end. */
	void (*say)(void *ctx, const char *text);
	void *ctx;
};

/* Whether the configuration has domains to ask for. */
bool resolver_needed(const struct config *c);

/* How large a table the domains of the configuration need. */
void resolver_room(const struct config *c, uint32_t *domains, uint32_t *addresses);

/* Makes sure that the table has every domain of the configuration, and writes the number of each
 * target's domain to numbers[0 .. target_count), MODEL_NONE for prefixes and for what found no
 * room. To be called where the configuration is loaded, before the host forks. 0, ENOSPC (counted
 * by the table; such a domain goes by the text of messages), ETIMEDOUT. */
int resolver_register(struct table *t, const struct config *c, uint16_t *numbers);

/* 0, ENOMEM. Domains that the table has and the configuration has not are forgotten. */
int resolver_open(struct resolver **r, const struct resolver_setup *s);
void resolver_close(struct resolver *r);

/* For a loop that has other descriptors too: what to poll for, how long at most (milliseconds), and
 * what to do then. count 0 = nothing was ready. */
int resolver_sockets(struct resolver *r, struct pollfd *fds, int max);
int resolver_wait(const struct resolver *r);
void resolver_step(struct resolver *r, const struct pollfd *fds, int count);

/* For the thread that will run the resolver, first of all: gives it a table of descriptors of its
 * own that has only those of keep[0 .. count), in rising order. From then on a host that closes
 * everything, or gives numbers a meaning, does not meet this thread's sockets, and it holds nothing
 * of the host's open. 0, or what close_range(2) says (ENOSYS before Linux 5.9): then the thread
 * goes on with the host's table, fd_floor and the sockets' cookies. */
int resolver_leave_descriptors(const int *keep, size_t count);

/* The same as a loop of its own, until *stop is not 0: it is looked at after each event, and when
 * wake becomes readable (a descriptor, -1 = none: then at least once a second). */
void resolver_run(struct resolver *r, const _Atomic int *stop, int wake);

/* Looks everything up at its next step: after a reload, or for a test. */
void resolver_hurry(struct resolver *r);

/* How many domains it looks up (wildcards are not), and look-ups that were completed. */
size_t resolver_domains(const struct resolver *r);
unsigned long resolver_lookups(const struct resolver *r);

#endif
