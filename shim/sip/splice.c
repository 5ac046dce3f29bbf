/* SPDX-License-Identifier: MIT */
/* What is done with an edit once it is made: an iovec, the same in place, or a transfer that ended
 * half-way; see edit.h. */
#include "edit.h"

/* Builds an iovec from a list of pieces, read from front to back. */
struct pieces {
	const struct iovec *in;
	size_t in_count;
	size_t used; /* of in[0] */
	struct iovec *out;
	size_t out_count;
	size_t max;
};

static bool put_piece(struct pieces *v, void *p, size_t n)
{
	if (n == 0)
		return true;
	if (v->out_count == v->max)
		return false;
	v->out[v->out_count++] = (struct iovec){p, n};
	return true;
}

/* Moves n bytes on; copies them to the output, or drops them. */
static bool pass(struct pieces *v, size_t n, bool keep)
{
	while (n && v->in_count) {
		size_t left = v->in->iov_len - v->used;
		size_t step = left < n ? left : n;
		if (keep && !put_piece(v, (char *)v->in->iov_base + v->used, step))
			return false;
		v->used += step;
		n -= step;
		if (v->used == v->in->iov_len)
			v->in++, v->in_count--, v->used = 0;
	}
	return true;
}

size_t edit_iovec(const struct edit *e, const struct iovec *in, size_t in_count, struct iovec *out,
	size_t max)
{
	struct pieces v = {in, in_count, 0, out, 0, max};
	size_t at = 0;

	for (size_t i = 0; i < e->count; i++) {
		const struct splice *s = &e->splices[i];
		if (!pass(&v, s->offset - at, true) || !pass(&v, s->cut, false) ||
			!put_piece(&v, (char *)e->text + s->text, s->text_n))
			return 0;
		at = s->offset + s->cut;
	}
	return pass(&v, SIZE_MAX, true) ? v.out_count : 0;
}

size_t edit_apply(const struct edit *e, char *p, size_t n, size_t room)
{
	ptrdiff_t shift[EDIT_SPLICES + 1]; /* of the bytes before splice i, and behind the last */
	size_t from[EDIT_SPLICES + 1];
	size_t to[EDIT_SPLICES + 1];
	size_t count = e->count;

	if ((int64_t)n + e->grows > (int64_t)room)
		return 0;
	shift[0] = 0;
	from[0] = 0;
	for (size_t i = 0; i < count; i++) {
		const struct splice *s = &e->splices[i];
		to[i] = s->offset;
		from[i + 1] = s->offset + s->cut;
		shift[i + 1] = shift[i] + s->text_n - (ptrdiff_t)s->cut;
	}
	to[count] = n;
	/* Pieces that move back never reach into one that has not moved yet, if pieces that move
	 * forward go last to first, and the others first to last. */
	for (size_t i = count + 1; i-- > 0;) {
		if (shift[i] > 0)
			memmove(p + from[i] + shift[i], p + from[i], to[i] - from[i]);
	}
	for (size_t i = 0; i <= count; i++) {
		if (shift[i] < 0)
			memmove(p + from[i] + shift[i], p + from[i], to[i] - from[i]);
	}
	for (size_t i = 0; i < count; i++) {
		const struct splice *s = &e->splices[i];
		memcpy(p + s->offset + shift[i], e->text + s->text, s->text_n);
	}
	return (size_t)((ptrdiff_t)n + shift[count]);
}

/* The last splice of splice i's row. */
static size_t last_of_row(const struct edit *e, size_t i)
{
	while (i + 1 < e->count && e->splices[i + 1].row == e->splices[i].row)
		i++;
	return i;
}

static bool rest_put(struct edit_taken *t, const char *p, size_t n)
{
	if (n > sizeof(t->rest) - t->rest_n)
		return false;
	memcpy(t->rest + t->rest_n, p, n);
	t->rest_n += n;
	return true;
}

/* The transfer ended in splice i's row: before the splice at byte `at` of the message, or behind
 * `sent` bytes of its text. False: the rest is too long. */
static bool rest_of_row(const struct edit *e, const char *p, size_t i, size_t at, size_t sent,
	struct edit_taken *t)
{
	size_t last = last_of_row(e, i);

	for (;; i++) {
		const struct splice *s = &e->splices[i];
		if ((at < s->offset && !rest_put(t, p + at, s->offset - at)) ||
			!rest_put(t, e->text + s->text + sent, s->text_n - sent))
			return false;
		if (i == last)
			break;
		at = s->offset + s->cut;
		sent = 0;
	}
	t->bytes = e->splices[last].offset;
	t->skip = e->splices[last].cut;
	return true;
}

/* The same; if the rest is too long the row is made again, and `wire` bytes of it left out. */
static void end_in_row(const struct edit *e, const char *p, size_t i, size_t at, size_t sent,
	size_t wire, struct edit_taken *t)
{
	if (rest_of_row(e, p, i, at, sent, t))
		return;
	t->rest_n = 0;
	t->bytes = e->splices[i].row;
	t->sent = wire;
}

void edit_taken(const struct edit *e, const char *p, size_t n, size_t wire, struct edit_taken *t)
{
	size_t at = 0, total = wire, row = 0; /* wire bytes in front of the row */

	t->skip = 0;
	t->rest_n = 0;
	t->sent = 0;
	for (size_t i = 0; i < e->count; i++) {
		const struct splice *s = &e->splices[i];
		size_t plain = s->offset - at;
		bool begun = i && e->splices[i - 1].row == s->row;
		if (!begun)
			row = total - wire + (s->row > at ? s->row - at : 0);
		if (wire < plain) {
			at += wire;
			if (!begun && at <= s->row)
				t->bytes = at;
			else
				end_in_row(e, p, i, at, 0, total - row, t);
			return;
		}
		wire -= plain;
		if (wire < s->text_n) {
			if (wire == 0 && !begun && s->offset == s->row)
				t->bytes = s->offset;
			else
				end_in_row(e, p, i, s->offset, wire, total - row, t);
			return;
		}
		wire -= s->text_n;
		at = s->offset + s->cut;
	}
	t->bytes = at + wire < n ? at + wire : n;
}
