/* SPDX-License-Identifier: MIT */
/* See stream_out.h. The state is found before a call and kept behind it, so that a thread that is
 * cancelled, or a process that is killed, in between leaves what was true before. */
#include "out.h"

#include <errno.h>

#include "writer.h"
#include "preload/hot.h"
#include "side.h"

#define PIECES_OUT 168 /* more than EDIT_SPLICES splices make of WRITER_PIECES */

/* Once a connection, whichever of the host's processes comes upon it. */
static void note_break(const struct writer *w)
{
	bool sip = stream_is_sip(w->o->fd);

	if (streams_is_broken(this_host.segment.streams, w->key))
		return;
	streams_break(this_host.segment.streams, w->key);
	counters_add(this_host.segment.counters, sip ? COUNTER_BROKEN : COUNTER_NOT_SIP, 1);
	stream_say(w->o->fd, sip ? "the program sends what has no framing of SIP: it passes untouched, "
				   "up to its next message"
				 : "carries no SIP and passes untouched, up to a message");
}

/* Keeps the state, and notes what it tells. What this call brought and has not sent is the host's. */
static void settle(struct writer *w)
{
	struct stream *s = &w->state.stream;
	uint16_t held = w->state.held_n;

	if (s->messages)
		stream_note_sip(w->o->fd);
	counters_add(this_host.segment.counters, COUNTER_STREAMED, s->messages);
	counters_add(this_host.segment.counters, COUNTER_UNEDITED, s->unedited);
	s->messages = s->unedited = 0;
	if (s->frame.broken)
		note_break(w);
	w->state.held_n -= (uint16_t)w->own;
	if (s->frame.broken && !s->rest_n && !s->skip)
		streams_drop(this_host.segment.streams, w->key); /* the next send is looked at afresh */
	else if (!streams_keep(this_host.segment.streams, this_host.segment.counters, w->key, &w->state))
		frame_break(&s->frame);
	w->state.held_n = held;
}

/* What is decided, and `loose` bytes behind it as they are. */
static ssize_t transfer(struct writer *w, struct verdict *v, size_t loose)
{
	const struct outgoing *o = w->o;
	struct iovec out[PIECES_OUT];
	struct msghdr msg = {.msg_name = NULL};
	size_t bytes = w->step.bytes + loose;

	if (!w->step.edit.count && !w->step.sent && !w->state.held_n && w->done == 0 &&
		bytes == w->total)
		return outgoing_plain(o);
	writer_trim(w, bytes);
	if (o->call == SEND_SENDMSG)
		msg = *o->msg;
	msg.msg_iov = out;
	msg.msg_iovlen = stream_iovec(&w->step, w->in, w->in_count, out, PIECES_OUT);
	v->edited |= w->step.edit.fields;
	struct outgoing edited = {SEND_SENDMSG, o->fd, o->flags, &msg};
	return outgoing_plain(&edited);
}

/* A transfer took wire bytes of the portion. */
static void take(struct writer *w, size_t wire)
{
	size_t early = w->step.bytes ? 0 : w->state.stream.early;
	size_t n, loose = wire > w->step.wire ? wire - w->step.wire + early : 0;

	if (wire < w->step.wire) {
		writer_portion(w); /* whole again, if it was cut */
		if (!writer_look(w)) {
			frame_break(&w->state.stream.frame);
			w->p = w->in[0].iov_base;
			w->n = w->in[0].iov_len;
		}
	}
	n = stream_take(&w->state.stream, &w->side, w->p, w->n, true, &w->step,
		wire < w->step.wire ? wire : w->step.wire);
	writer_unlook(w);
	writer_advance(w, n);
	if (!loose)
		return;
	writer_hold(w, loose);
	w->state.stream.early = (uint16_t)loose;
	w->state.stream.sent = 0;
	if (w->own > w->state.held_n - loose)
		w->own = w->state.held_n - loose;
}

/* Whether nothing of the portion can go before more of it is looked at, or it is too much for that. */
static bool must_look_on(struct writer *w, size_t loose)
{
	size_t n = w->end ? loose : w->n;

	if (!w->end && (w->step.bytes || w->step.wire))
		return false;
	if (n > STREAM_HELD)
		stream_pass_line(&w->state.stream);
	else if (!w->end)
		writer_hold(w, n);
	return n > STREAM_HELD || !w->end;
}

/* Looks at the portion: what is decided of it, and how much of the unfinished line behind that goes as it
 * is. That is what only has to be read; and all of it if there is nothing else that the host could be
 * told to have sent: it may have no more to send. Else the host is told of a short send. */
