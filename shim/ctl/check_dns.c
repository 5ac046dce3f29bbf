/* SPDX-License-Identifier: MIT */
/* See check_dns.h. */
#include "check_dns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../config/build.h"
#include "../../config/select.h"

#define AT_ONCE 8 /* look-ups */

struct run {
	const struct check_dns *c;
	struct query_setup setup;
	char server[ADDR_TEXT_MAX];
	int warnings;
	struct held *held; /* addresses of domains */
	size_t held_count;
	size_t held_size;
};

/* An address and a domain that has it. */
struct held {
	struct addr addr;
	uint8_t transport;
	uint32_t target; /* in config.targets */
};

static __attribute__((format(printf, 3, 4))) void warn(
	struct run *r, const struct target *t, const char *format, ...)
{
	char text[700];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->c->warn(r->c->ctx, t->place, strlen(t->domain), text);
	r->warnings++;
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

static int hold(struct run *r, uint32_t target, const struct rfc3263 *l)
{
	if (r->held_count + l->entry_count > r->held_size) {
		size_t size = r->held_size * 2 + l->entry_count;
		struct held *more = realloc(r->held, size * sizeof(*more));
		if (more == NULL)
			return ENOMEM;
		r->held = more;
		r->held_size = size;
	}
	for (unsigned i = 0; i < l->entry_count; i++)
		r->held[r->held_count++] =
			(struct held){l->entries[i].addr, l->entries[i].transport, target};
	return 0;
}

static int conclude(struct run *r, uint32_t target, const struct rfc3263 *l)
{
	const struct target *t = &r->c->config->targets[target];
	if (l->outcome == RFC3263_NEGATIVE)
		warn(r, t, "%s has no address in DNS", t->domain);
	warn_of_failures(r, t, l);
	check_members(r, t, l);
	return hold(r, target, l);
}

static int by_address(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int d = memcmp(x->addr.ip, y->addr.ip, sizeof(x->addr.ip));
	if (d == 0)
		d = (x->target > y->target) - (x->target < y->target);
	return d ? d : (int)x->addr.port - (int)y->addr.port;
}

/* Whether the pair was told of before: domains often share many addresses. */
static bool told_before(struct run *r, const struct held *a, const struct held *b)
{
	for (const struct held *h = r->held; h < a; h++)
		for (const struct held *k = h + 1; k < a && addr_same_host(&h->addr, &k->addr); k++)
			if (h->target == a->target && k->target == b->target)
				return true;
	return false;
}

static void check_shared(struct run *r)
{
	const struct config *c = r->c->config;
	char address[ADDR_TEXT_MAX];
	if (r->held_count)
		qsort(r->held, r->held_count, sizeof(*r->held), by_address);
	for (size_t i = 0; i < r->held_count; i++) {
		const struct held *a = &r->held[i];
		for (size_t k = i + 1; k < r->held_count; k++) {
			const struct held *b = &r->held[k];
			const struct target *x = &c->targets[a->target],
					    *y = &c->targets[b->target];
			if (!addr_same_host(&a->addr, &b->addr))
				break;
			addr_print(&a->addr, address);
			if (a->target == b->target && a->addr.port == b->addr.port &&
				a->transport != b->transport && a->transport != TRANSPORT_UDP &&
				b->transport != TRANSPORT_UDP)
				warn(r, x,
					"%s: DNS names %s and %s for %s; route %s should say which "
					"with `transport`",
					x->domain, transport_names[a->transport],
					transport_names[b->transport], address,
					c->routes[x->route].name);
			addr_print_host(&a->addr, address);
			if (x->route != y->route && strcmp(x->domain, y->domain) != 0 &&
				c->routes[x->route].bond != c->routes[y->route].bond &&
				!told_before(r, a, b))
				warn(r, y,
					"%s and %s share the address %s, but their bonds differ: "
					"connections there take route %s, which stands first",
					x->domain, y->domain, address, c->routes[x->route].name);
		}
	}
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
	struct pollfd fds[AT_ONCE * QUERY_SOCKETS_MAX];
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
				n += rfc3263_sockets(lookups[i], fds + n, QUERY_SOCKETS_MAX);
		}
		count = r->c->io->poll(fds, (nfds_t)n, wait) > 0 ? n : 0;
	}
}

int check_dns(const struct check_dns *c)
{
	struct run r = {.c = c};
	/* a ring: what is told is told in the order of the file */
	struct rfc3263 *lookups[AT_ONCE] = {NULL};
	uint32_t targets[AT_ONCE], next = 0;
	int error = 0, first = 0, free_slot = 0;
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
		check_shared(&r);
	free(r.held);
	return error ? -error : r.warnings;
}

/* Where the warnings go, and the file that they quote. */
struct quote {
	struct findings *findings;
	FILE *file;
};

static void add_finding(void *ctx, struct place place, size_t length, const char *text)
{
	struct quote *q = ctx;
	char *line = NULL;
	size_t size = 0;
	ssize_t n = -1;
	if (q->file) {
		rewind(q->file);
		for (uint32_t i = 0; i < place.line; i++)
			n = getline(&line, &size, q->file);
	}
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	findings_add(q->findings, FINDING_WARNING, place, length, n < 0 ? NULL : line,
		n < 0 ? 0 : (size_t)n, strdup(text));
	free(line);
}

void check_dns_findings(struct findings *f, const struct config *c, const char *file)
{
	struct quote q = {f, fopen(file, "re")};
	struct check_dns d = {.config = c, .io = &names_io_own, .warn = add_finding, .ctx = &q};
	int warnings = check_dns(&d);
	if (warnings < 0)
		fprintf(stderr, "bondctl: DNS: %s\n",
			warnings == -EINVAL ? "the servers of resolv.conf cannot be read"
					    : strerror(-warnings));
	if (q.file)
		fclose(q.file);
	findings_sort(f);
}
