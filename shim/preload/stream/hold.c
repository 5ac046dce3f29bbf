/* SPDX-License-Identifier: MIT */
/* See stream_hold.h. The record of a descriptor tells this process what it holds, the pool all others:
 * where that has no place for it, the process that holds it still lets go of it in time. */
#include "hold.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/single_threaded.h>
#include <time.h>

#include "base/raw.h"
#include "preload/real/real.h"
#include "refuse.h"
#include "side.h"

#define PASS_MS 1000  /* until what is there passes without the rest */
#define SHUT_MS 32000 /* where it must not: as long as a transaction (RFC 3261 17.1.1.2) */

_Atomic bool stream_hold_any;
static _Atomic uint32_t next_due; /* the earliest of all, or before it; 0 = nothing is held */

/* Milliseconds, never 0. */
static uint32_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000) | 1;
}

static void note_due(uint32_t until)
{
	uint32_t before = atomic_load(&next_due);

	while ((!before || (int32_t)(until - before) < 0) &&
		!atomic_compare_exchange_weak(&next_due, &before, until | 1))
		;
}

bool stream_hold_is_due(int fd)
{
	const struct fd_hold *h = &record_of(fd)->hold;

	return h->at && (int32_t)(now() - h->at) >= PASS_MS;
}

static bool is_over(int fd)
{
	const struct fd_hold *h = &record_of(fd)->hold;

	return h->at && (int32_t)(now() - h->at) >= SHUT_MS;
}

/* Starts the clock, or goes on with it. Whether bytes have come meanwhile. */
static bool note(struct reader *r)
{
	struct fd_hold *h = &record_of(r->fd)->hold;
	uint32_t n = (uint32_t)(r->n - r->state.given_n);
	bool fresh = !h->at || n > h->n;

	if (!h->at) {
		h->lowat = r->state.raised ? r->state.lowat : reader_lowat(r->fd);
		h->at = now();
		h->until = h->at + PASS_MS;
	} else if ((int32_t)(now() - h->until) >= 0) {
		h->until = h->at + SHUT_MS;
	}
	h->n = n;
	return fresh;
}

/* Makes the socket unreadable until more comes. */
static void raise_lowat(struct reader *r)
{
	struct fd_hold *h = &record_of(r->fd)->hold;

	if (!r->state.raised) {
		r->state.lowat = h->lowat;
		r->state.raised = true;
		streams_keep(this_host.segment.streams, this_host.segment.counters, r->key, &r->state);
	}
	h->released = false;
	reader_set_lowat(r->fd, (int)(r->n - r->state.given_n) + 1);
	note_due(h->until);
}

void stream_hold_lower(struct reader *r)
{
	struct fd_hold *h = &record_of(r->fd)->hold;

	if (r->state.raised || h->at)
		reader_set_lowat(r->fd, r->state.raised ? r->state.lowat : h->lowat);
	r->state.raised = false;
	h->at = 0;
}

void stream_hold_end(int fd)
{
	struct fd_hold *h = &record_of(fd)->hold;
	struct stream_state state;
	uint64_t key = stream_key(record_of(fd)->cookie, true);

	if (streams_find(this_host.segment.streams, key, &state) && state.raised) {
		reader_set_lowat(fd, state.lowat);
		state.raised = false;
		streams_keep(this_host.segment.streams, this_host.segment.counters, key, &state);
	} else if (h->at) {
		reader_set_lowat(fd, h->lowat);
	}
	h->at = 0;
}

