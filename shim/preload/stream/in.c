/* SPDX-License-Identifier: MIT */
/* See stream_in.h. */
#include "in.h"

#include <errno.h>
#include <pthread.h>
#include <limits.h>

#include "preload/process.h"
#include "preload/process.h"
#include "reader.h"
#include "preload/real/real.h"
#include "preload/hot.h"
#include "sip/strip.h"
#include "hold.h"
#include "refuse.h"
#include "side.h"
#include "preload/turn.h"

#define TEXT(number) #number
#define TEXT_OF(number) TEXT(number)

static const char stream_crowded_text[] =
	"too many connections are in the middle of a message, " TEXT_OF(STREAM_PEER_SLOTS) " of one peer or "
	TEXT_OF(STREAM_SLOTS) " in all: the oldest of the peer with most is not looked at any more";

static void note_break(struct reader *r)
{
	if (!stream_is_sip(r->fd)) {
		stream_note_foreign(r->fd);
		return;
	}
	if (!streams_tell(this_host.segment.streams, r->key))
		return;
	counters_add(this_host.segment.counters, COUNTER_BROKEN, 1);
	stream_say(r->fd, "what arrives breaks the framing of SIP and passes untouched until the next "
			  "message that can be told");
}

/* Keeps the state, and notes what it tells. */
static void settle(struct reader *r)
{
	struct stream *s = &r->state.stream;
	uint32_t breaks = s->breaks;

	if (s->messages)
		stream_note_sip(r->fd);
	counters_add(this_host.segment.counters, COUNTER_STREAMED, s->messages);
	counters_add(this_host.segment.counters, COUNTER_UNEDITED, s->unedited);
	s->messages = s->unedited = s->breaks = 0;
	if (breaks)
		note_break(r);
	if (frame_is_for_good(&s->frame) && !s->rest_n && !s->skip) {
		streams_break(this_host.segment.streams, r->key);
		streams_drop(this_host.segment.streams, r->key);
	} else if (!streams_keep(this_host.segment.streams, this_host.segment.counters, r->key, &r->state)) {
		streams_break(this_host.segment.streams, r->key);
	}
	if (streams_tells_crowded(this_host.segment.streams))
		stream_say(r->fd, stream_crowded_text);
}

/* How many bytes may be decided line by line. A request's top Via waits for the whole head: what is
 * written into it hangs on the Route fields behind it. Marks in it are put together on the way. */
static size_t decidable(struct reader *r, size_t n)
{
	const struct stream *s = &r->state.stream;
	char *p = r->scratch->bytes;
	struct frame f = s->frame;
	bool open = s->at.request && !s->at.via;
	size_t at = s->skip, size, via = SIZE_MAX;
	struct scan_row row;
	struct span value;

	while (at < n) {
		switch (frame_next(&f, p + at, n - at, &size, &row)) {
		case FRAME_MORE:
			return f.in_head && via < n ? via : n;
		case FRAME_START:
			open = scan_request_line(p + at, size);
			break;
		case FRAME_ROW:
			if (open && row.header == HEADER_VIA && field_value(&row.value, &value)) {
				strip_gather(p + (value.p - p), value.n);
				via = at;
				open = false;
			}
			break;
		case FRAME_END:
			via = SIZE_MAX;
			break;
		case FRAME_RAW:
			break;
		}
		at += size;
	}
	return f.in_head && via < n ? via : n;
}

static bool is_something_else(const struct reader *r)
{
	return stream_is_between(&r->state.stream) &&
		(!stream_may_begin(r->scratch->bytes[0]) ||
			(r->step.after.frame.broken == FRAME_NOT_SIP && !r->step.after.messages)) &&
		!stream_is_sip(r->fd);
}

/* Finds where the stream stands, and looks at what is there. */
static enum look peek(struct reader *r)
{
	memset(&r->state, 0, offsetof(struct stream_state, held));
	r->found = streams_find(this_host.segment.streams, r->key, &r->state);
	r->state.peer = stream_peer(&record_of(r->fd)->peer);
	if (!r->found && streams_is_broken(this_host.segment.streams, r->key)) {
		if (stream_must_shut())
			return refuse_crowded(r);
		reader_give_scratch(r);
		return reader_pass(r);
	}
	if (!r->scratch && !reader_take_scratch(r)) {
		if (stream_must_shut())
			return LOOK_AGAIN;
		streams_drop(this_host.segment.streams, r->key);
		streams_break(this_host.segment.streams, r->key);
		return LOOK_AGAIN;
	}
	ssize_t n = reader_peek(r);
	if (n == -EAGAIN)
		return LOOK_WAIT;
	if (n <= r->state.given_n) {
		r->result = n < 0 ? -1 : 0;
		errno = n < 0 ? (int)-n : errno;
		if (r->found && n >= 0)
			streams_drop(this_host.segment.streams, r->key);
		return LOOK_END;
	}
	stream_side(r->fd, bits_of(r->fd), true, &r->side);
	if (this_host.rules->marks && r->state.stream.at.dialog && r->side.arrived)
		r->side.mark = true;
	return LOOK_STEP;
}

/* Whether the start line waits for its head: behind it a field is written that waits for it, and it is
 * all that the host can get until then. */
static bool start_is_kept(const struct reader *r, size_t n)
{
	return r->side.bond.n && stream_is_between(&r->state.stream) &&
		scan_is_request(r->scratch->bytes, n);
}

