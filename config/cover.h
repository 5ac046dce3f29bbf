/* SPDX-License-Identifier: MIT */
/* Which targets of a file earlier routes take, and whose datagrams none takes: one pass over all of
 * them, sorted, which stays fast with a million. Part of the load. PURE but for its memory. */
#ifndef BOND_COVER_H
#define BOND_COVER_H

#include "model.h"

struct cover {
	const struct config *c;
	uint32_t *order; /* numbers of all targets, equal destinations in a row, in route order */
	size_t count;
	uint32_t *total;   /* per route, its targets */
	uint32_t *covered; /* per route, targets that an earlier route takes */
	uint16_t *by;      /* per route, the route that took the last one */
	bool *several;     /* per route, not always the same */
	uint32_t *passed;  /* per route, targets whose datagrams no route takes */
	uint32_t *first_passed;
};

/* 0 or ENOMEM; to be given back with cover_free() in both cases. c must outlive it. */
int cover_find(struct cover *p, const struct config *c);
void cover_free(struct cover *p);

/* Whether the two are one destination, the port left aside. */
bool cover_same(const struct target *x, const struct target *y);

/* Whether all that meets the conditions of late, `to` left aside, meets those of early. */
bool cover_wider(const struct config *c, uint16_t early, uint16_t late);

static inline bool cover_datagrams(const struct route *r)
{
	return r->transport == TRANSPORT_NONE || r->transport == TRANSPORT_UDP;
}

#endif
