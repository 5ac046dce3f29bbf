/* SPDX-License-Identifier: MIT */
/* The layout of compiled routes, and how the list of an address is found in it: filled by compile.c,
 * octets.c and table.c, read by match.c. PURE. */
#ifndef BOND_MATCH_TABLE_H
#define BOND_MATCH_TABLE_H

#include "model.h"

typedef unsigned __int128 match_key;

/* What a candidate asks besides its address, per kind of socket. */
enum {
	CONDITION_NEVER = 1,    /* the route's transport is of the other kind */
	CONDITION_SOCKET = 2,
	CONDITION_FROM = 4,
	CONDITION_SIP_PORT = 8, /* a connection, and no `to` */
	CONDITION_EXACT = 16,   /* port and scope, each where it is not 0 */
	CONDITION_OWN = 32,     /* a member's own address */
	CONDITION_END = 64,
	CONDITION_DOMAIN = 128  /* routes with domains come before it */
};

#define HASH_START 2166136261u /* of FNV-1a */

/* Which IPv4 addresses a list is of: what was decided for one of them has to hold for all. */
enum list_kind {
	LIST_COMMON,     /* others than the following, or no route can be found for any */
	LIST_LOOPBACK,   /* 127/8 and */
	LIST_LINK_LOCAL, /* 169.254/16: only members of their kind fit (select_scope_fits()) */
	LIST_THIS_HOST   /* 0.0.0.0 */
};

/* One route that an address may take. Lists are in file order, own addresses in front; a list is named
 * by the number of its first candidate, times LIST_STEP. */
struct candidate {
	uint16_t port;          /* 0 = any */
	uint16_t route;         /* NO_ROUTE_NUMBER in own addresses and the END */
	uint8_t conditions[2];  /* of datagrams, of connections; 0 = none */
	uint8_t kind;           /* enum list_kind */
	uint8_t unused;         /* 0, as all that would be padding: the same INI, the same bytes */
	uint32_t scope;
};
#define MATCH_SIP_PORTS_BYTES (1 << 13) /* a bit a port */
#define LIST_STEP 64 /* room for what else a fast send is told apart by, beside the list */

/* What is kept by a list of one generation of rules is not found by one of another, though they have the
 * same number: each list in an image has a tag of its generation below it. Never odd, as OCTETS_TREE. */
#define LIST_TAGS 31
static inline uint32_t list_tag(uint32_t generation)
{
	return 2 * (generation % LIST_TAGS + 1);
}
_Static_assert(2 * LIST_TAGS < LIST_STEP, "a tag is less than a list");

/* Where few IPv4 networks have routes within: a list for each pair of first octets, or, less
 * OCTETS_BLOCK, where the block of lists (or blocks) by the next octet begins. Three loads at most. */
#define OCTETS_BLOCK (1 << 28)
#define OCTETS_TREE 1          /* no list: the edges know */
#define OCTETS_TOP (1u << 16)  /* entries in front of the blocks */
#define OCTETS_BLOCK_SIZE 256
#define OCTETS_BLOCKS_MAX 2048 /* 2 MiB; a configuration that needs more is looked up among its edges */

/* An index over the edges before + 1 .. last: slot (key - base) >> shift names the last edge that begins
 * at or below the slot's end, or, with SLOT_NODE, a node over the edges in that slot. */
#define SLOT_NODE (1u << 31)
struct node4 {
	uint32_t base, span;
	uint32_t slots, shift;
	uint32_t before, last; /* edges next to the span */
};
struct node6 {
	match_key base, span;
	uint32_t slots, shift;
	uint32_t before, last;
	uint64_t unused[2];
};

/* From key on (up to the next edge) list holds. The edges of 1,000,000 IPv6 prefixes fit in 40 MiB this
 * way. */
struct edge4 {
	uint32_t key;
	uint32_t list;
};
struct edge6 {
	match_key key;
	uint32_t list;
} __attribute__((packed, aligned(4)));

struct name_route {
	uint16_t route;
	uint16_t port;
	uint32_t domain; /* its number, see struct match_facts */
};

