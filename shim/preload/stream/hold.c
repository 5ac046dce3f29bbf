/* SPDX-License-Identifier: MIT */
/* The record of a descriptor tells this process what it holds, the pool all others: where that has
 * no place for it, the process that holds it still lets go of it in time. */
#include "hold.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "due.h"
#include "preload/trace/packet.h"
#include "refuse.h"

/* Starts the clock, or goes on with it. Whether bytes have come meanwhile. */
static bool note(struct reader *r)
{
	struct fd_hold *h = &record_of(r->p.fd)->hold;
	uint32_t n = (uint32_t)(r->p.n - r->p.state.given_n);
	bool fresh = !h->at || n > h->n;

	if (!h->at) {
		h->lowat = r->p.state.raised ? r->p.state.lowat : reader_lowat(r->p.fd);
		h->at = due_now();
		h->until = h->at + DUE_PASS_MS;
	} else if ((int32_t)(due_now() - h->until) >= 0) {
		h->until = h->at + DUE_SHUT_MS;
	}
	h->n = n;
	return fresh;
}

/* Makes the socket unreadable until more comes. */
static void raise_lowat(struct reader *r)
{
	struct fd_hold *h = &record_of(r->p.fd)->hold;

	if (!r->p.state.raised) {
		r->p.state.lowat = h->lowat;
		r->p.state.raised = true;
		common_keep(&r->p);
	}
	h->released = false;
	reader_set_lowat(r->p.fd, (int)(r->p.n - r->p.state.given_n) + 1);
	due_note(h->until);
}

void stream_hold_lower(struct reader *r)
{
	struct fd_hold *h = &record_of(r->p.fd)->hold;

	if (r->p.state.raised || h->at)
		reader_set_lowat(r->p.fd, r->p.state.raised ? r->p.state.lowat : h->lowat);
	r->p.state.raised = false;
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

/* Gives up to n bytes of the beginning that the host does not have yet. False: there are none, or
 * nobody could remember. */
static bool give(struct reader *r, size_t n)
{
	struct stream_state *s = &r->p.state;
	size_t before = s->given_n, there = bytes_in_beginning(&r->p);

	if (there <= before || r->to.got || (r->flags & MSG_PEEK) || !this_host.segment.streams)
		return false;
	if (n > there - before)
		n = there - before;
	if (n > r->to.size)
		n = r->to.size;
	/* kept first: a thread that is killed in between has taken nothing */
	memcpy(s->given, r->p.bytes, before + n);
	r->p.step.edit.count = 0;
	splice_begin(&r->p.step.edit, r->p.bytes);
	r->p.step.bytes = before + n;
	bytes_in_deliver(&r->p, &r->to);
	if (unlikely(r->trace) && packet_wanted()) {
		struct iovec one = {(char *)(uintptr_t)r->p.bytes + before, n};
		packet_streamed(r->p.fd, true, NULL, &(struct packet_bytes){&one, 1, n}, NULL,
			packet_clock(), true);
	}
	bool alone = reader_consume(r, before + n);
	s->given_n = (uint8_t)(before + n);
	record_of(r->p.fd)->hold.n -= (uint32_t)n;
	if (!alone || !common_keep(&r->p))
		common_give_up(&r->p);
	raise_lowat(r);
	return true;
}

/* Its time is over, or no more has room: what is there passes, unless nothing may that is not
 * edited. */
static enum look let_pass(struct reader *r, bool waits)
{
	const struct frame *f = &r->p.state.stream.frame;
	const char *p = r->p.bytes; /* nothing of it is decided */

	/* how long a message is must be known whenever the rest comes */
	if ((f->in_head || f->lost == FRAME_LOST_IN_HEAD) && frame_may_be_length(p, r->p.n) &&
		give(r, SIZE_MAX))
		return LOOK_DONE;
	if (side_must_shut(&r->p.ends)) {
		/* what is no SIP, but may wait for an answer */
		if (!(side_is_for_nobody(&r->p.ends) && side_must_be_sip(&r->p.ends)) && give(r, SIZE_MAX))
			return LOOK_DONE;
		if (!waits || due_to_shut(r->p.fd))
			return refuse_late(r);
		raise_lowat(r);
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	bytes_in_give_up(&r->p);
	bytes_in_feed(&r->p, r->p.n);
	return LOOK_STEP;
}

/* How long a blocking call may wait for the rest. */
static int time_left(struct reader *r)
{
	const struct fd_hold *h = &record_of(r->p.fd)->hold;
	int32_t left = (int32_t)(h->at + (side_must_shut(&r->p.ends) ? DUE_SHUT_MS : DUE_PASS_MS) - due_now());
	int own = reader_own_time(r);

	return left < 0 ? 0 : left < own ? left : own;
}

/* Waits for more than is there, as long as it may take. LOOK_STEP: no more came in that time. */
static enum look wait_for_more(struct reader *r, bool blocking)
{
	size_t before = r->p.n;

	raise_lowat(r);
	if (blocking)
		reader_rest(r);
	short events = reader_ready(r->p.fd, blocking ? time_left(r) : 0);
	if (!events && !blocking) {
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	reader_begin(r);
	if (!r->scratch && !reader_take_scratch(r))
		return LOOK_AGAIN;
	ssize_t now = reader_peek(r);
	bool less = now == -EAGAIN || (now >= 0 && now < (ssize_t)before);
	if (now > (ssize_t)before || (blocking && less)) /* less: of others that read it meanwhile */
		return LOOK_AGAIN;
	if (now < 0)
		r->p.n = r->p.state.given_n;
	if (events & (POLLRDHUP | POLLHUP | POLLERR)) {
		bytes_in_end(&r->p);
		bytes_in_feed(&r->p, r->p.n);
	}
	return LOOK_STEP;
}

enum look stream_hold(struct reader *r)
{
	bool more = r->to.got && !(r->flags & MSG_WAITALL);
	bool full = r->p.n == sizeof(r->scratch->bytes);

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
	if (due_to_pass(r->p.fd))
		return let_pass(r, true);
	if (!blocking && fresh && !side_is_for_nobody(&r->p.ends) && give(r, 1))
		return LOOK_DONE;
	enum look seen = wait_for_more(r, blocking);
	if (seen != LOOK_STEP || r->p.step.bytes)
		return seen;
	/* a short SO_RCVTIMEO, or a receive buffer that is full */
	return let_pass(r, blocking && side_must_shut(&r->p.ends));
}

enum look stream_hold_refused(struct reader *r)
{
	bool blocking = reader_is_blocking(r);

	note(r);
	if (due_to_pass(r->p.fd))
		return refuse_request(r);
	if (r->to.got) {
		raise_lowat(r);
		return LOOK_DONE;
	}
	r->p.step.bytes = 0;
	enum look seen = wait_for_more(r, blocking);
	return seen == LOOK_STEP ? refuse_request(r) : seen;
}
