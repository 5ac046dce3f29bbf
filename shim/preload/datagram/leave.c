/* SPDX-License-Identifier: MIT */
/* SIP requests that leave by UDP are decided and edited here, and responses lose what libbond wrote
 * into their requests; connections that MSG_FASTOPEN opens are decided. Everything else passes. */
#include "leave.h"

#include <errno.h>
#include <netinet/in.h>

#include "config/select.h"
#include "came.h"
#include "control.h"
#include "core/flow.h"
#include "edited.h"
#include "fast.h"
#include "keep.h"
#include "preload/connection/open.h"
#include "preload/hot.h"
#include "preload/housekeeping/thread.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/rules_due.h"
#include "preload/sockets/note.h"
#include "preload/stream/follow.h"
#include "preload/stream/out.h"
#include "preload/stream/wants.h"
#include "preload/tally.h"
#include "preload/trace/notices.h"
#include "preload/trace/packet.h"
#include "preload/turn.h"
#include "rebind.h"
#include "preload/refusal.h"
#include "response.h"
#include "segments.h"
#include "segment/choices.h"
#include "segment/counters.h"
#include "segment/dialogs.h"
#include "send.h"
#include "sip/scan.h"
#include "sip/strip.h"
#include "unreadable.h"
#include "view.h"

/* Where the message goes and where it would come from. False: no destination that could be known. */
static inline bool find_sender(struct leaving *l)
{
	const struct fd_record *r = record_of(l->o->fd);
	const void *to = l->o->msg->msg_name;
	socklen_t tolen = l->o->msg->msg_namelen;
	struct sender *s = &l->sender;

	l->index = 0;
	s->use = turn_bond(l->rules);
	s->source = &r->local;
	s->wide = came_wants(l->o->fd, s->bits) && !(s->bits & FD_CONNECTED);
	if (!to) {
		s->dst = &r->peer;
		return s->bits & FD_CONNECTED;
	}
	s->dst = &l->dst;
	if (tolen > sizeof(struct sockaddr_storage) || !readable(to))
		return false;
	if (addr_from_sockaddr(&l->dst, to, tolen) == 0)
		return ((const struct sockaddr *)to)->sa_family ==
			(s->bits & FD_V6 ? AF_INET6 : AF_INET);
	struct sockaddr_in in;
	if (tolen < sizeof(in) || (s->bits & FD_V6))
		return false;
	/* udp_sendmsg() takes AF_UNSPEC for AF_INET */
	memcpy(&in, to, sizeof(in));
	if (in.sin_family != AF_UNSPEC)
		return false;
	in.sin_family = AF_INET;
	return addr_from_sockaddr(&l->dst, &in, sizeof(in)) == 0;
}

/* The source that the host's own control data asks for, if any. */
static inline void find_own_source(struct leaving *l)
{
	struct sender *s = &l->sender;

	if (!readable(l->o->msg->msg_control))
		return;
	l->source = (struct addr){.port = s->source->port, .family = s->dst->family};
	if (!control_find_source(l->o->msg, &l->source, &l->index))
		return;
	/* the host is told of no other address; and to IPv6 no address means that of the socket */
	if (s->wide && (addr_same_host(&l->source, s->source) ||
			       (addr_is_any(&l->source) && l->source.family == AF_INET6)))
		return;
	s->source = &l->source;
	s->wide = false;
}

/* Both: by the kernel's rules, whoever decides. */
static inline bool find_whole_sender(struct leaving *l)
{
	if (!find_sender(l))
		return false;
	find_own_source(l);
	return true;
}

/* Whether reading the arrival could make a difference: there is a mark, a script's header is looked for,
 * a transaction has to keep to its way, or a dialog came in on one of many addresses. */
static bool tells_arrival(const struct rules *r, uint32_t bits, bool marked)
{
	return marked || (r->marks && names_now(r)->header.n) ||
		choices_any(this_host.segment.choices) ||
		((bits & FD_ARRIVALS) && dialogs_any(this_host.segment.dialogs));
}

