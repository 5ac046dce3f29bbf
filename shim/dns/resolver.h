/* SPDX-License-Identifier: MIT */
/* Keeps the table's domains fresh: which are looked up when. Belongs to one thread in one process
 * of a host, the housekeeping thread, or to a tool; mallocs; opens sockets only while it asks. A
 * fork child must not touch the resolver it inherited, only drop it: the memory of one is all it
 * costs. */
#ifndef BOND_DNS_RESOLVER_H
#define BOND_DNS_RESOLVER_H

#include <stdatomic.h>

#include "query.h"
#include "table_view.h"

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

/* 0, ENOMEM. Domains of the configuration that are not in the table go by the text of messages. */
int resolver_open(struct resolver **r, const struct resolver_setup *s);
void resolver_close(struct resolver *r);

/* For a loop that has other descriptors too: what to poll for, how long at most (milliseconds), and
 * what to do then. count 0 = nothing was ready. */
int resolver_sockets(struct resolver *r, struct pollfd *fds, int max);
int resolver_wait(const struct resolver *r);
void resolver_step(struct resolver *r, const struct pollfd *fds, int count);

/* The same as a loop of its own, until *stop is not 0: it is looked at after each event, and when wake
 * becomes readable (a descriptor, -1 = none: then at least once a second). */
void resolver_run(struct resolver *r, const _Atomic int *stop, int wake);

/* Looks everything up at its next step: after a reload, or for a test. */
void resolver_hurry(struct resolver *r);

/* How many domains it looks up (wildcards are not), and look-ups that were completed. */
size_t resolver_domains(const struct resolver *r);
unsigned long resolver_lookups(const struct resolver *r);

#endif
