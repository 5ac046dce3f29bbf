/* SPDX-License-Identifier: MIT */
/* Framing and edits together. Called by the hooks that send and receive on connections. */
#include "stream.h"

#include "stream_line.h"

/* An edit as it was before the message, or the part of it, that may have to stay as it is. */
struct mark {
	uint16_t count, text_n, fields;
	uint8_t foreign;
	bool mark;
	int32_t grows;
};

struct run {
	struct stream *s;
	const struct edit_side *side;
	struct edit_side bare; /* only what never crosses the wire is removed */
	const char *p;
	size_t n;
	bool last;
	bool stop;
	struct stream_step *step;
	size_t at;
	size_t message; /* where the one that is looked at started, SIZE_MAX = before p */
	size_t untouched; /* where one starts that is too much to edit, SIZE_MAX = none was met */
	struct mark mark; /* of that message */
	/* the state after `limit` bytes, for a transfer that ended there */
	size_t limit;
	bool kept;
	struct stream keep;
};

static struct mark remember(const struct run *r)
{
	const struct edit *e = &r->step->edit;

	return (struct mark){e->count, e->text_n, e->fields, e->foreign, e->mark, e->grows};
}

static void forget(struct run *r, const struct mark *mark)
{
	struct edit *e = &r->step->edit;

	e->full = false;
	e->mark = mark->mark;
	e->count = mark->count;
	e->text_n = mark->text_n;
	e->fields = mark->fields;
	e->foreign = mark->foreign;
	e->grows = mark->grows;
}

/* Settles what was edited of the message so far. */
static void settle(struct run *r, const struct edit_progress *at)
{
	struct edit *e = &r->step->edit;

	edit_finish(r->side, at, e);
	e->mark = false;
}

/* Goes on by one piece; keeps the state if the limit lies in it or at its end. */
static void advance(struct run *r, size_t size)
{
	r->at += size;
	if (size)
		r->s->early = 0;
	if (r->kept || r->limit > r->at)
		return;
	r->kept = true;
	r->keep = *r->s;
	r->keep.frame.raw += r->at - r->limit;
}

/* Whether the head that starts at p is all there, or breaks the rules: then in what way. */
static bool head_is_there(const char *p, size_t n, uint8_t *broken)
{
	struct frame f = {0};
	struct scan_row row;
	size_t size;

	for (;; p += size, n -= size) {
		enum frame_piece piece = frame_next(&f, p, n, &size, &row);
		*broken = f.broken;
		if (piece == FRAME_END || f.broken)
			return true;
		if (piece == FRAME_MORE)
			return false;
	}
}

static const struct edit_side *side_now(const struct run *r)
{
	return r->s->untouched ? &r->bare : r->side;
}

/* Whether what is there of an arriving field may pass without the rest. */
static bool may_pass(const struct run *r)
{
	struct scan_row row;

	if (!r->s->frame.in_head || r->at == r->n)
		return false;
	scan_row((struct span){r->p + r->at, r->n - r->at}, &row);
	return row.name.n && row.header != HEADER_CONTENT_LENGTH &&
		!edit_cares(r->side, &row);
}

/* What is there of the last line goes on as the piece that it becomes; FRAME_MORE: it does not. */
static enum frame_piece end_line(struct run *r, size_t *size, struct scan_row *row)
{
	struct stream *s = r->s;
	const char *p = r->p + r->at;
	size_t n = r->n - r->at;
	enum line_use use = LINE_READ;
	enum frame_piece piece = FRAME_MORE;

	if (r->side->in) {
		use = may_pass(r) ? LINE_PASSES : LINE_WAITS;
	} else if (!n) {
		return FRAME_MORE;
	} else if (s->frame.in_head) {
		use = line_use(r->side, &s->at, s->untouched, p, n);
	}
	if (use == LINE_PASSES) {
		frame_pass_row(&s->frame);
		piece = frame_next(&s->frame, p, n, size, row);
	} else if (use == LINE_WHOLE) {
		piece = frame_end_row(&s->frame, p, n, row);
		*size = n;
	}
	if (piece == FRAME_MORE) {
		r->step->line = n;
		r->step->loose = use != LINE_WAITS;
	}
	return piece;
}

