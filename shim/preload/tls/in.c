/* SPDX-License-Identifier: MIT */
/* Reads on until something is decided, so that what the library says last is what the host gets, and holds.
 * The text in the segment is what the library gave and the host has not got; nothing of it is edited. */
#include "in.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "preload/real/real.h"
#include "preload/scratch.h"
#include "preload/sockets/ask.h"
#include "preload/stream/bytes_in.h"
#include "preload/stream/due.h"
#include "preload/stream/peer.h"
#include "preload/turn.h"
#include "room.h"
#include "tell.h"

#define READ_SIZE 16384 /* a record */

/* One read of the host. */
struct tls_reader {
	struct passage p;
	const struct bond_tls_call *call;
	struct bytes_room to;
	struct iovec iov;
	struct kept_text *text;
	struct tls_tell *tell; /* or NULL */
	bool peek;
	bool dry;  /* only count what would be delivered */
	bool over; /* the library has no more */
	bool rest; /* what is there passes without more */
};

enum seen {
	SEEN_ALL,  /* nothing more is decided */
	SEEN_SOME, /* something was delivered: there may be more */
	SEEN_SHUT, /* the connection is ended */
	SEEN_ALONE /* it is not looked at any more */
};

static char *bytes_of(const struct tls_reader *r)
{
	return text_bytes(this_host.segment.texts, r->text) + r->text->from;
}

/* n bytes of the text are dealt with. */
static void consume(struct tls_reader *r, size_t n)
{
	r->text->from += (uint32_t)n;
	r->text->n -= (uint32_t)n;
	if (!r->text->n)
		r->text->from = 0;
}

static enum seen shut(struct tls_reader *r, const char *why)
{
	if (r->dry)
		return SEEN_ALL;
	common_count(COUNTER_SHUT, 1);
	common_say(&r->p, why);
	tls_shut(&r->p, r->call);
	common_drop(&r->p);
	r->text->n = 0;
	return SEEN_SHUT;
}

/* Where the library writes to the host's memory (no descriptor), the host may send nothing more of a connection that
 * has ended: that one ends with what comes next. */
static enum seen shut_later(struct tls_reader *r)
{
	r->text->n = 0;
	common_give_up(&r->p);
	return SEEN_ALL;
}

/* Answers a request that is for nobody, if that is wanted, and ends the connection. */
static enum seen refuse(struct tls_reader *r)
{
	bool answered = false;
	size_t n = 0;

	if (r->dry)
		return SEEN_ALL;
	struct scratch *room = r->p.ends.rules->config.unknown == UNKNOWN_403 ? scratch_take() : NULL;
	if (room) {
		n = bytes_in_answer(&r->p, room->bytes, sizeof(room->bytes));
		answered = n && r->call->real->write(r->call->tls, room->bytes, n) == (long)n;
	}
	if (unlikely(r->tell))
		tls_tell_refused(r->tell, &r->p, WHY_UNKNOWN, room ? room->bytes : NULL, answered ? n : 0);
	scratch_give(room);
	common_tally(&r->p, answered ? TALLY_FORBIDDEN : TALLY_DROPPED, 1);
	if (answered && r->call->real->fd(r->call->tls) < 0)
		return shut_later(r);
	return shut(r, "a request came to a listener of no bond; the connection is shut");
}

static bool is_undecided(const struct tls_reader *r)
{
	return !r->p.step.bytes && !r->p.step.wire;
}

/* The connection turned out to carry no SIP. */
static enum seen leave_alone(struct tls_reader *r)
{
	if (r->dry || r->peek)
		return SEEN_ALONE;
	common_note_break(&r->p);
	common_give_up(&r->p);
	return SEEN_ALONE;
}

/* What is there goes without more of it, where it may. */
static enum seen let_pass(struct tls_reader *r)
{
	struct passage *p = &r->p;

	if (r->over)
		bytes_in_end(p);
	else if (side_must_shut(&p->ends))
		return shut(r, "the rest of a message did not come; the connection is shut");
	else
		bytes_in_give_up(p);
	bytes_in_feed(p, p->n);
	return SEEN_SOME;
}

static enum seen shut_uneditable(struct tls_reader *r)
{
	bool websocket = r->p.ws.unread || r->p.ws.lost;

	if (unlikely(r->tell) && !r->dry)
		tls_tell_refused(r->tell, &r->p, websocket ? WHY_NO_FRAME : WHY_UNEDITABLE, NULL, 0);
	return shut(r, websocket ? websocket_unread
				 : "a message arrives that cannot be edited in full; the connection is shut");
}

