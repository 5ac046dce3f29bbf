/* SPDX-License-Identifier: MIT */
/* The ring by which a running host tells bondctl what it does: written to by all of its threads and
 * processes, read by any number of readers that nobody waits for. What finds no room is lost, and every
 * record that is lost can be counted. No lock; async-signal-safe.
 *
 * A record takes a number and, one behind the other, as many slots as it needs, in one addition to `next`:
 * slot T is slots[T % RING_SLOTS] in its turn. Who writes there makes its state WRITING, if it is not being
 * written to and nobody was there in a later turn, copies, and makes it DONE. A reader takes a copy for good
 * if the state was DONE, in the turn that it looks for, before and after. A slot whose writer is stopped or
 * dead stays WRITING: nobody touches it but that writer, and bondctl once it is dead; each turn that comes
 * to it meanwhile is told in `dropped`, so that readers need not wait.
 *
 *	states[i]:  turn << 32 | thread << 2 | flags         slots[i]:  struct ring_part, its bytes */
#ifndef BOND_SEGMENT_RING_H
#define BOND_SEGMENT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define RING_MAGIC UINT32_C(0x676e6972) /* "ring": it has been made, see ring_read.h */
#define RING_SLOTS 256
#define RING_SLOT_SIZE 4096

enum { RING_FREE = 0, RING_WRITING = 1, RING_DONE = 2, RING_FLAGS = 3 };

/* What a record is. */
enum ring_kind {
	RING_LINE = 1, /* struct ring_line, and the text behind it */
	RING_SAID,     /* a sentence of the library's own */
	RING_PACKET    /* a message as it was on the wire, see packet.h */
};

/* Begins each slot. */
struct ring_part {
	uint32_t record;  /* its number */
	uint32_t thread;  /* that wrote it, by the number that it has for itself */
	uint16_t kind;    /* enum ring_kind */
	uint16_t size;    /* bytes of it that follow here */
	uint16_t readers; /* whom it is for, a bit each */
	uint8_t part, parts;
};

#define RING_ROOM (RING_SLOT_SIZE - sizeof(struct ring_part))
#define RING_PARTS 48 /* of one record: two messages of 64 KiB, what else is said of them */
#define RING_RECORD_MAX (RING_PARTS * RING_ROOM)

/* Of RING_LINE: what the reader puts in front of the text (the thread and the time), and where it fills up
 * with blanks, is not in it. */
struct ring_line {
	int64_t at;      /* when the call began, nanoseconds since 1970 */
	uint32_t pad_at; /* in the text; 0 = nowhere */
};

struct ring {
	uint32_t magic;
	_Atomic uint64_t next; /* slots << 32 | records that were handed out so far */
	_Atomic uint64_t states[RING_SLOTS] __attribute__((aligned(64)));
	_Atomic uint32_t dropped[RING_SLOTS]; /* the last turn that found it in use */
	char slots[RING_SLOTS][RING_SLOT_SIZE] __attribute__((aligned(RING_SLOT_SIZE)));
};
_Static_assert(offsetof(struct ring, slots) == RING_SLOT_SIZE, "one page in front of the slots");
_Static_assert(RING_ROOM % 16 == 0, "parts of a record are as aligned as it is");

static inline uint32_t ring_turn(uint64_t state)
{
	return (uint32_t)(state >> 32);
}

static inline pid_t ring_thread(uint64_t state)
{
	return (pid_t)((state & UINT32_MAX) >> 2);
}

static inline uint64_t ring_state(uint32_t turn, pid_t thread, unsigned flags)
{
	return (uint64_t)turn << 32 | (uint32_t)thread << 2 | flags;
}

/* Who writes what, and for whom. */
struct ring_what {
	enum ring_kind kind;
	uint16_t readers;
	pid_t thread; /* the caller's, from gettid(2) */
};

/* Writes one record of the bytes of these pieces, at most RING_RECORD_MAX. False: it is lost. */
bool ring_put(struct ring *r, const struct ring_what *what, const struct iovec *pieces, size_t count);

#endif
