/* SPDX-License-Identifier: MIT */
/* A keyed hash: SipHash-2-4 (Aumasson and Bernstein, 2012). PURE; async-signal-safe. */
#ifndef BOND_PRF_H
#define BOND_PRF_H

#include <stddef.h>
#include <stdint.h>

struct prf_key {
	uint64_t k[2];
};

/* Makes a key of the n bytes of a secret; n = 0 gives the key that everyone knows. */
void prf_key(struct prf_key *key, const char *secret, size_t n);

uint64_t prf(const struct prf_key *key, const void *p, size_t n);

#endif
