/* SPDX-License-Identifier: MIT */
/* What the host writes to a TLS connection: as stream/out, to a library that may want the same bytes once
 * more. What it was given and did not take is in segment/texts.h, and is what it gets, whatever the rules
 * are then and whichever process comes. No malloc, no lock. */
#ifndef BOND_TLS_OUT_H
#define BOND_TLS_OUT_H

#include "offer.h"
#include "preload/stream/side.h"

/* As write() of struct bond_tls, on a connection with these ends. The host is told of its own bytes; of a
 * field that has no end yet all, though it is held until the end is there. */
bool tls_out(const struct bond_tls_call *call, const struct side_ends *ends, const void *p, size_t n,
	long *result);

#endif