static void read_arrival(struct leaving *l, const char *p, size_t n)
{
	struct arrival *a = &l->arrival;

	arrival_read(l->rules, a, names_now(l->rules), p, n);
	l->sender.arrival = a;
	if (a->own_dialog && dialogs_find(this_host.segment.dialogs, a->own_dialog, &a->came))
		l->sender.reply = &a->came;
}

/* A request within a dialog that leaves from a socket of no bond. */
static bool is_stray(const struct leaving *l, const char *p, size_t n)
{
	struct arrival a;

	arrival_read(l->rules, &a, names_now(l->rules), p, n);
	return a.in_dialog && rules_member_at(l->rules, l->sender.source, TRANSPORT_UDP) == SELECT_NONE;
}

/* What nothing else was decided of leaves from the address that the host knows the socket by. */
static bool leave_as_shown(struct leaving *l, struct verdict *v)
{
	struct sender *s = &l->sender;
	const struct fd_record *r = record_of(l->o->fd);

	if (v->action != ACTION_NONE || s->source != &r->local || r->named.family != s->dst->family)
		return false;
	s->reply = &r->named;
	if (s->wide && v->why == WHY_NOT_SIP && flow_find(&this_host, v->rules, s, &l->left)) {
		s->reply = &l->left; /* as the answer to a STUN request */
	} else if (unlikely(l->index)) {
		l->left = r->named;
		l->left.scope = l->index;
		s->reply = &l->left;
	}
	v->action = ACTION_PKTINFO;
	return true;
}

/* noted: it is the message that the thread has noted last. */
static void decide_as_request(struct leaving *l, struct verdict *v, const char *p, size_t n, bool noted)
{
	const struct rules *rules = l->rules;
	struct sender *s = &l->sender;
	bool marked = rules->marks && arrival_may_decide(rules, p, n);

	l->request = true;
	l->begins = !noted && fast_notes(p, n);
	l->unmarked = rules->marks && !marked;
	if (unlikely(!(s->bits & FD_SIP)))
		note_sip(l->o->fd);
	if (tells_arrival(rules, s->bits, marked))
		read_arrival(l, p, n);
	decide_request(&this_host, v, s, p, n);
	if (unlikely(v->doubt.elsewhere))
		counters_add(this_host.segment.counters, COUNTER_ELSEWHERE, 1);
	l->edits = marked || (rules->marks && (v->how.member != SELECT_NONE || v->how.listener >= 0 ||
						      names_now(l->rules)->header.n));
}

static bool is_keepalive(uint32_t bits, const char *p, size_t n)
{
	return (bits & (FD_LISTENER | FD_FLOATING)) && scan_is_keepalive(p, n) &&
		((bits & FD_SIP) || sockets_listener(bits) >= 0);
}

/* By what it is. False: nothing is to be done with it. */
static inline bool decide_view(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;
	uint32_t bits = s->bits;
	bool act, noted = fast_notes(p, n) && fast_is_noted(p, n);

	l->edits = l->kept = l->request = l->response = l->unmarked = l->begins = false;
	l->home = -1;
	s->arrival = NULL;
	s->reply = NULL;
	if (noted || likely(scan_is_request(p, n))) {
		if (!find_whole_sender(l))
			return false;
		decide_as_request(l, v, p, n, noted);
		act = true;
	} else if (scan_is_response(p, n)) {
		v->why = WHY_RESPONSE;
		act = l->rules->config.member_count && find_sender(l);
		if (act)
			response_decide(l, v, p, n);
	} else if (is_keepalive(bits, p, n)) {
		if (!find_whole_sender(l))
			return false;
		act = decide_keepalive(&this_host, v, s);
	} else {
		v->why = WHY_NOT_SIP;
		if (!find_sender(l))
			return false;
		act = unreadable_closes(l, v, p, n) || sockets_is_wide(bits);
		if (act)
			find_own_source(l);
	}
	if (unlikely(sockets_is_wide(bits)))
		act |= leave_as_shown(l, v);
	if (unlikely(page.p.mode & HOT_TRACE) && act) {
		v->dst = *s->dst;
		if (v->why == WHY_NO_ROUTE && is_stray(l, p, n))
			notices_stray(s->dst);
		if (packet_wanted() && v->action != ACTION_NONE && !l->edits)
			l->edits = l->kept = true;
	}
	return act;
}

