/* SPDX-License-Identifier: MIT */
/* Parts of what lies in several pieces (readv(2)). Async-signal-safe. */
#ifndef BOND_PIECES_H
#define BOND_PIECES_H

#include <stddef.h>
#include <sys/uio.h>

/* A view of the n bytes from `at` on, in `out`, as far as max pieces hold it. Returns how many there are; none is
 * empty. */
static inline size_t pieces_slice(const struct iovec *in, size_t in_count, size_t at, size_t n, struct iovec *out,
	size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < in_count && n && count < max; i++) {
		size_t size = in[i].iov_len;
		if (at >= size) {
			at -= size;
			continue;
		}
		size = size - at < n ? size - at : n;
		out[count++] = (struct iovec){(char *)in[i].iov_base + at, size};
		n -= size;
		at = 0;
	}
	return count;
}

#endif
