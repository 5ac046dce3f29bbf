/* SPDX-License-Identifier: MIT */
/* The result is the same on every machine: words are read little-endian. */
#include "prf.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
	while (count--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t prf(const struct prf_key *key, const void *p, size_t n)
{
	uint64_t v[4] = {key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
		key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573};
	uint64_t word;
	const char *byte = p;
	size_t left = n;

	for (; left >= 8; byte += 8, left -= 8) {
		memcpy(&word, byte, 8);
		word = le64toh(word);
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	word = 0;
	if (left)
		memcpy(&word, byte, left);
	word = le64toh(word) | (uint64_t)n << 56;
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void prf_key(struct prf_key *key, const char *secret, size_t n)
{
	/* any two fixed and different keys do: they only spread the secret over 128 bits */
	static const struct prf_key spread[2] = {{{1, 2}}, {{3, 4}}};

	for (int i = 0; i < 2; i++)
		key->k[i] = prf(&spread[i], secret, n);
}
