/* SPDX-License-Identifier: MIT */
/* A read is looks at what is there until one brings something: find_state, peek, refuse, decide,
 * hold, deliver, settle. */
#include "in.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "base/pieces.h"
#include "due.h"
#include "follow.h"
#include "hold.h"
#include "peer.h"
#include "preload/real/real.h"
#include "preload/trace/packet.h"
#include "preload/turn.h"
#include "reader.h"
#include "refuse.h"
#include "wants.h"

#define PIECES_TOLD 32
#define TEXT(number) #number
#define TEXT_OF(number) TEXT(number)

static const char stream_crowded_text[] =
	"too many connections are in the middle of a message, " TEXT_OF(STREAM_PEER_SLOTS) " of one peer or "
	TEXT_OF(STREAM_SLOTS) " in all: the oldest of the peer with most is not looked at any more";

/* Finds where the stream stands. */
static enum look find_state(struct reader *r)
{
	struct passage *p = &r->p;

	memset(&p->state, 0, offsetof(struct stream_state, held));
	r->found = common_find(p);
	p->ends = stream_ends(p->fd);
	websocket_find(p);
	p->state.peer = stream_peer(&p->ends.at->peer);
	if (r->found || !streams_is_broken(this_host.segment.streams, p->key))
		return LOOK_STEP;
	if (side_must_shut(&r->p.ends))
		return refuse_crowded(r);
	reader_rest(r);
	return reader_pass(r);
}

/* Looks at what is there. */
static enum look peek(struct reader *r)
{
	struct passage *p = &r->p;

	if (!r->scratch && !reader_take_scratch(r)) {
		if (!side_must_shut(&r->p.ends))
			common_give_up(p);
		return LOOK_AGAIN;
	}
	ssize_t n = reader_peek(r);
	if (n == -EAGAIN)
		return LOOK_WAIT;
	if (n <= p->state.given_n) {
		r->result = n < 0 ? -1 : 0;
		errno = n < 0 ? (int)-n : errno;
		if (r->found && n >= 0)
			common_drop(p);
		return LOOK_END;
	}
	bytes_in_side(p);
	return LOOK_STEP;
}

/* Nothing passes from a request on that is for nobody: n = what comes before it. */
static enum look refuse(struct reader *r, size_t *n)
{
	size_t before = r->dry ? SIZE_MAX : refuse_before(r);

	*n = before < r->p.n ? before : r->p.n;
	if (before)
		return LOOK_STEP;
	return refuse_has_head(r) ? refuse_request(r) : stream_hold_refused(r);
}

/* The connection turned out to carry no SIP. */
static enum look leave_alone(struct reader *r)
{
	if (bytes_in_must_not(&r->p))
		return refuse_other(r);
	stream_hold_lower(r);
	common_drop(&r->p);
	common_note_break(&r->p);
	reader_rest(r);
	return reader_pass(r);
}

static bool is_undecided(const struct reader *r)
{
	return !r->p.step.bytes && !r->p.step.wire;
}

/* Finds out what of the first n bytes is to be delivered, and how. */
static enum look decide(struct reader *r, size_t n)
{
	struct passage *p = &r->p;

	p->last = false;
	bytes_in_decide(p, r->scratch->bytes, n);
	if (bytes_in_is_something_else(p))
		return leave_alone(r);
	if (p->step.refused)
		return refuse_uneditable(r);
	if (is_undecided(r) && !r->to.got) {
		bool due = due_to_pass(p->fd);
		p->last = due || !bytes_in_start_is_kept(p, n) || reader_is_blocking(r);
		bytes_in_decide(p, r->scratch->bytes, n);
		if (!p->step.bytes && due)
			bytes_in_feed(p, n);
	}
	return LOOK_STEP;
}

/* Waits for more where nothing is decided, and sees whether what is then may pass. */
static enum look hold(struct reader *r)
{
	struct passage *p = &r->p;

	if (is_undecided(r)) {
		enum look held = stream_hold(r);
		if (held != LOOK_STEP)
			return held;
	}
	if (p->step.refused)
		return refuse_uneditable(r);
	if (!r->found && !this_host.segment.streams && !stream_is_between(&p->step.after)) {
		frame_break(&p->state.stream.frame);
		common_count(COUNTER_UNEDITED, 1);
		common_tally(p, TALLY_UNEDITED_MEMORY, 1);
		if (side_must_shut(&r->p.ends))
			return refuse_rest(r);
		bytes_in_feed(p, p->n);
	}
	return p->step.after.breaks && side_must_shut(&r->p.ends) ? refuse_rest(r) : LOOK_STEP;
}

/* The message that a frame brought, once. */
static void trace_frame(struct reader *r)
{
	struct scratch *text = r->p.ws.n && !r->p.step.sent ? scratch_take() : NULL;

	if (!text)
		return;
	trace_in_restored(r->trace, r->p.step.edit.fields, &r->p.side, text->bytes,
		websocket_made(&r->p, text->bytes, sizeof(text->bytes)));
	scratch_give(text);
}

static void note_delivered(struct reader *r, size_t wire)
{
	bytes_in_count(&r->p, wire);
	if (r->trace && wire && websocket_is(&r->p))
		trace_frame(r);
	else if (r->trace && wire)
		trace_in_streamed(r->trace, r->p.step.edit.fields, &r->p.side, &r->p.state.stream,
			r->p.bytes, r->p.step.bytes, r->p.n);
}

