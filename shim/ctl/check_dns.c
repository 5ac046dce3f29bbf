/* SPDX-License-Identifier: MIT */
/* Each domain is looked up as a host under libbond would, then laid against its route and bond. */
#include "check_dns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_quote.h"
#include "check_shared.h"
#include "config/build.h"
#include "config/select.h"

#define AT_ONCE 8 /* look-ups */

struct run {
	const struct check_dns *c;
	struct query_setup setup;
	char server[ADDR_TEXT_MAX];
	int warnings;
	struct shared shared;
};

static void warn_args(void *ctx, const struct target *t, const char *format, va_list args)
{
	struct run *r = ctx;
	char text[1200];
	vsnprintf(text, sizeof(text), format, args);
	r->c->warn(r->c->ctx, t->place, strlen(t->domain), text);
	r->warnings++;
}

static __attribute__((format(printf, 3, 4))) void warn(
	struct run *r, const struct target *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	warn_args(r, t, format, args);
	va_end(args);
}

static const struct bond *bond_of(const struct config *c, const struct target *t)
{
	uint16_t bond = c->routes[t->route].bond;
	return bond < c->bond_count ? &c->bonds[bond] : NULL;
}

static void warn_of_failures(struct run *r, const struct target *t, const struct rfc3263 *l)
{
	static const char *const types[] = {[RECORD_A] = "A",
		[RECORD_AAAA] = "AAAA",
		[RECORD_SRV] = "SRV",
		[RECORD_NAPTR] = "NAPTR"};
	const struct dns_question *q;
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++)
		if (q->state == QUESTION_FAILED && q->depth == 0)
			warn(r, t, "%s: the question for %s of %s failed: %s", t->domain,
				types[q->type], q->name, question_failure(q));
	if (l->more)
		warn(r, t, "%s leads to more addresses than are kept", t->domain);
}

/* A route with `transport` is only for what speaks that. */
static bool is_for(const struct route *r, enum transport t)
{
	return r->transport == TRANSPORT_NONE || r->transport == t;
}

static void check_members(struct run *r, const struct target *t, const struct rfc3263 *l)
{
	bool told[TRANSPORT_COUNT][2] = {{false}};
	const struct config *c = r->c->config;
	const struct bond *b = bond_of(c, t);
	char address[ADDR_TEXT_MAX];
	for (unsigned i = 0; b && i < l->target_count; i++) {
		const struct rfc3263_target *at = &l->targets[i];
		int family = family_index(at->addr.family);
		if (told[at->transport][family] ||
			!is_for(&c->routes[t->route], (enum transport)at->transport) ||
			select_next(c, (uint16_t)(b - c->bonds), at->transport, &at->addr,
				SELECT_NONE) != SELECT_NONE)
			continue;
		told[at->transport][family] = true;
		addr_print(&at->addr, address);
		warn(r, t, "%s leads to %s:%s, but bond %s has no member for %s IPv%d", t->domain,
			transport_names[at->transport], address, b->name,
			transport_names[at->transport], family ? 6 : 4);
	}
}

static int conclude(struct run *r, uint32_t target, const struct rfc3263 *l)
{
	const struct target *t = &r->c->config->targets[target];
	if (l->outcome == RFC3263_NEGATIVE)
		warn(r, t, "%s has no address in DNS", t->domain);
	warn_of_failures(r, t, l);
	check_members(r, t, l);
	return shared_add(&r->shared, target, l);
}

static bool same_domain(const struct target *a, const struct target *b)
{
	return a->kind == TARGET_DOMAIN && a->route == b->route && a->port == b->port &&
	       strcmp(a->domain, b->domain) == 0;
}

/* The next target that is a domain and did not stand before in its route. */
static bool next_domain(const struct config *c, uint32_t *target)
{
	for (; *target < c->target_count; ++*target) {
		const struct target *t = &c->targets[*target];
		uint32_t before = 0;
		while (before < *target && !same_domain(&c->targets[before], t))
			before++;
		if (t->kind == TARGET_DOMAIN && before == *target)
			return true;
	}
	return false;
}

static int start(struct run *r, uint32_t target, struct rfc3263 **l)
{
	const struct target *t = &r->c->config->targets[target];
	struct uri u = {.port = t->port};
	if (answer_name(u.host, t->domain, strlen(t->domain))) {
		warn(r, t, "%s is no name that DNS can have", t->domain);
		return 0;
	}
	return rfc3263_start(l, &u, &r->setup, RFC3263_ORDERED | RFC3263_SUPERSET);
}

/* Steps all look-ups until the first of them is complete. */
static void wait_for(struct run *r, struct rfc3263 *const lookups[AT_ONCE], int first)
{
	struct pollfd fds[AT_ONCE * DNS_SOCKETS_MAX];
	int count = 0;
	for (;;) {
		int wait = -1, n = 0;
		for (int i = 0; i < AT_ONCE; i++)
			if (lookups[i])
				rfc3263_step(lookups[i], fds, count);
		if (lookups[first]->outcome != RFC3263_PENDING)
			return;
		for (int i = 0; i < AT_ONCE; i++) {
			int own = lookups[i] ? rfc3263_wait(lookups[i]) : -1;
			if (own >= 0 && (wait < 0 || own < wait))
				wait = own;
			if (lookups[i])
				n += rfc3263_sockets(lookups[i], fds + n, DNS_SOCKETS_MAX);
		}
		count = r->c->io->poll(fds, (nfds_t)n, wait) > 0 ? n : 0;
	}
}

int check_dns(const struct check_dns *c)
{
	struct run r = {.c = c, .shared = {.config = c->config, .warn = warn_args}};
	/* a ring: what is told is told in the order of the file */
	struct rfc3263 *lookups[AT_ONCE] = {NULL};
	uint32_t targets[AT_ONCE], next = 0;
	int error = 0, first = 0, free_slot = 0;
	r.shared.ctx = &r;
	query_setup_from(&r.setup, c->config, c->io, r.server);
	for (;;) {
		while (!error && lookups[free_slot] == NULL && next_domain(c->config, &next)) {
			targets[free_slot] = next++;
			error = start(&r, targets[free_slot], &lookups[free_slot]);
			if (lookups[free_slot])
				free_slot = (free_slot + 1) % AT_ONCE;
		}
		if (error || lookups[first] == NULL)
			break;
		wait_for(&r, lookups, first);
		error = conclude(&r, targets[first], lookups[first]);
		rfc3263_free(lookups[first]);
		lookups[first] = NULL;
		first = (first + 1) % AT_ONCE;
	}
	for (int i = 0; i < AT_ONCE; i++)
		rfc3263_free(lookups[i]);
	if (!error)
		error = shared_check(&r.shared);
	shared_free(&r.shared);
	return error ? -error : r.warnings;
}

static void add_finding(void *ctx, struct place place, size_t length, const char *text)
{
	quote_warn(ctx, place, length, text);
}

void check_dns_findings(struct findings *f, const struct config *c, const char *file)
{
	struct quote q;
	struct check_dns d = {.config = c, .io = &dns_io_own, .warn = add_finding, .ctx = &q};

	quote_open(&q, f, c, file);
	int warnings = check_dns(&d);
	if (warnings < 0)
		fprintf(stderr, "bondctl: DNS: %s\n",
			warnings == -EINVAL ? "the servers of resolv.conf cannot be read"
					    : strerror(-warnings));
	quote_close(&q);
}
