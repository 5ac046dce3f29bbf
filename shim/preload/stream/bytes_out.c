/* SPDX-License-Identifier: MIT */
/* Nothing is decided of a line that may go on, but what nobody could tell from a finished one
 * goes. */
#include "bytes_out.h"

#include "peer.h"

/* A transfer took wire bytes of the portion. */
static void take(struct writer *w, size_t wire)
{
	size_t early = w->p.step.bytes ? 0 : w->p.state.stream.early;
	size_t n, loose = wire > w->p.step.wire ? wire - w->p.step.wire + early : 0;

	if (wire < w->p.step.wire) {
		writer_portion(w); /* whole again, if it was cut */
		if (!writer_look(w)) {
			frame_break(&w->p.state.stream.frame);
			w->p.bytes = w->in[0].iov_base;
			w->p.n = w->in[0].iov_len;
		}
	}
	w->p.fed = w->p.n;
	n = common_take(&w->p, wire < w->p.step.wire ? wire : w->p.step.wire);
	writer_unlook(w);
	writer_advance(w, n);
	if (!loose)
		return;
	writer_hold(w, loose);
	w->p.state.stream.early = (uint16_t)loose;
	w->p.state.stream.sent = 0;
	if (w->own > w->p.state.held_n - loose)
		w->own = w->p.state.held_n - loose;
}

/* Whether nothing of the portion can go before more of it is looked at, or it is too much for
 * that. */
static bool must_look_on(struct writer *w, size_t loose)
{
	size_t n = w->end ? loose : w->p.n;

	if (!w->end && (w->p.step.bytes || w->p.step.wire))
		return false;
	if (n > STREAM_HELD)
		stream_pass_line(&w->p.state.stream);
	else if (!w->end)
		writer_hold(w, n);
	return n > STREAM_HELD || !w->end;
}

/* Looks at the portion: what is decided of it, and how much of the unfinished line behind that
 * goes as it is. That is what only has to be read; and all of it if there is nothing else that the
 * host could be told to have sent: it may have no more to send. Else the host is told of a short
 * send, or it is taken, if it is not too long for that. */
static size_t look(struct writer *w)
{
	if (!writer_look(w)) {
		frame_break(&w->p.state.stream.frame); /* nobody can look at it: a pass in pieces */
		w->in_count = 1;
		w->p.n = w->in[0].iov_len;
		w->end = w->end && w->p.n == w->total - w->done + w->p.state.held_n;
		w->p.bytes = w->in[0].iov_base;
	}
	common_feed(&w->p, w->p.n);
	peer_is_answered(&w->p, w->p.bytes, w->p.step.bytes);
	writer_unlook(w);
	w->end = w->end && w->p.step.bytes + w->p.step.line == w->p.n;
	if (!w->end)
		return 0;
	if (w->takes)
		return w->p.step.loose || w->p.step.line > STREAM_HELD ? w->p.step.line : 0;
	return w->p.step.loose || !writer_told(w, w->p.step.bytes) ? w->p.step.line : 0;
}

/* Of a portion that cannot be put together the first piece passes. */
static void look_at_frames(struct writer *w)
{
	if (!writer_look(w)) {
		w->in_count = 1;
		w->p.n = w->in[0].iov_len;
		w->end = false;
		w->p.bytes = w->in[0].iov_base;
		w->p.ws.give_up = true;
	}
	common_feed(&w->p, w->p.n);
	if (!w->p.step.bytes && !w->p.step.refused && w->p.n > STREAM_HELD) {
		w->p.ws.give_up = true; /* more than can be held */
		common_feed(&w->p, w->p.n);
	}
	w->p.ws.give_up = false;
	writer_unlook(w);
}

/* The beginning of a frame is held until its message's head is there: the host is told that it went. */
static bool next_frames(struct writer *w, struct bytes_out *out)
{
	const struct ws_step *frame = &w->p.ws;

	look_at_frames(w);
	size_t made = frame->n - w->p.step.sent;
	if (!w->p.step.bytes && !w->p.step.refused && !w->end) {
		writer_hold(w, w->p.n);
		return false;
	}
	out->loose = 0;
	out->left = w->p.n - w->p.step.bytes;
	out->end = w->end && (!out->left || !w->p.step.bytes);
	out->wire = w->p.step.wire;
	if (frame->n && made > w->most) {
		out->wire = w->most;
		out->end = false;
	}
	return true;
}

size_t bytes_out_iovec(struct writer *w, char *text, struct iovec *out, size_t max)
{
	struct passage *p = &w->p;

	if (!websocket_is(p) || !p->ws.n)
		return stream_iovec(&p->step, w->in, w->in_count, out, max);
	size_t count = websocket_iovec(p, w->in, w->in_count, out, max);
	if (out[0].iov_len > w->most) {
		out[0].iov_len = w->most;
		count = 1;
	}
	memcpy(text, out[0].iov_base, out[0].iov_len);
	out[0].iov_base = text;
	websocket_end(p);
	return count;
}