/* An edit of what is on its way already comes too late, and what goes with it is left as it is, too. */
static void check_early(struct run *r, const struct mark *mark)
{
	const struct edit *e = &r->step->edit;

	if (!r->s->early || e->count == mark->count ||
		e->splices[mark->count].offset >= r->at + r->s->early)
		return;
	forget(r, mark);
	r->s->unedited += !r->s->untouched;
	r->s->untouched = true;
}

void stream_pass_line(struct stream *s)
{
	if (!s->frame.in_head) {
		frame_break(&s->frame);
		return;
	}
	s->unedited += !s->untouched;
	s->untouched = true;
	frame_pass_row(&s->frame);
}

/* False: stop before this message. */
static bool start_message(struct run *r, size_t size)
{
	struct stream *s = r->s;
	struct edit *e = &r->step->edit;
	struct frame none = {0};
	uint8_t broken;
	bool there = head_is_there(r->p + r->at, r->n - r->at, &broken);

	if (!there && !r->last) {
		s->frame = none;
		return false;
	}
	s->at = (struct edit_progress){0};
	s->untouched = r->untouched == r->at;
	if (broken && (r->side->in || broken != FRAME_NO_LENGTH)) {
		frame_lose(&s->frame, broken);
		s->breaks++;
		return true;
	}
	r->mark = remember(r);
	r->message = r->at;
	edit_start(side_now(r), &s->at, (struct span){r->p + r->at, size}, e);
	if (e->full) { /* of the messages before */
		forget(r, &r->mark);
		s->frame = none;
		return false;
	}
	return true;
}

/* How the rest of the head would be edited, field by field: what its mark must say; false: one of them
 * is too much for an edit of its own. */
static bool look_ahead(const struct run *r, struct edit_progress *at)
{
	struct frame frame = r->s->frame;
	const char *p = r->p + r->at, *end = r->p + r->n;
	struct scan_row row;
	struct edit e;
	size_t size;

	for (; frame_next(&frame, p, (size_t)(end - p), &size, &row) == FRAME_ROW; p += size) {
		splice_begin(&e, p);
		edit_row(side_now(r), at, &row, span_between(p + size, end), &e);
		if (e.full)
			return false;
	}
	return true;
}

/* A message cannot be edited. Where all of it is still there, it goes as it is; if it arrives and something
 * hangs on it, or a part of it is through already, it does not go on. */
static void give_up(struct run *r)
{
	struct stream *s = r->s;
	bool begun = r->message == SIZE_MAX;

	if ((r->side->in && (begun || (r->side->strict && s->at.request))) || s->untouched) {
		r->stop = true;
		r->step->refused = begun || r->message == 0;
	}
	if (!r->stop) {
		s->unedited++;
		s->untouched = true;
		r->untouched = r->message;
	}
	if (begun)
		return;
	forget(r, &r->mark);
	r->at = r->message;
	s->frame = (struct frame){0};
	if (r->limit > r->at)
		r->kept = false;
}

/* A field found no room in the edit: it is the next step's, with what follows. */
static void overflow(struct run *r, const struct frame *frame, const struct edit_progress *at,
	const struct mark *mark)
{
	struct edit_progress ahead = *at;

	forget(r, mark);
	r->s->frame = *frame;
	r->s->at = *at;
	if (!look_ahead(r, &ahead)) {
		r->step->edit.mark = false;
		give_up(r);
		return;
	}
	settle(r, &ahead);
	r->stop = true;
}

static void run_row(struct run *r, const struct scan_row *row, size_t size, const struct frame *frame)
{
	struct stream *s = r->s;
	const char *behind = row->whole.p + row->whole.n;
	struct edit_progress at = s->at;
	struct mark mark = remember(r);

	edit_row(side_now(r), &s->at, row, span_between(behind, r->p + r->n), &r->step->edit);
	check_early(r, &mark);
	if (r->step->edit.full)
		overflow(r, frame, &at, &mark);
	else
		advance(r, size);
}