/* Finds out what of the first n bytes is to be delivered, and how. */
static enum look decide(struct reader *r, size_t n)
{
	r->last = false;
	reader_feed(r, decidable(r, n));
	if (is_something_else(r)) {
		if (stream_must_be_sip(r->fd))
			return refuse_other(r);
		stream_hold_lower(r);
		streams_drop(this_host.segment.streams, r->key);
		stream_note_foreign(r->fd);
		reader_give_scratch(r);
		return reader_pass(r);
	}
	if (r->step.refused)
		return refuse_uneditable(r);
	if (!r->step.bytes && !r->step.wire && !r->got) {
		bool due = stream_hold_is_due(r->fd);
		r->last = due || !start_is_kept(r, n) || reader_is_blocking(r);
		reader_feed(r, decidable(r, n));
		if (!r->step.bytes && due)
			reader_feed(r, n);
	}
	if (!r->step.bytes && !r->step.wire) {
		enum look held = stream_hold(r);
		if (held != LOOK_STEP)
			return held;
	}
	if (r->step.refused)
		return refuse_uneditable(r);
	if (!r->found && !this_host.segment.streams && !stream_is_between(&r->step.after)) {
		frame_break(&r->state.stream.frame);
		counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
		if (stream_must_shut())
			return refuse_rest(r);
		reader_feed(r, r->n);
	}
	return r->step.after.breaks && stream_must_shut() ? refuse_rest(r) : LOOK_STEP;
}

/* The host gets what is decided. */
static enum look deliver(struct reader *r)
{
	if (r->got == r->room)
		return LOOK_DONE;
	size_t wire = reader_deliver(r);
	bool all = wire == r->step.wire;
	bool more = r->step.bytes < r->n || r->n == sizeof(r->scratch->bytes);

	if (r->dry || (r->flags & MSG_PEEK)) {
		r->result = -1;
		errno = EAGAIN; /* of a header that is removed */
		return LOOK_DONE;
	}
	counters_add(this_host.segment.counters, COUNTER_EDITED, r->step.edit.count && wire);
	counters_add(this_host.segment.counters, COUNTER_FOREIGN, r->step.edit.foreign);
	counters_add(this_host.segment.counters, COUNTER_FORGED, (r->step.edit.fields & EDIT_FORGED) != 0);
	if (r->trace && wire)
		trace_in_streamed(r->trace, r->step.edit.fields, &r->side, &r->state.stream,
			r->scratch->bytes, r->step.bytes, r->n);
	size_t bytes = stream_take(&r->state.stream, &r->side, r->scratch->bytes, r->fed, r->last,
		&r->step, wire);
	if (!reader_consume(r, bytes))
		frame_break(&r->state.stream.frame); /* another thread reads it too */
	if (bytes >= r->state.given_n)
		r->state.given_n = 0;
	stream_hold_lower(r);
	/* the message that was begun last is what this thread handles next */
	if (r->state.stream.at.request)
		turn_set(r->side.arrived);
	else
		turn_end();
	settle(r);
	/* what is left is looked at, even if it has no room: the host is not woken over half a message */
	return all && more ? LOOK_AGAIN : r->got ? LOOK_DONE : LOOK_AGAIN;
}

/* Looks at what is there, and delivers what is decided of it. */
static enum look look(struct reader *r)
{
	enum look seen = peek(r);

	if (seen != LOOK_STEP)
		return seen;
	size_t n = r->dry ? SIZE_MAX : refuse_before(r);
	if (n == 0)
		return refuse_has_head(r) ? refuse_request(r) : stream_hold_refused(r);
	seen = decide(r, n < r->n ? n : r->n);
	return seen == LOOK_STEP ? deliver(r) : seen;
}

/* Waits until something is there, as the host's own call would. */
static bool wait_for_more(struct reader *r)
{
	char byte;
	int flags = r->flags & (MSG_DONTWAIT | MSG_NOSIGNAL);

	r->result = real.recv(r->fd, &byte, 1, MSG_PEEK | flags);
	return r->result > 0;
}

static void begin(struct reader *r, int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	r->trace = trace;
	r->fd = fd;
	r->flags = flags;
	r->msg = msg;
	r->got = 0;
	r->result = 0;
	r->key = stream_key(record_of(fd)->cookie, true);
	r->dry = false;
	r->scratch = NULL;
}

ssize_t stream_in(int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	struct reader r;
	int saved = errno;

	begin(&r, fd, msg, flags, trace);
	if ((flags & (MSG_OOB | MSG_ERRQUEUE)) || !reader_open(&r))
		return real.recvmsg(fd, msg, flags);
	pthread_testcancel();
	turn_end();
	for (;;) {
		enum look seen = look(&r);
		reader_give_scratch(&r);
		if (seen == LOOK_AGAIN)
			continue;
		if (seen == LOOK_END)
			break;
		bool waits = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) && r.got < r.room;
		if (r.got && !waits)
			break;
		if (seen == LOOK_DONE && (!r.got || r.result < 0))
			break;
		if (!wait_for_more(&r))
			break;
	}
	if (!r.got)
		return r.result;
	errno = saved;
	return (ssize_t)r.got;
}

ssize_t stream_in_ready(int fd)
{
	struct msghdr msg = {.msg_iov = NULL};
	struct reader r;
	int saved = errno;

	begin(&r, fd, &msg, MSG_TRUNC | MSG_DONTWAIT, NULL);
	r.dry = true;
	r.room = SSIZE_MAX;
	look(&r);
	reader_give_scratch(&r);
	errno = saved;
	return r.got ? (ssize_t)r.got : -1;
}

void stream_in_release(int fd)
{
	if (bits_of(fd) & FD_STREAM)
		stream_hold_end(fd);
}
