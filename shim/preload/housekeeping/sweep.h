/* SPDX-License-Identifier: MIT */
/* Gives back the memory of rules that were replaced long ago (core/image_rest.h), whether or not bondctl ever
 * comes again: a task of the housekeeping thread. It has no descriptor of the file, nor a name after a
 * chroot, but the mapping. Bare system calls, nothing of libc but memory functions: see bare.h. */
#ifndef BOND_HOUSEKEEPING_SWEEP_H
#define BOND_HOUSEKEEPING_SWEEP_H

#include "core/image_rest.h"

/* Zeros at first. */
struct sweep {
	uint32_t generation; /* of the rules that counted when it was looked last; 0 = never */
	uint64_t next;       /* when to look again though these still count, see segment_now(); 0 = not */
	uint64_t swept;      /* offset in the file: what lies before it is gone */
};

/* Does what is due. Two loads where nothing is. */
void sweep_step(struct sweep *w);

/* The images of this host, as they are mapped; *c must not move. False: the page says what cannot be. */
bool sweep_chain(struct image_chain *c);

#endif