static void run(struct run *r)
{
	struct stream *s = r->s;
	struct edit *e = &r->step->edit;
	struct scan_row row;
	size_t size;

	splice_begin(e, r->p);
	r->bare = *r->side;
	r->bare.bare = true;
	r->bare.title = NULL;
	r->message = r->untouched = SIZE_MAX;
	s->sent = 0;
	if (s->rest_n || s->skip) {
		size_t take = s->skip < r->n ? s->skip : r->n;
		splice_cut(e, r->p, (struct span){r->p, take});
		splice_put(e, s->rest, s->rest_n);
		s->rest_n = 0;
		s->skip -= (uint32_t)take;
		advance(r, take);
		if (s->skip)
			return;
	}
	r->mark = remember(r);
	while (!r->stop) {
		if (s->frame.broken && !r->side->in)
			frame_break(&s->frame); /* what leaves is not looked at, nor waited for */
		struct frame frame = s->frame;
		enum frame_piece piece = frame_next(&s->frame, r->p + r->at, r->n - r->at, &size, &row);
		s->breaks += !frame.broken && s->frame.broken;
		if (piece == FRAME_MORE && r->last)
			piece = end_line(r, &size, &row);
		if (piece == FRAME_MORE)
			break;
		if (piece == FRAME_ROW) {
			run_row(r, &row, size, &frame);
			continue;
		}
		if (piece == FRAME_START) {
			if (!start_message(r, size))
				break;
			if (s->frame.broken)
				continue;
		} else if (piece == FRAME_END) {
			s->requests += s->at.request;
			settle(r, &s->at);
			r->mark = remember(r);
			s->messages++;
		}
		advance(r, size);
	}
	if (s->frame.in_head)
		settle(r, &s->at);
}

void stream_feed(const struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step)
{
	struct run r = {.s = &step->after, .side = side, .p = p, .n = n, .last = last, .step = step,
		.limit = SIZE_MAX};

	step->after = *s;
	step->refused = step->loose = false;
	step->line = 0;
	run(&r);
	step->bytes = r.at;
	step->wire = (size_t)((int64_t)r.at + step->edit.grows);
	step->sent = s->sent > s->early ? s->sent : s->early;
	if (step->sent > step->wire)
		step->sent = step->wire;
	step->wire -= step->sent;
	if (!r.at)
		step->after.sent = s->sent;
}

size_t stream_iovec(const struct stream_step *step, const struct iovec *in, size_t in_count,
	struct iovec *out, size_t max)
{
	size_t count = splice_iovec(&step->edit, in, in_count, out, max), skip = step->sent, gone = 0;

	while (gone < count && skip >= out[gone].iov_len)
		skip -= out[gone++].iov_len;
	if (gone < count) {
		out[gone].iov_base = (char *)out[gone].iov_base + skip;
		out[gone].iov_len -= skip;
	}
	memmove(out, out + gone, (count - gone) * sizeof(*out));
	return count - gone;
}

size_t stream_take(struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step, size_t wire)
{
	struct splice_taken t;

	if (wire >= step->wire) {
		*s = step->after;
		return step->bytes;
	}
	if (wire < s->rest_n || wire == 0) {
		s->rest_n -= (uint16_t)wire;
		memmove(s->rest, s->rest + wire, s->rest_n);
		return 0;
	}
	splice_taken(&step->edit, p, step->bytes, wire + step->sent, &t);
	step->after = *s;
	struct run r = {.s = &step->after, .side = side, .p = p, .n = n, .last = last, .step = step,
		.limit = t.bytes + t.skip};
	if (r.limit) {
		run(&r);
		*s = r.kept ? r.keep : step->after;
	}
	s->skip += (uint32_t)t.skip;
	s->sent = (uint32_t)t.sent;
	s->rest_n = (uint16_t)t.rest_n;
	memcpy(s->rest, t.rest, t.rest_n);
	return t.bytes;
}
