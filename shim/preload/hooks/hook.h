/* SPDX-License-Identifier: MIT */
/* How a libc symbol is taken over. A hook tests page.p.mode, hands the host's call to the real
 * function, and notes or decides around it. It keeps errno and never writes the caller's memory. */
#ifndef BOND_HOOKS_HOOK_H
#define BOND_HOOKS_HOOK_H

#include <errno.h>
#include <stdint.h>

#include "preload/sockets/note.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/hot.h"
#include "preload/trace/trace.h"

/* The function has a name of its own, so that libc's prototypes and their attributes (nonnull, for
 * one) do not reach it; the assembler knows it by the symbol's. */
#define HOOK(type, name, ...) \
	type hook_##name(__VA_ARGS__) __asm__(#name) __attribute__((visibility("default"))); \
	type hook_##name(__VA_ARGS__)

/* For calls that change what is known of fd, or answer into a buffer of *len bytes. Returns room, or NULL while
 * nothing is traced: a trace that begins in the middle of a call prints nothing of it. */
static inline const struct trace_mark *hook_begin(struct trace_mark *room, int fd, const socklen_t *len)
{
	if (likely(!(page.p.mode & HOT_TRACE)))
		return NULL;
	trace_begin_call(room, fd, len);
	return room;
}

/* close_range() of the host, however it is called. */
int hook_close_numbers(unsigned first, unsigned last, int flags);

#endif
