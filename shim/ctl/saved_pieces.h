/* SPDX-License-Identifier: MIT */
/* Datagrams that IP carried in pieces (RFC 791 3.2, RFC 8200 4.5), put together again. */
#ifndef BOND_CTL_SAVED_PIECES_H
#define BOND_CTL_SAVED_PIECES_H

#include "config/addr.h"

#define PIECES_DATAGRAMS 32 /* that are not whole, at a time */

struct pieces_of {
	struct addr from, to;
	uint32_t id;
	unsigned proto;
	uint8_t *bytes; /* NULL = free */
	uint8_t *have;  /* a bit for each eight bytes */
	size_t end;     /* of the last piece, 0 = it was not there yet */
	size_t eights;  /* of eight bytes that are there */
	unsigned count; /* pieces */
};

struct pieces {
	struct pieces_of of[PIECES_DATAGRAMS];
	unsigned next; /* whose place is taken when none is free */
};

struct piece {
	const struct addr *from, *to;
	uint32_t id;
	unsigned proto;
	size_t offset; /* a multiple of eight */
	bool more;     /* it is not the last one */
	const uint8_t *bytes;
	size_t n;
};

/* Adds one. Where that makes its datagram whole returns it: *bytes and *n, which stay until the next call, and how many
 * pieces it has; else 0. */
unsigned pieces_add(struct pieces *all, const struct piece *p, const uint8_t **bytes, size_t *n);

void pieces_free(struct pieces *all);

#endif
