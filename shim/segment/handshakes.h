/* SPDX-License-Identifier: MIT */
/* Where the hellos of TLS connections stand that are not both there yet: by the socket's cookie and the
 * direction, in memory that all processes of the host share, since one may write the one and another read the
 * other. Anyone can begin one and leave it: of a set that is full the oldest of the peer with most gives way,
 * and is unknown. No lock; async-signal-safe. */
#ifndef BOND_SEGMENT_HANDSHAKES_H
#define BOND_SEGMENT_HANDSHAKES_H

#include "hellos.h"
#include "wire/hello.h"

#define HANDSHAKE_SETS 512 /* of HANDSHAKE_WAYS directions: 4,096 in 1 MiB */
#define HANDSHAKE_WAYS 8

/* One direction of a connection. */
struct handshake {
	struct hello hello;
	struct hello_end end; /* as the process had it that saw its first bytes */
};

struct handshake_set {
	_Atomic uint64_t keys[HANDSHAKE_WAYS]; /* stream_key(); 0 = free; written last */
	_Atomic uint32_t since[HANDSHAKE_WAYS]; /* in which turn it was taken */
	_Atomic uint32_t peers[HANDSHAKE_WAYS];
	struct handshake states[HANDSHAKE_WAYS];
} __attribute__((aligned(64)));

struct handshakes {
	_Atomic uint32_t turn;
	struct handshake_set sets[HANDSHAKE_SETS];
};

/* Copies what is kept of that direction; false: nothing is. p may be NULL here and below. */
bool handshakes_find(struct handshakes *p, uint64_t key, struct handshake *s);

/* Keeps it. False: there is no memory, or another thread of the host is at it just now. */
bool handshakes_keep(struct handshakes *p, uint64_t key, const struct handshake *s);

void handshakes_drop(struct handshakes *p, uint64_t key);

#endif
