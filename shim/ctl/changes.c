/* SPDX-License-Identifier: MIT */
/* Things are the same by what image_slots.c takes for it: a bond by its name in any case, a member by bond,
 * transport and address, a route by its name. */
#include "changes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "changes_settings.h"
#include "command.h"
#include "config/expand.h"

#define NONE UINT32_MAX

typedef int (*compare)(const struct config *a, uint32_t i, const struct config *b, uint32_t k);

/* Which thing of one configuration is which of the other. */
struct pairs {
	uint32_t *of_now;    /* of each there is now: the number that it had, or NONE */
	uint32_t *of_before; /* the other way round */
	uint32_t now_count, before_count;
};

struct order {
	const struct config *c;
	compare compare;
};

static int in_order(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;

	return o->compare(o->c, *(const uint32_t *)a, o->c, *(const uint32_t *)b);
}

static uint32_t find(const uint32_t *sorted, uint32_t count, const struct order *o, const struct config *c,
	uint32_t i)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int d = o->compare(o->c, sorted[middle], c, i);
		if (d == 0)
			return sorted[middle];
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

static void pairs_end(struct pairs *p)
{
	free(p->of_now);
	free(p->of_before);
}

static bool pairs_make(struct pairs *p, const struct config *before, size_t before_count,
	const struct config *now, size_t now_count, compare with)
{
	struct order o = {before, with};
	uint32_t *sorted = malloc((before_count + 1) * sizeof(*sorted));

	*p = (struct pairs){.of_now = malloc((now_count + 1) * sizeof(*p->of_now)),
		.of_before = malloc((before_count + 1) * sizeof(*p->of_before)),
		.now_count = (uint32_t)now_count,
		.before_count = (uint32_t)before_count};
	bool good = sorted && p->of_now && p->of_before;
	for (uint32_t i = 0; good && i < p->before_count; i++) {
		sorted[i] = i;
		p->of_before[i] = NONE;
	}
	if (good)
		qsort_r(sorted, p->before_count, sizeof(*sorted), in_order, &o);
	for (uint32_t i = 0; good && i < p->now_count; i++) {
		p->of_now[i] = find(sorted, p->before_count, &o, now, i);
		if (p->of_now[i] != NONE)
			p->of_before[p->of_now[i]] = i;
	}
	free(sorted);
	if (!good)
		pairs_end(p);
	return good;
}

/* Whether those that both have follow each other otherwise. */
static bool is_reordered(const struct pairs *p, uint32_t first, uint32_t count)
{
	uint32_t last = NONE;

	for (uint32_t i = first; i < first + count; i++) {
		if (p->of_now[i] == NONE)
			continue;
		if (last != NONE && p->of_now[i] < last)
			return true;
		last = p->of_now[i];
	}
	return false;
}

static int compare_bonds(const struct config *a, uint32_t i, const struct config *b, uint32_t k)
{
	return strcasecmp(a->bonds[i].name, b->bonds[k].name);
}

static int compare_routes(const struct config *a, uint32_t i, const struct config *b, uint32_t k)
{
	return strcmp(a->routes[i].name, b->routes[k].name);
}

static int compare_members(const struct config *a, uint32_t i, const struct config *b, uint32_t k)
{
	const struct member *x = &a->members[i], *y = &b->members[k];
	int d = memcmp(x->addr.ip, y->addr.ip, sizeof(x->addr.ip));

	if (!d)
		d = (int)x->addr.port - (int)y->addr.port;
	if (!d)
		d = (int)x->transport - (int)y->transport;
	if (!d && x->addr.scope != y->addr.scope)
		d = x->addr.scope < y->addr.scope ? -1 : 1;
	return d ? d : compare_bonds(a, x->bond, b, y->bond);
}

struct print {
	struct changes *sum;
	const struct config *before, *now;
	struct pairs bonds, members, routes;
	const struct changes_out *to;
};

/* What is said of one thing, behind its name; what is too long is cut. */
struct more {
	char text[1024];
	size_t n;
};

static void add(struct more *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct more *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(m->text + m->n, sizeof(m->text) - m->n, format, args);
	va_end(args);
	m->n += n < 0 ? 0 : (size_t)n;
	if (m->n >= sizeof(m->text))
		m->n = sizeof(m->text) - 1;
}

/* For people no more than they read. */
static void print(const struct print *p, unsigned *kinds, const struct change_line *l)
{
	kinds[l->change]++;
	if (p->to->json || kinds[CHANGE_ADDED] + kinds[CHANGE_REMOVED] + kinds[CHANGE_CHANGED] <= CHANGES_SHOWN)
		changes_print(p->to, l);
}

static void print_member(const struct print *p, enum change change, const struct config *c, const struct member *m,
	const char *more)
{
	char address[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 8];

	expand_print(&m->addr, address);
	snprintf(text, sizeof(text), "%s:%s", transport_names[m->transport], address);
	print(p, p->sum->members, &(struct change_line){change, CHANGE_OF_MEMBER, c->bonds[m->bond].name, text, more});
}

