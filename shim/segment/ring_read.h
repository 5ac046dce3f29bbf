/* SPDX-License-Identifier: MIT */
/* The ring as bondctl has it: the file is read and written by pread(2) and pwrite(2), never mapped, and
 * nothing that is read is believed. Each reader has its own place, so there may be several. */
#ifndef BOND_SEGMENT_RING_READ_H
#define BOND_SEGMENT_RING_READ_H

#include "ring.h"

/* A record, valid until the next call. bytes is aligned to 16. */
struct ring_record {
	uint16_t kind; /* enum ring_kind, or another */
	uint16_t readers;
	pid_t thread; /* as its host numbers it */
	const char *bytes;
	size_t size;
};

struct ring_reader;

/* Whether a ring has been made at that offset of the file. */
bool ring_is_made(int fd, off_t at);

/* Makes one, all of its space taken on the disk; nobody may write to it meanwhile. 0 or an errno. */
int ring_make(int fd, off_t at);

/* Reads what is written from now on. NULL with errno. The descriptor stays the caller's. */
struct ring_reader *ring_open(int fd, off_t at);
void ring_close(struct ring_reader *r);

/* The next record, in the order in which they were begun. now: nanoseconds of any clock that goes on. A
 * record of which the writer does not come to an end is waited for a tenth of a second, and lost then. */
enum ring_outcome {
	RING_RECORD,  /* *record is filled in */
	RING_NOTHING, /* none is there yet */
	RING_WRONG    /* the file was cut, or is no ring any more */
};
enum ring_outcome ring_next(struct ring_reader *r, uint64_t now, struct ring_record *record);

/* Records that were written, or tried to be, since ring_open() and never came out of ring_next(): of all up
 * to the last one that did, or all where ring_next() had nothing more and said so. Also those for others. */
uint64_t ring_lost(const struct ring_reader *r);

/* Frees the slots whose writers are dead; of several callers one at a time. A slot is looked at when it is
 * in use as it was in the call before, so this is called once a second or so. is_dead gets the number of a
 * thread as its host has it. How many were freed. */
unsigned ring_free_dead(struct ring_reader *r, bool (*is_dead)(void *ctx, pid_t thread), void *ctx);

#endif