/* By the newest rules that can be had. */
static inline bool decide_now(struct leaving *l, struct verdict *v)
{
	struct view view;

	if (unlikely(renew_is_due()))
		renew();
	l->generation = fast_now(); /* before the rules: what changes them counts it up behind */
	l->rules = v->rules = rules_now();
	if (!(l->sender.bits & FD_UDP) || !view_open(&view, l->o->msg))
		return false;
	bool act = decide_view(l, v, view.p, view.n);
	view_close(&view);
	return act;
}

/* What was looked for in rules that are gone is not decided. In a child of vfork(), which can take no others,
 * that is the end. */
static __attribute__((noinline)) bool decide_again(struct leaving *l, struct verdict *v)
{
	bool act;

	for (int tries = 0; tries < RENEW_TRIES; tries++) {
		*v = (struct verdict)VERDICT_EMPTY;
		act = decide_now(l, v);
		if (renew_held(l->rules))
			return act;
	}
	*v = (struct verdict)VERDICT_EMPTY;
	v->rules = l->rules;
	if (l->request) {
		v->why = WHY_RULES_GONE;
		v->action = ACTION_FAIL;
	}
	return l->request;
}

bool leave_decide(struct leaving *l, const struct outgoing *o, struct verdict *v)
{
	l->o = o;
	l->request = l->begins = false;
	l->sender.bits = rebind_bits(o->fd, classified(o->fd));
	bool act = decide_now(l, v);
	if (unlikely(!renew_held(l->rules)))
		act = decide_again(l, v);
	if (v->why == WHY_NO_ROUTE) /* maybe only because no answer of DNS is there */
		housekeeping_poke();
	/* of a member that the host sends from already, the kernel may refuse the address */
	act = act && (v->action != ACTION_NONE || l->edits || v->why == WHY_ALREADY);
	if (!act && unlikely(l->begins))
		keep_begun(l, v);
	return act;
}

/* The member is refused, by the kernel: what is next. The call may have waited until there were others rules:
 * these say it then, and not again that member. False: none may be tried. */
static bool decide_another(struct leaving *l, struct verdict *v)
{
	if (likely(renew_held(v->rules))) {
		decide_next(&this_host, v, &l->sender);
		return true;
	}
	uint32_t slot = v->rules->config.members[v->how.member].slot;
	*v = (struct verdict)VERDICT_EMPTY;
	if (!leave_decide(l, l->o, v))
		return false;
	if (v->how.member != SELECT_NONE && v->rules->config.members[v->how.member].slot == slot)
		decide_next(&this_host, v, &l->sender);
	return true;
}

/* A client socket that sends by a member for the first time is made to hear it. False: it cannot be. */
static bool prepare_client(struct leaving *l, const struct verdict *v)
{
	int fd = l->o->fd;

	if (v->how.member == SELECT_NONE)
		return true;
	if (v->action == ACTION_REBIND &&
		rebind_move(fd, &v->rules->config.members[v->how.member], &l->sender) != 0)
		return false;
	if (v->action == ACTION_PKTINFO)
		rebind_note(fd);
	l->sender.bits = bits_of(fd);
	return true;
}

/* It left: as what, and by which member after all. */
static void count(const struct leaving *l, const struct verdict *v, size_t bytes, bool fell_back)
{
	if (l->response) {
		uint32_t member = edited_member(l, v);
		tally_member(v->rules, member, TALLY_RESPONSES, 1);
		tally_member(v->rules, member, TALLY_BYTES, bytes);
	} else if (v->how.member != SELECT_NONE || v->how.listener >= 0) {
		tally_left(v, l->request ? TALLY_REQUESTS : TALLY_KEEPALIVES, bytes);
		tally_add(v, TALLY_FAILOVERS, fell_back);
	} else {
		tally_no_member(v);
	}
}

