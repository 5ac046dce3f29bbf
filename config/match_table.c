/* SPDX-License-Identifier: MIT */
/* Down the index over the edges. */
#include "match_table.h"

#include "base/likely.h"

/* One step down the tree for both key widths: the list of the last edge at or below the key, or
 * false and the number of a node. Most often the first step settles it. */
#define STEP_DOWN(width, key_type)                                                                 \
	static inline bool step##width(const struct node##width *node, const uint32_t *slots,      \
		const struct edge##width *edges, key_type key, uint32_t *found)                    \
	{                                                                                          \
		key_type offset = key - node->base;                                                \
		if (unlikely(offset > node->span)) {                                               \
			*found = edges[key < node->base ? node->before : node->last].list;         \
			return true;                                                               \
		}                                                                                  \
		uint32_t slot = slots[offset >> node->shift];                                      \
		if (unlikely(slot & SLOT_NODE)) {                                                  \
			*found = slot & ~SLOT_NODE;                                                \
			return false;                                                              \
		}                                                                                  \
		const struct edge##width *edge = edges + slot;                                     \
		while (edge->key > key)                                                            \
			edge--;                                                                    \
		*found = edge->list;                                                               \
		return true;                                                                       \
	}
STEP_DOWN(4, uint32_t)
STEP_DOWN(6, match_key)

uint32_t match_tree4(const struct match *m, const uint8_t *ip)
{
	const struct node4 *node = &m->root4;
	uint32_t key, found;
	memcpy(&key, ip, sizeof(key));
	while (!step4(node, m->slots4 + node->slots, m->edges4, __builtin_bswap32(key), &found))
		node = m->nodes4 + found;
	return found;
}

uint32_t match_tree6(const struct match *m, const uint8_t *ip)
{
	const struct node6 *node = &m->root6;
	match_key key = match_key_of(ip);
	uint32_t found;
	while (!step6(node, m->slots6 + node->slots, m->edges6, key, &found))
		node = m->nodes6 + found;
	return found;
}
