/* SPDX-License-Identifier: MIT */
/* What a host asks of the table, on the send path too. */
#include "table.h"
#include "table_layout.h"

static inline void add_domain(const struct table *t, uint16_t domain, struct table_hit *hit)
{
	unsigned n = hit->count;
	for (unsigned k = 0; k < n; k++)
		if (hit->domains[k] == domain)
			return;
	if (n < TABLE_HIT_DOMAINS && domain < t->domain_max)
		hit->domains[hit->count++] = domain;
	else
		hit->more = true;
}

enum look { CHANGED, ANOTHER, LAST, MORE };

/* Bits 1 << enum transport: of all domains, and of those of `whose`. */
struct services {
	const struct table_whose *whose;
	uint32_t all, own;
};

/* What entry e says of the address is added to hit, or, where that is NULL, to *services. CHANGED =
 * it changed meanwhile, nothing was added. */
static inline __attribute__((always_inline)) enum look read_entry(const struct table *t,
	const struct table_entry *e, uint64_t version, const struct addr *a, struct table_hit *hit,
	struct services *services)
{
	const struct table_copy *c = &e->copies[version & 1];
	const struct table_hit before = {.count = hit ? hit->count : 0, .more = hit && hit->more};
	uint64_t ip[2];
	uint32_t found = 0, own = 0;
	enum look result = ANOTHER;
	memcpy(ip, a->ip, sizeof(ip));
	if (atomic_load_explicit(&c->ip[1], memory_order_acquire) == ip[1] &&
		atomic_load_explicit(&c->ip[0], memory_order_acquire) == ip[0]) {
		uint64_t used = atomic_load_explicit(&c->used, memory_order_acquire);
		unsigned count = used & 0xff;
		result = used & TABLE_MORE ? MORE : LAST;
		if (hit && used & TABLE_SINGLE) {
			add_domain(t, table_single(used), hit);
			count = 0;
		}
		for (unsigned i = 0; i < count && i < TABLE_SLOTS; i++) {
			uint64_t s = atomic_load_explicit(&c->slots[i], memory_order_acquire);
			if (hit) {
				add_domain(t, slot_domain(s), hit);
			} else if (slot_port(s) == a->port) {
				const struct table_whose *w = services->whose;
				if (w && w->counts && !w->counts(w->ctx, slot_domain(s)))
					continue;
				found |= 1u << slot_transport(s);
				if (w && w->has(w->ctx, slot_domain(s)))
					own |= 1u << slot_transport(s);
			}
		}
	}
	/* the loads above are not moved behind this one: they acquire */
	if (atomic_load_explicit(&e->version, memory_order_relaxed) == version) {
		if (!hit) {
			services->all |= found;
			services->own |= own;
		}
		return result;
	}
	if (hit) {
		hit->count = before.count;
		hit->more = before.more;
	}
	return CHANGED;
}

static inline __attribute__((always_inline)) void find(const struct table *t,
	const struct addr *a, uint64_t hash, struct table_hit *hit, struct services *services)
{
	for (uint32_t n = 0; n < TABLE_PROBES; n++) {
		const struct table_entry *e = table_probe(t, hash, n);
		enum look look = CHANGED;
		/* only an entry that is written twice during one look is torn; it is read again */
		for (int tries = 0; tries < 64 && look == CHANGED; tries++) {
			uint64_t version = atomic_load_explicit(&e->version, memory_order_acquire);
			if (version == 0)
				return;
			look = read_entry(t, e, version, a, hit, services);
		}
		if (look == LAST)
			break;
	}
}

bool table_find(const struct table *t, const struct addr *a, struct table_hit *hit)
{
	hit->count = 0;
	hit->more = false;
	find(t, a, table_hash(t, a), hit, NULL);
	return hit->count > 0;
}

uint8_t table_services(const struct table *t, const struct addr *a)
{
	struct services s = {.whose = NULL};
	if (a->port)
		find(t, a, table_hash(t, a), NULL, &s);
	return (uint8_t)(s.all & ~(1u << TRANSPORT_NONE));
}

enum transport table_stream_transport(const struct table *t, enum transport by_port,
	const struct addr *a, const struct table_whose *whose)
{
	struct services s = {.whose = whose};
	if (a->port)
		find(t, a, table_hash(t, a), NULL, &s);
	unsigned services = (s.own & TABLE_STREAMS ? s.own : s.all) & TABLE_STREAMS;
	if (!services || services & 1u << by_port)
		return by_port;
	/* two that differ from the port's: the plain one */
	for (enum transport stream = TRANSPORT_TCP; stream <= TRANSPORT_WSS; stream++)
		if (services & 1u << stream)
			return stream;
	return by_port;
}

uint8_t table_state(const struct table *t, uint16_t number)
{
	if (number >= t->domain_max)
		return TABLE_UNKNOWN;
	return (uint8_t)atomic_load_explicit(&t->domains[number].state, memory_order_acquire);
}