/* A domain by its number. */
struct domain_target {
	uint16_t route;
	uint16_t port; /* 0 = any */
	uint8_t wildcard;
	uint8_t unused;
};

/* A domain, or the part after "*.", with its routes in file order. */
struct domain_name {
	uint32_t text;
	uint32_t first;
	uint32_t count;
	uint8_t kind; /* enum target_kind */
	uint8_t length;
	uint16_t unused;
};

struct conditions {
	uint8_t of[2];
};

/* The arrays of struct match, in the order in which they lie in its mapping. */
enum match_part {
	MATCH_OCTETS, /* the top, then its blocks */
	MATCH_LISTS,
	MATCH_SLOTS4,
	MATCH_EDGES4,
	MATCH_NODES4,
	MATCH_CONDITIONS,
	MATCH_DOMAIN_ROUTES,
	MATCH_DOMAINS,
	MATCH_SIP_PORTS,
	MATCH_NAMES,
	MATCH_NAME_ROUTES,
	MATCH_NAME_SLOTS,
	MATCH_TEXT,
	MATCH_EDGES6,
	MATCH_NODES6,
	MATCH_SLOTS6,
	MATCH_PARTS
};

/* Everything that is pointed to lies in one mapping, except config. */
struct match {
	const int32_t *octets;
	struct node4 root4;
	const struct candidate *lists;
	uint32_t lists_end; /* the number of the list that would follow */
	const uint32_t *slots4;
	const struct edge4 *edges4;
	const struct node4 *nodes4;
	const struct node6 *nodes6;
	const uint32_t *slots6;
	const struct edge6 *edges6;
	struct node6 root6;
	const struct conditions *conditions; /* per route */
	const uint16_t *domain_routes;
	size_t domain_route_count;
	const struct domain_target *domains;
	uint32_t domain_count;
	const uint8_t *sip_ports; /* a bit a port */
	const struct domain_name *names;
	const struct name_route *name_routes;
	const uint32_t *name_slots; /* 1 + number of a name, 0 = free; open addressing */
	uint32_t name_mask;
	uint32_t name_count;
	const char *text;
	const struct config *config;
	size_t size; /* of the mapping, which begins with this; 0: it is another's */
	uint32_t counts[MATCH_PARTS];
};

static inline match_key match_key_of(const uint8_t *ip)
{
	uint64_t high, low;
	memcpy(&high, ip, sizeof(high));
	memcpy(&low, ip + 8, sizeof(low));
	return (match_key)__builtin_bswap64(high) << 64 | __builtin_bswap64(low);
}

/* The list of four octets by the tree, where the octets do not tell. */
uint32_t match_tree4(const struct match *m, const uint8_t *ip) __attribute__((noinline));
/* The same of an IPv6 address. */
uint32_t match_tree6(const struct match *m, const uint8_t *ip);

/* The list of an IPv4 address by its octets, or OCTETS_TREE. */
static inline __attribute__((always_inline)) uint32_t match_octets4(
	const int32_t *octets, const uint8_t *ip)
{
	uint16_t top;
	memcpy(&top, ip, sizeof(top));
	ptrdiff_t list = octets[__builtin_bswap16(top)];
	if (__builtin_expect(list < 0, 1)) {
		list = octets[list + ip[2] + OCTETS_BLOCK];
		if (__builtin_expect(list < 0, 1))
			list = octets[list + ip[3] + OCTETS_BLOCK];
	}
	if (list < 0)
		__builtin_unreachable();
	return (uint32_t)list;
}

/* The list of an IPv4 address. */
static inline uint32_t match_list4(const struct match *m, const uint8_t *ip)
{
	uint32_t list = match_octets4(m->octets, ip);
	return __builtin_expect(list == OCTETS_TREE, 0) ? match_tree4(m, ip) : list;
}

static inline const struct candidate *match_candidates(const struct match *m, uint32_t list)
{
	return m->lists + list / LIST_STEP;
}

#endif
