/* SPDX-License-Identifier: MIT */
#include "refuse.h"

#include "base/raw.h"
#include "preload/process.h"
#include "preload/trace/packet.h"
#include "wants.h"

static enum look end(struct reader *r, const char *why)
{
	common_count(COUNTER_SHUT, 1);
	stream_say(r->p.fd, why);
	shutdown(r->p.fd, SHUT_RDWR);
	common_drop(&r->p);
	r->result = 0;
	return LOOK_DONE;
}

enum look refuse_rest(struct reader *r)
{
	trace_in_refused(r->trace, WHY_NO_FRAME, ACTION_SHUT, r->p.bytes, r->p.n);
	return end(r, "what arrives is no SIP in its framing; the connection is shut");
}

enum look refuse_other(struct reader *r)
{
	trace_in_refused(r->trace, WHY_NO_FRAME, ACTION_SHUT, r->p.bytes, r->p.n);
	return end(r, bytes_in_why_other(&r->p));
}

enum look refuse_uneditable(struct reader *r)
{
	if (r->p.ws.unread || r->p.ws.lost) {
		trace_in_refused(r->trace, WHY_NO_FRAME, ACTION_SHUT, r->p.bytes, r->p.n);
		return end(r, websocket_unread);
	}
	common_count(COUNTER_UNEDITED, 1);
	common_tally(&r->p, TALLY_UNEDITED_ROOM, 1);
	trace_in_refused(r->trace, WHY_UNEDITABLE, ACTION_SHUT, r->p.bytes, r->p.n);
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

size_t refuse_before(struct reader *r)
{
	return side_is_for_nobody(&r->p.ends) ? bytes_in_request(&r->p) : SIZE_MAX;
}

/* Answers it in the host's place, if that is wanted, and ends the connection: what follows on it
 * is for nobody either. Read first, or the kernel would reset the connection before the answer is
 * there. */
enum look refuse_request(struct reader *r)
{
	struct scratch *room = r->p.ends.rules->config.unknown == UNKNOWN_403 ? scratch_take() : NULL;
	struct span request;
	bool answered = false;

	bytes_in_has_head(&r->p, &request);
	if (room) {
		size_t n = bytes_in_answer(&r->p, room->bytes, sizeof(room->bytes));
		struct iovec iov = {room->bytes, n};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		answered = n != 0;
		if (n)
			raw_syscall(SYS_sendmsg, r->p.fd, (long)&msg, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
		if (packet_wanted())
			packet_streamed(r->p.fd, false, NULL, &(struct packet_bytes){&iov, 1, n}, NULL,
				packet_clock(), false);
		scratch_give(room);
	}
	common_tally(&r->p, answered ? TALLY_FORBIDDEN : TALLY_DROPPED, 1);
	trace_in_refused(r->trace, WHY_UNKNOWN, answered ? ACTION_ANSWER_SHUT : ACTION_SHUT, request.p,
		request.n);
	if (packet_wanted()) {
		size_t given = r->p.state.given_n;
		struct iovec one = {(char *)(uintptr_t)r->p.bytes + given, r->p.n - given};
		packet_streamed(r->p.fd, true, r->trace ? &r->trace->verdict : NULL,
			&(struct packet_bytes){&one, 1, one.iov_len}, NULL, packet_clock(), false);
	}
	reader_consume(r, r->p.n);
	return end(r, "a request came to a listener of no bond; the connection is shut");
}

bool refuse_has_head(struct reader *r)
{
	struct span text;

	return bytes_in_has_head(&r->p, &text) || r->p.n == sizeof(r->scratch->bytes);
}
