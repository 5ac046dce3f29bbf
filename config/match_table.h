/* SPDX-License-Identifier: MIT */
/* The layout of compiled routes: filled by compile.c, read by match.c. */
#ifndef BOND_MATCH_TABLE_H
#define BOND_MATCH_TABLE_H

#include "match.h"

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

#define HASH_START 2166136261u
#define NAME_LENGTH_MAX 253 /* RFC 1035 2.3.4, without the final dot */

/* One route that an address may take. Lists are in file order, own addresses in front; a list is named
 * by the number of its first candidate. */
struct candidate {
	uint16_t port;          /* 0 = any */
	uint16_t route;         /* NO_ROUTE_NUMBER in own addresses and the END */
	uint8_t conditions[2];  /* of datagrams, of connections; 0 = none */
	uint8_t kind;           /* enum addr_scope of the list's addresses, all of one */
	uint32_t scope;
};

/* Where few IPv4 networks have routes within: a list for each pair of first octets, or, with
 * OCTETS_BLOCK, the number of a block of lists (or blocks) by the next octet. Three loads at most. */
#define OCTETS_BLOCK 0x8000u
#define OCTETS_TREE OCTETS_BLOCK /* no block: the edges know */
#define OCTETS_TOP (1u << 16)    /* entries in front of the blocks; as many as 256 blocks have */

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
	bool wildcard;
};

/* A domain, or the part after "*.", with its routes in file order. */
struct name {
	uint32_t text;
	uint32_t first;
	uint32_t count;
	uint8_t kind; /* enum target_kind */
	uint8_t length;
};

struct conditions {
	uint8_t of[2];
};

/* Everything that is pointed to lies in the same mapping, except config. */
struct match {
	struct node4 root4;
	const struct candidate *lists;
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
	const struct name *names;
	const struct name_route *name_routes;
	const uint32_t *name_slots; /* 1 + number of a name, 0 = free; open addressing */
	uint32_t name_mask;
	uint32_t name_count;
	const char *text;
	const struct config *config;
	size_t size;
	uint16_t octets[]; /* the top, then its blocks */
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

/* The list of an IPv4 address. */
static inline __attribute__((always_inline)) uint32_t match_list4(
	const struct match *m, const uint8_t *ip)
{
	uint16_t top;
	memcpy(&top, ip, sizeof(top));
	uint32_t list = m->octets[__builtin_bswap16(top)];
	if (list & OCTETS_BLOCK) {
		if (__builtin_expect(list == OCTETS_TREE, 0))
			return match_tree4(m, ip);
		list = m->octets[((size_t)list << 8 | ip[2]) - (OCTETS_BLOCK << 8)];
		if (list & OCTETS_BLOCK)
			list = m->octets[((size_t)list << 8 | ip[3]) - (OCTETS_BLOCK << 8)];
	}
	return list;
}

uint32_t match_hash(const char *s, size_t n, uint8_t kind);

#endif
