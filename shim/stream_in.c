/* SPDX-License-Identifier: MIT */
/* See stream_in.h. */
#include "stream_in.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <limits.h>

#include "arrival.h"
#include "identity.h"
#include "inlet.h"
#include "real.h"
#include "shim.h"
#include "sip/strip.h"
#include "stream_refuse.h"
#include "stream_side.h"

static void note_break(struct inlet *r)
{
	if (!(fds_peek(r->fd) & FD_SIP)) {
		stream_note_foreign(r->fd);
		return;
	}
	stream_count(STREAM_BROKEN, 1);
	stream_say(r->fd, "what arrives breaks the framing of SIP and passes untouched");
}

static void give_up(struct inlet *r)
{
	bool was_broken = r->state.stream.frame.broken;

	frame_break(&r->state.stream.frame);
	if (!was_broken)
		note_break(r);
}

/* Keeps the state, and notes what it tells. */
static void settle(struct inlet *r, bool was_broken)
{
	struct stream *s = &r->state.stream;

	if (s->messages && !(fds_peek(r->fd) & FD_SIP))
		fds_mark(r->fd, FD_SIP);
	stream_count(STREAM_MESSAGES, s->messages);
	stream_count(STREAM_UNEDITED, s->unedited);
	s->messages = s->unedited = 0;
	if (s->frame.broken && !was_broken)
		note_break(r);
	if (s->frame.broken && !s->rest_n && !s->skip) {
		stream_state_break(r->key);
		stream_state_drop(r->key);
	} else if (!stream_state_keep(r->key, &r->state)) {
		stream_count(STREAM_UNEDITED, 1);
		stream_state_break(r->key);
	}
}

/* How many bytes may be decided line by line. A request's top Via waits for the whole head: what is
 * written into it hangs on the Route fields behind it. Marks in it are put together on the way. */
