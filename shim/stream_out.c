/* SPDX-License-Identifier: MIT */
/* See stream_out.h. The state is found before a call and kept behind it, so that a thread that is
 * cancelled, or a process that is killed, in between leaves what was true before. */
#include "stream_out.h"

#include <errno.h>
#include <limits.h>

#include "readable.h"
#include "real.h"
#include "scratch.h"
#include "shim.h"
#include "stream_side.h"
#include "stream_state.h"

#define PIECES_IN 33   /* what is held, and 32 of the host's */
#define PIECES_OUT 168 /* more than EDIT_SPLICES splices make of them */
#define ONE_MAX (1u << 30)

struct outlet {
	const struct outgoing *o;
	const struct iovec *iov; /* all that the host gives */
	size_t count;
	size_t total;
	size_t done; /* of it */
	uint64_t key;
	struct stream_state state;
	struct edit_side side;
	/* this round's portion */
	struct iovec in[PIECES_IN];
	size_t in_count;
	size_t n;
	struct scratch *scratch; /* it in one piece, where it is in several */
	const char *p;
	struct stream_step step;
};

static bool open_pieces(struct outlet *w, struct iovec *one)
{
	const struct outgoing *o = w->o; /* cppcheck-suppress ctuuninitvar */

	*one = (struct iovec){(void *)(uintptr_t)o->buf, o->n};
	w->iov = one;
	w->count = 1;
	if (o->call == SEND_SENDMSG) {
		w->iov = o->msg->msg_iov;
		w->count = o->msg->msg_iovlen;
	} else if (o->call == SEND_WRITEV) {
		w->iov = o->iov;
		w->count = o->iov_count > 0 ? (size_t)o->iov_count : 0;
	}
	if (w->count > IOV_MAX || !readable(w->iov))
		return false;
	for (size_t i = 0; i < w->count; i++) {
		if (!w->iov[i].iov_len)
			continue;
		if (w->iov[i].iov_len > SSIZE_MAX - w->total || !readable(w->iov[i].iov_base))
			return false;
		w->total += w->iov[i].iov_len;
	}
	return w->total > 0;
}

/* The next bytes: what is held and as much of what the host gives as is looked at in one go. */
static void next_portion(struct outlet *w)
{
	size_t skip = w->done, limit = ONE_MAX;

	w->in_count = w->n = 0;
	if (w->state.held_n) {
		w->in[w->in_count++] = (struct iovec){w->state.held, w->state.held_n};
		w->n = w->state.held_n;
		limit = sizeof(w->scratch->bytes);
	}
	for (size_t i = 0; i < w->count && w->in_count < PIECES_IN && w->n < limit; i++) {
		const struct iovec *piece = &w->iov[i];
		if (skip >= piece->iov_len) {
			skip -= piece->iov_len;
			continue;
		}
		size_t size = piece->iov_len - skip;
		if (w->in_count)
			limit = sizeof(w->scratch->bytes);
		if (w->n >= limit)
			break;
		if (size > limit - w->n)
			size = limit - w->n;
		w->in[w->in_count++] = (struct iovec){(char *)piece->iov_base + skip, size};
		w->n += size;
		skip = 0;
	}
}

static bool open_portion(struct outlet *w)
{
	w->scratch = NULL;
	w->p = w->in[0].iov_base;
	if (w->in_count <= 1)
		return true;
	w->scratch = scratch_wait();
	if (!w->scratch)
		return false;
	scratch_gather(w->scratch, w->in, w->in_count);
	w->p = w->scratch->bytes;
	return true;
}

static void close_portion(struct outlet *w)
{
	scratch_give(w->scratch);
	w->scratch = NULL;
}

/* Cuts the portion to its first n bytes. */
static void trim(struct outlet *w, size_t n)
{
	size_t i;

	for (i = 0; i < w->in_count && n; i++) {
		if (w->in[i].iov_len > n)
			w->in[i].iov_len = n;
		n -= w->in[i].iov_len;
	}
	w->in_count = i;
}

/* n bytes of the portion are dealt with. */
static void advance(struct outlet *w, size_t n)
{
	size_t held = n < w->state.held_n ? n : w->state.held_n;

	w->state.held_n -= (uint16_t)held;
	memmove(w->state.held, w->state.held + held, w->state.held_n);
	w->done += n - held;
}

static void note_break(struct outlet *w)
{
	if (fds_peek(w->o->fd) & FD_SIP) {
		stream_count(STREAM_BROKEN, 1);
		stream_say(w->o->fd,
			"what the program sends breaks the framing of SIP and passes untouched");
		return;
	}
	stream_note_foreign(w->o->fd);
}

/* Keeps the state, and notes what it tells. False: there is no place for it. */
static bool settle(struct outlet *w, bool was_broken)
{
	struct stream *s = &w->state.stream;

	if (s->messages && !(fds_peek(w->o->fd) & FD_SIP))
		fds_mark(w->o->fd, FD_SIP);
	stream_count(STREAM_MESSAGES, s->messages);
	stream_count(STREAM_UNEDITED, s->unedited);
	s->messages = s->unedited = 0;
	if (s->frame.broken && !was_broken)
		note_break(w);
	if (s->frame.broken && !s->rest_n && !s->skip && !w->state.held_n) {
		stream_state_break(w->key);
		stream_state_drop(w->key);
		return true;
	}
	return stream_state_keep(w->key, &w->state);
}