/* Addresses alone decided it. */
static void keep(struct leaving *l, const struct verdict *v)
{
	if (unlikely(l->begins))
		keep_begun(l, v);
	if (!l->edits && !v->route.by_text)
		keep_way(l, v);
}

/* saved: errno as it was before. */
static ssize_t send_until_taken(struct leaving *l, struct verdict *v, int saved)
{
	housekeeping_poke();
	for (bool fell_back = false;; fell_back = true) {
		bool refused = false;
		ssize_t result = -1;
		l->wire = 0;
		if (unlikely(l->sender.bits & FD_FLOATING) && !prepare_client(l, v))
			refused = true;
		else
			result = l->edits ? edited_send(l, v, &refused)
					  : send_datagram(l->o, v, &l->sender, &refused);
		if (likely(result >= 0)) {
			errno = saved; /* of a member that was refused before */
			count(l, v, l->wire ? l->wire : (size_t)result, fell_back);
			if (l->sender.arrival || fell_back || v->route.bond != MODEL_NONE)
				keep_choice(l, v, fell_back);
			else
				keep(l, v);
			return result;
		}
		if (!refused) {
			if (v->action == ACTION_FAIL)
				tally_no_member(v);
			return result;
		}
		tally_add(v, TALLY_REFUSED, 1);
		/* no other member may end what this one began */
		if (v->why == WHY_KEPT || v->why == WHY_FLOW) {
			errno = ENETUNREACH;
			return -1;
		}
		if (!decide_another(l, v))
			return outgoing_plain(l->o);
	}
}

ssize_t leave_send(struct leaving *l, struct verdict *v)
{
	int saved = errno;
	ssize_t result = send_until_taken(l, v, saved);

	if (likely(result >= 0) || !refusal_is_possible(errno) || !note_was_taken(l->o->fd))
		return result;
	errno = saved;
	return outgoing_plain(l->o);
}

/* MSG_FASTOPEN makes a send the connect(). */
static ssize_t leave_opening(struct leaving *l, struct verdict *v)
{
	const struct outgoing *o = l->o;
	struct opening opening = {.fd = o->fd, .first = o};
	struct sender *s = &l->sender;

	if (!o->msg->msg_name || !find_sender(l) || !owner_may_change())
		return outgoing_plain(o);
	s->source = &record_of(o->fd)->host_bound;
	turn_settle();
	s->now = &turn_now;
	decide_connection(&this_host, v, s);
	v->dst = *s->dst;
	return connection_open(&opening, v, s);
}

/* A datagram that could not be looked at leaves a widened socket by the host's address all the same. */
static ssize_t leave_unseen(struct leaving *l, struct verdict *v)
{
	bool refused;

	if (!find_whole_sender(l))
		return outgoing_plain(l->o);
	leave_as_shown(l, v);
	return send_datagram(l->o, v, &l->sender, &refused);
}

ssize_t leave(const struct outgoing *o, struct verdict *v)
{
	size_t segments = segments_size(o);
	struct leaving l;

	if (unlikely(segments))
		return segments_send(o, v, segments, leave);
	if (leave_decide(&l, o, v))
		return leave_send(&l, v);
	if (v->why == WHY_NO_ROUTE || v->why == WHY_BOND_NONE)
		keep_way(&l, v);
	else
		tally_no_member(v);
	if (unlikely(o->flags & MSG_FASTOPEN) && (l.sender.bits & FD_TCP))
		return leave_opening(&l, v);
	if (stream_wants(o->fd, l.sender.bits) || unlikely(follow_is(l.sender.bits)) ||
		unlikely(stream_has_answers(l.sender.bits)))
		return stream_out(o, v);
	if (unlikely(sockets_is_wide(l.sender.bits)))
		return leave_unseen(&l, v);
	ssize_t result = outgoing_plain(o);
	if (v->why == WHY_RESPONSE && l.response && result >= 0)
		count(&l, v, (size_t)result, false);
	return result;
}
