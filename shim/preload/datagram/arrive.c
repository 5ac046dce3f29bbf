/* SPDX-License-Identifier: MIT */
/* Edits datagrams that the host has just read; see arrive.h. */
#include "arrive.h"

#include <errno.h>
#include <netinet/in.h>

#include "send.h"
#include "preload/process.h"
#include "preload/process.h"
#include "preload/process.h"
#include "preload/trace/notices.h"
#include "base/raw.h"
#include "preload/real/real.h"
#include "preload/scratch.h"
#include "preload/hot.h"
#include "sip/reply.h"
#include "sip/strip.h"
#include "preload/turn.h"


bool arrive_all;

void arrive_init(const struct config *c)
{
	arrive_all = c->member_count && (this_host.rules->marks || c->unknown != UNKNOWN_PASS);
}

/* Fills in where the message came in: on which listener, under which name. */
static void find_side(struct edit_side *side, int fd, const struct addr *to)
{
	int listener = sockets_listener(bits_of(fd));
	const struct names *n = names_now(&this_host.names);
	bool client = bits_of(fd) & FD_FLOATING;
	uint32_t member = client ? rules_member_of_host(this_host.rules, to, TRANSPORT_UDP)
				 : rules_member_at(this_host.rules, to, TRANSPORT_UDP);

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_UDP,
		.in = true,
		.socket = listener < 0 ? NAMES_ANY : (uint16_t)listener};
	side->arrived = !client ? names_at(n, to, TRANSPORT_UDP)
		: member != UINT32_MAX ? &n->members[member]
				       : NULL;
	side->as_member = !client && side->arrived && side->arrived->given.n;
	side->mark = (this_host.rules->marks_all || this_host.names.marks_home[to->family == AF_INET6] ||
			     (bits_of(fd) & FD_ARRIVALS)) && side->arrived && (listener >= 0 || client);
	side->sealed = !this_host.rules->marks_all;
	side->bond = arrival_told(
		this_host.rules, n, member != UINT32_MAX ? &n->members[member] : NULL);
}

/* Answers 403, or nothing, in the host's place; from the address that the request came to, where it is
 * known (NULL = the socket's own). Returns whether it answers. */
static bool refuse(int fd, const char *p, size_t n, const struct addr *from, const struct addr *at)
{
	struct sockaddr_storage ss;
	struct scratch *room;
	struct addr to;
	int saved = errno;

	if (config_now()->unknown != UNKNOWN_403 || !from->family || !(room = scratch_take()))
		return false;
	size_t size = reply_403(
		p, n, &names_now(&this_host.names)->keys[0], from, room->bytes, sizeof(room->bytes), &to);
	if (size) {
		uint32_t bits = bits_of(fd);
		struct iovec one = {room->bytes, size};
		struct msghdr msg = {.msg_name = &ss,
			.msg_namelen = addr_to_sockaddr(&to, bits & FD_V6 ? AF_INET6 : AF_INET, &ss),
			.msg_iov = &one,
			.msg_iovlen = 1};
		struct outgoing o = {SEND_SENDTO, fd, MSG_DONTWAIT | MSG_NOSIGNAL, &msg};
		struct sender s = {.bits = bits, .source = &record_of(fd)->local, .dst = &to,
			.reply = at};
		struct verdict v = VERDICT_EMPTY;
		bool refused;
		if (at && at->family == to.family)
			v.action = ACTION_PKTINFO;
		send_datagram(&o, &v, &s, &refused);
	}
	scratch_give(room);
	errno = saved;
	return size;
}

/* Whether requests that arrive there are not for the host ([host] unknown): on whichever port, a
 * listener that no bond has. */
static bool is_for_nobody(int fd, const struct addr *to)
{
	return config_now()->unknown != UNKNOWN_PASS && (bits_of(fd) & FD_LISTENER) &&
		rules_member_at(this_host.rules, to ? to : &record_of(fd)->local, TRANSPORT_UDP) == UINT32_MAX;
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
	struct scratch *s = n <= sizeof(s->bytes) ? scratch_wait() : NULL;
	size_t got = 0;

	for (size_t i = 0; s && i < count && got < n; i++) {
		size_t piece = iov[i].iov_len < n - got ? iov[i].iov_len : n - got;
		memcpy(s->bytes + got, iov[i].iov_base, piece);
		got += piece;
	}
	return s;
}

/* Whether a decision hangs on what stands in a request: what cannot be edited does not come in then. */
static bool decides(void)
{
	return this_host.rules->marks_all || config_now()->unknown != UNKNOWN_PASS;
}

/* What is to be edited of a message: 0, or an error of edit_message(). *n is what it is without all that
 * nobody may send, where the edits would be too many otherwise. */
static int find_edits(struct edit_side *side, char *p, size_t *n, size_t room, struct edit *e)
{
	int error = edit_message(side, p, *n, room, e);

	if (error == E2BIG) {
		*n = strip_message(side->names, p, *n);
		error = edit_message(side, p, *n, room, e);
	}
	if (!error && e->dialog && this_host.rules->marks && !side->mark && side->arrived) {
		side->mark = true;
		error = edit_message(side, p, *n, room, e);
	}
	return error;
}

/* Edits a message in place; how long it is from now on. ARRIVE_DROPPED: what must be written into it, or
 * restored in it, does not fit. *n is what it is without all that nobody may send. */
