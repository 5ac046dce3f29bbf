/* SPDX-License-Identifier: MIT */
/* What all processes of the host share, in a file where bondctl finds it: /run/bond/PID for root,
 * else $XDG_RUNTIME_DIR/bond/PID, else /dev/shm/bond-UID/PID. Only the user that started the host
 * and root can open it. It is mapped once and needs no descriptor, so that it works after setuid,
 * chroot and in containers. Where no file can be made the memory is shared all the same, and
 * bondctl does not reach the host. */
#ifndef BOND_SEGMENT_AREA_H
#define BOND_SEGMENT_AREA_H

#include <stddef.h>

/* Once, in the constructor, before any fork. ini: the file that was read. Returns `size` zeroed
 * bytes, page-aligned, for the table of DNS, NULL = none could be had or size is 0. */
void *segment_init(const char *ini, size_t size);

/* A child of the host enters itself. Async-signal-safe, no lock, usually no system call. */
void segment_join(void);

/* Why there is no file, in words, or NULL. */
const char *segment_trouble(void);

/* In the destructor: the last process of a host leaves no file behind. */
void segment_end(void);

#endif
