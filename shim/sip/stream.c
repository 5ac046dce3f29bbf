/* SPDX-License-Identifier: MIT */
/* Framing and edits together, see stream.h. Called by the hooks that send and receive on connections. */
#include "stream.h"

/* An edit as it was before the message, or the part of it, that may have to stay as it is. */
struct mark {
	uint16_t count, text_n, fields;
	uint8_t foreign;
	int32_t grows;
};

struct run {
	struct stream *s;
	const struct edit_side *side;
	const char *p;
	size_t n;
	bool last;
	struct stream_step *step;
	size_t at;
	size_t message; /* where the one that is looked at started, SIZE_MAX = before p */
	struct mark mark;
	/* the state after `limit` bytes, for a transfer that ended there */
	size_t limit;
	bool kept;
	bool kept_message; /* it is within the message that is looked at */
	struct stream keep;
};

static void remember(struct run *r)
{
	const struct edit *e = &r->step->edit;

	r->mark = (struct mark){e->count, e->text_n, e->fields, e->foreign, e->grows};
}

static void forget(struct run *r)
{
	struct edit *e = &r->step->edit;

	e->full = false;
	e->mark = false;
	e->count = r->mark.count;
	e->text_n = r->mark.text_n;
	e->fields = r->mark.fields;
	e->foreign = r->mark.foreign;
	e->grows = r->mark.grows;
}

/* Settles what was edited since remember(). An edit that cannot be made is not made at all; but if
 * others before it took the room, its message is left for the next time: false. */
static bool settle(struct run *r)
{
	struct edit *e = &r->step->edit;

	if (!e->full)
		edit_finish(r->side, &r->s->at, e);
	e->mark = false;
	if (!e->full && edit_can_rest(e, r->mark.count))
		return true;
	bool others = r->mark.count && r->message && r->message != SIZE_MAX && e->full;
	forget(r);
	if (others) {
		r->at = r->message;
		r->s->frame = (struct frame){0};
		return false;
	}
	r->s->unedited++;
	r->s->untouched = true;
	if (r->kept_message) {
		r->keep.unedited++;
		r->keep.untouched = true;
	}
	return true;
}

/* Goes on by one piece; keeps the state if the limit lies in it or at its end. */
static void advance(struct run *r, size_t size)
{
	r->at += size;
	if (r->kept || r->limit > r->at)
		return;
	r->kept = true;
	r->kept_message = r->s->frame.in_head;
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

/* Whether what is there of a field may pass without the rest. */
static bool may_pass(const struct run *r)
{
	struct scan_row row;

	if (!r->s->frame.in_head || r->at == r->n)
		return false;
	scan_row((struct span){r->p + r->at, r->n - r->at}, &row);
	return row.name.n && row.header != HEADER_CONTENT_LENGTH &&
		(r->s->untouched || !edit_cares(r->side, &row));
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
	s->untouched = false;
	if (broken) {
		s->frame = none;
		s->frame.broken = broken;
		return true;
	}
	remember(r);
	r->message = r->at;
	edit_start(r->side, &s->at, (struct span){r->p + r->at, size}, e);
	return true;
}

static void run(struct run *r)
{
	struct stream *s = r->s;
	struct edit *e = &r->step->edit;
	struct scan_row row;
	size_t size;

	edit_begin(e, r->p);
	r->message = SIZE_MAX;
	if (s->rest_n || s->skip) {
		size_t take = s->skip < r->n ? s->skip : r->n;
		edit_cut(e, r->p, (struct span){r->p, take});
		edit_put(e, s->rest, s->rest_n);
		s->rest_n = 0;
		s->skip -= (uint32_t)take;
		advance(r, take);
		if (s->skip)
			return;
	}
	remember(r);
	for (;;) {
		enum frame_piece piece = frame_next(&s->frame, r->p + r->at, r->n - r->at, &size, &row);
		if (piece == FRAME_MORE) {
			if (!r->last || !may_pass(r))
				break;
			frame_pass_row(&s->frame);
			continue;
		}
		if (piece == FRAME_START) {
			if (!start_message(r, size))
				break;
			if (s->frame.broken)
				continue;
		} else if (piece == FRAME_ROW && !s->untouched) {
			const char *behind = row.whole.p + row.whole.n;
			edit_row(r->side, &s->at, &row, span_between(behind, r->p + r->n), e);
		} else if (piece == FRAME_END) {
			if (!settle(r))
				return;
			remember(r);
			r->s->messages++;
			r->kept_message = false;
		}
		advance(r, size);
	}
	if (s->frame.in_head)
		settle(r);
}

void stream_feed(const struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step)
{
	struct run r = {.s = &step->after, .side = side, .p = p, .n = n, .last = last, .step = step,
		.limit = SIZE_MAX};

	step->after = *s;
	run(&r);
	step->bytes = r.at;
	step->wire = (size_t)((int64_t)r.at + step->edit.grows);
}

size_t stream_take(struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step, size_t wire)
{
	struct edit_taken t;

	if (wire >= step->wire) {
		*s = step->after;
		return step->bytes;
	}
	if (wire < s->rest_n || wire == 0) {
		s->rest_n -= (uint16_t)wire;
		memmove(s->rest, s->rest + wire, s->rest_n);
		return 0;
	}
	edit_taken(&step->edit, p, step->bytes, wire, &t);
	step->after = *s;
	struct run r = {.s = &step->after, .side = side, .p = p, .n = n, .last = last, .step = step,
		.limit = t.bytes + t.skip};
	run(&r);
	*s = r.kept ? r.keep : step->after;
	s->skip += (uint32_t)t.skip;
	s->rest_n = (uint16_t)t.rest_n;
	memcpy(s->rest, t.rest, t.rest_n);
	return t.bytes;
}
