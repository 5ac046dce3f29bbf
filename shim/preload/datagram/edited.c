/* SPDX-License-Identifier: MIT */
/* An edit is a list of splices, sent as pieces of the host's memory and of libbond's between them. */
#include "edited.h"

#include <errno.h>
#include <pthread.h>

#include "base/likely.h"
#include "config/select.h"
#include "core/kept.h"
#include "preload/process.h"
#include "preload/tally.h"
#include "preload/trace/notices.h"
#include "preload/trace/packet.h"
#include "segment/counters.h"
#include "send.h"
#include "sip/strip.h"
#include "view.h"

#define DATAGRAM_MAX 65507 /* of UDP over IPv4 */
#define UDP_SAFE 1300      /* RFC 3261 18.1.1 */
#define PIECES_MAX 160     /* of an edited message */

/* Of a CANCEL that has no arrival: what its request was called by. A wildcard has many names. */
static const struct name *title_of_kept(const struct leaving *l, const struct verdict *v,
	const struct names *n)
{
	const struct sender *s = &l->sender;
	struct choice kept;

	if (!this_host.listeners.slots[v->how.listener].any)
		return names_first(n, (uint16_t)v->how.listener, NULL);
	if (!kept_find(&this_host, v->rules, s, &kept) || addr_is_any(&kept.at))
		return NULL;
	return names_at(n, &kept.at, TRANSPORT_UDP);
}

uint32_t edited_member(const struct leaving *l, const struct verdict *v)
{
	const struct sender *s = &l->sender;
	bool client = s->bits & FD_FLOATING;

	if (!l->response)
		return v->how.member;
	const struct addr *at = l->home >= 0 ? &l->left
		: addr_is_any(s->source) || (s->reply && sender_is_many(s)) ? s->reply
									      : s->source;
	return !at ? SELECT_NONE
		: client ? rules_member_of_host(v->rules, at, TRANSPORT_UDP)
			 : rules_member_at(v->rules, at, TRANSPORT_UDP);
}

const struct name *edited_title(const struct leaving *l, const struct verdict *v)
{
	const struct names *n = names_now(v->rules);
	const struct sender *s = &l->sender;
	bool client = s->bits & FD_FLOATING;

	if (!v->rules->edits || (client && !record_of(l->o->fd)->named.family))
		return NULL;
	if (v->how.listener >= 0)
		return s->arrival && l->arrival.dialog ? l->arrival.dialog : title_of_kept(l, v, n);
	uint32_t member = edited_member(l, v);
	return member == SELECT_NONE ? NULL : &n->members[member];
}

/* The message as it leaves. */
struct edited {
	struct edit_side side;
	struct edit edit;
	size_t size; /* of what the edit is of */
	struct iovec out[PIECES_MAX];
	size_t pieces;    /* 0 = they would be too many */
	struct view copy; /* what they are of, where that is not the host's own memory */
	int cancel;       /* of a thread that has a copy */
};

static void find_side(const struct leaving *l, const struct verdict *v, struct edit_side *side)
{
	const struct names *n = names_now(v->rules);
	int listener = l->home >= 0 ? l->home : sockets_listener(l->sender.bits);
	const struct fd_record *r = record_of(l->o->fd);

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_UDP,
		.socket = listener < 0 ? NAMES_ANY : (uint16_t)listener,
		.title = edited_title(l, v),
		.key = v->how.key,
		.unmarked = l->unmarked,
		.client_port = (l->sender.bits & FD_FLOATING) && r->named.family ? r->local.port : 0};
	if (side->client_port && side->title && !names_hears(n, TRANSPORT_UDP, &side->title->addr))
		side->flow_port = side->client_port;
}

/* Too many pieces: in one, in room that a thread which is cancelled would not give back. What is only
 * removed (there is no edit, for that error) needs no splices there. */
static void edit_copy(struct edited *d, const struct msghdr *msg, int error)
{
	struct iovec one;

	if (!view_copy(&d->copy, msg))
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &d->cancel);
	one = (struct iovec){d->copy.scratch->bytes, d->copy.n};
	if (error)
		one.iov_len = strip_message(d->side.names, d->copy.scratch->bytes, d->copy.n);
	d->size -= d->copy.n - one.iov_len;
	if (edit_message(&d->side, d->copy.p, one.iov_len, 0, &d->edit) == 0)
		d->pieces = splice_iovec(&d->edit, &one, 1, d->out, PIECES_MAX);
}