static ssize_t edit_in_place(struct edit_side *side, char *p, size_t *n, size_t room,
	struct trace_in *trace)
{
	struct edit e;
	size_t whole = *n;
	int error = find_edits(side, p, n, room, &e);

	counters_add(this_host.segment.counters, COUNTER_FOREIGN, e.foreign);
	if (*n < whole)
		e.fields |= EDIT_FORGED;
	counters_add(this_host.segment.counters, COUNTER_FORGED, (e.fields & EDIT_FORGED) != 0);
	if (error == EINVAL || (!error && !e.count)) {
		trace_in_restored(trace, e.fields, side, p, *n);
		return (ssize_t)*n;
	}
	size_t changed = error ? 0 : splice_apply(&e, p, *n, room);
	if (!changed) {
		*n = strip_message(side->names, p, *n);
		counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
		return ARRIVE_DROPPED;
	}
	counters_add(this_host.segment.counters, COUNTER_RESTORED, (e.fields & EDIT_NAMES) != 0);
	trace_in_restored(trace, e.fields, side, p, (size_t)changed);
	return (ssize_t)changed;
}

/* Whether nothing may pass there that cannot be taken apart: a listener of SIP, where something hangs on
 * it. Not those for media, nor for what else a host hears. */
bool arrive_is_closed(uint32_t bits)
{
	return sockets_listener(bits) >= 0 && (bits & FD_UDP) && decides();
}

/* What is neither request nor response, by what is there of it, and must not reach the host on a closed
 * listener: it may take for a request what nobody else does. */
static bool is_refused(
	int fd, const struct addr *to, const char *p, size_t n, struct trace_in *trace)
{
	if (!arrive_is_closed(bits_of(fd)) || scan_is_keepalive(p, n) || scan_is_stun(p, n))
		return false;
	bool unknown = is_for_nobody(fd, to);
	if (!unknown && !strip_has_private(names_now(&this_host.names), this_host.rules->marks_all, p, n))
		return false;
	counters_add(this_host.segment.counters, COUNTER_CLOSED, 1);
	trace_in_refused(trace, unknown ? WHY_UNKNOWN : WHY_UNEDITABLE, ACTION_DROP, p, n);
	return true;
}

/* The same for one message, all of it at p. */
static ssize_t arrive_whole(int fd, char *p, size_t n, size_t room, const struct addr *from,
	const struct addr *to, struct trace_in *trace)
{
	bool request = scan_is_request(p, n);
	struct edit_side side;

	if (!request && !scan_is_response(p, n))
		return is_refused(fd, to, p, n, trace) ? ARRIVE_DROPPED : (ssize_t)n;
	find_side(&side, fd, to ? to : &record_of(fd)->local);
	if (request)
		turn_set(side.arrived);
	bool unknown = request && is_for_nobody(fd, to);
	ssize_t changed = unknown ? ARRIVE_DROPPED : edit_in_place(&side, p, &n, room, trace);
	if (changed != ARRIVE_DROPPED)
		return changed;
	if (!request || (!unknown && !decides()))
		return (ssize_t)n;
	bool answered = refuse(fd, p, n, from, to);
	trace_in_refused(trace, unknown ? WHY_UNKNOWN : WHY_UNEDITABLE,
		answered ? ACTION_ANSWER : ACTION_DROP, p, n);
	return ARRIVE_DROPPED;
}

size_t arrive_size(int fd, char *p, size_t n, size_t room, const struct addr *to)
{
	struct edit_side side;
	struct edit e;
	size_t left = n;

	if (!scan_is_request(p, n) && !scan_is_response(p, n))
		return n;
	find_side(&side, fd, to ? to : &record_of(fd)->local);
	if (find_edits(&side, p, &left, room, &e) || !e.count)
		return left;
	return splice_apply(&e, p, left, room);
}

/* What the kernel cut is not edited, nor answered. It must not say what nobody may say, either. */
static bool arrive_cut(int fd, char *p, size_t n, const struct addr *to, struct trace_in *trace)
{
	bool request = scan_is_request(p, n);

	if (request && is_for_nobody(fd, to)) {
		trace_in_refused(trace, WHY_UNKNOWN, ACTION_DROP, p, n);
		return false;
	}
	if (!request && !scan_is_response(p, n))
		return !is_refused(fd, to, p, n, trace);
	strip_disguise(names_now(&this_host.names), p, n);
	return true;
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
	if ((first == there || first >= 16) && scan_is_foreign(p, first) &&
		!arrive_is_closed(bits_of(fd)))
		return (ssize_t)n;
	if (there > first) {
		scratch = gather(iov, count, there);
		if (!scratch) {
			counters_add(this_host.segment.counters, COUNTER_UNEDITED, 1);
			if (decides())
				trace_in_refused(trace, WHY_UNEDITABLE, ACTION_DROP, p, iov[0].iov_len);
			return decides() ? ARRIVE_DROPPED : (ssize_t)n;
		}
		p = scratch->bytes;
	}
	if (room > sizeof(scratch->bytes))
		room = sizeof(scratch->bytes);
	ssize_t changed = (ssize_t)n;
	if (there == n)
		changed = arrive_whole(fd, p, n, room, from, to, trace);
	else if (!arrive_cut(fd, p, there, to, trace))
		changed = ARRIVE_DROPPED;
	if (scratch && changed > 0)
		scatter(iov, count, p, there < n ? there : (size_t)changed);
	scratch_give(scratch);
	return changed;
}
