/* SPDX-License-Identifier: MIT */
/* Whether bytes that somebody else may have written can be looked into as compiled routes: every number
 * that match_table.c, match.c, match_domains.c and match_names.c follow stays inside its array, and every
 * way through them ends. Reads each element once. */
#include "match_parts.h"

#define NO_ROUTE UINT16_MAX
#define OCTETS_MAX (OCTETS_TOP + OCTETS_BLOCKS_MAX * OCTETS_BLOCK_SIZE)

struct arrays {
	const char *base;
	const struct part *parts;
	uint32_t routes, domains, tag;
};

static const void *array(const struct arrays *a, enum match_part part)
{
	return a->base + a->parts[part].at;
}

static uint32_t count(const struct arrays *a, enum match_part part)
{
	return a->parts[part].count;
}

static bool is_list(const struct arrays *a, uint32_t list)
{
	return list / LIST_STEP < count(a, MATCH_LISTS) && list % LIST_STEP == a->tag;
}

/* The block behind an entry less than 0, or UINT32_MAX. */
static uint32_t block_behind(const struct arrays *a, int32_t entry)
{
	int64_t at = (int64_t)entry + OCTETS_BLOCK - OCTETS_TOP;

	if (at < 0 || at % OCTETS_BLOCK_SIZE ||
		at + OCTETS_BLOCK_SIZE > (int64_t)count(a, MATCH_OCTETS) - OCTETS_TOP)
		return UINT32_MAX;
	return (uint32_t)(at / OCTETS_BLOCK_SIZE);
}

/* Which blocks are looked into, by their distance from the top. */
struct blocks {
	uint8_t of[2][OCTETS_BLOCKS_MAX / 8];
};

static bool has_block(const struct blocks *b, int level, uint32_t block)
{
	return b->of[level][block / 8] >> block % 8 & 1;
}

/* The entries first .. end lead to lists, or to blocks of that level (2: there is none). */
static bool check_entries(
	const struct arrays *a, struct blocks *b, uint32_t first, uint32_t end, int level)
{
	const int32_t *octets = array(a, MATCH_OCTETS);

	for (uint32_t i = first; i < end; i++) {
		if (octets[i] >= 0) {
			if (octets[i] != OCTETS_TREE && !is_list(a, (uint32_t)octets[i]))
				return false;
			continue;
		}
		uint32_t block = block_behind(a, octets[i]);
		if (level == 2 || block == UINT32_MAX)
			return false;
		b->of[level][block / 8] |= (uint8_t)(1 << block % 8);
	}
	return true;
}

static bool check_octets(const struct arrays *a)
{
	uint32_t all = count(a, MATCH_OCTETS);
	struct blocks blocks = {0};

	if (all < OCTETS_TOP || all > OCTETS_MAX ||
		!check_entries(a, &blocks, 0, OCTETS_TOP, 0))
		return false;
	for (int level = 0; level < 2; level++) {
		for (uint32_t i = 0; i < (all - OCTETS_TOP) / OCTETS_BLOCK_SIZE; i++) {
			uint32_t first = OCTETS_TOP + i * OCTETS_BLOCK_SIZE;
			if (has_block(&blocks, level, i) &&
				!check_entries(a, &blocks, first, first + OCTETS_BLOCK_SIZE, level + 1))
				return false;
		}
	}
	return true;
}

/* Each candidate leads to a route, or needs none; the last ends every list. */
static bool check_lists(const struct arrays *a)
{
	const struct candidate *c = array(a, MATCH_LISTS);
	uint32_t all = count(a, MATCH_LISTS);

	if (all == 0 || all > INT32_MAX / LIST_STEP)
		return false;
	for (uint32_t i = 0; i < all; i++) {
		if (c[i].kind > LIST_THIS_HOST || c[i].unused)
			return false;
		for (int stream = 0; stream < 2; stream++) {
			uint8_t conditions = c[i].conditions[stream];
			bool routeless = conditions &
				(CONDITION_END | CONDITION_OWN | CONDITION_NEVER);
			if (c[i].route >= a->routes && !(routeless && c[i].route == NO_ROUTE))
				return false;
			if (i == all - 1 && (conditions & (CONDITION_END | CONDITION_EXACT)) != CONDITION_END)
				return false;
		}
	}
	return true;
}

/* The first edge is the start of the space, so that the way down from any other ends there; the slots of
 * each node follow those of the one before it, so that all are looked at once; children come later. */
