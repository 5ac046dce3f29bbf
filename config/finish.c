/* SPDX-License-Identifier: MIT */
/* The end of the load: names of bonds are looked up, defaults filled in, and bonds compared with
 * each other and with the machine. */
#include "keys.h"

#include <stdlib.h>

static void resolve(struct build *b)
{
	struct config *c = b->c;
	size_t from = 0;
	uint16_t route = MODEL_NONE;
	for (size_t i = 0; i < b->reference_count; i++) {
		const struct reference *r = &b->references[i];
		char buf[DID_YOU_MEAN_MAX];
		struct suggest s;
		uint16_t bond = config_find_bond(c, r->name, r->length);
		if (r->from) {
			from = r->route == route ? from + 1 : 0;
			route = r->route;
			c->routes[r->route].from[from] = bond;
		} else {
			c->routes[r->route].bond = bond;
		}
		if (bond != MODEL_NONE || pasted_reference(b, r->name, r->length, r->place, r->from))
			continue;
		suggest_start(&s, r->name, r->length);
		for (size_t k = 0; k < c->bond_count; k++)
			suggest_offer(&s, c->bonds[k].name);
		if (s.best)
			build_say(b, FINDING_ERROR, r->place, r->length, "unknown bond \"%.*s\"%s",
				(int)r->length, r->name, did_you_mean(&s, buf));
		else
			build_say(b, FINDING_ERROR, r->place, r->length,
				"unknown bond \"%.*s\": define it in a section [bond:%.*s]",
				(int)r->length, r->name, (int)r->length, r->name);
	}
}

static int compare_routes(const void *a, const void *b, void *arg)
{
	const struct config *c = arg;
	uint16_t i = *(const uint16_t *)a, k = *(const uint16_t *)b;
	int order = strcmp(c->routes[i].name, c->routes[k].name);
	return order ? order : (int)i - (int)k;
}

/* Sorted, as there may be many. */
static void find_duplicate_routes(struct build *b)
{
	struct config *c = b->c;
	uint16_t *order = malloc((c->route_count + 1) * sizeof(*order));
	if (!order) {
		b->no_memory = true;
		return;
	}
	for (size_t i = 0; i < c->route_count; i++)
		order[i] = (uint16_t)i;
	qsort_r(order, c->route_count, sizeof(*order), compare_routes, c);
	for (size_t i = 1; i < c->route_count; i++) {
		const struct route *r = &c->routes[order[i]], *before = &c->routes[order[i - 1]];
		if (strcmp(r->name, before->name) == 0)
			build_say(b, FINDING_ERROR, r->place, strlen("route:") + strlen(r->name),
				"this section stands in line %u already: join the two",
				before->place.line);
	}
	free(order);
}

static int compare_members(const void *a, const void *b, void *arg)
{
	const struct config *c = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct member *x = &c->members[i], *y = &c->members[k];
	int order = memcmp(x->addr.ip, y->addr.ip, sizeof(x->addr.ip));
	if (!order)
		order = (int)x->addr.port - (int)y->addr.port;
	if (!order)
		order = (int)x->transport - (int)y->transport;
	if (!order && x->addr.scope != y->addr.scope)
		order = x->addr.scope < y->addr.scope ? -1 : 1;
	if (!order)
		order = strcmp(x->device, y->device);
	return order ? order : i < k ? -1 : i > k;
}

static bool same_socket(struct config *c, uint32_t i, uint32_t k)
{
	const struct member *x = &c->members[i], *y = &c->members[k];
	return addr_equal(&x->addr, &y->addr) && x->transport == y->transport &&
	       x->addr.scope == y->addr.scope && strcmp(x->device, y->device) == 0;
}

/* All bonds of a socket go along with each request that comes in there. */
static void limit_bonds(struct build *b, const uint32_t *order)
{
	const struct config *c = b->c;
	size_t same = 0;
	for (size_t i = 1; i < c->member_count; i++) {
		const struct member *m = &c->members[order[i]];
		char text[ADDR_TEXT_MAX];
		same = addr_equal(&m->addr, &c->members[order[i - 1]].addr) &&
			       m->transport == c->members[order[i - 1]].transport ? same + 1 : 0;
		if (same != MODEL_BONDS_OF_SOCKET)
			continue;
		expand_print(&m->addr, text);
		build_say(b, FINDING_ERROR, m->place, strlen(m->written),
			"%s:%s is a member for more than %d times: at most so many bonds may share a socket",
			transport_names[m->transport], text, MODEL_BONDS_OF_SOCKET);
	}
}

static bool is_over_tcp(const struct member *m)
{
	return m->transport != TRANSPORT_UDP && m->transport != TRANSPORT_SCTP;
}

