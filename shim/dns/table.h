/* SPDX-License-Identifier: MIT */
/* Which addresses belong to which domain, and what they speak: in memory that all processes of a
 * host share. Offsets only. Reading takes no lock, no syscall, no clock, and is async-signal-safe:
 * an entry that changes while it is read is read again, and any bytes at all are read within
 * bounds. Writing (the resolver, and the hooks of the host's own look-ups) takes a robust mutex in
 * the same memory; never from a signal handler that might hold it: such a call is refused. */
#ifndef BOND_DNS_TABLE_H
#define BOND_DNS_TABLE_H

#include <stdatomic.h>

#include "place.h"

#define TABLE_DOMAINS_MAX 4096
#define TABLE_PLACES_MAX 512 /* of one domain; a new one takes the place of the one seen longest ago */
#define TABLE_HIT_DOMAINS 32 /* domains told of one address */

enum table_state {
	TABLE_UNKNOWN,  /* no answer yet: the text of a message decides */
	TABLE_ANSWERED, /* its addresses are known */
	TABLE_EMPTY,    /* DNS says that there is none */
	TABLE_PARTIAL,  /* some addresses are known, some questions were never answered: the text too */
	TABLE_FULL      /* not all of its addresses found room: the text too */
};

/* Whether the text of a message still decides for a domain in that state, besides its addresses. */
static inline bool table_state_waits(uint8_t state)
{
	return state == TABLE_UNKNOWN || state >= TABLE_PARTIAL;
}

/* What a refresh has to say. */
enum table_extent {
	TABLE_PART,  /* not all was answered, or not yet: what is known already stays */
	TABLE_WHOLE, /* every question was answered: what it no longer says goes in time */
	TABLE_CUT    /* there is more than can be kept at all: state TABLE_FULL */
};

enum table_counter {
	TABLE_FULL_ADDRESSES, /* an address found no room */
	TABLE_FULL_DOMAINS,
	TABLE_FULL_NAMES,
	TABLE_LEARNT,   /* addresses that came from a host's own look-up */
	TABLE_LOCKED,   /* a write was given up: the lock was not to be had */
	TABLE_REPAIRED, /* a writer died in the middle */
	TABLE_COUNTERS
};

struct table_head;
struct table_entry;
struct table_domain;
struct table_alias;

/* One process's view; small, private, made by table_attach(). */
struct table {
	struct table_head *head;
	const _Atomic uint64_t *hints; /* see table_hint() */
	/* Changes after each change that a reader could see. The table's own, or one that its user shares
	 * with other reasons to look again. */
	_Atomic uint32_t *generation;
	struct table_entry *entries;
	struct table_domain *domains;
	struct table_alias *aliases;
	uint64_t seed;
	uint32_t hint_mask;
	uint32_t entry_mask;
	uint32_t domain_max;
};

struct table_hit {
	uint8_t count; /* of domains */
	bool more;     /* there are more than that */
	uint16_t domains[TABLE_HIT_DOMAINS];
};

struct table_domain_info {
	char name[272];     /* "*." in front of a wildcard, ":port" behind where the INI has one */
	uint8_t state;      /* enum table_state */
	uint32_t refreshed; /* seconds of the caller's clock, 0 = never */
	uint32_t failures;  /* in a row */
	uint32_t places;    /* (address, port, transport) known of it */
	uint32_t left_out;  /* of the last refresh: those that found no room */
};

/* Bytes for that many domains and addresses (both rounded up); 0 if more than the table can do. */
size_t table_size(uint32_t domains, uint32_t addresses);

/* Makes an empty table in zeroed memory, aligned to 64 bytes, at least table_size(). 0, EINVAL, or
 * an error of pthread_mutex_init. */
int table_format(void *area, size_t size, uint32_t domains, uint32_t addresses);

/* Fills in t for a table that is in area. 0; EINVAL if there is none, or one of another build. */
int table_attach(struct table *t, void *area, size_t size);

/* The number of a domain; it stays the same as long as the table lives, also over a reload.
 * table_domain_add() makes it if need be. 0, ENOENT (find), ENOSPC (full, counted), ETIMEDOUT. */
int table_domain_find(
	const struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number);
int table_domain_add(
	struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number);
int table_domain_describe(const struct table *t, uint16_t number, struct table_domain_info *info);

