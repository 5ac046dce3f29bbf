/* SPDX-License-Identifier: MIT */
/* Text of connections whose bytes are nowhere else: read from a TLS library and not the host's yet, or
 * edited and not taken by the library. Kept in memory that all processes of the host share, found as
 * streams are (streams.h). While one is kept its connection needs it: what loses it is lost. No lock;
 * async-signal-safe. Of one key there is one call at a time. */
#ifndef BOND_SEGMENT_TEXTS_H
#define BOND_SEGMENT_TEXTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 65536 /* as much as is looked at of a message, see preload/scratch.h */
#define TEXT_SLOTS 256
#define TEXT_PEER_SLOTS 64 /* of them, those of one peer */
#define TEXT_CACHED 1024
#define TEXT_LOST_SETS 64 /* a peer has one, with those of the same hash */
#define TEXT_LOST_WAYS 512

struct kept_text {
	_Atomic uint64_t key;   /* stream_key(), 0 = free; with a bit more while it is in a call */
	_Atomic uint32_t since; /* in which turn it was taken */
	_Atomic uint32_t used;  /* seconds: when the last call began */
	_Atomic uint32_t peer;
	uint32_t from, n;     /* bytes [from, from + n) of it */
	/* leaving: of the host's bytes in this write of its, how many were dealt with before, and how many
	 * this text stands for */
	size_t done, host;
	uint32_t message; /* leaving: where in it the frame of a message begins, for the trace, or TEXT_... */
};

enum { TEXT_STREAM = UINT32_MAX, /* what it is of has no frames */
	TEXT_NO_MESSAGE = UINT32_MAX - 1 };

struct texts {
	_Atomic uint32_t taken; /* a hint: 0 = nothing to look for */
	_Atomic uint32_t turn;
	_Atomic uint64_t lost[TEXT_LOST_SETS][TEXT_LOST_WAYS];
	_Atomic uint64_t left_alone[TEXT_CACHED];
	_Atomic uint64_t shut[TEXT_CACHED];
	struct kept_text slots[TEXT_SLOTS];
	char bytes[TEXT_SLOTS][TEXT_SIZE]; /* a page is taken when it is first written to */
};

static inline char *text_bytes(struct texts *t, const struct kept_text *one)
{
	return t->bytes[one - t->slots];
}

/* The text of that key, which nobody takes away until text_keep(); NULL: there is none. t may be NULL here
 * and below. */
struct kept_text *texts_find(struct texts *t, uint64_t key);

/* So, an empty one if there is none. A peer that has its share, and a pool that is full, lose the oldest of
 * the peer with most that is in no call. NULL: all are. */
struct kept_text *texts_take(struct texts *t, uint64_t key, uint32_t peer);

/* Whether there is one. */
bool texts_has(struct texts *t, uint64_t key);

/* The call is over: it stays for the next one if there is something in it. */
void text_keep(struct texts *t, struct kept_text *one);

/* Whether what was kept under that key was lost: a cache, in which the latest of many stay. peer: whose it was, as
 * texts_take() was told; what others lose does not put it out. */
bool texts_was_lost(const struct texts *t, uint64_t key, uint32_t peer);

/* No text could be had: the connection is not looked at any more, in either direction. Another such cache. */
void texts_leave_alone(struct texts *t, uint64_t key);
bool texts_is_left_alone(const struct texts *t, uint64_t key);

/* The connection was ended, in both directions. One more. */
void texts_shut(struct texts *t, uint64_t key);
bool texts_is_shut(const struct texts *t, uint64_t key);

#endif
