/* SPDX-License-Identifier: MIT */
/* Edits datagrams that the host has just read, in its own buffers; what must not come in is answered or
 * dropped in its place. */
#include "arrive.h"

#include <errno.h>

#include "base/likely.h"
#include "came.h"
#include "core/arrival.h"
#include "preload/inside.h"
#include "preload/process.h"
#include "preload/rules_due.h"
#include "preload/scratch.h"
#include "preload/stream/peer.h"
#include "preload/tally.h"
#include "preload/trace/packet.h"
#include "preload/turn.h"
#include "segment/counters.h"
#include "send.h"
#include "sip/reply.h"
#include "sip/strip.h"

bool arrive_all;

void arrive_take(const struct rules *r)
{
	arrive_all = r->config.member_count && (r->marks || r->config.unknown != UNKNOWN_PASS);
}

/* Fills in where the message came in: on which listener, under which name. Returns the member to which it
 * came, or SELECT_NONE. */
static uint32_t find_side(
	struct edit_side *side, const struct rules *r, int fd, const struct addr *to)
{
	int listener = sockets_listener(bits_of(fd));
	const struct names *n = names_now(r);
	bool client = bits_of(fd) & FD_FLOATING;
	uint32_t member = client ? rules_member_of_host(r, to, TRANSPORT_UDP)
				 : rules_member_at(r, to, TRANSPORT_UDP);

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_UDP,
		.in = true,
		.socket = listener < 0 ? NAMES_ANY : (uint16_t)listener};
	side->arrived = !client ? names_at(n, to, TRANSPORT_UDP)
		: member != UINT32_MAX ? &n->members[member]
				       : NULL;
	side->as_member = !client && side->arrived &&
		(side->arrived->given.n ||
			(came_wants(fd, bits_of(fd)) && !addr_equal(to, &record_of(fd)->local)));
	side->mark = (r->marks_all || r->names->marks_home[to->family == AF_INET6] ||
			     (bits_of(fd) & FD_ARRIVALS)) && side->arrived && (listener >= 0 || client);
	side->sealed = !r->marks_all;
	if (n->header.n && member != UINT32_MAX)
		side->bond = arrival_told(r, n, &n->members[member]);
	return member;
}

/* Sends an answer of libbond's own; at: from there, where it is known (NULL = the socket's own). */
static void send_answer(
	int fd, const char *p, size_t n, const struct addr *to, const struct addr *at)
{
	uint32_t bits = bits_of(fd);
	struct sockaddr_storage ss;
	struct iovec one = {(void *)(uintptr_t)p, n};
	struct msghdr msg = {.msg_name = &ss,
		.msg_namelen = addr_to_sockaddr(to, bits & FD_V6 ? AF_INET6 : AF_INET, &ss),
		.msg_iov = &one,
		.msg_iovlen = 1};
	struct outgoing o = {SEND_SENDTO, fd, MSG_DONTWAIT | MSG_NOSIGNAL, &msg};
	struct sender s = {
		.bits = bits, .source = &record_of(fd)->local, .dst = to, .reply = at};
	struct verdict v = VERDICT_EMPTY;
	bool refused;

	if (at && at->family == to->family)
		v.action = ACTION_PKTINFO;
	int64_t now = packet_wanted() ? packet_clock() : 0;
	ssize_t result = send_datagram(&o, &v, &s, &refused);
	if (unlikely(now) && result > 0)
		packet_left(&o, &v, &s, &(struct packet_bytes){&one, 1, n}, now, true);
}

/* What has come, whatever it is. */
struct came {
	const struct rules *rules; /* by which it came in */
	int fd;
	const struct addr *from; /* family 0 = not known */
	const struct addr *to;   /* NULL = where fd is bound to */
	struct trace_in *trace;
	uint32_t member; /* to which it came, SELECT_NONE = none, or not looked for */
};

static void count(const struct came *c, enum tally what, uint64_t n)
{
	tally_member(c->rules, c->member, what, n);
}

static const struct addr *end_of(const struct came *c)
{
	return c->to ? c->to : &record_of(c->fd)->local;
}

/* Answers 403, or nothing, in the host's place; from the address that the request came to. Returns whether
 * it answers. */
static bool refuse(const struct came *c, const char *p, size_t n)
{
	const struct addr *from = c->from;
	struct scratch *room;
	struct addr to;
	int saved = errno;

	if (c->rules->config.unknown != UNKNOWN_403 || !from->family || !(room = scratch_take()))
		return false;
	size_t size =
		reply_403(p, n, &c->rules->keys[0], from, room->bytes, sizeof(room->bytes), &to);
	if (size)
		send_answer(c->fd, room->bytes, size, &to, c->to);
	scratch_give(room);
	errno = saved;
	return size;
}

/* Whether requests that arrive there are not for the host ([host] unknown): on whichever port, a
 * listener that no bond has. */
