/* SPDX-License-Identifier: MIT */
/* See stream_in.h. What looks at the kernel's buffer is a bare system call: no place at which a thread
 * may be cancelled while it has a scratch buffer. */
#include "stream_in.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "../config/select.h"
#include "arrival.h"
#include "identity.h"
#include "raw.h"
#include "readable.h"
#include "real.h"
#include "scratch.h"
#include "shim.h"
#include "sip/reply.h"
#include "stream_side.h"
#include "stream_state.h"

#define PIECES_IN 32
#define PIECES_OUT 136 /* more than EDIT_SPLICES splices make of one */
#define WAIT_MS 1000   /* how long a blocking host waits for the rest of a line */
#define SCRATCH_TRIES 100

/* What one look at the kernel's buffer came to. */
enum look {
	LOOK_DONE,  /* delivered, or the end: r->result */
	LOOK_END,   /* so, and no more is waited for */
	LOOK_AGAIN,
	LOOK_WAIT,  /* there is nothing: wait as the host does */
	LOOK_STEP   /* r->step is to be delivered */
};

struct inlet {
	int fd;
	int flags;
	struct msghdr *msg;
	size_t room;
	size_t got;
	ssize_t result; /* if nothing was got */
	uint64_t key;
	bool dry;       /* only count what would be delivered */
	struct stream_state state;
	struct edit_side side;
	struct scratch *scratch;
	size_t n;   /* bytes that are there */
	size_t fed; /* of them, that were looked at for step */
	struct stream_step step;
};

/* The host's own call from now on. With MSG_WAITALL some of it may be there already. */
static enum look pass(struct inlet *r)
{
	struct iovec iov[PIECES_IN];
	struct msghdr rest = {.msg_iov = iov};
	size_t skip = r->got;

	r->result = 0;
	if (r->dry || (r->got && !(r->flags & MSG_WAITALL)))
		return LOOK_DONE;
	if (!r->got) {
		r->result = real.recvmsg(r->fd, r->msg, r->flags);
		return LOOK_DONE;
	}
	for (size_t i = 0; i < r->msg->msg_iovlen && rest.msg_iovlen < PIECES_IN; i++) {
		const struct iovec *to = &r->msg->msg_iov[i];
		if (skip < to->iov_len)
			iov[rest.msg_iovlen++] =
				(struct iovec){(char *)to->iov_base + skip, to->iov_len - skip};
		skip = skip < to->iov_len ? 0 : skip - to->iov_len;
	}
	r->result = real.recvmsg(r->fd, &rest, r->flags);
	if (r->result > 0)
		r->got += (size_t)r->result;
	return LOOK_END;
}

static void set_lowat(int fd, int value)
{
	real.setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value));
}

static void lower(struct inlet *r)
{
	if (!r->state.raised)
		return;
	set_lowat(r->fd, r->state.lowat);
	r->state.raised = false;
}

static short ready(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
	struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};

	return raw_syscall(SYS_ppoll, (long)&p, 1, (long)&wait, 0) > 0 ? p.revents : 0;
}

