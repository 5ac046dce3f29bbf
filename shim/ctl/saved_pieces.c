/* SPDX-License-Identifier: MIT */
/* What was there first stays: of pieces that overlap, later bytes change nothing that stands. */
#include "saved_pieces.h"

#include <stdlib.h>
#include <string.h>

#define MOST 65536 /* bytes of a datagram */

static void drop(struct pieces_of *d)
{
	free(d->bytes);
	*d = (struct pieces_of){0};
}

static bool is_of(const struct pieces_of *d, const struct piece *p)
{
	return d->bytes && d->id == p->id && d->proto == p->proto && addr_equal(&d->from, p->from) && addr_equal(&d->to, p->to);
}

/* NULL: no memory. */
static struct pieces_of *find(struct pieces *all, const struct piece *p)
{
	struct pieces_of *d = all->of, *end = all->of + PIECES_DATAGRAMS;

	while (d < end && !is_of(d, p))
		d++;
	if (d < end && d->count)
		return d;
	for (d = all->of; d < end && d->bytes; d++)
		;
	if (d == end)
		d = &all->of[all->next++ % PIECES_DATAGRAMS];
	drop(d);
	d->bytes = calloc(1, MOST + MOST / 64);
	if (!d->bytes)
		return NULL;
	d->have = d->bytes + MOST;
	d->from = *p->from;
	d->to = *p->to;
	d->id = p->id;
	d->proto = p->proto;
	return d;
}

unsigned pieces_add(struct pieces *all, const struct piece *p, const uint8_t **bytes, size_t *n)
{
	if (p->offset % 8 || p->offset + p->n > MOST || (p->more && p->n % 8))
		return 0;
	struct pieces_of *d = find(all, p);
	if (!d)
		return 0;
	for (size_t at = 0; at < p->n; at += 8) {
		size_t eight = (p->offset + at) / 8, length = p->n - at < 8 ? p->n - at : 8;
		if (d->have[eight / 8] >> (eight % 8) & 1)
			continue;
		d->have[eight / 8] |= (uint8_t)(1u << (eight % 8));
		d->eights++;
		memcpy(d->bytes + eight * 8, p->bytes + at, length);
	}
	d->count++;
	if (!p->more && !d->end)
		d->end = p->offset + p->n;
	if (!d->end || d->eights < (d->end + 7) / 8)
		return 0;
	unsigned count = d->count;
	*bytes = d->bytes;
	*n = d->end;
	d->count = 0; /* its place is free, its bytes stay until that is taken */
	return count;
}

void pieces_free(struct pieces *all)
{
	for (size_t i = 0; i < PIECES_DATAGRAMS; i++)
		drop(&all->of[i]);
}