/* A place of a domain as the table has it. */
struct table_place {
	struct addr addr; /* port 0 = any: no service told of it */
	uint8_t transport;
	uint32_t seen; /* last; seconds of the caller's clock */
};

/* The first `max` places of a domain, in no order; returns how many. For tools: goes over the whole
 * table. */
unsigned table_places(
	const struct table *t, uint16_t number, struct table_place *places, unsigned max);

/* enum table_state; TABLE_UNKNOWN for a number that does not exist. */
uint8_t table_state(const struct table *t, uint16_t number);

/* What a refresh found. Of TABLE_WHOLE only places not seen for `keep` seconds are dropped. now:
 * seconds, the same clock in all processes, not 0. 0, ETIMEDOUT (nothing was changed), ENOSPC (some
 * did not fit, counted; state TABLE_FULL until all do). */
int table_put(struct table *t, uint16_t number, const struct dns_place *places, unsigned count,
	const struct dns_name *names, unsigned name_count, enum table_extent extent, uint32_t keep,
	uint32_t now);

/* A refresh that failed: all stays as it is. */
void table_failed(struct table *t, uint16_t number);

/* DNS says that the domain has no address: what was not seen since `since` goes, state TABLE_EMPTY.
 * 0 or ETIMEDOUT. */
int table_clear(struct table *t, uint16_t number, uint32_t since);

/* The domain is no longer asked for: nothing of it stays, state TABLE_UNKNOWN. 0 or ETIMEDOUT. */
int table_forget(struct table *t, uint16_t number);

/* The host itself found that name has this address. Adds it to each domain and wildcard that the
 * name, or an SRV or NAPTR that led to it, belongs to. Returns how many. */
unsigned table_learn_address(struct table *t, const char *name, const struct addr *a, uint32_t now);

/* The host itself found that `name` leads to the name n (SRV or NAPTR). Returns as above. */
unsigned table_learn_name(
	struct table *t, const char *name, const struct dns_name *n, uint32_t now);

/* Whether table_learn_*() could find anything for name; without the lock. */
bool table_interested(const struct table *t, const char *name);

uint64_t table_count(const struct table *t, enum table_counter c);
uint32_t table_addresses(const struct table *t);

/* The domains that a route was taken by. */
struct table_whose {
	bool (*has)(const void *ctx, uint16_t domain);
	const void *ctx;
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

static inline uint64_t table_hash(const struct table *t, const struct addr *a)
{
	uint64_t half[2];
	memcpy(half, a->ip, sizeof(half));
	/* turned round, so that the last octets reach all upper bits of the product */
	half[1] = half[1] << 32 | half[1] >> 32;
	return (half[1] ^ t->seed ^ half[0] * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
}

/* What is known at once of all addresses of one hash: 0 = none of them is in the table; else of IPv4
 * the one that is there and its only domain; or, with TABLE_SEVERAL, that the entries must be asked.
 * Whoever makes addresses collide gains nothing but that. */
#define TABLE_SEVERAL (UINT64_C(1) << 48)
#define TABLE_HINT (UINT64_C(1) << 49)

static inline uint32_t hint_ip(uint64_t hint)
{
	return (uint32_t)hint;
}
static inline uint16_t hint_domain(uint64_t hint)
{
	return (uint16_t)(hint >> 32);
}

/* key: four octets as they stand in memory, or a hash of an IPv6 address. */
static inline uint32_t table_hint_place(const struct table *t, uint32_t key)
{
	return (uint32_t)(key * UINT64_C(0x5e3779b1) >> 24) & t->hint_mask;
}

static inline uint64_t table_hint(const struct table *t, uint32_t key)
{
	return atomic_load_explicit(&t->hints[table_hint_place(t, key)], memory_order_acquire);
}

static inline uint32_t table_hint_key(const struct table *t, const struct addr *a)
{
	uint32_t four;
	memcpy(&four, a->ip + 12, sizeof(four));
	return a->family == AF_INET ? four : (uint32_t)(table_hash(t, a) >> 32);
}

/* The domains of a's address, at any port. false = none, which is usually told by one word. */
static inline bool table_lookup(const struct table *t, const struct addr *a, struct table_hit *hit)
{
	uint32_t key = table_hint_key(t, a);
	uint64_t hint = table_hint(t, key);
	if (__builtin_expect(!hint, 1))
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