static ssize_t peek(struct inlet *r)
{
	struct iovec iov = {r->scratch->bytes, sizeof(r->scratch->bytes)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return raw_recvmsg(r->fd, &msg, MSG_PEEK | MSG_DONTWAIT);
}

/* Takes n bytes out of the kernel's buffer (MSG_TRUNC, tcp(7)); the host's control data comes with
 * them. */
static bool consume(struct inlet *r, size_t n)
{
	struct iovec iov = {r->scratch->bytes, n}; /* not written to */
	struct msghdr msg = *r->msg;

	if (!n)
		return true;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	long result = raw_recvmsg(r->fd, &msg, MSG_TRUNC | MSG_DONTWAIT | (r->flags & MSG_CMSG_CLOEXEC));
	r->msg->msg_namelen = msg.msg_namelen;
	r->msg->msg_controllen = msg.msg_controllen;
	r->msg->msg_flags = msg.msg_flags & ~MSG_TRUNC;
	return result == (long)n;
}

/* Copies wire bytes from at on to the host's buffers. */
static void copy_out(struct inlet *r, const char *p, size_t n)
{
	size_t skip = r->got;

	r->got += n;
	if (r->dry || (r->flags & MSG_TRUNC))
		return;
	for (size_t i = 0; i < r->msg->msg_iovlen && n; i++) {
		const struct iovec *to = &r->msg->msg_iov[i];
		if (skip >= to->iov_len) {
			skip -= to->iov_len;
			continue;
		}
		size_t size = to->iov_len - skip < n ? to->iov_len - skip : n;
		memcpy((char *)to->iov_base + skip, p, size);
		p += size;
		n -= size;
		skip = 0;
	}
}

/* Returns how much of the edited message the host has room for. */
static size_t deliver(struct inlet *r)
{
	struct iovec in = {r->scratch->bytes, r->step.bytes}, out[PIECES_OUT];
	size_t count = edit_iovec(&r->step.edit, &in, 1, out, PIECES_OUT), wire = 0;

	for (size_t i = 0; i < count && r->got < r->room; i++) {
		size_t left = r->room - r->got;
		size_t size = out[i].iov_len < left ? out[i].iov_len : left;
		copy_out(r, out[i].iov_base, size);
		wire += size;
	}
	return wire;
}

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

/* Where a script's decisions or the operator's rules hang on what arrives, nothing passes unseen. */
static enum look shut(struct inlet *r)
{
	stream_count(STREAM_SHUT, 1);
	stream_say(r->fd, "what arrives is no SIP in its framing; the connection is shut");
	real.shutdown(r->fd, SHUT_RDWR);
	stream_state_drop(r->key);
	r->result = 0;
	return LOOK_DONE;
}

/* A request that came to a listener of no bond, where the operator lets none in. */
static bool is_for_nobody(const struct inlet *r)
{
	const struct addr *local = &fd_records[r->fd].local;

	return shim_config->unknown != UNKNOWN_PASS && stream_is_between(&r->state.stream) &&
		stream_is_at_listener(r->fd) &&
		identity_member_at(local, TRANSPORT_TCP) == SELECT_NONE &&
		scan_is_request(r->scratch->bytes, r->n);
}

/* Answers it in the host's place, if that is wanted, and ends the connection: what follows on it is for
 * nobody either. Read first, or the kernel would reset the connection before the answer is there. */
static enum look refuse(struct inlet *r)
{
	struct scratch *room = shim_config->unknown == UNKNOWN_403 ? scratch_take() : NULL;
	const struct addr *peer = &fd_records[r->fd].peer;
	struct addr to;

	if (room) {
		size_t n = reply_403(r->scratch->bytes, r->n, &identity()->keys[0], peer, room->bytes,
			sizeof(room->bytes), &to);
		struct iovec iov = {room->bytes, n};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		if (n)
			raw_syscall(SYS_sendmsg, r->fd, (long)&msg, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
		scratch_give(room);
	}
	consume(r, r->n);
	stream_count(STREAM_SHUT, 1);
	stream_say(r->fd, "a request came to a listener of no bond; the connection is shut");
	real.shutdown(r->fd, SHUT_RDWR);
	stream_state_drop(r->key);
	r->result = 0;
	return LOOK_DONE;
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
 * written into it hangs on the Route fields behind it. */
static size_t decidable(const struct inlet *r)
{
	const struct stream *s = &r->state.stream;
	const char *p = r->scratch->bytes;
	struct frame f = s->frame;
	bool open = s->at.request && !s->at.via;
	size_t at = s->skip, size, via = SIZE_MAX;
	struct scan_row row;

	while (at < r->n) {
		switch (frame_next(&f, p + at, r->n - at, &size, &row)) {
		case FRAME_MORE:
			return f.in_head && via < r->n ? via : r->n;
		case FRAME_START:
			open = scan_request_line(p + at, size);
			break;
		case FRAME_ROW:
			if (open && row.header == HEADER_VIA) {
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

static bool take_scratch(struct inlet *r)
{
	for (int i = 0; !(r->scratch = scratch_take()) && i < SCRATCH_TRIES; i++)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
	return r->scratch;
}

static int time_left(struct inlet *r)
{
	struct timeval own = {0};
	socklen_t len = sizeof(own);

	if (getsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &own, &len) == 0 &&
		(own.tv_sec || own.tv_usec) && own.tv_sec * 1000 + own.tv_usec / 1000 < WAIT_MS)
		return (int)(own.tv_sec * 1000 + own.tv_usec / 1000);
	return WAIT_MS;
}

static bool is_blocking(struct inlet *r)
{
	return !(r->flags & MSG_DONTWAIT) && !(real.fcntl(r->fd, F_GETFL, NULL) & O_NONBLOCK);
}

/* Nothing of what is there is decided. Makes the socket unreadable until more comes; where that cannot
 * be, what is there passes, field by field or as it is. */
static enum look hold(struct inlet *r)
{
	int lowat = 1;
	socklen_t len = sizeof(lowat);
	bool blocking = is_blocking(r);

	if (blocking) {
		feed(r, r->n);
		if (r->step.bytes)
			return LOOK_STEP;
	}
	if (r->n == sizeof(r->scratch->bytes))
		goto full;
	if (!r->state.raised) {
		getsockopt(r->fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, &len);
		r->state.lowat = lowat;
		r->state.raised = true;
		if (!stream_state_keep(r->key, &r->state)) {
			r->state.raised = false;
			goto full;
		}
	}
	set_lowat(r->fd, (int)r->n + 1);
	size_t before = r->n;
	if (blocking) {
		scratch_give(r->scratch); /* others need it meanwhile */
		r->scratch = NULL;
	}
	short events = ready(r->fd, blocking ? time_left(r) : 0);
	if (!events && !blocking) {
		r->result = -1;
		errno = EAGAIN;
		return LOOK_DONE;
	}
	if (!r->scratch && !take_scratch(r))
		return LOOK_AGAIN;
	ssize_t now = peek(r);
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
	if (!r->step.bytes) {
		if (stream_must_shut())
			return shut(r);
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

/* Of a request for nobody: whether all is there that its answer needs. */
static bool has_head(const struct inlet *r)
{
	return memmem(r->scratch->bytes, r->n, "\r\n\r\n", 4) ||
		memmem(r->scratch->bytes, r->n, "\n\n", 2) || r->n == sizeof(r->scratch->bytes);
}

static enum look wait_for_head(struct inlet *r)
{
	int lowat = 1;
	socklen_t len = sizeof(lowat);

	if (!is_blocking(r))
		return hold(r);
	getsockopt(r->fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, &len);
	set_lowat(r->fd, (int)r->n + 1);
	size_t before = r->n;
	short events = ready(r->fd, WAIT_MS);
	set_lowat(r->fd, lowat);
	ssize_t now = events & POLLIN ? peek(r) : 0;
	return now > (ssize_t)before ? LOOK_AGAIN : refuse(r);
}

/* Looks at what is there, and delivers what is decided of it. */
static enum look look(struct inlet *r)
{
	memset(&r->state, 0, offsetof(struct stream_state, held));
	bool found = stream_state_find(r->key, &r->state);
	if (!found && stream_state_is_broken(r->key)) {
		scratch_give(r->scratch);
		r->scratch = NULL;
		return pass(r);
	}
	if (!r->scratch && !take_scratch(r)) {
		stream_state_drop(r->key);
		stream_state_break(r->key);
		return LOOK_AGAIN;
	}
	ssize_t n = peek(r);
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
	if (is_for_nobody(r) && !r->dry && !(r->flags & MSG_PEEK))
		return has_head(r) ? refuse(r) : wait_for_head(r);
	feed(r, decidable(r));
	if (is_something_else(r)) {
		if (stream_must_shut() && stream_is_at_listener(r->fd))
			return shut(r);
		lower(r);
		stream_state_drop(r->key);
		stream_note_foreign(r->fd);
		scratch_give(r->scratch);
		r->scratch = NULL;
		return pass(r);
	}
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
			return shut(r);
		feed(r, r->n);
	}
	bool was_broken = r->state.stream.frame.broken;
	if (r->step.after.frame.broken && !was_broken && stream_must_shut())
		return shut(r);
	size_t wire = deliver(r);
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
	size_t bytes = stream_take(
		&r->state.stream, &r->side, r->scratch->bytes, r->fed, true, &r->step, wire);
	if (!consume(r, bytes))
		frame_break(&r->state.stream.frame); /* another thread reads it too */
	lower(r);
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

static bool open_room(struct inlet *r)
{
	const struct msghdr *msg = r->msg;

	r->room = 0;
	if (msg->msg_iovlen > IOV_MAX || !readable(msg->msg_iov))
		return false;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *to = &msg->msg_iov[i];
		if (!to->iov_len)
			continue;
		if (to->iov_len > SSIZE_MAX - r->room ||
			(!(r->flags & MSG_TRUNC) && !readable(to->iov_base)))
			return false;
		r->room += to->iov_len;
	}
	return r->room > 0;
}

static void begin(struct inlet *r, int fd, struct msghdr *msg, int flags)
{
	r->fd = fd;
	r->flags = flags;
	r->msg = msg;
	r->got = 0;
	r->result = 0;
	r->key = stream_key(fd_records[fd].cookie, true);
	r->dry = false;
	r->scratch = NULL;
}

ssize_t stream_in(int fd, struct msghdr *msg, int flags)
{
	struct inlet r;
	int saved = errno;

	begin(&r, fd, msg, flags);
	if ((flags & (MSG_OOB | MSG_ERRQUEUE)) || !open_room(&r))
		return real.recvmsg(fd, msg, flags);
	pthread_testcancel();
	arrival_forget();
	for (;;) {
		enum look seen = look(&r);
		scratch_give(r.scratch);
		r.scratch = NULL;
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

	begin(&r, fd, &msg, MSG_TRUNC | MSG_DONTWAIT);
	r.dry = true;
	r.room = SSIZE_MAX;
	look(&r);
	scratch_give(r.scratch);
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
	set_lowat(fd, state.lowat);
	state.raised = false;
	stream_state_keep(key, &state);
}