/* Finds out what of the first n bytes is to be delivered, and how. */
static enum seen decide(struct tls_reader *r, size_t n)
{
	struct passage *p = &r->p;

	p->last = false;
	bytes_in_decide(p, bytes_of(r), n);
	if (bytes_in_is_something_else(p))
		return bytes_in_must_not(p) ? shut(r, bytes_in_why_other(p)) : leave_alone(r);
	if (p->step.refused)
		return shut_uneditable(r);
	if (is_undecided(r) && !r->to.got) {
		p->last = !bytes_in_start_is_kept(p, n);
		bytes_in_decide(p, bytes_of(r), n);
	}
	if (is_undecided(r) && !r->to.got && r->rest) {
		enum seen seen = let_pass(r);
		if (seen != SEEN_SOME)
			return seen;
	}
	if (p->step.refused)
		return shut_uneditable(r);
	if (p->step.after.breaks && side_must_shut(&p->ends))
		return shut(r, "what arrives is no SIP in its framing; the connection is shut");
	return is_undecided(r) ? SEEN_ALL : SEEN_SOME;
}

/* The host gets what is decided, as far as it has room. */
static enum seen deliver(struct tls_reader *r)
{
	size_t got = r->to.got, wire = bytes_in_deliver(&r->p, &r->to);
	bool frames = websocket_is(&r->p);

	if (r->peek || r->dry)
		return SEEN_ALL;
	if (unlikely(r->tell))
		tls_tell_arrives(r->tell, &r->p, wire);
	bytes_in_count(&r->p, wire);
	peer_asks(&r->p, r->p.bytes, r->p.step.bytes);
	size_t bytes = common_take(&r->p, wire);
	if (unlikely(r->tell) && !frames)
		tls_tell_arrived(r->tell, &r->p, bytes, &r->to, got);
	consume(r, bytes);
	bytes_in_turn(&r->p);
	bytes_in_settle(&r->p);
	if (r->p.ws.other)
		common_give_up(&r->p);
	return SEEN_SOME;
}

/* Bytes as they are. */
static enum seen deliver_bare(struct tls_reader *r)
{
	size_t n = r->to.size - r->to.got < r->text->n ? r->to.size - r->to.got : r->text->n;

	if (!r->dry) {
		turn_end();
		memcpy((char *)r->iov.iov_base + r->to.got, bytes_of(r), n);
	}
	r->to.got += n;
	if (!r->peek && !r->dry)
		consume(r, n);
	return SEEN_ALONE;
}

/* Nothing becomes of what is there, and no more comes. */
static enum seen pass_bare(struct tls_reader *r)
{
	if (!r->text->n)
		return SEEN_ALL;
	if (side_must_shut(&r->p.ends))
		return shut(r, "what arrives is no SIP in its framing; the connection is shut");
	if (!r->peek)
		common_give_up(&r->p);
	return deliver_bare(r);
}

/* Finds where the stream stands, and sees what there is of it. */
static enum seen look(struct tls_reader *r)
{
	struct passage *p = &r->p;
	enum seen seen = SEEN_SOME;

	memset(&p->state, 0, offsetof(struct stream_state, held));
	bool found = common_find(p);
	websocket_find(p);
	p->state.peer = stream_peer(&p->ends.at->peer);
	p->bytes = bytes_of(r);
	p->n = r->text->n;
	if (!found && streams_is_broken(this_host.segment.streams, p->key)) {
		if (side_must_shut(&p->ends))
			return shut(r, "lost its place among the streams in the middle of a message; the "
				       "connection is shut");
		return deliver_bare(r);
	}
	if (!p->n)
		return SEEN_ALL;
	bytes_in_side(p);
	struct span text;
	size_t before = side_is_for_nobody(&p->ends) ? bytes_in_request(p) : SIZE_MAX;
	if (!before)
		return bytes_in_has_head(p, &text) || r->rest || p->n == TEXT_SIZE ? refuse(r) : SEEN_ALL;
	seen = decide(r, before < p->n ? before : p->n);
	if (seen == SEEN_ALONE)
		return deliver_bare(r);
	return seen == SEEN_SOME ? deliver(r) : seen;
}

/* Whether the library's next read may wait for its peer, though what is there waits, too: for how long it
 * does, in milliseconds. */
static bool is_late(struct tls_reader *r)
{
	const struct bond_tls_real *real_one = r->call->real;
	int fd = real_one->fd(r->call->tls);
	struct pollfd one = {.fd = fd, .events = POLLIN};
	int time = side_must_shut(&r->p.ends) ? DUE_SHUT_MS : DUE_PASS_MS;

	/* a library may call that a descriptor which is none of this process, or none at all */
	if (fd < 0 || (real.fcntl(fd, F_GETFL, NULL) & O_NONBLOCK) || real_one->pending(r->call->tls) ||
		stream_cookie_inside(ask_cookie(fd)) != r->p.ends.at->cookie)
		return false;
	return real.poll(&one, 1, time) == 0;
}

