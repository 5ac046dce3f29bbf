/* SPDX-License-Identifier: MIT */
/* See stream_refuse.h. */
#include "refuse.h"

#include "config/select.h"
#include "preload/process.h"
#include "base/raw.h"
#include "preload/real/real.h"
#include "preload/hot.h"
#include "sip/reply.h"
#include "side.h"

static enum look end(struct reader *r, const char *why)
{
	counters_add(this_host.segment.counters, COUNTER_SHUT, 1);
	stream_say(r->fd, why);
	shutdown(r->fd, SHUT_RDWR);
	streams_drop(this_host.segment.streams, r->key);
	r->result = 0;
	return LOOK_DONE;
}

enum look refuse_rest(struct reader *r)
{
	trace_in_refused(r->trace, WHY_NO_FRAME, ACTION_SHUT, r->scratch->bytes, r->n);
	return end(r, "what arrives is no SIP in its framing; the connection is shut");
}

enum look refuse_other(struct reader *r)
{
	trace_in_refused(r->trace, WHY_NO_FRAME, ACTION_SHUT, r->scratch->bytes, r->n);
	return end(r, "what is no SIP came to a listener for SIP over TCP; the connection is shut");
}

enum look refuse_uneditable(struct reader *r)
{
	counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
	trace_in_refused(r->trace, WHY_UNEDITABLE, ACTION_SHUT, r->scratch->bytes, r->n);
	return end(r, "a message arrives that cannot be edited in full; the connection is shut");
}

enum look refuse_late(struct reader *r)
{
	return end(r, "the rest of a message did not come; the connection is shut");
}

enum look refuse_crowded(struct reader *r)
{
	return end(r, "lost its place among the streams in the middle of a message; the connection "
		      "is shut");
}

size_t refuse_before(const struct reader *r)
{
	struct frame f = r->state.stream.frame;
	const char *p = r->scratch->bytes;
	size_t at = r->state.stream.skip, size;
	struct scan_row row;

	if (!stream_is_for_nobody(r->fd))
		return SIZE_MAX;
	for (; at < r->n; at += size) {
		enum frame_piece piece = frame_next(&f, p + at, r->n - at, &size, &row);
		if (piece == FRAME_MORE)
			break;
		if (piece == FRAME_START && scan_is_request(p + at, size))
			return at;
	}
	return SIZE_MAX;
}

/* Answers it in the host's place, if that is wanted, and ends the connection: what follows on it is for
 * nobody either. Read first, or the kernel would reset the connection before the answer is there. */
enum look refuse_request(struct reader *r)
{
	struct scratch *room = config_now()->unknown == UNKNOWN_403 ? scratch_take() : NULL;
	const struct addr *peer = &record_of(r->fd)->peer;
	bool answered = false;
	struct addr to;

	if (room) {
		size_t n = reply_403(r->scratch->bytes, r->n, &names_now(&this_host.names)->keys[0], peer, room->bytes,
			sizeof(room->bytes), &to);
		struct iovec iov = {room->bytes, n};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		answered = n != 0;
		if (n)
			raw_syscall(SYS_sendmsg, r->fd, (long)&msg, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
		scratch_give(room);
	}
	trace_in_refused(r->trace, WHY_UNKNOWN, answered ? ACTION_ANSWER_SHUT : ACTION_SHUT,
		r->scratch->bytes, r->n);
	reader_consume(r, r->n);
	return end(r, "a request came to a listener of no bond; the connection is shut");
}

bool refuse_has_head(const struct reader *r)
{
	return memmem(r->scratch->bytes, r->n, "\r\n\r\n", 4) ||
		memmem(r->scratch->bytes, r->n, "\n\n", 2) || r->n == sizeof(r->scratch->bytes);
}
