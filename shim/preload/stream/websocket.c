/* SPDX-License-Identifier: MIT */
/* A step is what passes, up to a frame that is edited, or that frame with what is there of its body.
 * Of an edited frame nothing is dealt with until all that it becomes is transferred: it is made again
 * from the same bytes until then, and what was transferred is passed over. */
#include "websocket.h"

#include "base/hash.h"
#include "base/pieces.h"
#include "preload/readable.h"
#include "preload/sockets/note.h"
#include "segment/websockets.h"
#include "wants.h"
#include "ws_message.h"

const char websocket_unread[] = "a WebSocket that may be of SIP cannot be read, as it has an extension, no "
				"subprotocol, frames that there are none of, or a begin that was not seen; the "
				"connection is shut";

static enum transport above(uint8_t carrier)
{
	return transport_is_secure((enum transport)carrier) ? TRANSPORT_WSS : TRANSPORT_WS;
}

static enum websocket how_far(const struct passage *p)
{
	return websockets_find(this_host.segment.websockets, p->ends.at->cookie);
}

static void note(const struct passage *p, enum websocket is)
{
	websockets_note(this_host.segment.websockets, p->ends.at->cookie, is);
}

void websocket_find(struct passage *p)
{
	struct stream_state *s = &p->state;

	p->ws.give_up = false;
	if (s->ws.phase == WS_NONE && p->ends.rules->websockets && stream_is_between(&s->stream) && !s->given_n) {
		enum websocket is = how_far(p);
		s->ws.phase = is == WEBSOCKET_OPEN ? WS_FRAMES
			: is == WEBSOCKET_LOST     ? WS_LOST
			: is == WEBSOCKET_OTHER    ? WS_OTHER
						   : WS_NONE;
	}
	if (s->ws.phase == WS_FRAMES)
		p->ends.transport = (uint8_t)above(p->ends.transport);
}

bool websocket_begins(struct passage *p, const char *q, size_t n)
{
	if (!p->ends.rules->websockets || !this_host.segment.websockets || !this_host.segment.streams ||
		!stream_is_between(&p->state.stream) || !ws_head_begins(q, n))
		return false;
	p->state.ws.phase = WS_HEAD;
	return true;
}

/* What a head is by what went before, also if it was fed already: nobody reads along with what was not seen to be asked
 * for. Without a subprotocol it is SIP's if that was asked for, or at a listener of SIP's. */
static enum ws_head_is judge(const struct side_ends *e, const struct ws_head *h, enum ws_head_is is)
{
	enum websocket before = websockets_find(this_host.segment.websockets, e->at->cookie);
	bool asked = before == WEBSOCKET_ASKED || before == WEBSOCKET_OPEN;

	if (is == WS_HEAD_ANSWERS)
		return asked ? WS_HEAD_ANSWERS : WS_HEAD_UNREAD;
	if (is == WS_HEAD_UNREAD)
		return asked || before == WEBSOCKET_LOST || h->sip || side_is_websocket(e) ? WS_HEAD_UNREAD : WS_HEAD_OTHER;
	return is;
}

bool websocket_may_answer(const struct side_ends *e, const struct iovec *iov, size_t count)
{
	enum ws_head_is is = WS_HEAD_MORE;
	struct ws_head head = {0};
	size_t used;

	if (!side_is_accepted(e) || !side_must_shut(e))
		return true;
	for (size_t i = 0; i < count && is == WS_HEAD_MORE; i++) {
		if (!readable(iov[i].iov_base))
			return true; /* and nothing is sent */
		is = ws_head_feed(&head, iov[i].iov_base, iov[i].iov_len, &used);
	}
	if (!head.answer) /* of a body */
		return true;
	is = judge(e, &head, is);
	if (is == WS_HEAD_OTHER && ws_head_is_answer(&head))
		websockets_note(this_host.segment.websockets, e->at->cookie, WEBSOCKET_OTHER);
	return is == WS_HEAD_OTHER;
}

/* Both ends must know before the other can act on it: said before the transfer. */
static void feed_head(struct passage *p, size_t n)
{
	size_t used;
	enum ws_head_is is = ws_head_feed(&p->ws.after.head, p->bytes, n, &used);
	bool answer = ws_head_is_answer(&p->ws.after.head);

	is = judge(&p->ends, &p->ws.after.head, is);
	if (is == WS_HEAD_ASKS)
		note(p, WEBSOCKET_ASKED);
	if (answer && is == WS_HEAD_OTHER)
		note(p, WEBSOCKET_OTHER);
	if (is == WS_HEAD_UNREAD) {
		note(p, WEBSOCKET_LOST);
		p->ws.unread = true;
		p->step.refused = side_must_shut(&p->ends);
	}
	if (is == WS_HEAD_ANSWERS) {
		note(p, WEBSOCKET_OPEN);
		side_keep_shown(&p->ends, above(p->ends.transport));
	}
	if (is != WS_HEAD_MORE)
		p->ws.after = (struct ws_state){.phase = is == WS_HEAD_ANSWERS ? WS_FRAMES : WS_NONE};
	p->ws.other = is == WS_HEAD_OTHER || is == WS_HEAD_UNREAD;
	p->step.bytes = p->ws.other ? n : used;
}