static void warn_shared(struct build *b)
{
	struct config *c = b->c;
	uint32_t *order = malloc((c->member_count + 1) * sizeof(*order));
	bool *warned = calloc(c->member_count + 1, sizeof(*warned));
	if (!order || !warned) {
		b->no_memory = true;
		goto out;
	}
	for (uint32_t i = 0; i < c->member_count; i++)
		order[i] = i;
	qsort_r(order, c->member_count, sizeof(*order), compare_members, c);
	limit_bonds(b, order);
	for (size_t i = 1; i < c->member_count; i++) {
		uint32_t first = order[i - 1], again = order[i], same;
		const struct member *m = &c->members[again], *other = &c->members[first];
		if (!same_socket(c, first, again) || m->bond == other->bond)
			continue;
		/* An interface in two bonds is one warning, not one for each of its addresses. */
		for (same = again; same > 0 && c->members[same - 1].place.line == m->place.line;)
			same--;
		if (warned[same])
			continue;
		warned[same] = true;
		char text[ADDR_TEXT_MAX];
		expand_print(&m->addr, text);
		build_say(b, FINDING_WARNING, m->place, strlen(m->written),
			"%s:%s is a member of two bonds: of \"%s\" as well (line %u)",
			transport_names[m->transport], text, c->bonds[other->bond].name,
			other->place.line);
	}
out:
	free(order);
	free(warned);
}

/* What is beyond is no error: their text decides. */
static void warn_domains(struct build *b)
{
	const struct config *c = b->c;
	size_t count = 0, first = 0;
	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].kind != TARGET_PREFIX && ++count == MODEL_DOMAINS_MAX + 1)
			first = i;
	}
	if (count > MODEL_DOMAINS_MAX)
		build_say(b, FINDING_WARNING, c->targets[first].place, 0,
			"%zu domains: DNS is asked for the first %d only; from \"%s\" on the text of a "
			"request decides, and connections do not match",
			count, MODEL_DOMAINS_MAX, c->targets[first].domain);
}

/* tcp, tls, ws and wss of one address and port are one listener, which speaks one of them. */
static void warn_one_port(struct build *b)
{
	const struct config *c = b->c;
	uint32_t line = 0;
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		for (size_t k = 0; k < i && m->place.line != line; k++) {
			const struct member *other = &c->members[k];
			char text[ADDR_TEXT_MAX];
			if (m->transport == other->transport || !is_over_tcp(m) || !is_over_tcp(other) ||
				!addr_equal(&m->addr, &other->addr) || m->addr.scope != other->addr.scope)
				continue;
			line = m->place.line;
			expand_print(&m->addr, text);
			build_say(b, FINDING_WARNING, m->place, strlen(m->written),
				"%s and %s (line %u) on %s: one port speaks one of them; give the member "
				"the port on which the program listens for %s",
				transport_names[m->transport], transport_names[other->transport],
				other->place.line, text, transport_names[m->transport]);
		}
	}
}

static void warn_absent(struct build *b)
{
	const struct config *c = b->c;
	if (b->acts || expand_system->assume)
		return; /* the host does not show it; or the machine is another one */
	int error = c->member_count ? expand_list(&b->expand) : 0;
	if (error) {
		build_say(b, FINDING_NOTE, (struct place){0}, 0,
			"which addresses this machine has cannot be told: %s", strerror(error));
		return;
	}
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		char text[ADDR_TEXT_MAX];
		if (m->from_interface || expand_present(&b->expand, &m->addr))
			continue;
		struct addr host = m->addr;
		host.port = 0;
		expand_print(&host, text);
		build_say(b, FINDING_WARNING, m->place, strlen(m->written),
			"%s is not an address of this machine now", text);
	}
}

/* A member says how it is opened, else its bond, else the host. */
static void choose_ways(struct config *c)
{
	for (size_t i = 0; i < c->member_count; i++) {
		struct member *m = &c->members[i];
		if (m->open == OPEN_ANY && c->bonds[m->bond].open)
			m->open = c->bonds[m->bond].open;
		else if (m->open == OPEN_ANY && c->open)
			m->open = c->open;
	}
}

void finish_load(struct build *b)
{
	static const uint16_t default_ports[] = {5060, 5061};
	struct config *c = b->c;
	if (c->sip_port_count == 0) {
		c->sip_ports = config_alloc(c, sizeof(default_ports));
		if (c->sip_ports) {
			memcpy(c->sip_ports, default_ports, sizeof(default_ports));
			c->sip_port_count = 2;
		} else {
			b->no_memory = true;
		}
	}
	choose_ways(c);
	find_duplicate_routes(b);
	resolve(b);
	warn_shared(b);
	if (!b->acts) {
		warn_one_port(b);
		pasted_targets(b);
	}
	warn_domains(b);
	warn_absent(b);
	tokens_check(b);
	arrivals_check(b);
	/* The room kept for more targets is as large as the targets themselves. */
	if (c->target_count > 16) {
		void *exact = config_resize(c, c->targets, c->target_count * sizeof(*c->targets));
		if (exact)
			c->targets = exact;
	}
}