#define CHECK_FAMILY(width, key_type)                                                                \
	static bool check_family##width(const struct arrays *a)                                      \
	{                                                                                            \
		const struct edge##width *edges = array(a, MATCH_EDGES##width);                      \
		const struct node##width *nodes = array(a, MATCH_NODES##width);                      \
		const uint32_t *slots = array(a, MATCH_SLOTS##width);                                \
		uint32_t edge_count = count(a, MATCH_EDGES##width);                                  \
		uint32_t node_count = count(a, MATCH_NODES##width);                                  \
		uint32_t slot_count = count(a, MATCH_SLOTS##width), at = 0;                          \
		if (edge_count == 0 || edge_count >= SLOT_NODE || node_count == 0 ||                 \
			edges[0].key != 0 || !is_list(a, edges[0].list))                             \
			return false;                                                                \
		for (uint32_t i = 1; i < edge_count; i++) {                                          \
			if (edges[i].key <= edges[i - 1].key || !is_list(a, edges[i].list))          \
				return false;                                                        \
		}                                                                                    \
		for (uint32_t n = 0; n < node_count; n++) {                                          \
			const struct node##width *node = &nodes[n];                                  \
			if (node->shift >= 8 * sizeof(key_type) || node->before >= edge_count ||     \
				node->last >= edge_count || node->slots != at ||                     \
				node->span >> node->shift >= slot_count - at)                        \
				return false;                                                        \
			for (uint32_t end = at + (uint32_t)(node->span >> node->shift); at <= end; at++) { \
				uint32_t slot = slots[at], number = slot & ~SLOT_NODE;               \
				if (slot & SLOT_NODE ? number <= n || number >= node_count :         \
						       slot >= edge_count)                           \
					return false;                                                \
			}                                                                            \
		}                                                                                    \
		return at == slot_count;                                                             \
	}
CHECK_FAMILY(4, uint32_t)
CHECK_FAMILY(6, match_key)

static bool check_routes(const struct arrays *a)
{
	const uint16_t *with_domain = array(a, MATCH_DOMAIN_ROUTES);
	const struct domain_target *domains = array(a, MATCH_DOMAINS);

	if (count(a, MATCH_CONDITIONS) != a->routes || count(a, MATCH_DOMAINS) != a->domains ||
		count(a, MATCH_SIP_PORTS) != MATCH_SIP_PORTS_BYTES)
		return false;
	for (uint32_t i = 0; i < count(a, MATCH_DOMAIN_ROUTES); i++) {
		if (with_domain[i] >= a->routes || (i && with_domain[i] <= with_domain[i - 1]))
			return false;
	}
	for (uint32_t i = 0; i < a->domains; i++) {
		if (domains[i].route >= a->routes || domains[i].wildcard > 1 || domains[i].unused)
			return false;
	}
	return true;
}

/* As domains are compared, lower case: a byte that is none of a domain's is no accident. */
static bool is_domain_character(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' ||
		ch == '.';
}

static bool check_names(const struct arrays *a)
{
	const struct domain_name *names = array(a, MATCH_NAMES);
	const struct name_route *routes = array(a, MATCH_NAME_ROUTES);
	const char *text = array(a, MATCH_TEXT);
	uint32_t route_count = count(a, MATCH_NAME_ROUTES), next = 0;
	uint64_t at = 0;

	for (uint32_t i = 0; i < count(a, MATCH_NAMES); i++) {
		const struct domain_name *n = &names[i];
		if (n->text != at || n->first != next || n->count > route_count - next || n->unused ||
			(n->kind != TARGET_DOMAIN && n->kind != TARGET_WILDCARD))
			return false;
		at += n->length;
		next += n->count;
	}
	if (at != count(a, MATCH_TEXT) || next != route_count || route_count != a->domains)
		return false;
	for (uint32_t i = 0; i < route_count; i++) {
		if (routes[i].route >= a->routes || routes[i].domain >= a->domains)
			return false;
	}
	for (uint32_t i = 0; i < at; i++) {
		if (!is_domain_character(text[i]))
			return false;
	}
	return true;
}

/* A free slot ends each search. */
static bool check_name_slots(const struct arrays *a)
{
	const uint32_t *slots = array(a, MATCH_NAME_SLOTS);
	uint32_t all = count(a, MATCH_NAME_SLOTS), taken = 0;

	if (all == 0 || all & (all - 1))
		return false;
	for (uint32_t i = 0; i < all; i++) {
		if (slots[i] > count(a, MATCH_NAMES))
			return false;
		taken += slots[i] != 0;
	}
	return taken < all;
}

bool match_check(const char *base, const struct part *parts, const struct match_expected *expected)
{
	const struct arrays a = {base, parts, expected->routes, expected->domains, expected->tag};

	return check_lists(&a) && check_octets(&a) && check_family4(&a) && check_family6(&a) &&
		check_routes(&a) && check_names(&a) && check_name_slots(&a);
}
