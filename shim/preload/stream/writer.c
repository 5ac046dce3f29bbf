/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <limits.h>

#include "preload/readable.h"

#define ONE_MAX (1u << 30)

bool writer_open(struct writer *w, const struct iovec *iov, size_t count)
{
	w->total = w->done = w->own = 0;
	w->takes = false;
	w->most = WRITER_FRAME;
	w->iov = iov;
	w->count = count;
	if (w->count > IOV_MAX || !readable(w->iov))
		return false;
	for (size_t i = 0; i < w->count; i++) {
		if (!w->iov[i].iov_len)
			continue;
		if (w->iov[i].iov_len > SSIZE_MAX - w->total || !readable(w->iov[i].iov_base))
			return false;
		w->total += w->iov[i].iov_len;
	}
	return w->total > 0;
}

void writer_portion(struct writer *w)
{
	size_t skip = w->done, limit = ONE_MAX;

	w->in_count = w->p.n = 0;
	if (w->p.state.held_n) {
		w->in[w->in_count++] = (struct iovec){w->p.state.held, w->p.state.held_n};
		w->p.n = w->p.state.held_n;
		limit = sizeof(w->scratch->bytes);
	}
	for (size_t i = 0; i < w->count && w->in_count < WRITER_PIECES && w->p.n < limit; i++) {
		const struct iovec *piece = &w->iov[i];
		if (skip >= piece->iov_len) {
			skip -= piece->iov_len;
			continue;
		}
		size_t size = piece->iov_len - skip;
		if (w->in_count)
			limit = sizeof(w->scratch->bytes);
		if (w->p.n >= limit)
			break;
		if (size > limit - w->p.n)
			size = limit - w->p.n;
		w->in[w->in_count++] = (struct iovec){(char *)piece->iov_base + skip, size};
		w->p.n += size;
		skip = 0;
	}
	w->end = w->done + w->p.n - w->p.state.held_n == w->total;
}

bool writer_look(struct writer *w)
{
	w->scratch = NULL;
	w->p.bytes = w->in[0].iov_base;
	if (w->in_count <= 1)
		return true;
	w->scratch = scratch_wait();
	if (!w->scratch)
		return false;
	scratch_gather(w->scratch, w->in, w->in_count, SIZE_MAX);
	w->p.bytes = w->scratch->bytes;
	return true;
}

void writer_unlook(struct writer *w)
{
	scratch_give(w->scratch);
	w->scratch = NULL;
}

void writer_trim(struct writer *w, size_t n)
{
	size_t i;

	for (i = 0; i < w->in_count && n; i++) {
		if (w->in[i].iov_len > n)
			w->in[i].iov_len = n;
		n -= w->in[i].iov_len;
	}
	w->in_count = i;
}

void writer_advance(struct writer *w, size_t n)
{
	size_t held = n < w->p.state.held_n ? n : w->p.state.held_n;

	w->p.state.held_n -= (uint16_t)held;
	memmove(w->p.state.held, w->p.state.held + held, w->p.state.held_n);
	w->done += n - held;
	if (w->own > w->p.state.held_n)
		w->own = w->p.state.held_n;
}

/* Copies up to n of the host's bytes from done on, and returns how many there were. */
static size_t copy_next(const struct writer *w, char *to, size_t n)
{
	size_t skip = w->done, copied = 0;

	for (size_t i = 0; i < w->count && copied < n; i++) {
		size_t size = w->iov[i].iov_len;
		if (skip >= size) {
			skip -= size;
			continue;
		}
		size -= skip;
		if (size > n - copied)
			size = n - copied;
		memcpy(to + copied, (const char *)w->iov[i].iov_base + skip, size);
		copied += size;
		skip = 0;
	}
	return copied;
}

void writer_hold(struct writer *w, size_t n)
{
	size_t held = w->p.state.held_n, more;

	if (n <= held)
		return;
	more = copy_next(w, w->p.state.held + held, n - held);
	w->p.state.held_n = (uint16_t)(held + more);
	w->done += more;
	w->own += more;
}

bool writer_begins(const struct writer *w, const char *p, size_t n)
{
	char first[STREAM_HELD];
	size_t there = copy_next(w, first, n);

	return memcmp(first, p, there) == 0;
}
