/* SPDX-License-Identifier: MIT */
/* Which addresses belong to which domain, and what they speak: in memory that all processes of a
 * host share. What a host asks of it takes no lock, no syscall, no clock, and is async-signal-safe:
 * an entry that changes while it is read is read again, and any bytes at all are read within bounds. */
#ifndef BOND_DNS_TABLE_H
#define BOND_DNS_TABLE_H

#include "base/likely.h"
#include "table_view.h"

#define TABLE_HIT_DOMAINS 32 /* domains told of one address */

struct table_hit {
	uint8_t count; /* of domains */
	bool more;     /* there are more than that */
	uint16_t domains[TABLE_HIT_DOMAINS];
};

/* enum table_state; TABLE_UNKNOWN for a number that does not exist. */
uint8_t table_state(const struct table *t, uint16_t number);

/* The domains that a route was taken by; and which count at all, NULL = each: one that the rules do not name
 * any more may be there for a while. */
struct table_whose {
	bool (*has)(const void *ctx, uint16_t domain);
	const void *ctx;
	bool (*counts)(const void *ctx, uint16_t domain);
};

/* The services, 1 << enum transport, that a connection may be for. */
#define TABLE_STREAMS                                                                              \
	(1u << TRANSPORT_TCP | 1u << TRANSPORT_TLS | 1u << TRANSPORT_WS | 1u << TRANSPORT_WSS)

/* What a connection to a speaks where its route does not say: by_port, what the port says, unless DNS
 * names only others for this address and port; by the domains of `whose`, and where these name
 * nothing, or it is NULL, by all. */
enum transport table_stream_transport(const struct table *t, enum transport by_port,
	const struct addr *a, const struct table_whose *whose);

/* What DNS names for a's address and port: bits 1 << enum transport, 0 = nothing. */
uint8_t table_services(const struct table *t, const struct addr *a);

/* The rest of table_lookup(). */
bool table_find(const struct table *t, const struct addr *a, struct table_hit *hit)
	__attribute__((noinline));

/* The domains of a's address, at any port. false = none, which is usually told by one word. */
static inline bool table_lookup(const struct table *t, const struct addr *a, struct table_hit *hit)
{
	uint32_t key = table_hint_key(t, a);
	uint64_t hint = table_hint(t, key);
	if (likely(!hint))
		return false;
	if (hint & TABLE_SEVERAL || hint_domain(hint) >= t->domain_max)
		return table_find(t, a, hit);
	if (hint_ip(hint) != key || a->family != AF_INET)
		return false;
	hit->count = 1;
	hit->more = false;
	hit->domains[0] = hint_domain(hint);
	return true;
}

#endif
