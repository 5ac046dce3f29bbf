/* SPDX-License-Identifier: MIT */
/* The edges of IPv4 once more, as lists by octets: what a send looks at first. Part of
 * match_compile(). */
#include "compile.h"

struct filling {
	int32_t *octets; /* zeroed: the list of most addresses is the first */
	size_t used;
	bool tree;
};

static uint32_t first_of(const struct family *f, uint32_t edge)
{
	return (uint32_t)f->edges[edge].key;
}

static uint32_t last_of(const struct family *f, uint32_t edge)
{
	return edge + 1 < f->edge_count ? (uint32_t)f->edges[edge + 1].key - 1 : UINT32_MAX;
}

/* How many blocks the edges need: one for each /16 and /24 that has an edge inside. */
static size_t count_blocks(const struct family *f)
{
	size_t blocks = 0;
	uint64_t last16 = UINT64_MAX, last24 = UINT64_MAX;
	for (uint32_t i = 0; i < f->edge_count; i++) {
		uint32_t key = first_of(f, i);
		if (key & 0xffff && key >> 16 != last16) {
			last16 = key >> 16;
			blocks++;
		}
		if (key & 0xff && key >> 8 != last24) {
			last24 = key >> 8;
			blocks++;
		}
	}
	return blocks;
}

static bool wants_tree(const struct family *f)
{
	return count_blocks(f) > OCTETS_BLOCKS_MAX;
}

size_t octets_count(const struct family *f)
{
	return OCTETS_TOP + (wants_tree(f) ? 0 : count_blocks(f) * OCTETS_BLOCK_SIZE);
}

/* The block behind an entry, made if there is none: all of it as the entry was. */
static int32_t *block_of(struct filling *g, int32_t *entry)
{
	if (*entry >= 0) {
		int32_t *block = g->octets + g->used;
		for (uint32_t i = 0; i < OCTETS_BLOCK_SIZE; i++)
			block[i] = *entry;
		*entry = (int32_t)g->used - OCTETS_BLOCK;
		g->used += OCTETS_BLOCK_SIZE;
	}
	return g->octets + *entry + OCTETS_BLOCK;
}

/* From `first`, inside a network of 16 bits, to its end the list holds. */
static void fill_rest(struct filling *g, uint32_t first, int32_t list)
{
	int32_t *entry = &g->octets[first >> 16];
	if (g->tree) {
		*entry = OCTETS_TREE;
		return;
	}
	int32_t *block = block_of(g, entry);
	uint32_t third = first >> 8 & 255;
	if (first & 255) {
		int32_t *hosts = block_of(g, &block[third++]);
		for (uint32_t fourth = first & 255; fourth < 256; fourth++)
			hosts[fourth] = list;
	}
	for (; third < 256; third++)
		block[third] = list;
}

void octets_fill(const struct family *f, int32_t *octets)
{
	struct filling g = {octets, OCTETS_TOP, wants_tree(f)};

	/* Upwards: what an edge says of all that follows, the next one corrects. */
	for (uint32_t i = 0; i < f->edge_count; i++) {
		uint32_t first = first_of(f, i), last = last_of(f, i), top = first >> 16;
		int32_t list = (int32_t)f->edges[i].list;
		if (first & 0xffff)
			fill_rest(&g, first, list);
		/* memory that is zero already is not touched */
		for (top += (first & 0xffff) != 0; list && top <= last >> 16; top++)
			octets[top] = list;
	}
}
