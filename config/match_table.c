/* SPDX-License-Identifier: MIT */
/* Down the index over the edges. */
#include "match_table.h"

#include "base/likely.h"

/* One step down the tree for both key widths: the list of the last edge at or below the key, or
 * false and the number of a node. Most often the first step settles it. The nodes below are looked into
 * within limits: they lie in an image, which may become zero just then, and half of a node says anything. */
#define STEP_DOWN(width, key_type)                                                                 \
	static inline bool step##width(const struct node##width *node, const uint32_t *slots,      \
		const struct edge##width *edges, key_type key, uint32_t slot_count,                \
		uint32_t *found)                                                                   \
	{                                                                                          \
		key_type offset = key - node->base;                                                \
		if (unlikely(offset > node->span)) {                                               \
			*found = edges[key < node->base ? node->before : node->last].list;         \
			return true;                                                               \
		}                                                                                  \
		key_type at = offset >> node->shift;                                               \
		if (slot_count && unlikely(at >= slot_count)) {                                    \
			*found = 0;                                                                \
			return true;                                                               \
		}                                                                                  \
		uint32_t slot = slots[at];                                                         \
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

/* From node n on. A node is read once; children come behind it, so that each step is one of few. */
#define BELOW(width, key_type, slots_part)                                                         \
	static uint32_t below##width(const struct match *m, key_type key, uint32_t n)              \
	{                                                                                          \
		uint32_t found = n, all = m->counts[slots_part];                                   \
		for (;;) {                                                                         \
			struct node##width node = m->nodes##width[found];                          \
			uint32_t first = node.slots < all ? node.slots : 0;                        \
			if (step##width(&node, m->slots##width + first, m->edges##width, key,      \
				    all - first, &found))                                          \
				return found;                                                      \
		}                                                                                  \
	}
BELOW(4, uint32_t, MATCH_SLOTS4)
BELOW(6, match_key, MATCH_SLOTS6)

uint32_t match_tree4(const struct match *m, const uint8_t *ip)
{
	uint32_t key, found;
	memcpy(&key, ip, sizeof(key));
	key = __builtin_bswap32(key);
	if (step4(&m->root4, m->slots4 + m->root4.slots, m->edges4, key, 0, &found))
		return found;
	return below4(m, key, found);
}

uint32_t match_tree6(const struct match *m, const uint8_t *ip)
{
	match_key key = match_key_of(ip);
	uint32_t found;
	if (step6(&m->root6, m->slots6 + m->root6.slots, m->edges6, key, 0, &found))
		return found;
	return below6(m, key, found);
}
