/* SPDX-License-Identifier: MIT */
/* Which TLS connection is which: by the randoms of both hellos and the host's role (RFC 5246 7.4.1, RFC 8446
 * 4.1), which are on the wire in clear, and which a TLS library tells of what it reads and writes. Kept in
 * memory that all processes of the host share, since one may accept and another read, and one that ends
 * takes nothing along. No lock; async-signal-safe.
 *
 * An answer is never wrong, at worst there is none. Two connections of the same randoms and role are both
 * unknown for good, and so is what begins by those of one that had to give way. Anyone can begin handshakes:
 * a connection of which no TLS library has asked gives way before any of which one has, and of those that are
 * alike the oldest of the peer with most does. One that was asked for in the last hour, and was not closed
 * since where that was seen, gives way only where its peer has nearly all of a set, and another has less. */
#ifndef BOND_SEGMENT_HELLOS_H
#define BOND_SEGMENT_HELLOS_H

#include "config/addr.h"
#include "counters.h"

#define HELLO_RANDOM 32 /* bytes */

#define HELLO_SETS 2048 /* of HELLO_WAYS connections: 16,384 in 4 MiB */
#define HELLO_WAYS 8
#define HELLOS_LOST 16384 /* of those that gave way, the latest are remembered */

#define HELLO_LEFT_SECONDS 60   /* without a call of its TLS library: one that was closed somewhere */
#define HELLO_IDLE_SECONDS 3600 /* or was not, gives way to newer ones */

/* What a TLS library tells of a connection. */
struct hello_name {
	uint8_t client[HELLO_RANDOM], server[HELLO_RANDOM];
	bool is_server; /* the host */
};

/* A connection, for processes that never had its descriptor: what a table of descriptors knows of it
 * (core/sockets.h). */
struct hello_end {
	uint64_t cookie; /* SO_COOKIE, by which its streams are found (streams.h) */
	struct addr local, peer, host_bound, named;
	bool first;    /* of hellos_find(): nobody had asked for it before */
	uint32_t bits; /* FD_ACCEPTED, FD_STEERED, FD_OPENED, FD_SEEN, FD_V6 of its word */
};

struct hello_entry {
	_Atomic uint32_t used;  /* seconds: when it was noted, or asked for last */
	_Atomic uint32_t state; /* bits of hellos.c */
	uint32_t peer;          /* stream_peer() */
	struct hello_name name;
	struct hello_end end;
};

/* The words by which places are found, apart from what is there. */
struct hello_set {
	_Atomic uint64_t keys[HELLO_WAYS]; /* 0 = free; written last */
	struct hello_entry entries[HELLO_WAYS];
} __attribute__((aligned(64)));

struct hellos {
	_Atomic bool any;
	uint64_t secret[2 * HELLO_RANDOM / 8 + 1]; /* made with the first: nobody outside can tell a place */
	_Atomic uint64_t lost[HELLOS_LOST], told[HELLOS_LOST];
	struct hello_set sets[HELLO_SETS];
};

enum hello_found {
	HELLO_UNKNOWN,
	HELLO_FOUND,
	HELLO_EQUAL, /* there is, or was, more than one of that name: so it is unknown, too */
	HELLO_SPOILED /* so, and one of them was found before */
};

/* Both hellos of a connection have been seen. Its place, for hellos_left(). h may be NULL here and below. */
uint32_t hellos_note(struct hellos *h, struct counters *c, const struct hello_name *name, const struct hello_end *end);

/* Which connection that is, in *end where it is found. Counted once a connection. */
enum hello_found hellos_find(
	struct hellos *h, struct counters *c, const struct hello_name *name, struct hello_end *end);

/* A descriptor of the connection at that place (0 = none) was closed. Another process may still have one. */
void hellos_left(struct hellos *h, uint32_t place, uint64_t cookie);

#endif