/* Goes on with the head of a frame that passes: how many bytes of it are there. */
static size_t go_on_head(struct passage *p, struct ws_state *s, const char *q, size_t n)
{
	size_t before = s->part_n, more = sizeof(s->part) - before;
	struct ws_frame f;

	more = more < n ? more : n;
	memcpy(s->part + before, q, more);
	switch (ws_frame_read(s->part, before + more, &f)) {
	case WS_FRAME_MORE:
		s->part_n = (uint8_t)(before + more);
		return more;
	case WS_FRAME_READ:
		s->part_n = 0;
		s->raw = f.head_n + f.length - before;
		return 0;
	default:
		p->ws.lost = true;
		return n;
	}
}

static size_t go_on_raw(struct ws_state *s, size_t n)
{
	size_t raw = s->raw < n ? (size_t)s->raw : n;

	s->raw -= raw;
	return raw;
}

/* All of n bytes pass: frames and parts of them. */
static void pass(struct passage *p, struct ws_state *s, const char *q, size_t n)
{
	for (size_t at = go_on_raw(s, n); at < n && !p->ws.lost; at += go_on_raw(s, n - at))
		at += go_on_head(p, s, q + at, n - at);
}

/* Which bytes an edited frame becomes, in one number. */
static uint32_t print_of(const struct passage *p)
{
	const char *at = p->ws.room->bytes + p->ws.at;
	uint64_t hash = p->ws.n, eight;
	size_t n = p->ws.n;

	for (; n >= sizeof(eight); n -= sizeof(eight), at += sizeof(eight)) {
		memcpy(&eight, at, sizeof(eight));
		hash = hash_mix(hash ^ eight);
	}
	eight = 0;
	memcpy(&eight, at, n);
	return (uint32_t)(hash_mix(hash ^ eight) >> 32);
}

/* The edited frame is all of the step, with its body as far as that is there. */
static void feed_edited(struct passage *p, const struct ws_frame *f, size_t n)
{
	size_t whole = f->head_n + f->length < n ? (size_t)(f->head_n + f->length) : n;
	uint32_t sent = p->state.ws.sent;

	p->ws.check = print_of(p);
	if (sent && (sent >= p->ws.n || p->ws.check != p->state.ws.check)) {
		p->ws.lost = true; /* by other rules it is another one, and some of it is gone */
		p->step.refused = true;
		return;
	}
	p->ws.after.sent = p->ws.after.check = 0;
	p->ws.after.raw = f->head_n + f->length - whole;
	p->step.bytes = whole;
	p->step.sent = sent;
	p->step.wire = p->ws.n - sent + (whole - p->ws.of);
}

/* Looks at the frame that begins at `at`. Whether it passes. */
static bool feed_frame(struct passage *p, size_t at, size_t n)
{
	const char *q = p->bytes + at;
	struct ws_frame f;
	enum ws_frame_is is = ws_frame_read(q, n - at, &f);
	enum ws_use use = WS_PASSES;

	if (is != WS_FRAME_READ) {
		p->ws.lost = is == WS_FRAME_NONE && at == 0;
		return false;
	}
	if (f.opcode == WS_TEXT || f.opcode == WS_BINARY)
		use = ws_message(p, q, n - at, &f);
	if (use == WS_PASSES) {
		p->ws.after.raw = f.head_n + f.length;
		p->ws.message = p->ws.message == SIZE_MAX ? SIZE_MAX : at;
		return true;
	}
	if (use == WS_EDITED && at == 0)
		feed_edited(p, &f, n);
	if (at) /* it is the next step's */
		p->step.after = p->state.stream;
	p->ws.message = at ? SIZE_MAX : p->ws.message;
	p->step.refused |= use == WS_REFUSED && at == 0;
	return false;
}

/* Up to a message, and no more than one. */
static void feed_frames(struct passage *p, size_t n)
{
	struct ws_state *after = &p->ws.after;
	size_t at = after->part_n ? go_on_head(p, after, p->bytes, n) : 0;

	at += go_on_raw(after, n - at);
	while (at < n && p->ws.message == SIZE_MAX && !p->ws.lost && feed_frame(p, at, n))
		at += go_on_raw(after, n - at);
	if (p->step.bytes) /* of an edited frame */
		return;
	p->ws.n = 0;
	p->step.edit.count = 0;
	p->step.bytes = p->step.wire = at;
}

static void feed(struct passage *p, size_t n)
{
	if (p->state.ws.phase == WS_HEAD)
		feed_head(p, n);
	else if (p->ws.give_up)
		pass(p, &p->ws.after, p->bytes, n);
	else if (p->state.ws.phase == WS_FRAMES)
		feed_frames(p, n);
	if (p->ws.lost && !p->step.refused) {
		p->step.after.breaks++;
		p->step.refused = p->side.in && side_must_shut(&p->ends);
	}
	if (p->state.ws.phase == WS_LOST && p->side.in && side_must_shut(&p->ends))
		p->step.refused = p->ws.unread = true;
	if (p->ws.lost || p->ws.give_up || p->state.ws.phase >= WS_LOST)
		p->step.bytes = n;
	if (!p->ws.n)
		p->step.wire = p->step.bytes;
}