/* Reads more into the text. False: there is none, *result is what the host gets. */
static bool read_more(struct tls_reader *r, long *result)
{
	struct kept_text *t = r->text;
	char *bytes = text_bytes(this_host.segment.texts, t);

	if (t->n && (t->n == TEXT_SIZE || is_late(r))) {
		r->rest = true;
		return true;
	}
	if (t->from + t->n > TEXT_SIZE - READ_SIZE) {
		memmove(bytes, bytes + t->from, t->n);
		t->from = 0;
	}
	size_t at = t->from + t->n, room = TEXT_SIZE - at;
	*result = r->call->real->read(r->call->tls, bytes + at, room < READ_SIZE ? room : READ_SIZE);
	if (*result > 0) {
		t->n += (uint32_t)*result;
		return true;
	}
	if (!t->n || r->call->real->goes_on(r->call->tls, *result))
		return false;
	r->over = r->rest = true;
	return true;
}

static void begin(struct tls_reader *r, const struct bond_tls_call *call, const struct side_ends *ends)
{
	r->call = call;
	r->tell = NULL;
	r->peek = r->dry = r->over = r->rest = false;
	common_begin(&r->p, -1, ends, true);
}

/* There is no text to go on with. */
static bool goes_without(struct tls_reader *r, long *result)
{
	if (!tls_room_none(&r->p, r->call))
		return false;
	if (!tls_is_shut(&r->p, r->call, result))
		*result = r->call->real->read(r->call->tls, r->iov.iov_base, r->iov.iov_len);
	return true;
}

/* What the host gets once nothing more is decided. */
static void finish(struct tls_reader *r, enum seen seen, long result, long *to)
{
	bool failed = r->over || seen == SEEN_SHUT;

	*to = r->to.got ? (long)r->to.got : result;
	if (r->to.got && r->over)
		r->call->real->forget(r->call->tls);
	else if (!r->to.got && failed && !tls_is_shut(&r->p, r->call, to)) /* it says so again */
		*to = r->call->real->read(r->call->tls, r->iov.iov_base, r->iov.iov_len);
	text_keep(this_host.segment.texts, r->text);
}

bool tls_in(const struct bond_tls_call *call, const struct side_ends *ends, void *to, size_t n, bool peek,
	long *result)
{
	struct tls_reader r;
	struct trace_in line;
	struct tls_tell tell;
	enum seen seen;
	long last = 0;

	begin(&r, call, ends);
	tell.line = trace_in_begin(&line);
	tell.call = call;
	r.tell = tell.line ? &tell : NULL;
	r.iov = (struct iovec){to, n};
	r.to = (struct bytes_room){.iov = &r.iov, .count = 1, .size = n};
	r.peek = peek;
	if (tls_is_shut(&r.p, call, result))
		return true;
	bool alone = texts_is_left_alone(this_host.segment.texts, r.p.key);
	r.text = alone ? texts_find(this_host.segment.texts, r.p.key) : tls_room(&r.p);
	if (!r.text)
		return !alone && goes_without(&r, result);
	if (alone)
		common_give_up(&r.p); /* what is there is the host's */
	if (turn_now.known)
		turn_inside(alone ? 0 : ends->at->cookie, call->real->fd(call->tls));
	do {
		do
			seen = look(&r);
		while (seen == SEEN_SOME && r.to.got < r.to.size);
		if (r.to.got || seen == SEEN_SHUT)
			break;
		if (seen == SEEN_ALONE && !peek) { /* nothing is there, and nothing is looked at */
			turn_end();
			last = call->real->read(call->tls, to, n);
			break;
		}
		if (r.rest && (seen = pass_bare(&r)) != SEEN_ALL)
			break;
	} while (read_more(&r, &last));
	websocket_end(&r.p);
	finish(&r, seen, last, result);
	if (unlikely(r.tell))
		tls_tell_read(r.tell, &r.p, to, n, *result);
	return true;
}

size_t tls_in_pending(const struct side_ends *ends)
{
	struct tls_reader r;

	begin(&r, NULL, ends);
	r.dry = true;
	r.text = texts_find(this_host.segment.texts, r.p.key);
	if (!r.text)
		return 0;
	r.to = (struct bytes_room){.size = SIZE_MAX, .only_count = true};
	look(&r);
	websocket_end(&r.p);
	text_keep(this_host.segment.texts, r.text);
	return r.to.got;
}
