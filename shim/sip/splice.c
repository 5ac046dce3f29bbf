/* SPDX-License-Identifier: MIT */
/* An edit as it is made, and then as an iovec, the same in place, or a transfer that ended half-way. */
#include "splice.h"

void splice_begin(struct edit *e, const char *base)
{
	e->base = base;
	e->count = 0;
	e->text_n = 0;
	e->full = false;
	e->foreign = 0;
	e->fields = 0;
	e->grows = 0;
	e->dialog = false;
	e->mark = false;
	e->bound.n = e->call_id.n = e->cseq.n = 0;
}

void splice_cut(struct edit *e, const char *row, struct span cut)
{
	uint32_t offset = (uint32_t)(cut.p - e->base);
	struct splice *last = e->count ? &e->splices[e->count - 1] : NULL;

	if (last && last->offset + last->cut == offset && last->row == (uint32_t)(row - e->base)) {
		last->cut += (uint32_t)cut.n;
	} else if (e->count == EDIT_SPLICES || (last && last->offset + last->cut > offset)) {
		e->full = true;
		return;
	} else {
		e->splices[e->count++] = (struct splice){offset, (uint32_t)cut.n,
			(uint32_t)(row - e->base), e->text_n, 0};
	}
	e->grows -= (int32_t)cut.n;
}

void splice_put(struct edit *e, const char *text, size_t n)
{
	if (e->full || n > sizeof(e->text) - e->text_n) {
		e->full = true;
		return;
	}
	memcpy(e->text + e->text_n, text, n);
	e->text_n += (uint16_t)n;
	e->splices[e->count - 1].text_n += (uint16_t)n;
	e->grows += (int32_t)n;
}

static void put_port(struct edit *e, uint16_t port)
{
	char text[5];
	size_t n = sizeof(text);

	do {
		text[--n] = (char)('0' + port % 10);
		port /= 10;
	} while (port);
	splice_put(e, text + n, sizeof(text) - n);
}

void splice_host(struct edit *e, const char *row, const struct field_host *h, const struct name *name,
	enum name_form form, bool show_port)
{
	char text[NAMES_HOST_MAX];
	size_t text_n = names_host(name, form, text);
	const char *host_end = h->host.p + h->host.n + h->v6;
	struct span host = span_between(h->whole.p, host_end);
	bool had_port = h->port.n != 0;

	/* white space around the colon stands as long as there is a port */
	if (had_port && h->port.p != host_end + 1)
		show_port = true;
	if (host.n != text_n || memcmp(host.p, text, text_n) != 0) {
		splice_cut(e, row, host);
		splice_put(e, text, text_n);
	}
	if (had_port && !show_port) {
		splice_cut(e, row, span_between(host_end, h->port.p + h->port.n));
	} else if (!had_port && show_port) {
		splice_cut(e, row, (struct span){host_end, 0});
		splice_put_text(e, ":");
		put_port(e, name->port);
	} else if (had_port && h->number != name->port) {
		splice_cut(e, row, h->port);
		put_port(e, name->port);
	}
}

size_t splice_cut_params(struct edit *e, const char *row, struct span params, const char *name,
	size_t most)
{
	struct field_param param;
	size_t count = 0;

	for (; count < most && field_param(params, name, &param); count++) {
		splice_cut(e, row, param.whole);
		params = span_between(param.whole.p + param.whole.n, params.p + params.n);
	}
	return count;
}

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

size_t splice_iovec(const struct edit *e, const struct iovec *in, size_t in_count, struct iovec *out,
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

size_t splice_apply(const struct edit *e, char *p, size_t n, size_t room)
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

static bool rest_put(struct splice_taken *t, const char *p, size_t n)
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
	struct splice_taken *t)
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
	size_t wire, struct splice_taken *t)
{
	if (rest_of_row(e, p, i, at, sent, t))
		return;
	t->rest_n = 0;
	t->bytes = e->splices[i].row;
	t->sent = wire;
}

void splice_taken(const struct edit *e, const char *p, size_t n, size_t wire, struct splice_taken *t)
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
