/* SPDX-License-Identifier: MIT */
/* The workshop of match_compile(): compile.c sweeps, lists.c keeps candidate lists, table.c writes
 * the mapping. */
#ifndef BOND_COMPILE_H
#define BOND_COMPILE_H

#include "match.h"
#include "match_table.h"

/* Interned candidate lists: equal lists are kept once. */
struct list {
	uint32_t first;
	uint32_t count;
	uint32_t value;
};

struct pool {
	struct candidate *items;
	size_t count, room;
	struct list *lists;
	size_t list_count, list_room;
	uint32_t *slots; /* 1 + number in lists */
	size_t slot_count;
};

struct family {
	match_key max;
	struct edge6 *edges;
	uint32_t edge_count;
	struct node6 *nodes;
	size_t node_count, node_room;
	uint32_t *slots;
	size_t slot_count, slot_room;
};

struct compiler {
	const struct config *c;
	struct conditions *conditions;
	struct candidate *anywhere;
	size_t anywhere_count;
	struct pool sets;  /* of `to` candidates, behind them one with the kind; value = its list */
	struct pool lists; /* with anywhere and END */
	struct candidate *scratch;
	size_t scratch_count, scratch_room;
	struct family families[2];
	uint16_t *domain_routes;
	size_t domain_route_count;
	uint32_t *names; /* targets with domains, sorted */
	uint32_t *domains; /* the same in file order */
	size_t name_target_count;
};

/* The list of these n candidates, added if it is new (*added). NULL without memory. */
struct list *pool_intern(struct pool *p, const struct candidate *c, size_t n, bool *added);
void pool_free(struct pool *p);

/* Makes room for need elements of size in *array; false without memory. */
bool compile_grow(void *array, size_t *room, size_t need, size_t size);

/* How many entries struct match's octets have for IPv4's edges; and fills in as many, all zero. */
size_t octets_count(const struct family *f);
void octets_fill(const struct family *f, int32_t *octets);

/* Writes everything into one new read-only mapping. 0 or ENOMEM. */
int table_map(struct match **out, const struct compiler *k);

#endif
