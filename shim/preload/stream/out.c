/* SPDX-License-Identifier: MIT */
/* The state is found before a call and kept behind it, so that a thread that is cancelled, or a
 * process that is killed, in between leaves what was true before. */
#include "out.h"

#include <errno.h>

#include "bytes_out.h"
#include "follow.h"
#include "preload/trace/packet.h"
#include "wants.h"

#define PIECES_OUT 168 /* more than EDIT_SPLICES splices make of WRITER_PIECES */

/* Tells those that capture: `wire` pieces went, so many bytes of them; `host` is what they were made of. */
static void tell(const struct outgoing *o, const struct verdict *v, const struct packet_bytes *wire,
	const struct packet_bytes *host, int64_t at)
{
	if (unlikely(at) && (ssize_t)wire->n > 0)
		packet_streamed(o->fd, false, v, wire, host, at, true);
}

/* What is decided, and `loose` bytes behind it as they are. text: for an edited frame. */
static ssize_t transfer(
	const struct outgoing *o, struct writer *w, size_t loose, struct verdict *v, char *text)
{
	struct iovec out[PIECES_OUT];
	struct msghdr msg = {.msg_name = NULL};
	size_t bytes = w->p.step.bytes + loose;
	int64_t at = packet_wanted() ? packet_clock() : 0;

	if (!w->p.ws.n && !w->p.step.edit.count && !w->p.step.sent && !w->p.state.held_n && w->done == 0 &&
		bytes == w->total) {
		ssize_t result = outgoing_plain(o);
		tell(o, v, &(struct packet_bytes){o->msg->msg_iov, o->msg->msg_iovlen, (size_t)result}, NULL, at);
		return result;
	}
	writer_trim(w, bytes);
	if (o->call == SEND_SENDMSG)
		msg = *o->msg;
	msg.msg_iov = out;
	msg.msg_iovlen = bytes_out_iovec(w, text, out, PIECES_OUT);
	v->edited |= w->p.step.edit.fields;
	struct outgoing edited = {SEND_SENDMSG, o->fd, o->flags, &msg};
	ssize_t result = outgoing_plain(&edited);
	tell(o, v, &(struct packet_bytes){msg.msg_iov, msg.msg_iovlen, (size_t)result},
		w->p.step.edit.count ? &(struct packet_bytes){w->in, w->in_count, bytes} : NULL, at);
	return result;
}

/* Apart, so that others need no stack for it. */
static __attribute__((noinline)) ssize_t transfer_frame(
	const struct outgoing *o, struct writer *w, struct verdict *v)
{
	char text[WRITER_FRAME];

	return transfer(o, w, 0, v, text);
}

/* Nothing more goes: what was begun cannot be ended, or must not be. */
static ssize_t end(int fd, const char *why)
{
	common_count(COUNTER_SHUT, 1);
	stream_say(fd, why);
	shutdown(fd, SHUT_RDWR);
	errno = EPIPE;
	return -1;
}

/* One call of the kernel. False: the end, with *result if nothing was taken. */
static bool go_on(
	const struct outgoing *o, struct writer *w, struct verdict *v, ssize_t *result)
{
	struct bytes_out out;

	if (!bytes_out_next(w, &out))
		return true;
	if (unlikely(w->p.step.refused) && websocket_is(&w->p)) {
		*result = end(o->fd, w->p.ws.unread ? websocket_unread : "another frame was begun; the connection is shut");
		return false;
	}
	size_t taken = out.wire;
	if (out.wire) {
		if (w->p.step.edit.count)
			common_count(COUNTER_EDITED, 1);
		*result = w->p.ws.n ? transfer_frame(o, w, v) : transfer(o, w, out.loose, v, NULL);
		if (*result < 0)
			return false;
		common_tally(&w->p, TALLY_BYTES, (uint64_t)*result);
		common_tally(&w->p, TALLY_EDITED, w->p.step.edit.count != 0);
		taken = (size_t)*result;
	}
	return bytes_out_went(w, &out, taken);
}

/* Finds where the stream stands. False: what leaves is not looked at. */
static bool begin(struct writer *w, int fd)
{
	const struct side_ends ends = stream_ends(fd);
	struct passage *p = &w->p;

	common_begin(p, fd, &ends, false);
	bool found = common_find(p);
	websocket_find(p);
	if (!found && !websocket_is(p) && bytes_out_is_something_else(w)) {
		stream_mark_plain(fd, &ends, bytes_out_is_http(w));
		common_note_break(p);
		return false;
	}
	if (!found && !this_host.segment.streams) {
		common_count(COUNTER_UNEDITED, 1);
		common_tally(p, TALLY_UNEDITED_MEMORY, 1);
		return false;
	}
	side_fill(&p->ends, false, &p->side);
	if (found)
		bytes_out_resume(w);
	p->state.peer = stream_peer(&p->ends.at->peer);
	return true;
}

/* As the host sent it. */
static ssize_t pass(const struct outgoing *o)
{
	if (unlikely(stream_has_answers(bits_of(o->fd)))) {
		const struct side_ends ends = stream_ends(o->fd);
		if (!websocket_may_answer(&ends, o->msg->msg_iov, o->msg->msg_iovlen))
			return end(o->fd, websocket_unread);
	}
	ssize_t result = outgoing_plain(o);

	if (follow_is(bits_of(o->fd)))
		follow(o->fd, false, o->msg, o->flags, result);
	return result;
}

ssize_t stream_out(const struct outgoing *o, struct verdict *v)
{
	struct writer w;
	ssize_t result = -1;
	int saved = errno;

	if ((bits_of(o->fd) & FD_PLAIN) || (o->flags & (MSG_OOB | MSG_ZEROCOPY)) ||
		!writer_open(&w, o->msg->msg_iov, o->msg->msg_iovlen) || !begin(&w, o->fd))
		return pass(o);
	while (go_on(o, &w, v, &result))
		;
	websocket_end(&w.p);
	w.done -= w.own;
	if (w.done) {
		errno = saved;
		return (ssize_t)w.done;
	}
	if (result >= 0 || errno != ENOTSOCK || !note_was_taken(o->fd))
		return result;
	errno = saved;
	return pass(o);
}