void websocket_feed(struct passage *p, size_t n)
{
	struct stream_step *step = &p->step;

	p->ws = (struct ws_step){.room = p->ws.room,
		.give_up = p->ws.give_up,
		.message = SIZE_MAX,
		.after = p->state.ws};
	splice_begin(&step->edit, p->bytes);
	step->refused = step->loose = false;
	step->line = step->sent = step->bytes = step->wire = 0;
	step->after = p->state.stream;
	feed(p, n);
}

/* Counts the message of the step, once its first byte is transferred. */
static void count(struct passage *p, size_t wire)
{
	bool edited = p->ws.n != 0, all = wire >= p->step.wire;

	if (p->ws.message == SIZE_MAX || (edited ? p->step.sent || !wire : wire <= p->ws.message)) {
		if (all && !edited)
			p->state.stream = p->step.after;
		return;
	}
	p->state.stream = p->step.after;
	p->state.stream.messages++;
	p->state.stream.requests += p->ws.request;
}

static size_t take_edited(struct passage *p, size_t wire)
{
	struct ws_state *s = &p->state.ws;
	size_t left = p->ws.n - s->sent, body = p->step.bytes - p->ws.of;

	if (wire < left) {
		s->sent += (uint32_t)wire;
		s->check = p->ws.check;
		return 0;
	}
	*s = p->ws.after;
	s->raw += body - (wire - left);
	return p->ws.of + (wire - left);
}

/* The head is through, and frames may be behind it in the same call. */
static void open_frames(struct passage *p)
{
	p->ends.transport = (uint8_t)above(p->ends.transport);
	side_fill(&p->ends, p->side.in, &p->side);
}

size_t websocket_take(struct passage *p, size_t wire)
{
	struct ws_state *s = &p->state.ws;
	size_t used;
	bool head = s->phase == WS_HEAD;

	count(p, wire);
	if (p->ws.n)
		return take_edited(p, wire);
	if (wire >= p->step.wire) {
		*s = p->ws.after;
		if (head && s->phase == WS_FRAMES)
			open_frames(p);
		if (p->ws.other) {
			p->state.stream.breaks++;
			stream_mark_plain(p->fd, &p->ends, true);
		}
		if (p->ws.lost)
			note(p, WEBSOCKET_LOST);
		return p->step.bytes;
	}
	if (s->phase == WS_HEAD)
		ws_head_feed(&s->head, p->bytes, wire, &used);
	else if (s->phase == WS_FRAMES)
		pass(p, s, p->bytes, wire);
	return wire;
}

size_t websocket_iovec(const struct passage *p, const struct iovec *in, size_t in_count, struct iovec *out,
	size_t max)
{
	if (!p->ws.n)
		return stream_iovec(&p->step, in, in_count, out, max);
	out[0] = (struct iovec){p->ws.room->bytes + p->ws.at + p->step.sent, p->ws.n - p->step.sent};
	/* behind it the body, as far as it is there */
	return 1 + pieces_slice(in, in_count, p->ws.of, p->step.bytes - p->ws.of, out + 1, max - 1);
}

void websocket_end(struct passage *p)
{
	scratch_give(p->ws.room);
	p->ws.room = NULL;
}

size_t websocket_made(const struct passage *p, char *to, size_t room)
{
	struct ws_frame f;

	if (!p->ws.n || ws_frame_read(p->ws.room->bytes + p->ws.at, p->ws.n, &f) != WS_FRAME_READ)
		return 0;
	return ws_message_text(p->ws.room->bytes + p->ws.at, p->ws.n, &f, to, room);
}

/* A client's frames are masked, a server's are not; nobody but libbond wrote this one, so the key hides
 * nothing (RFC 6455 10.3). */
size_t websocket_wrap(const struct passage *p, char *to, size_t n)
{
	struct ws_frame f = {.opcode = WS_TEXT, .last = true, .masked = !side_is_accepted(&p->ends)};
	size_t head = ws_frame_write(&f, n, to);

	memmove(to + head, to + WS_FRAME_HEAD_MAX, n);
	return head + n;
}

size_t websocket_request(const struct passage *p, char *to, size_t room, size_t *n)
{
	struct ws_state s = p->state.ws;
	size_t at = 0;
	struct ws_frame f;

	if (s.phase != WS_FRAMES || s.part_n)
		return SIZE_MAX;
	for (at += go_on_raw(&s, p->n); at < p->n; at += go_on_raw(&s, p->n - at)) {
		if (ws_frame_read(p->bytes + at, p->n - at, &f) != WS_FRAME_READ)
			break;
		if (f.opcode == WS_TEXT || f.opcode == WS_BINARY) {
			*n = ws_message_text(p->bytes + at, p->n - at, &f, to, room);
			if (scan_is_request(to, *n))
				return at;
		}
		s.raw = f.head_n + f.length;
	}
	return SIZE_MAX;
}