/* Gives back the room that was held over a call. */
static void give_copy(struct edited *d)
{
	if (!d->copy.scratch)
		return;
	view_close(&d->copy);
	pthread_setcancelstate(d->cancel, NULL);
}

static void count(const struct leaving *l, const struct verdict *v, enum tally what)
{
	if (l->response)
		tally_member(v->rules, edited_member(l, v), what, 1);
	else
		tally_add(v, what, 1);
}

static bool is_longer_than(const struct edited *d, int64_t most)
{
	return (int64_t)d->size + d->edit.grows > most;
}

static __attribute__((noinline)) ssize_t send_captured(const struct leaving *l, struct verdict *v,
	const struct outgoing *wire, bool *refused)
{
	int64_t at = packet_clock();
	ssize_t result = send_datagram(wire, v, &l->sender, refused);

	if (result <= 0)
		return result;
	struct packet_bytes bytes = {wire->msg->msg_iov, wire->msg->msg_iovlen, (size_t)result};
	packet_left(l->o, v, &l->sender, &bytes, at, false);
	v->how.told = true;
	return result;
}

/* Sends it, and tells those that capture. wire: l->o, or that with other pieces. */
static inline ssize_t send_told(const struct leaving *l, struct verdict *v, const struct outgoing *wire,
	bool *refused)
{
	if (packet_wanted())
		return send_captured(l, v, wire, refused);
	return send_datagram(wire, v, &l->sender, refused);
}

static ssize_t send_pieces(
	const struct leaving *l, struct verdict *v, struct edited *d, bool *refused)
{
	const struct outgoing *o = l->o;
	struct msghdr msg = *o->msg;
	struct outgoing edited = {
		.call = SEND_SENDMSG, .fd = o->fd, .flags = o->flags, .msg = &msg};

	msg.msg_iov = d->out;
	msg.msg_iovlen = d->pieces;
	return send_told(l, v, &edited, refused);
}

ssize_t edited_send(struct leaving *l, struct verdict *v, bool *refused)
{
	const struct outgoing *o = l->o;
	struct edited d;

	*refused = false;
	if (unlikely(l->kept))
		return send_told(l, v, o, refused);
	find_side(l, v, &d.side);
	if (!view_open(&d.copy, o->msg)) {
		count(l, v, TALLY_UNEDITED_MEMORY);
		return send_told(l, v, o, refused);
	}
	size_t whole = d.size = d.copy.n;
	int error = edit_message(&d.side, d.copy.p, d.copy.n, 0, &d.edit);
	view_close(&d.copy);
	d.copy.scratch = NULL;
	v->edited = d.edit.fields;
	if (error == EINVAL || (!error && !d.edit.count))
		return send_told(l, v, o, refused);
	d.pieces = error ? 0
			 : splice_iovec(&d.edit, o->msg->msg_iov, o->msg->msg_iovlen, d.out, PIECES_MAX);
	if (unlikely(!d.pieces)) {
		edit_copy(&d, o->msg, error);
		v->edited |= d.edit.fields;
	}
	if (!d.pieces || is_longer_than(&d, DATAGRAM_MAX)) {
		give_copy(&d);
		count(l, v, TALLY_UNEDITED_LARGE);
		v->why = WHY_TOO_LARGE;
		v->action = ACTION_FAIL;
		errno = ENETUNREACH;
		return -1;
	}
	ssize_t result = send_pieces(l, v, &d, refused);
	give_copy(&d);
	if (result < 0)
		return result;
	l->wire = (size_t)result;
	if (d.side.title) {
		counters_add(this_host.segment.counters, COUNTER_EDITED, 1);
		count(l, v, TALLY_EDITED);
		if (d.size <= UDP_SAFE && is_longer_than(&d, UDP_SAFE) && v->route.number != MODEL_NONE)
			notices_large(v->rules, v->route.number);
	}
	return (ssize_t)whole;
}
