/* SPDX-License-Identifier: MIT */
/* The processes of a host, as bondctl finds them: who they are, and which rules they have. */
#ifndef BOND_SEGMENT_PROCESSES_H
#define BOND_SEGMENT_PROCESSES_H

#include "segment.h"

/* Before a fork, and in the child, which enters itself. Async-signal-safe, no lock, usually no system
 * call. */
void segment_begin_fork(struct segment *s);
void segment_child_forked(struct segment *s);

/* A child that came another way enters itself. So, too. */
void segment_join(struct segment *s);

/* This process has rules of that generation. Async-signal-safe. */
void segment_has_generation(struct segment *s, uint32_t generation);

/* It had no memory for those that followed, and goes by those that it has. So, too. */
void segment_has_no_memory(struct segment *s);

#endif