bool bytes_out_next(struct writer *w, struct bytes_out *out)
{
	writer_portion(w);
	if (websocket_is(&w->p))
		return next_frames(w, out);
	out->loose = look(w);
	if (must_look_on(w, out->loose))
		return false;
	out->end = w->end;
	out->left = w->p.n - w->p.step.bytes - out->loose;
	out->wire = w->p.step.wire + out->loose;
	if (!w->p.step.bytes && out->loose) { /* some of it is gone already */
		w->p.step.sent = w->p.state.stream.early;
		out->wire -= w->p.step.sent;
	}
	return true;
}

/* Keeps the state. What this call brought and has not sent is the host's. */
static void settle(struct writer *w)
{
	struct stream_state *s = &w->p.state;
	uint16_t held = s->held_n;
	bool broken = s->stream.frame.broken || w->p.ws.other;

	s->held_n -= (uint16_t)w->own;
	/* one that broke is not kept: the next send is looked at afresh */
	if (!common_settle(&w->p, broken || w->p.ws.lost, broken))
		frame_break(&s->stream.frame);
	s->held_n = held;
}

bool bytes_out_went(struct writer *w, const struct bytes_out *out, size_t wire)
{
	take(w, wire);
	bool all = wire >= out->wire;
	bool over = out->end && all;
	if (over && out->left && out->left <= STREAM_HELD) {
		writer_hold(w, out->left); /* for a host that does not mind what it is told */
		if (!w->takes && !websocket_is(&w->p))
			w->done -= w->own;
		w->own = 0;
	}
	settle(w);
	return !over && (all || !writer_told(w, 0));
}

/* Whether a send that begins a message is even so the body that the last head announced. */
static bool is_body(const struct writer *w, const char *p, size_t n)
{
	uint64_t raw = w->p.state.stream.frame.raw;
	struct frame f = {0};
	struct scan_row row;
	size_t at = 0, size;
	enum frame_piece piece;

	if (raw == w->total || (raw < w->total && raw >= n))
		return true;
	if (raw < w->total) { /* then the next message, or a line end, is behind it */
		piece = frame_next(&f, p + raw, n - (size_t)raw, &size, &row);
		return !f.broken && piece != FRAME_ROW;
	}
	while (at < n && (piece = frame_next(&f, p + at, n - at, &size, &row)) != FRAME_MORE)
		at += size;
	return n != w->total || at < n || !frame_is_between(&f);
}

/* Whether that is a start line beyond doubt: parts of a field may look like one. */
static bool is_start_line(const char *p, size_t n)
{
	struct scan_start start;
	enum scan_kind kind = scan_kind(p, n, &start);

	if (kind == SCAN_RESPONSE)
		return n > 8 && memcmp(p, "SIP/2.0 ", 8) == 0 && start.status;
	if (kind != SCAN_REQUEST || start.method.p != p || !start.uri.n ||
		!memchr(start.uri.p, ':', start.uri.n))
		return false;
	for (size_t i = 0; i < start.method.n; i++) {
		if (!field_is_token(p[i]))
			return false;
	}
	return !memchr(start.uri.p, ' ', start.uri.n);
}

/* Hosts write whole messages: whatever was to follow, a send that begins with a start line is one.
 * It was lost with its process, went by sendfile(2) or the like, or was miscounted. */
static void start_again(struct writer *w)
{
	const struct frame *frame = &w->p.state.stream.frame;

	writer_portion(w);
	if ((w->p.state.held_n && !frame->in_head) || !writer_look(w))
		return;
	const char *p = w->p.bytes + w->p.state.held_n;
	size_t n = w->p.n - w->p.state.held_n;
	if (is_start_line(p, n) &&
		(frame->in_head || frame->broken || !frame->raw || !is_body(w, p, n)))
		memset(&w->p.state, 0, offsetof(struct stream_state, held));
	writer_unlook(w);
}

/* The host was told that it did not send the end of what is held. If it goes on behind it, it did
 * not look; else it comes back with it. */
static void come_back(struct writer *w)
{
	size_t early = w->p.state.stream.early;

	if (w->p.state.held_n > early &&
		writer_begins(w, w->p.state.held + early, w->p.state.held_n - early))
		w->p.state.held_n = (uint16_t)early;
}

void bytes_out_resume(struct writer *w)
{
	if (websocket_is(&w->p))
		return;
	start_again(w);
	if (!w->takes)
		come_back(w);
}

static bool is_http(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n < FRAME_START_MAX ? n : FRAME_START_MAX);

	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
		return true;
	return lf && memmem(lf - p > 11 ? lf - 11 : p, lf - p > 11 ? 11 : (size_t)(lf - p), " HTTP/1.", 8);
}

bool bytes_out_is_http(const struct writer *w)
{
	size_t i = 0;

	while (!w->iov[i].iov_len)
		i++;
	return is_http(w->iov[i].iov_base, w->iov[i].iov_len);
}

bool bytes_out_is_something_else(struct writer *w)
{
	size_t i = 0;

	if (common_is_sip(&w->p))
		return false;
	while (!w->iov[i].iov_len)
		i++;
	const char *p = w->iov[i].iov_base;
	size_t n = w->iov[i].iov_len;
	if (websocket_begins(&w->p, p, n))
		return false;
	bool record = p[0] >= 0x14 && p[0] <= 0x17 && (n == 1 || p[1] == 3); /* of TLS */
	return record || is_http(p, n);
}