static size_t look(struct writer *w)
{
	if (!writer_look(w)) {
		frame_break(&w->state.stream.frame); /* nobody can look at it: a pass in pieces */
		w->in_count = 1;
		w->n = w->in[0].iov_len;
		w->end = w->end && w->n == w->total - w->done + w->state.held_n;
		w->p = w->in[0].iov_base;
	}
	stream_feed(&w->state.stream, &w->side, w->p, w->n, true, &w->step);
	writer_unlook(w);
	w->end = w->end && w->step.bytes + w->step.line == w->n;
	if (!w->end)
		return 0;
	return w->step.loose || !writer_told(w, w->step.bytes) ? w->step.line : 0;
}

/* One call of the kernel. False: the end, with *result if nothing was taken. */
static bool go_on(struct writer *w, struct verdict *v, ssize_t *result)
{
	writer_portion(w);
	size_t loose = look(w);
	if (must_look_on(w, loose))
		return true;
	bool end = w->end;
	size_t left = w->n - w->step.bytes - loose;
	size_t wire = w->step.wire + loose, taken;
	if (!w->step.bytes && loose) { /* some of it is gone already */
		w->step.sent = w->state.stream.early;
		wire -= w->step.sent;
	}
	taken = wire;
	if (wire) {
		if (w->step.edit.count)
			counters_add(this_host.segment.counters, COUNTER_EDITED, 1);
		*result = transfer(w, v, loose);
		if (*result < 0)
			return false;
		taken = (size_t)*result;
	}
	take(w, taken);
	bool all = taken >= wire;
	bool over = end && all;
	if (over && left && left <= STREAM_HELD) {
		writer_hold(w, left); /* for a host that does not mind what it is told */
		w->done -= w->own;
		w->own = 0;
	}
	settle(w);
	return !over && (all || !writer_told(w, 0));
}

/* Whether a send that begins a message is even so the body that the last head announced. */
static bool is_body(const struct writer *w, const char *p, size_t n)
{
	uint64_t raw = w->state.stream.frame.raw;
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

/* Hosts write whole messages: whatever was to follow, a send that begins with a start line is one. It was
 * lost with its process, went by sendfile(2) or the like, or was miscounted. */
static void start_again(struct writer *w)
{
	const struct frame *frame = &w->state.stream.frame;

	writer_portion(w);
	if ((w->state.held_n && !frame->in_head) || !writer_look(w))
		return;
	const char *p = w->p + w->state.held_n;
	size_t n = w->n - w->state.held_n;
	if (is_start_line(p, n) &&
		(frame->in_head || frame->broken || !frame->raw || !is_body(w, p, n)))
		memset(&w->state, 0, offsetof(struct stream_state, held));
	writer_unlook(w);
}

/* The host was told that it did not send the end of what is held. If it goes on behind it, it did not
 * look; else it comes back with it. */
static void come_back(struct writer *w)
{
	size_t early = w->state.stream.early;

	if (w->state.held_n > early &&
		writer_begins(w, w->state.held + early, w->state.held_n - early))
		w->state.held_n = (uint16_t)early;
}

static bool is_http(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n < FRAME_START_MAX ? n : FRAME_START_MAX);

	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
		return true;
	return lf && memmem(lf - p > 11 ? lf - 11 : p, lf - p > 11 ? 11 : (size_t)(lf - p), " HTTP/1.", 8);
}

/* Whether the connection turned out to carry something for good in which there are no messages of SIP. */
static bool is_something_else(const struct writer *w)
{
	size_t i = 0;

	if (stream_is_sip(w->o->fd))
		return false;
	while (!w->iov[i].iov_len)
		i++;
	const char *p = w->iov[i].iov_base;
	size_t n = w->iov[i].iov_len;
	return (n > 1 && p[0] >= 0x14 && p[0] <= 0x17 && p[1] == 3) /* a record of TLS */ ||
		is_http(p, n);
}

ssize_t stream_out(const struct outgoing *o, struct verdict *v)
{
	struct writer w;
	ssize_t result = -1;
	int saved = errno;

	memset(&w.state, 0, offsetof(struct stream_state, held));
	if ((o->flags & (MSG_OOB | MSG_ZEROCOPY)) || !writer_open(&w, o))
		return outgoing_plain(o);
	w.key = stream_key(record_of(o->fd)->cookie, false);
	bool found = streams_find(this_host.segment.streams, w.key, &w.state);
	if (!found) {
		if (is_something_else(&w)) {
			note_mark(o->fd, FD_PLAIN);
			note_break(&w);
			return outgoing_plain(o);
		}
		if (!this_host.segment.streams) {
			counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
			return outgoing_plain(o);
		}
	}
	stream_side(o->fd, bits_of(o->fd), false, &w.side);
	if (found) {
		start_again(&w);
		come_back(&w);
	}
	w.state.peer = stream_peer(&record_of(o->fd)->peer);
	while (go_on(&w, v, &result))
		;
	w.done -= w.own;
	if (w.done) {
		errno = saved;
		return (ssize_t)w.done;
	}
	if (result >= 0 || errno != ENOTSOCK || !note_was_taken(o->fd))
		return result;
	errno = saved;
	return outgoing_plain(o);
}
