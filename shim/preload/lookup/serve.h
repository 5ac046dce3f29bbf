/* SPDX-License-Identifier: MIT */
/* Which of the host's listeners get what comes to opened members by sk_lookup. For the kernel they stay bound as the
 * host has it; in all else they are listeners that hear several addresses, as those with a filter (preload/opened/).
 * A member of a port that no listener has is sent from by a socket of libbond's own, which is never read.
 * Async-signal-safe but for serve_start(). */
#ifndef BOND_LOOKUP_SERVE_H
#define BOND_LOOKUP_SERVE_H

#include "core/rules.h"

/* Loads the program, where members of c may need it. 0, or the errno for which there is none; also where none needs
 * it. Once, in the constructor, behind trouble_init(). */
int serve_start(const struct config *c);

/* Whether a listener that is to be bound at a, or is, would get some. */
bool serve_wants(const struct rules *r, const struct addr *a, uint32_t bits);

/* The socket is one of those from now on: it is bound, and not known as a listener yet. Returns its bits. */
uint32_t serve_begin(int fd, uint32_t bits, const struct addr *a);

/* Tells bondctl how serve_start() ended, and brings sockets that the program was started with to the table before it
 * uses them. Once, behind the constructor's other work. */
void serve_inherited(void);

/* The host goes by r from now on: members come and go. */
void serve_renewed(const struct rules *r);

#endif
