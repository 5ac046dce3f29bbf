/* SPDX-License-Identifier: MIT */
/* What all processes of the host share, mapped once, before any fork. The end of it is a file, where
 * bondctl finds it: /run/bond/PID for root, else $XDG_RUNTIME_DIR/bond/PID, else /dev/shm/bond-UID/PID.
 * Only the user that started the host and root can open it. No descriptor is kept, so that it works after
 * setuid, chroot and in containers. Where no file can be made the memory is shared all the same, and
 * bondctl does not reach the host.
 *
 *	+-----------------------------+  struct segment_caches
 *	| choices   dialogs           |  caches and states of calls under way, 11 MiB of which a page is
 *	| socknames shown streams     |  taken when it is first written to. Anonymous: no byte of a
 *	| said                        |  message lies in a file
 *	+=============================+  SEGMENT_FILE_AT, struct segment_file: what bondctl reads begins
 *	| head     processes, INI     |  here, at offset 0 of the file
 *	| generation                  |  at head.generation
 *	| counters                    |  at head.counters
 *	+-----------------------------+
 *	| table of DNS, and the       |  at head.table, as large as the INI needs it
 *	| housekeeper's seat          |
 *	+-----------------------------+  head.size: may grow, nothing lies behind
 */
#ifndef BOND_SEGMENT_AREA_H
#define BOND_SEGMENT_AREA_H

#include "choices.h"
#include "dialogs.h"
#include "file.h"
#include "said.h"
#include "segment.h"
#include "sip/shown.h"
#include "socknames.h"
#include "streams.h"

#define SEGMENT_PAGE_MAX 65536 /* of all machines */

struct segment_caches {
	struct choices choices;
	struct dialogs dialogs;
	struct socknames socknames;
	struct shown_table shown;
	struct streams streams;
	struct said said;
};

#define SEGMENT_FILE_AT \
	((sizeof(struct segment_caches) + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX)

/* Once, in the constructor, before any fork. ini: the file that was read, NULL = no file is made.
 * dns_size: zeroed bytes, page-aligned, that s->dns is to have; 0 = none. The directories are looked for
 * in the environment. Without memory s stays zeroed but for the trouble. */
void segment_init(struct segment *s, const char *ini, size_t dns_size);

/* Before a fork, and in the child, which enters itself. Async-signal-safe, no lock, usually no system
 * call. */
void segment_begin_fork(struct segment *s);
void segment_child_forked(struct segment *s);

/* A child that came another way enters itself. So, too. */
void segment_join(struct segment *s);

/* Why there is no file, in words, or NULL. */
const char *segment_trouble(const struct segment *s);

/* In the destructor: the last process of a host leaves no file behind. */
void segment_end(struct segment *s);

#endif