/* Of a start line: up to the first colon behind the method. */
static size_t start_of_line(const char *p, size_t n)
{
	bool bits = true;
	size_t at = 0;

	while (at < n && p[at] != '\r' && p[at] != '\n') {
		if (p[at] == ' ')
			bits = false;
		if (p[at++] == ':' && !bits)
			break;
	}
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Of a Via: up to its sent-by. */
static size_t start_of_via(const char *p, size_t at, size_t n)
{
	for (int slashes = 0; slashes < 2; slashes += p[at++] == '/')
		if (at == n || !(field_is_token(p[at]) || is_blank(p[at]) || p[at] == '/'))
			return at;
	while (at < n && is_blank(p[at]))
		at++;
	while (at < n && field_is_token(p[at]))
		at++;
	while (at < n && is_blank(p[at]))
		at++;
	return at;
}

/* Of a header field: its name, and of the value what stands before the first host in it. */
static size_t start_of_row(const struct reader *r, const char *p, size_t n)
{
	const struct names *names = r->side.names;
	size_t line = 0, at;
	struct scan_row row;

	if (r->state.stream.at.request && !r->state.stream.at.told && r->side.bond.n)
		return 0; /* a field comes before it */
	if (names->header.n && (p[0] | 0x20) == (names->header.p[0] | 0x20))
		return 0; /* it may be removed */
	if (p[0] == '\r')
		return 1;
	while (line < n && p[line] != '\r' && p[line] != '\n')
		line++;
	const char *colon = memchr(p, ':', line);
	if (!colon)
		return line;
	scan_row((struct span){p, n}, &row);
	at = (size_t)(colon + 1 - p);
	if (row.header == HEADER_CSEQ || row.header == HEADER_CONTENT_LENGTH)
		return line;
	if (row.header == HEADER_VIA)
		return start_of_via(p, at, line);
	while (at < line && p[at] != ':')
		at++;
	return at;
}

/* How many bytes of what is there no edit touches, whatever comes. */
static size_t beginning(const struct reader *r)
{
	const struct stream *s = &r->state.stream;
	const char *p = r->scratch->bytes;
	size_t n = r->n < sizeof(r->state.given) ? r->n : sizeof(r->state.given);

	if (s->rest_n || s->skip || s->sent || s->frame.raw || frame_is_for_good(&s->frame))
		return 0;
	if (s->frame.in_head)
		return start_of_row(r, p, n);
	return s->frame.lost == FRAME_LOST_IN_HEAD ? n : start_of_line(p, n);
}

/* Gives up to n bytes of the beginning that the host does not have yet. False: there are none, or nobody
 * could remember. */
static bool give(struct reader *r, size_t n)
{
	struct stream_state *s = &r->state;
	size_t before = s->given_n, there = beginning(r);

	if (there <= before || r->got || (r->flags & MSG_PEEK) || !this_host.segment.streams)
		return false;
	if (n > there - before)
		n = there - before;
	if (n > r->room)
		n = r->room;
	/* kept first: a thread that is killed in between has taken nothing */
	memcpy(s->given, r->scratch->bytes, before + n);
	r->step.edit.count = 0;
	splice_begin(&r->step.edit, r->scratch->bytes);
	r->step.bytes = before + n;
	reader_deliver(r);
	bool alone = reader_consume(r, before + n);
	s->given_n = (uint8_t)(before + n);
	record_of(r->fd)->hold.n -= (uint32_t)n;
	if (!alone || !streams_keep(this_host.segment.streams, this_host.segment.counters, r->key, s)) {
		streams_drop(this_host.segment.streams, r->key);
		streams_break(this_host.segment.streams, r->key);
	}
	raise_lowat(r);
	return true;
}

/* Its time is over, or no more has room: what is there passes, unless nothing may that is not edited. */
static enum look let_pass(struct reader *r, bool waits)
{
	const struct frame *f = &r->state.stream.frame;
	const char *p = r->scratch->bytes; /* nothing of it is decided */

	/* how long a message is must be known whenever the rest comes */
	if ((f->in_head || f->lost == FRAME_LOST_IN_HEAD) && frame_may_be_length(p, r->n) &&
		give(r, SIZE_MAX))
		return LOOK_DONE;
	if (stream_must_shut()) {
		/* what is no SIP, but may wait for an answer */
		if (!(stream_is_for_nobody(r->fd) && stream_must_be_sip(r->fd)) && give(r, SIZE_MAX))
			return LOOK_DONE;
		if (!waits || is_over(r->fd))
			return refuse_late(r);
		raise_lowat(r);
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	frame_give_up(&r->state.stream.frame, p, r->n);
	r->state.stream.breaks += r->state.stream.frame.broken != FRAME_SOUND;
	reader_feed(r, r->n);
	return LOOK_STEP;
}

/* How long a blocking call may wait for the rest. */
static int time_left(struct reader *r)
{
	const struct fd_hold *h = &record_of(r->fd)->hold;
	int32_t left = (int32_t)(h->at + (stream_must_shut() ? SHUT_MS : PASS_MS) - now());
	int own = reader_own_time(r);

	return left < 0 ? 0 : left < own ? left : own;
}

/* Waits for more than is there, as long as it may take. LOOK_STEP: no more came in that time. */
static enum look wait_for_more(struct reader *r, bool blocking)
{
	size_t before = r->n;

	raise_lowat(r);
	if (blocking)
		reader_give_scratch(r); /* others need it meanwhile */
	short events = reader_ready(r->fd, blocking ? time_left(r) : 0);
	if (!events && !blocking) {
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	if (!r->scratch && !reader_take_scratch(r))
		return LOOK_AGAIN;
	ssize_t now = reader_peek(r);
	if (now > (ssize_t)before)
		return LOOK_AGAIN;
	if (now < 0)
		r->n = r->state.given_n;
	if (events & (POLLRDHUP | POLLHUP | POLLERR)) {
		frame_break(&r->state.stream.frame); /* that was all: no message is broken by it */
		reader_feed(r, r->n);
	}
	return LOOK_STEP;
}

enum look stream_hold(struct reader *r)
{
	bool more = r->got && !(r->flags & MSG_WAITALL);
	bool full = r->n == sizeof(r->scratch->bytes);

	r->result = 0;
	if (r->dry)
		return LOOK_DONE;
	bool fresh = note(r);
	if (more) {
		if (!full)
			raise_lowat(r);
		return LOOK_DONE; /* the next call will see to it */
	}
	bool blocking = reader_is_blocking(r);
	if (full)
		return let_pass(r, false);
	if (stream_hold_is_due(r->fd))
		return let_pass(r, true);
	if (!blocking && fresh && !stream_is_for_nobody(r->fd) && give(r, 1))
		return LOOK_DONE;
	enum look seen = wait_for_more(r, blocking);
	if (seen != LOOK_STEP || r->step.bytes)
		return seen;
	/* a short SO_RCVTIMEO, or a receive buffer that is full */
	return let_pass(r, blocking && stream_must_shut());
}

enum look stream_hold_refused(struct reader *r)
{
	bool blocking = reader_is_blocking(r);

	note(r);
	if (stream_hold_is_due(r->fd))
		return refuse_request(r);
	if (r->got) {
		raise_lowat(r);
		return LOOK_DONE;
	}
	r->step.bytes = 0;
	enum look seen = wait_for_more(r, blocking);
	return seen == LOOK_STEP ? refuse_request(r) : seen;
}

int stream_hold_limit(int wait_ms)
{
	uint32_t due = atomic_load_explicit(&next_due, memory_order_relaxed);
	int limit = -1;

	if (due)
		limit = (int32_t)(due - now()) > 0 ? (int)(due - now()) : 0;
	else if (!__libc_single_threaded) /* another thread may hold something meanwhile */
		limit = PASS_MS;
	return wait_ms >= 0 && wait_ms <= limit ? -1 : limit;
}

void stream_hold_release(void)
{
	uint32_t due = atomic_load(&next_due), then = 0;
	int top = (sockets_end(&this_host.sockets) - 1);

	if (!due || (int32_t)(now() - due) < 0)
		return;
	atomic_compare_exchange_strong(&next_due, &due, 0);
	for (int fd = 0; fd <= top; fd++) {
		struct fd_hold *h = &record_of(fd)->hold;
		if (!(bits_of(fd) & FD_STREAM) || !h->at || h->released)
			continue;
		if ((int32_t)(now() - h->until) >= 0) {
			h->released = true;
			reader_set_lowat(fd, h->lowat); /* tells whoever waits (tcp(7)) */
		} else if (!then || (int32_t)(h->until - then) < 0) {
			then = h->until;
		}
	}
	if (then)
		note_due(then);
}
