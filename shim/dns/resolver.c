/* SPDX-License-Identifier: MIT */
/* Looks up what is due, a few domains at a time. */
#include "resolver.h"
#include "clock.h"
#include "outcome.h"
#include "table_domains.h"
#include "table_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PUBLISH_MS 500 /* how long a look-up may take until what it knows is put in the table */

struct resolver {
	struct outcome outcome;
	struct query_setup query;
	char servers[ADDR_TEXT_MAX];
	char fallback[256];
	unsigned active;
	unsigned next; /* where the search for a due domain goes on: nobody starves */
	unsigned long lookups;
	size_t count;
	struct domain domains[];
};

static bool has_number(const struct resolver *r, uint16_t number)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->domains[i].number == number)
			return true;
	return false;
}

static void add_domains(struct resolver *r, const struct config *c)
{
	unsigned left_out = 0;
	const char *first = NULL;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *target = &c->targets[i];
		struct domain *d = &r->domains[r->count];
		*d = (struct domain){
			.port = target->port, .wildcard = target->kind == TARGET_WILDCARD};
		if (target->kind == TARGET_PREFIX ||
			answer_name(d->name, target->domain, strlen(target->domain)))
			continue;
		if (table_domain_find(&r->outcome.table, d->name, d->port, d->wildcard, &d->number)) {
			first = left_out++ ? first : target->domain;
			continue;
		}
		if (!has_number(r, d->number))
			r->count++;
	}
	if (left_out)
		outcome_say(&r->outcome,
			"%s%s: no room among the %u domains that are looked up; " OUTCOME_BY_TEXT,
			first, left_out > 1 ? " and others" : "", r->outcome.table.domain_max);
}

int resolver_open(struct resolver **out, const struct resolver_setup *s)
{
	const struct config *c = s->config;
	struct resolver *r = calloc(1, sizeof(*r) + (c->target_count + 1) * sizeof(struct domain));
	if (r == NULL)
		return ENOMEM;
	r->outcome.table = *s->table;
	r->outcome.say = s->say;
	r->outcome.ctx = s->ctx;
	r->outcome.refresh = c->dns_refresh;
	query_setup_from(&r->query, c, s->io, r->servers);
	r->query.fd_floor = s->fd_floor;
	if (s->fallback)
		snprintf(r->fallback, sizeof(r->fallback), "%s", s->fallback);
	if (s->fallback && r->fallback[0])
		r->query.fallback = r->fallback;
	else if (r->query.servers == NULL &&
		query_setup_servers(r->fallback, sizeof(r->fallback)) == 0 && r->fallback[0])
		r->query.fallback = r->fallback;
	add_domains(r, c);
	*out = r;
	return 0;
}

void resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		rfc3263_free(r->domains[i].lookup);
	free(r);
}

static void conclude(struct resolver *r, struct domain *d)
{
	uint32_t seconds = outcome_take(&r->outcome, d);
	if (d->lookup) {
		r->query.plain = query_plain(d->lookup->query);
		rfc3263_free(d->lookup);
		d->lookup = NULL;
		r->active--;
	}
	r->lookups++;
	d->due = clock_ms() + (uint64_t)seconds * 1000;
}

static void start(struct resolver *r, struct domain *d)
{
	struct uri u = {.port = d->port};
	if (d->wildcard) {
		d->due = clock_ms() + (uint64_t)outcome_sweep(&r->outcome, d) * 1000;
		return;
	}
	memcpy(u.host, d->name, sizeof(u.host));
	if (rfc3263_start(&d->lookup, &u, &r->query, RFC3263_SUPERSET)) {
		d->lookup = NULL;
		conclude(r, d);
		return;
	}
	d->publish = clock_ms() + PUBLISH_MS;
	d->published = 0;
	r->active++;
}

/* One question that nobody answers shall not keep back what the others say. */
static void publish(struct resolver *r, struct domain *d)
{
	outcome_so_far(&r->outcome, d);
	d->publish = clock_ms() + PUBLISH_MS;
}

int resolver_sockets(struct resolver *r, struct pollfd *fds, int max)
{
	int count = 0;
	for (size_t i = 0; i < r->count; i++)
		if (r->domains[i].lookup)
			count += rfc3263_sockets(r->domains[i].lookup, fds + count, max - count);
	return count;
}

int resolver_wait(const struct resolver *r)
{
	uint64_t now = clock_ms(), least = 60000;
	for (size_t i = 0; i < r->count; i++) {
		const struct domain *d = &r->domains[i];
		uint64_t left = d->due > now ? d->due - now : 0;
		if (d->lookup) {
			int wait = rfc3263_wait(d->lookup);
			left = d->publish > now ? d->publish - now : 0;
			if (wait < 0 || (uint64_t)wait < left)
				left = wait < 0 ? 0 : (uint64_t)wait;
		} else if (r->active == RESOLVER_LOOKUPS_MAX) {
			continue;
		}
		if (left < least)
			least = left;
	}
	return (int)least;
}

void resolver_step(struct resolver *r, const struct pollfd *fds, int count)
{
	uint64_t now = clock_ms();
	for (size_t i = 0; i < r->count; i++) {
		struct domain *d = &r->domains[i];
		if (d->lookup == NULL)
			continue;
		if (rfc3263_step(d->lookup, fds, count))
			conclude(r, d);
		else if (d->publish <= now)
			publish(r, d);
	}
	for (size_t n = 0; n < r->count && r->active < RESOLVER_LOOKUPS_MAX; n++) {
		struct domain *d = &r->domains[r->next++ % r->count];
		if (d->lookup == NULL && d->due <= now)
			start(r, d);
	}
}

void resolver_run(struct resolver *r, const _Atomic int *stop, int wake)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX + 1];
	int count = 0;
	while (!atomic_load_explicit(stop, memory_order_acquire)) {
		resolver_step(r, fds, count);
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		int wait = resolver_wait(r);
		if (wake < 0 && wait > 1000)
			wait = 1000;
		fds[count] = (struct pollfd){.fd = wake, .events = POLLIN};
		if (r->query.io->poll(fds, (nfds_t)(count + (wake >= 0)), wait) <= 0)
			count = 0;
	}
}

void resolver_hurry(struct resolver *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->domains[i].due = 0;
}

size_t resolver_domains(const struct resolver *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		n += !r->domains[i].wildcard;
	return n;
}

unsigned long resolver_lookups(const struct resolver *r)
{
	return r->lookups;
}