static bool is_for_nobody(const struct came *c)
{
	return c->rules->config.unknown != UNKNOWN_PASS && (bits_of(c->fd) & FD_LISTENER) &&
		rules_member_at(c->rules, end_of(c), TRANSPORT_UDP) == UINT32_MAX;
}

/* Whether a decision hangs on what stands in a request: what cannot be edited does not come in then. */
static bool decides(const struct rules *r)
{
	return r->marks_all || r->config.unknown != UNKNOWN_PASS;
}

/* What is to be edited of a message: 0, or an error of edit_message(). *n is what it is without all that
 * nobody may send, where the edits would be too many otherwise. */
static int find_edits(struct edit_side *side, const struct rules *r, char *p, size_t *n, size_t room,
	struct edit *e)
{
	int error = edit_message(side, p, *n, room, e);

	if (error == E2BIG) {
		*n = strip_message(side->names, p, *n);
		error = edit_message(side, p, *n, room, e);
	}
	if (!error && e->dialog && r->marks && !side->mark && side->arrived) {
		side->mark = true;
		error = edit_message(side, p, *n, room, e);
	}
	return error;
}

/* Edits a message in place; how long it is from now on. ARRIVE_DROPPED: what must be written into it, or
 * restored in it, does not fit. *n is what it is without all that nobody may send. */
static ssize_t edit_in_place(struct edit_side *side, const struct came *c, char *p, size_t *n, size_t room)
{
	struct edit e;
	size_t whole = *n;
	int error = find_edits(side, c->rules, p, n, room, &e);

	counters_add(this_host.segment.counters, COUNTER_FOREIGN, e.foreign);
	count(c, TALLY_FOREIGN, e.foreign);
	if (!error && e.mark && !c->rules->marks_all)
		inside_note(c->rules, &e);
	if (*n < whole)
		e.fields |= EDIT_FORGED;
	counters_add(this_host.segment.counters, COUNTER_FORGED, (e.fields & EDIT_FORGED) != 0);
	count(c, TALLY_FORGED, (e.fields & EDIT_FORGED) != 0);
	if (error == EINVAL || (!error && !e.count)) {
		trace_in_restored(c->trace, e.fields, side, p, *n);
		return (ssize_t)*n;
	}
	size_t changed = error ? 0 : splice_apply(&e, p, *n, room);
	if (!changed) {
		*n = strip_message(side->names, p, *n);
		counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
		count(c, TALLY_UNEDITED_ROOM, 1);
		return ARRIVE_DROPPED;
	}
	counters_add(this_host.segment.counters, COUNTER_RESTORED, (e.fields & EDIT_NAMES) != 0);
	count(c, TALLY_RESTORED, (e.fields & EDIT_NAMES) != 0);
	trace_in_restored(c->trace, e.fields, side, p, (size_t)changed);
	return (ssize_t)changed;
}

/* Whether nothing may pass there that cannot be taken apart: a listener of SIP, where something hangs on
 * it. Not those for media, nor for what else a host hears. */
static bool is_closed(const struct rules *r, uint32_t bits)
{
	return sockets_listener(bits) >= 0 && (bits & FD_UDP) && decides(r);
}

bool arrive_is_closed(uint32_t bits)
{
	return is_closed(rules_now(), bits);
}

/* What is neither request nor response, by what is there of it, and must not reach the host on a closed
 * listener: it may take for a request what nobody else does. */
static bool is_refused(const struct came *c, const char *p, size_t n)
{
	if (!is_closed(c->rules, bits_of(c->fd)) || scan_is_keepalive(p, n) || scan_is_stun(p, n))
		return false;
	bool unknown = is_for_nobody(c);
	if (!unknown && !strip_has_private(names_now(c->rules), c->rules->marks_all, p, n))
		return false;
	counters_add(this_host.segment.counters, COUNTER_CLOSED, 1);
	count(c, TALLY_DROPPED, 1);
	trace_in_refused(c->trace, unknown ? WHY_UNKNOWN : WHY_UNEDITABLE, ACTION_DROP, p, n);
	return true;
}

/* One message, all of it at p: what arrive() makes of it. */
static inline __attribute__((always_inline)) ssize_t arrive_whole(
	struct came *c, char *p, size_t n, size_t room)
{
	bool request = scan_is_request(p, n);
	enum tally came = request ? TALLY_CAME_REQUESTS : TALLY_CAME_RESPONSES;
	struct edit_side side;