/* Tells those that capture of the bytes that were read, and of those that the host has got of them. */
static void tell(const struct reader *r, size_t bytes, size_t got)
{
	struct iovec in, to[PIECES_TOLD];
	size_t given = r->p.state.given_n;
	struct packet_bytes wire = {&in, 1, bytes > given ? bytes - given : 0}, host = {to, 0, r->to.got - got};

	if (!packet_wanted())
		return;
	in = (struct iovec){(char *)(uintptr_t)r->p.bytes + given, wire.n};
	host.count = pieces_slice(r->to.iov, r->to.count, got, SIZE_MAX, to, PIECES_TOLD);
	bool same = r->to.only_count || (!r->p.step.edit.count && host.n == wire.n);
	packet_streamed(r->p.fd, true, &r->trace->verdict, &wire, same ? NULL : &host,
		packet_clock(), true);
}

/* Keeps the state, and notes what it tells. */
static void settle(struct reader *r)
{
	bytes_in_turn(&r->p);
	bytes_in_settle(&r->p);
	if (streams_tells_crowded(this_host.segment.streams))
		stream_say(r->p.fd, stream_crowded_text);
}

/* The host gets what is decided. */
static enum look deliver(struct reader *r)
{
	if (r->to.got == r->to.size)
		return LOOK_DONE;
	size_t got = r->to.got, wire = bytes_in_deliver(&r->p, &r->to);
	bool all = wire == r->p.step.wire;
	bool more = r->p.step.bytes < r->p.n || r->p.n == sizeof(r->scratch->bytes);

	if (r->dry || (r->flags & MSG_PEEK)) {
		r->result = -1;
		errno = EAGAIN; /* of a header that is removed */
		return LOOK_DONE;
	}
	note_delivered(r, wire);
	peer_asks(&r->p, r->p.bytes, r->p.step.bytes);
	size_t bytes = common_take(&r->p, wire);
	if (unlikely(r->trace))
		tell(r, bytes, got);
	if (!reader_consume(r, bytes))
		frame_break(&r->p.state.stream.frame); /* somebody reads it whom no library sees */
	if (bytes >= r->p.state.given_n)
		r->p.state.given_n = 0;
	stream_hold_lower(r);
	settle(r);
	/* what is left is looked at, even if it has no room: the host is not woken over half a message */
	return all && more ? LOOK_AGAIN : r->to.got ? LOOK_DONE : LOOK_AGAIN;
}

/* Looks at what is there, and delivers what is decided of it. */
static enum look look(struct reader *r)
{
	r->p.ends.rules = renew_rules();
	reader_begin(r);
	enum look seen = find_state(r);
	size_t n;

	if (seen == LOOK_STEP)
		seen = peek(r);
	if (seen == LOOK_STEP)
		seen = refuse(r, &n);
	if (seen == LOOK_STEP)
		seen = decide(r, n);
	if (seen == LOOK_STEP)
		seen = hold(r);
	return seen == LOOK_STEP ? deliver(r) : seen;
}

/* Waits until something is there, as the host's own call would. */
static bool wait_for_more(struct reader *r)
{
	char byte;
	int flags = r->flags & (MSG_DONTWAIT | MSG_NOSIGNAL);

	r->result = real.recv(r->p.fd, &byte, 1, MSG_PEEK | flags);
	return r->result > 0;
}

static void begin(struct reader *r, int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	const struct side_ends ends = stream_ends(fd);

	r->trace = trace;
	r->flags = flags;
	r->msg = msg;
	r->to.got = 0;
	r->result = 0;
	r->dry = false;
	r->scratch = NULL;
	r->alone = (struct alone){NULL, NULL};
	common_begin(&r->p, fd, &ends, true);
}

ssize_t stream_in(int fd, struct msghdr *msg, int flags, struct trace_in *trace)
{
	struct reader r;
	int saved = errno;

	if (unlikely(bits_of(fd) & FD_PLAIN))
		return follow_recv(fd, msg, flags);
	begin(&r, fd, msg, flags, trace);
	if ((flags & (MSG_OOB | MSG_ERRQUEUE)) || !reader_open(&r))
		return real.recvmsg(fd, msg, flags);
	pthread_testcancel();
	turn_end();
	for (;;) {
		enum look seen = look(&r);
		reader_rest(&r);
		if (seen == LOOK_AGAIN)
			continue;
		if (seen == LOOK_END)
			break;
		bool waits = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) && r.to.got < r.to.size;
		if (r.to.got && !waits)
			break;
		if (seen == LOOK_DONE && (!r.to.got || r.result < 0))
			break;
		if (!wait_for_more(&r))
			break;
	}
	if (!r.to.got)
		return r.result;
	errno = saved;
	return (ssize_t)r.to.got;
}

ssize_t stream_in_ready(int fd)
{
	struct msghdr msg = {.msg_iov = NULL};
	struct reader r;
	int saved = errno;

	begin(&r, fd, &msg, MSG_TRUNC | MSG_DONTWAIT, NULL);
	r.dry = true;
	r.to = (struct bytes_room){.size = SSIZE_MAX, .only_count = true};
	look(&r);
	reader_rest(&r);
	errno = saved;
	return r.to.got ? (ssize_t)r.to.got : -1;
}

void stream_in_release(int fd)
{
	if (bits_of(fd) & FD_STREAM)
		stream_hold_end(fd);
}
