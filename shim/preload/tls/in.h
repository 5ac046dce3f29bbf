/* SPDX-License-Identifier: MIT */
/* What the host reads from a TLS connection: as stream/in, of bytes that only the TLS library has. What is
 * not decided yet is in segment/texts.h until the library has more, of which the host is woken as before.
 * No malloc, no lock. */
#ifndef BOND_TLS_IN_H
#define BOND_TLS_IN_H

#include "offer.h"
#include "preload/stream/side.h"

/* As read() of struct bond_tls, of a connection with these ends. */
bool tls_in(const struct bond_tls_call *call, const struct side_ends *ends, void *to, size_t n, bool peek,
	long *result);

/* As pending(). */
size_t tls_in_pending(const struct side_ends *ends);

#endif