static void add_words(struct more *to, const struct member *m)
{
	if (m->as_host)
		add(to, " as %s", m->as_host);
	if (m->as_host && m->as_port)
		add(to, ":%u", m->as_port);
	if (*m->device)
		add(to, " device %s", m->device);
	add(to, "%s", ((const char *const[]){"", " open", " open=filter", " open=sk_lookup"})[m->open]);
}

static bool same_member(const struct member *a, const struct member *b)
{
	return changes_same_text(a->as_host, b->as_host) && a->as_port == b->as_port && a->open == b->open &&
		strcmp(a->device, b->device) == 0;
}

static void list_members(struct print *p)
{
	for (uint32_t i = 0; i < p->members.now_count; i++) {
		const struct member *m = &p->now->members[i];
		uint32_t k = p->members.of_now[i];
		const struct member *was = k == NONE ? NULL : &p->before->members[k];
		struct more more = {.n = 0};
		if (was && same_member(was, m))
			continue;
		if (was) {
			add(&more, ":");
			add_words(&more, was);
			add(&more, " ->");
		}
		add_words(&more, m);
		print_member(p, was ? CHANGE_CHANGED : CHANGE_ADDED, p->now, m, more.text);
	}
	for (uint32_t k = 0; k < p->members.before_count; k++) {
		if (p->members.of_before[k] == NONE)
			print_member(p, CHANGE_REMOVED, p->before, &p->before->members[k], "");
	}
}

static const char *no_member_name(uint8_t n)
{
	return n == NO_MEMBER_PASS ? "pass" : "fail";
}

static const char *source_port_name(uint8_t n)
{
	return n == SOURCE_PORT_MEMBER ? "member" : "any";
}

static void list_bonds(struct print *p)
{
	for (uint32_t i = 0; i < p->bonds.now_count; i++) {
		const struct bond *b = &p->now->bonds[i];
		uint32_t k = p->bonds.of_now[i];
		const struct bond *was = k == NONE ? NULL : &p->before->bonds[k];
		bool order = was && is_reordered(&p->members, b->first_member, b->member_count);
		if (was && was->no_member == b->no_member && was->source_port == b->source_port && !order)
			continue;
		struct more more = {.n = 0};
		if (was && was->no_member != b->no_member)
			add(&more, ": no-member: %s -> %s", no_member_name(was->no_member),
				no_member_name(b->no_member));
		if (was && was->source_port != b->source_port)
			add(&more, ": source-port: %s -> %s", source_port_name(was->source_port),
				source_port_name(b->source_port));
		if (order)
			add(&more, ": its members in another order");
		print(p, p->sum->bonds, &(struct change_line){was ? CHANGE_CHANGED : CHANGE_ADDED, CHANGE_OF_BOND,
			.name = b->name, .more = more.text});
	}
	for (uint32_t k = 0; k < p->bonds.before_count; k++) {
		if (p->bonds.of_before[k] == NONE)
			print(p, p->sum->bonds, &(struct change_line){CHANGE_REMOVED, CHANGE_OF_BOND,
				.name = p->before->bonds[k].name, .more = ""});
	}
}

static const char *bond_name(const struct config *c, uint16_t bond)
{
	return bond == ROUTE_BOND_NONE ? "none" : c->bonds[bond].name;
}

static bool same_froms(const struct print *p, const struct route *a, const struct route *b)
{
	for (size_t i = 0; i < a->from_count && i < b->from_count; i++) {
		if (strcasecmp(p->before->bonds[a->from[i]].name, p->now->bonds[b->from[i]].name) != 0)
			return false;
	}
	return a->from_count == b->from_count;
}

static bool same_sockets(const struct route *a, const struct route *b)
{
	for (size_t i = 0; i < a->socket_count && i < b->socket_count; i++) {
		if (a->sockets[i].transport != b->sockets[i].transport ||
			a->sockets[i].addr.scope != b->sockets[i].addr.scope ||
			!addr_equal(&a->sockets[i].addr, &b->sockets[i].addr))
			return false;
	}
	return a->socket_count == b->socket_count;
}

/* The keys of a route that are otherwise now; nothing = none is. */
static void add_keys(struct more *to, const struct print *p, const struct route *was, const struct route *r)
{
	if (was->to_count != r->to_count || was->has_to != r->has_to)
		add(to, ": to: %u -> %u entries", was->to_count, r->to_count);
	else if (was->to_hash != r->to_hash)
		add(to, ": to: %u entries, others than before", r->to_count);
	if (!same_froms(p, was, r))
		add(to, ": from");
	if (!same_sockets(was, r))
		add(to, ": socket");
	if (was->transport != r->transport)
		add(to, ": transport: %s -> %s", transport_names[was->transport], transport_names[r->transport]);
	if (strcasecmp(bond_name(p->before, was->bond), bond_name(p->now, r->bond)) != 0)
		add(to, ": bond: %s -> %s", bond_name(p->before, was->bond), bond_name(p->now, r->bond));
}

