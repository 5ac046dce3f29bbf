/* SPDX-License-Identifier: MIT */
/* What all processes of the host share, mapped once, before any fork. The end of it is a file, where
 * bondctl finds it: /run/bond/PID for root, else $XDG_RUNTIME_DIR/bond/PID, else /dev/shm/bond-UID/PID.
 * Only the user that started the host and root can open it. No descriptor is kept, so that it works after
 * setuid, chroot and in containers. Where no file can be made the memory is shared all the same, and
 * bondctl does not reach the host.
 *
 *	+-----------------------------+  struct segment_caches
 *	| choices begun came dialogs  |  caches and states of calls under way, 46 MiB of which a page is
 *	| socknames shown streams     |  taken when it is first written to. Anonymous: no byte of a
 *	| hellos handshakes flows     |  message lies in a file
 *	| websockets said lookups     |
 *	| texts locals seat           |
 *	+=============================+  SEGMENT_FILE_AT, struct segment_file: what bondctl reads begins
 *	| head     processes, INI     |  here, at offset 0 of the file
 *	| page                        |  at head.page; mapped over the library's own variables, too
 *	| counters                    |  at head.counters
 *	| adopted                     |  at head.adopted: sockets that carry members
 *	| states of members           |  at head.states
 *	+-----------------------------+
 *	| live trace                  |  at head.live: a hole, until bondctl takes space for it
 *	+-----------------------------+
 *	| tallies                     |  at head.tallies, as many as the INI needs
 *	+-----------------------------+
 *	| table of DNS                |  at head.table, as large as the INI needs it
 *	+-----------------------------+  head.size. What follows can be read here, and is written by pwrite(2)
 *	| image of the first rules    |  page.current
 *	| images of later ones ...    |
 *	+ - - - - - - - - - - - - - - +  head.tail: what the host itself publishes lies before
 *	|                             |
 *	+ - - - - - - - - - - - - - - +  end of the file; grows before page.current tells of what is there
 *	|                             |
 *	+-----------------------------+  head.reserved: no address is used twice, and here they end
 *
 * Without a file the images end behind the first one. */
#ifndef BOND_SEGMENT_AREA_H
#define BOND_SEGMENT_AREA_H

#include "choices.h"
#include "dialogs.h"
#include "file.h"
#include "flows.h"
#include "handshakes.h"
#include "live.h"
#include "locals.h"
#include "lookups.h"
#include "said.h"
#include "segment.h"
#include "sip/shown.h"
#include "socknames.h"
#include "streams.h"
#include "texts.h"
#include "websockets.h"

#define SEGMENT_TAIL (8u << 20)
#define SEGMENT_PAGE_MAX 65536 /* of all machines */

struct segment_caches {
	struct choices choices;
	struct choices begun, came; /* what choices_note() keeps */
	struct dialogs dialogs;
	struct flows flows;
	struct socknames socknames;
	struct shown_table shown;
	struct streams streams;
	struct hellos hellos;
	struct handshakes handshakes;
	struct websockets websockets;
	struct said said;
	struct lookups lookups;
	struct locals locals;
	struct texts texts;
	_Atomic uint32_t seat __attribute__((aligned(64))); /* every steered send reads it */
};

#define SEGMENT_FILE_AT \
	((sizeof(struct segment_caches) + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX)

struct segment_wants {
	const char *ini;   /* the file that was read, NULL = no file is made */
	uint32_t pairs;    /* of a route and a member, as many as there may be; 0 = nothing is counted */
	size_t dns_size;   /* zeroed bytes, page-aligned, that s->dns is to have; 0 = none */
	const void *image; /* of the first rules, generation 1, or NULL */
	size_t image_size;
	void *page; /* SEGMENT_PAGE_SIZE bytes, so aligned, over which the page is mapped, with what is in
		     * them now; NULL = it stays where it is */
};

/* Once, in the constructor, before any fork. The directories are looked for in the environment. Without
 * memory s stays zeroed but for the trouble. */
void segment_init(struct segment *s, const struct segment_wants *want);

/* The byte at that offset of the file, which the caller knows to be there. */
static inline const void *segment_at(const struct segment *s, uint64_t offset)
{
	return (const char *)s->head + offset;
}

/* Where each process has its table of descriptors, for bondctl. */
void segment_tell_descriptors(struct segment *s, const void *table, size_t size);

/* Why there is no file, in words, or NULL. */
const char *segment_trouble(const struct segment *s);

/* In the destructor: the last process of a host leaves no file behind. */
void segment_end(struct segment *s);

#endif
