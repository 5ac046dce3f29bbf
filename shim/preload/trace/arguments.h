/* SPDX-License-Identifier: MIT */
/* Arguments of calls in strace's own notation (strace 6.1, -yy -s 32): what lies in the host's memory. It
 * is read only where it is known or found to be readable, otherwise its address is printed.
 * Async-signal-safe. */
#ifndef BOND_TRACE_ARGUMENTS_H
#define BOND_TRACE_ARGUMENTS_H

#include <sys/uio.h>

#include "line.h"

/* Whether n bytes at p can be read; asks the kernel, one call a page, and leaves errno alone. */
bool arguments_readable(const void *p, size_t n);

/* The same; of what the kernel has read in this call it is known. */
bool arguments_can_read(const struct line *l, const void *p, size_t n);

void arguments_string(struct line *l, const void *p, size_t n);
void arguments_iovec(struct line *l, const struct iovec *iov, size_t count);

/* Begins element i of an array; false: the array was closed early, at its 33rd element as strace does, or
 * where the line grows too long. */
bool arguments_element(struct line *l, size_t i);

/* "-1 ENETUNREACH (Network is unreachable)" */
void arguments_error(struct line *l, int error);

#endif