static void list_routes(struct print *p)
{
	for (uint32_t i = 0; i < p->routes.now_count; i++) {
		const struct route *r = &p->now->routes[i];
		uint32_t k = p->routes.of_now[i];
		struct more more = {.n = 0};
		if (k != NONE)
			add_keys(&more, p, &p->before->routes[k], r);
		if (k != NONE && !more.n)
			continue;
		if (k == NONE && r->has_to)
			add(&more, ": to %u entr%s, bond %s", r->to_count, r->to_count == 1 ? "y" : "ies",
				bond_name(p->now, r->bond));
		else if (k == NONE)
			add(&more, ": to anywhere, bond %s", bond_name(p->now, r->bond));
		print(p, p->sum->routes, &(struct change_line){k == NONE ? CHANGE_ADDED : CHANGE_CHANGED,
			CHANGE_OF_ROUTE, .name = r->name, .more = more.text});
	}
	for (uint32_t k = 0; k < p->routes.before_count; k++) {
		if (p->routes.of_before[k] == NONE)
			print(p, p->sum->routes, &(struct change_line){CHANGE_REMOVED, CHANGE_OF_ROUTE,
				.name = p->before->routes[k].name, .more = ""});
	}
	if (is_reordered(&p->routes, 0, p->routes.now_count)) {
		changes_print(p->to, &(struct change_line){CHANGE_CHANGED, CHANGE_OF_ROUTES,
			.more = ": they are tried in another order"});
		p->sum->routes[CHANGE_CHANGED]++;
	}
}

static void say_rest(const unsigned *kinds, const char *what, const struct changes_out *to)
{
	unsigned all = kinds[CHANGE_ADDED] + kinds[CHANGE_REMOVED] + kinds[CHANGE_CHANGED];

	if (!to->json && all > CHANGES_SHOWN)
		fprintf(to->text, "... %u more %s\n", all - CHANGES_SHOWN, what);
}

int changes_list(struct changes *sum, const struct rules *before, const struct rules *now,
	const struct changes_out *to)
{
	const struct config *a = &before->config, *b = &now->config;
	struct print p = {.sum = sum, .before = a, .now = b, .to = to};
	bool good;

	*sum = (struct changes){0};
	good = pairs_make(&p.bonds, a, a->bond_count, b, b->bond_count, compare_bonds);
	if (good && !(good = pairs_make(&p.members, a, a->member_count, b, b->member_count, compare_members)))
		pairs_end(&p.bonds);
	if (good && !(good = pairs_make(&p.routes, a, a->route_count, b, b->route_count, compare_routes))) {
		pairs_end(&p.bonds);
		pairs_end(&p.members);
	}
	if (!good)
		return ENOMEM;
	list_bonds(&p);
	say_rest(sum->bonds, "bonds", to);
	list_members(&p);
	say_rest(sum->members, "members", to);
	list_routes(&p);
	say_rest(sum->routes, "routes", to);
	sum->settings = changes_settings(before, now, to);
	pairs_end(&p.bonds);
	pairs_end(&p.members);
	pairs_end(&p.routes);
	return 0;
}

bool changes_none(const struct changes *sum)
{
	static const struct changes none;

	return memcmp(sum, &none, sizeof(none)) == 0;
}

static void sum_kind(const unsigned *kinds, const char *what, bool *any, FILE *out)
{
	static const char *const verbs[] = {"added", "removed", "changed"};

	for (enum change k = 0; k < CHANGE_KINDS; k++) {
		if (!kinds[k])
			continue;
		fprintf(out, "%s%u %s%s %s", *any ? ", " : "", kinds[k], what, plural(kinds[k]), verbs[k]);
		*any = true;
	}
}

static void put_kind(struct json *j, const char *key, const unsigned *kinds)
{
	json_object(j, key);
	json_number(j, "added", kinds[CHANGE_ADDED]);
	json_number(j, "removed", kinds[CHANGE_REMOVED]);
	json_number(j, "changed", kinds[CHANGE_CHANGED]);
	json_end(j);
}

void changes_put_sum(const struct changes *sum, struct json *j)
{
	put_kind(j, "bonds", sum->bonds);
	put_kind(j, "members", sum->members);
	put_kind(j, "routes", sum->routes);
	json_number(j, "settings", sum->settings);
}

void changes_sum(const struct changes *sum, FILE *out)
{
	const unsigned settings[] = {[CHANGE_CHANGED] = sum->settings};
	bool any = false;

	sum_kind(sum->bonds, "bond", &any, out);
	sum_kind(sum->members, "member", &any, out);
	sum_kind(sum->routes, "route", &any, out);
	sum_kind(settings, "setting", &any, out);
	fputs(any ? "" : "nothing changed", out);
}