static void give_up(struct outlet *w)
{
	bool was_broken = w->state.stream.frame.broken;

	frame_break(&w->state.stream.frame);
	if (!was_broken)
		note_break(w);
}

/* Nothing of the portion is decided: the field goes on in a later call of the host. */
static void hold(struct outlet *w)
{
	size_t n = w->n - w->state.held_n, held = w->state.held_n;

	if (w->n > STREAM_HELD) {
		give_up(w);
		return;
	}
	for (size_t i = held ? 1 : 0; i < w->in_count; i++) {
		memcpy(w->state.held + w->state.held_n, w->in[i].iov_base, w->in[i].iov_len);
		w->state.held_n += (uint16_t)w->in[i].iov_len;
	}
	if (stream_state_keep(w->key, &w->state)) {
		w->done += n;
	} else {
		w->state.held_n = (uint16_t)held;
		give_up(w);
	}
}

static ssize_t transfer(struct outlet *w, struct verdict *v)
{
	const struct outgoing *o = w->o;
	struct iovec out[PIECES_OUT];
	struct msghdr msg = {.msg_iov = out};

	if (!w->step.edit.count && !w->step.sent && !w->state.held_n && w->done == 0 &&
		w->step.bytes == w->total)
		return act_plain(o);
	trim(w, w->step.bytes);
	if (o->call == SEND_SENDMSG)
		msg = *o->msg;
	msg.msg_iov = out;
	msg.msg_iovlen = stream_iovec(&w->step, w->in, w->in_count, out, PIECES_OUT);
	v->edited |= w->step.edit.fields;
	struct outgoing edited = {
		.call = SEND_SENDMSG, .fd = o->fd, .flags = o->flags, .msg = &msg};
	return act_plain(&edited);
}

/* One call of the kernel. False: the end, with *result if nothing was taken. */
static bool go_on(struct outlet *w, struct verdict *v, ssize_t *result)
{
	bool was_broken = w->state.stream.frame.broken;
	size_t n;

	next_portion(w);
	if (!open_portion(w)) {
		give_up(w); /* nobody can look at it: a pass in pieces */
		w->in_count = 1;
		w->n = w->in[0].iov_len;
		w->p = w->in[0].iov_base;
	}
	stream_feed(&w->state.stream, &w->side, w->p, w->n, true, &w->step);
	close_portion(w);
	if (!w->step.bytes && !w->step.wire) {
		hold(w);
		return w->done < w->total;
	}
	size_t wire = 0;
	if (w->step.wire) {
		if (w->step.edit.count)
			stream_count(STREAM_EDITED, 1);
		*result = transfer(w, v);
		if (*result < 0)
			return false;
		wire = (size_t)*result;
	}
	bool all = wire >= w->step.wire;
	if (all) {
		n = stream_take(&w->state.stream, &w->side, w->p, w->n, true, &w->step, wire);
	} else {
		next_portion(w); /* whole again, if it was cut */
		if (!open_portion(w)) {
			frame_break(&w->state.stream.frame);
			w->p = w->in[0].iov_base;
			w->n = w->in[0].iov_len;
		}
		n = stream_take(&w->state.stream, &w->side, w->p, w->n, true, &w->step, wire);
		close_portion(w);
	}
	advance(w, n);
	if (!settle(w, was_broken))
		give_up(w);
	return w->done < w->total && (all || !w->done);
}

/* Whether the connection turned out to carry something else, before anything of it was looked at. */
static bool is_something_else(struct outlet *w)
{
	size_t i = 0;

	if ((fds_peek(w->o->fd) & FD_SIP) || w->state.held_n ||
		!stream_is_between(&w->state.stream))
		return false;
	while (!w->iov[i].iov_len)
		i++;
	return !stream_may_begin(*(const char *)w->iov[i].iov_base);
}

ssize_t stream_out(const struct outgoing *o, struct verdict *v)
{
	struct outlet w;
	struct iovec one;
	ssize_t result = -1;
	int saved = errno;

	w.o = o;
	w.total = w.done = 0;
	memset(&w.state, 0, offsetof(struct stream_state, held));
	if ((o->flags & (MSG_OOB | MSG_ZEROCOPY)) || !open_pieces(&w, &one))
		return act_plain(o);
	w.key = stream_key(fd_records[o->fd].cookie, false);
	if (!stream_state_find(w.key, &w.state)) {
		if (stream_state_is_broken(w.key))
			return act_plain(o);
		if (is_something_else(&w)) {
			stream_note_foreign(o->fd);
			return act_plain(o);
		}
		if (!stream_state_has_room(w.key)) {
			stream_count(STREAM_UNEDITED, 1);
			return act_plain(o);
		}
	}
	stream_side(o->fd, fds_peek(o->fd), false, &w.side);
	while (go_on(&w, v, &result))
		;
	if (w.done == 0 && result < 0 && errno == ENOTSOCK && fds_was_taken(o->fd)) {
		errno = saved;
		return act_plain(o);
	}
	if (w.done == 0)
		return result;
	errno = saved;
	return (ssize_t)w.done;
}

void stream_out_flush(int fd)
{
	struct stream_state state;
	int saved = errno;
	uint64_t key = stream_key(fd_records[fd].cookie, false);

	if (!(fds_peek(fd) & FD_STREAM) || !stream_state_find(key, &state) || !state.held_n)
		return;
	real.send(fd, state.held, state.held_n, MSG_DONTWAIT | MSG_NOSIGNAL);
	stream_state_drop(key);
	stream_state_break(key);
	errno = saved;
}