static size_t decidable(struct inlet *r)
{
	const struct stream *s = &r->state.stream;
	char *p = r->scratch->bytes;
	struct frame f = s->frame;
	bool open = s->at.request && !s->at.via;
	size_t at = s->skip, size, via = SIZE_MAX;
	struct scan_row row;
	struct span value;

	while (at < r->n) {
		switch (frame_next(&f, p + at, r->n - at, &size, &row)) {
		case FRAME_MORE:
			return f.in_head && via < r->n ? via : r->n;
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
	return f.in_head && via < r->n ? via : r->n;
}

static void feed(struct inlet *r, size_t n)
{
	const char *p = r->scratch->bytes;

	r->fed = n;
	stream_feed(&r->state.stream, &r->side, p, n, true, &r->step);
	if (r->step.edit.dialog && identity_marks && !r->side.mark && r->side.arrived) {
		r->side.mark = true;
		stream_feed(&r->state.stream, &r->side, p, n, true, &r->step);
	}
}

/* Nothing of what is there is decided. Makes the socket unreadable until more comes; where that cannot
 * be, what is there passes, field by field or as it is. */
static enum look hold(struct inlet *r)
{
	bool blocking = inlet_is_blocking(r);

	if (blocking) {
		feed(r, r->n);
		if (r->step.bytes)
			return LOOK_STEP;
	}
	if (r->n == sizeof(r->scratch->bytes))
		goto full;
	if (!r->state.raised) {
		r->state.lowat = inlet_lowat(r->fd);
		r->state.raised = true;
		if (!stream_state_keep(r->key, &r->state)) {
			r->state.raised = false;
			goto full;
		}
	}
	inlet_set_lowat(r->fd, (int)r->n + 1);
	size_t before = r->n;
	if (blocking) {
		inlet_give_scratch(r); /* others need it meanwhile */
	}
	short events = inlet_ready(r->fd, blocking ? inlet_time_left(r) : 0);
	if (!events && !blocking) {
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	if (!r->scratch && !inlet_take_scratch(r))
		return LOOK_AGAIN;
	ssize_t now = inlet_peek(r);
	if (now > (ssize_t)before)
		return LOOK_AGAIN;
	r->n = now > 0 ? (size_t)now : 0;
	if (events & (POLLRDHUP | POLLHUP | POLLERR)) {
		frame_break(&r->state.stream.frame); /* that was all: no message is broken by it */
		feed(r, r->n);
		return LOOK_STEP;
	}
full:
	feed(r, r->n);
	if (r->step.refused)
		return refuse_uneditable(r);
	if (!r->step.bytes) {
		if (stream_must_shut())
			return refuse_rest(r);
		give_up(r);
		feed(r, r->n);
	}
	return LOOK_STEP;
}

static bool is_something_else(const struct inlet *r)
{
	return !(fds_peek(r->fd) & FD_SIP) && stream_is_between(&r->state.stream) &&
		(!stream_may_begin(r->scratch->bytes[0]) ||
			(r->step.after.frame.broken == FRAME_NOT_SIP && !r->step.after.messages));
}

static enum look wait_for_head(struct inlet *r)
{
	int lowat = inlet_lowat(r->fd);

	if (!inlet_is_blocking(r))
		return hold(r);
	inlet_set_lowat(r->fd, (int)r->n + 1);
	size_t before = r->n;
	short events = inlet_ready(r->fd, INLET_WAIT_MS);
	inlet_set_lowat(r->fd, lowat);
	ssize_t now = events & POLLIN ? inlet_peek(r) : 0;
	return now > (ssize_t)before ? LOOK_AGAIN : refuse_request(r);
}

/* Looks at what is there, and delivers what is decided of it. */
static enum look look(struct inlet *r)
{
	memset(&r->state, 0, offsetof(struct stream_state, held));
	bool found = stream_state_find(r->key, &r->state);
	if (!found && stream_state_is_broken(r->key)) {
		inlet_give_scratch(r);
		return inlet_pass(r);
	}
	if (!r->scratch && !inlet_take_scratch(r)) {
		stream_state_drop(r->key);
		stream_state_break(r->key);
		return LOOK_AGAIN;
	}
	ssize_t n = inlet_peek(r);
	if (n == -EAGAIN)
		return LOOK_WAIT;
	if (n <= 0) {
		r->result = n < 0 ? -1 : 0;
		errno = n < 0 ? (int)-n : errno;
		if (found && n == 0)
			stream_state_drop(r->key);
		return LOOK_END;
	}
	r->n = (size_t)n;
	stream_side(r->fd, fds_peek(r->fd), true, &r->side);
	if (identity_marks && r->state.stream.at.dialog && r->side.arrived)
		r->side.mark = true;
	if (refuse_is_due(r) && !r->dry && !(r->flags & MSG_PEEK))
		return refuse_has_head(r) ? refuse_request(r) : wait_for_head(r);
	feed(r, decidable(r));
	if (is_something_else(r)) {
		if (stream_must_be_sip(r->fd))
			return refuse_other(r);
		inlet_lower(r);
		stream_state_drop(r->key);
		stream_note_foreign(r->fd);
		inlet_give_scratch(r);
		return inlet_pass(r);
	}
	if (r->step.refused)
		return refuse_uneditable(r);
	if (!r->step.bytes && !r->step.wire) {
		if ((r->got && !(r->flags & MSG_WAITALL)) || r->dry) { /* the next call will see to it */
			r->result = 0;
			return LOOK_DONE;
		}
		enum look held = hold(r);
		if (held != LOOK_STEP)
			return held;
	}
	if (!found && !stream_state_has_room(r->key)) {
		frame_break(&r->state.stream.frame);
		stream_count(STREAM_UNEDITED, 1);
		if (stream_must_shut())
			return refuse_rest(r);
		feed(r, r->n);
	}
	bool was_broken = r->state.stream.frame.broken;
	if (r->step.after.frame.broken && !was_broken && stream_must_shut())
		return refuse_rest(r);
	size_t wire = inlet_deliver(r);
	bool all = wire == r->step.wire;
	bool more = r->step.bytes < r->n || r->n == sizeof(r->scratch->bytes);
	if (r->dry || (r->flags & MSG_PEEK)) {
		r->result = -1;
		errno = EAGAIN; /* of a header that is removed */
		return LOOK_DONE;
	}
	stream_count(STREAM_EDITED, r->step.edit.count && wire);
	stream_count(STREAM_FOREIGN, r->step.edit.foreign);
	stream_count(STREAM_FORGED, (r->step.edit.fields & EDIT_FORGED) != 0);
	if (r->trace && wire)
		trace_in_streamed(r->trace, r->step.edit.fields, &r->side, &r->state.stream,
			r->scratch->bytes, r->step.bytes, r->n);
	size_t bytes = stream_take(
		&r->state.stream, &r->side, r->scratch->bytes, r->fed, true, &r->step, wire);
	if (!inlet_consume(r, bytes))
		frame_break(&r->state.stream.frame); /* another thread reads it too */
	inlet_lower(r);
	/* the message that was begun last is what this thread handles next */
	if (r->state.stream.at.request)
		arrival_set(r->side.arrived);
	else
		arrival_forget();
	settle(r, was_broken);
	return all && more && r->got < r->room ? LOOK_AGAIN : r->got ? LOOK_DONE : LOOK_AGAIN;
}

/* Waits until something is there, as the host's own call would. */
static bool wait_for_more(struct inlet *r)
{
	char byte;
	int flags = r->flags & (MSG_DONTWAIT | MSG_NOSIGNAL);

	r->result = real.recv(r->fd, &byte, 1, MSG_PEEK | flags);
	return r->result > 0;
}

static void begin(struct inlet *r, int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	r->trace = trace;
	r->fd = fd;
	r->flags = flags;
	r->msg = msg;
	r->got = 0;
	r->result = 0;
	r->key = stream_key(fd_records[fd].cookie, true);
	r->dry = false;
	r->scratch = NULL;
}

ssize_t stream_in(int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	struct inlet r;
	int saved = errno;

	begin(&r, fd, msg, flags, trace);
	if ((flags & (MSG_OOB | MSG_ERRQUEUE)) || !inlet_open(&r))
		return real.recvmsg(fd, msg, flags);
	pthread_testcancel();
	arrival_forget();
	for (;;) {
		enum look seen = look(&r);
		inlet_give_scratch(&r);
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
	struct inlet r;
	int saved = errno;

	begin(&r, fd, &msg, MSG_TRUNC | MSG_DONTWAIT, NULL);
	r.dry = true;
	r.room = SSIZE_MAX;
	look(&r);
	inlet_give_scratch(&r);
	errno = saved;
	return r.got ? (ssize_t)r.got : -1;
}

void stream_in_release(int fd)
{
	struct stream_state state;
	uint64_t key;

	if (!(fds_peek(fd) & FD_STREAM))
		return;
	key = stream_key(fd_records[fd].cookie, true);
	if (!stream_state_find(key, &state) || !state.raised)
		return;
	inlet_set_lowat(fd, state.lowat);
	state.raised = false;
	stream_state_keep(key, &state);
}