	if (!request && !scan_is_response(p, n))
		return is_refused(c, p, n) ? ARRIVE_DROPPED : (ssize_t)n;
	if (came_wants(c->fd, bits_of(c->fd)) && c->from->family)
		peer_named(c->from, end_of(c), &record_of(c->fd)->local, FLOW_CAME, p, n);
	c->member = find_side(&side, c->rules, c->fd, end_of(c));
	if (request)
		turn_set(c->rules, side.arrived);
	bool unknown = request && is_for_nobody(c);
	ssize_t changed = unknown ? ARRIVE_DROPPED : edit_in_place(&side, c, p, &n, room);
	if (changed != ARRIVE_DROPPED || !request || (!unknown && !decides(c->rules))) {
		count(c, came, 1);
		return changed != ARRIVE_DROPPED ? changed : (ssize_t)n;
	}
	bool answered = refuse(c, p, n);
	count(c, answered ? TALLY_FORBIDDEN : TALLY_DROPPED, 1);
	trace_in_refused(c->trace, unknown ? WHY_UNKNOWN : WHY_UNEDITABLE,
		answered ? ACTION_ANSWER : ACTION_DROP, p, n);
	return ARRIVE_DROPPED;
}

/* What the kernel cut is not edited, nor answered. It must not say what nobody may say, either. False: it
 * is not let in. */
static bool arrive_cut(const struct came *c, char *p, size_t n)
{
	bool request = scan_is_request(p, n);

	if (request && is_for_nobody(c)) {
		count(c, TALLY_DROPPED, 1);
		trace_in_refused(c->trace, WHY_UNKNOWN, ACTION_DROP, p, n);
		return false;
	}
	if (!request && !scan_is_response(p, n))
		return !is_refused(c, p, n);
	count(c, request ? TALLY_CAME_REQUESTS : TALLY_CAME_RESPONSES, 1);
	count(c, TALLY_UNEDITED_CUT, 1);
	strip_disguise(names_now(c->rules), p, n);
	return true;
}

/* A message of n bytes of which so many are there, at p. */
static inline __attribute__((always_inline)) ssize_t arrive_there(
	struct came *c, char *p, size_t there, size_t n, size_t room)
{
	const size_t most = sizeof(((struct scratch *)0)->bytes);

	if (there == n)
		return arrive_whole(c, p, n, room < most ? room : most);
	return arrive_cut(c, p, there) ? (ssize_t)n : ARRIVE_DROPPED;
}

static void scatter(const struct iovec *iov, size_t count, const char *p, size_t n)
{
	for (size_t i = 0; i < count && n; i++) {
		size_t piece = iov[i].iov_len < n ? iov[i].iov_len : n;
		memcpy(iov[i].iov_base, p, piece);
		p += piece;
		n -= piece;
	}
}

/* The first n bytes of pieces in one; NULL: there is no room for that. */
static struct scratch *gather(const struct iovec *iov, size_t count, size_t n)
{
	struct scratch *s = scratch_wait();

	if (s && scratch_gather(s, iov, count, n))
		return s;
	scratch_give(s);
	return NULL;
}

/* What nobody can look at. */
static ssize_t arrive_unseen(const struct came *c, const struct iovec *first, size_t n)
{
	counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
	count(c, TALLY_UNEDITED_MEMORY, 1);
	if (!decides(c->rules))
		return (ssize_t)n;
	count(c, TALLY_DROPPED, 1);
	trace_in_refused(c->trace, WHY_UNEDITABLE, ACTION_DROP, first->iov_base, first->iov_len);
	return ARRIVE_DROPPED;
}

ssize_t arrive(int fd, const struct iovec *iov, size_t count, size_t n, const struct addr *from,
	const struct addr *to, struct trace_in *trace)
{
	struct scratch *scratch = NULL;
	size_t room = 0;
	char *p = count ? iov[0].iov_base : NULL;

	for (size_t i = 0; i < count; i++)
		room += iov[i].iov_len;
	size_t there = n < room ? n : room; /* the kernel cuts what has no room */
	if (!there || !p)
		return (ssize_t)n;
	size_t first = there < iov[0].iov_len ? there : iov[0].iov_len;
	struct came c = {renew_rules(), fd, from, to, trace, UINT32_MAX};
	if (trace)
		trace->verdict.rules = c.rules;
	if ((first == there || first >= 16) && scan_is_foreign(p, first) &&
		!is_closed(c.rules, bits_of(fd)))
		return (ssize_t)n;
	if (there > first) {
		scratch = gather(iov, count, there);
		if (!scratch)
			return arrive_unseen(&c, iov, n);
		p = scratch->bytes;
	}
	ssize_t changed = arrive_there(&c, p, there, n, room);
	if (scratch && changed > 0)
		scatter(iov, count, p, there < n ? there : (size_t)changed);
	scratch_give(scratch);
	return changed;
}

size_t arrive_size(int fd, char *p, size_t n, size_t room, const struct addr *to)
{
	struct edit_side side;
	struct edit e;
	size_t left = n;

	if (!scan_is_request(p, n) && !scan_is_response(p, n))
		return n;
	const struct rules *r = renew_rules();
	find_side(&side, r, fd, to ? to : &record_of(fd)->local);
	if (find_edits(&side, r, p, &left, room, &e) || !e.count)
		return left;
	return splice_apply(&e, p, left, room);
}
