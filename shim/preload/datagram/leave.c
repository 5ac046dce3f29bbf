/* SPDX-License-Identifier: MIT */
/* SIP requests that leave by UDP are decided and edited here, and responses lose what libbond wrote
 * into their requests; connections that MSG_FASTOPEN opens are decided. Everything else passes. */
#include "leave.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>

#include "config/select.h"
#include "rebind.h"
#include "preload/process.h"
#include "preload/housekeeping/dns.h"
#include "preload/process.h"
#include "preload/trace/notices.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/scratch.h"
#include "segment/choices.h"
#include "preload/hot.h"
#include "preload/stream/out.h"
#include "preload/stream/side.h"
#include "sip/scan.h"
#include "sip/strip.h"
#include "preload/turn.h"
#include "fast.h"

#define DATAGRAM_MAX 65507 /* of UDP over IPv4 */
#define UDP_SAFE 1300      /* RFC 3261 18.1.1 */
#define CONTROL_SANE 4096
#define PIECES_MAX 160     /* of an edited message */

struct scan_most leave_most = SCAN_MOST;

void leave_init(const struct config *c)
{
	if (c->no_route == NO_ROUTE_FAIL || c->header)
		leave_most.bytes[0] = 0;
}

/* A socket that hears more than the host believes: what it sends always needs a source. */
static inline bool is_wide(uint32_t bits)
{
	return (bits & (FD_UDP | FD_WIDE)) == (FD_UDP | FD_WIDE);
}

/* Where the message goes and where it would come from. False: no destination that could be known. */
static inline bool find_sender(struct sender *s, struct addr *dst, const struct outgoing *o,
	uint32_t bits, const void *to, socklen_t tolen)
{
	const struct fd_record *r = record_of(o->fd);

	s->bits = bits;
	s->use = turn_use;
	s->source = &r->local;
	if (!to) {
		s->dst = &r->peer;
		return bits & FD_CONNECTED;
	}
	s->dst = dst;
	if (tolen > sizeof(struct sockaddr_storage) || !readable(to))
		return false;
	if (addr_from_sockaddr(dst, to, tolen) == 0)
		return ((const struct sockaddr *)to)->sa_family ==
			(bits & FD_V6 ? AF_INET6 : AF_INET);
	struct sockaddr_in in;
	if (tolen < sizeof(in) || (bits & FD_V6))
		return false;
	/* udp_sendmsg() takes AF_UNSPEC for AF_INET */
	memcpy(&in, to, sizeof(in));
	if (in.sin_family != AF_UNSPEC)
		return false;
	in.sin_family = AF_INET;
	return addr_from_sockaddr(dst, &in, sizeof(in)) == 0;
}

/* The source that the host's own control data asks for, if any. */
static void find_own_source(struct sender *s, struct addr *source, const struct msghdr *msg)
{
	const char *control = msg->msg_control;
	size_t total = msg->msg_controllen;
	struct cmsghdr head, *c = &head;

	/* the host's lengths are not believed; what is wrong with them the kernel tells it */
	for (size_t at = 0; total <= CONTROL_SANE && at + sizeof(head) <= total;
		at += CMSG_ALIGN(head.cmsg_len)) {
		memcpy(&head, control + at, sizeof(head));
		if (head.cmsg_len < sizeof(head) || head.cmsg_len > total - at)
			return;
		const char *data = control + at + CMSG_LEN(0);
		struct in6_pktinfo six;
		struct in_pktinfo four;
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(six))) {
			memcpy(&six, data, sizeof(six));
			memcpy(source->ip, &six.ipi6_addr, sizeof(source->ip));
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(four))) {
			static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
			memcpy(&four, data, sizeof(four));
			memcpy(source->ip, mapped, sizeof(mapped));
			memcpy(source->ip + 12, &four.ipi_spec_dst, 4);
		} else {
			continue;
		}
		source->port = s->source->port;
		source->family = s->dst->family;
		s->source = source;
	}
}

/* The message in one piece. Where the host gave it in several it is copied, and the room for that is
 * given back before the call, in which the thread may be cancelled. */
struct view {
	const char *p;
	size_t n;
	struct scratch *scratch;
};

static const struct iovec *pieces_of(const struct outgoing *o, size_t *count, struct iovec *one)
{
	if (o->call == SEND_SENDMSG) {
		*count = o->msg->msg_iovlen;
		return o->msg->msg_iov;
	}
	if (o->call == SEND_WRITEV) {
		*count = o->iov_count > 0 ? (size_t)o->iov_count : 0;
		return o->iov;
	}
	*one = (struct iovec){(void *)(uintptr_t)o->buf, o->n};
	*count = 1;
	return one;
}

static bool view_copy(struct view *view, const struct iovec *iov, size_t count)
{
	view->scratch = scratch_wait();
	view->n = view->scratch ? scratch_gather(view->scratch, iov, count) : 0;
	view->p = view->scratch ? view->scratch->bytes : NULL;
	if (view->n && view->n <= UINT16_MAX)
		return true;
	scratch_give(view->scratch);
	view->scratch = NULL;
	return false;
}

static bool view_open(struct view *view, const struct outgoing *o)
{
	struct iovec one;
	size_t count;
	const struct iovec *iov = pieces_of(o, &count, &one);

	view->scratch = NULL;
	if (!count || count > IOV_MAX || !readable(iov))
		return false;
	if (count == 1) {
		view->p = iov[0].iov_base;
		view->n = iov[0].iov_len;
		return view->n && view->n <= UINT16_MAX && readable(view->p);
	}
	return view_copy(view, iov, count);
}

static void view_close(struct view *view)
{
	scratch_give(view->scratch);
}

/* Of a CANCEL that has no arrival: what its request was called by. A wildcard has many names. */
static const struct name *title_of_kept(const struct leaving *l, const struct verdict *v,
	const struct names *n)
{
	const struct sender *s = &l->sender;
	struct shared_choice kept;

	if (!this_host.listeners.slots[v->how.listener].any)
		return names_first(n, (uint16_t)v->how.listener, NULL);
	if (!s->arrival || !shared_find_choice(s->arrival->transaction, s->dst, &kept) ||
		addr_is_any(&kept.at))
		return NULL;
	return names_at(n, &kept.at, TRANSPORT_UDP);
}

/* The name under which the message leaves, where the host wrote another of its own. */
static const struct name *title_of(const struct leaving *l, const struct verdict *v,
	const struct names *n)
{
	const struct sender *s = &l->sender;
	uint32_t member = v->how.member;

	bool client = s->bits & FD_FLOATING;

	if (!this_host.rules->edits || (client && !record_of(l->o->fd)->named.family))
		return NULL;
	if (v->how.listener >= 0)
		return s->arrival && l->arrival.dialog ? l->arrival.dialog : title_of_kept(l, v, n);
	if (l->response) {
		const struct addr *at = l->home >= 0 ? &l->left
			: addr_is_any(s->source) ? s->reply
						 : s->source;
		member = !at ? SELECT_NONE
			: client ? rules_member_of_host(this_host.rules, at, TRANSPORT_UDP)
				 : rules_member_at(this_host.rules, at, TRANSPORT_UDP);
	}
	return member == SELECT_NONE ? NULL : &n->members[member];
}

/* Whether a field is a Contact, long or compact (RFC 3261 7.3.3). */
static bool has_contact(const char *p, size_t n)
{
	const char *end = p + n;

	while ((p = memchr(p, '\n', (size_t)(end - p))) && ++p < end) {
		if ((end - p > 7 && strncasecmp(p, "contact", 7) == 0) ||
			((*p | 0x20) == 'm' && end - p > 1 && strchr(": \t", p[1])))
			return true;
		if (*p == '\r' || *p == '\n')
			break;
	}
	return false;
}

static bool has_mark(const char *p, size_t n)
{
	static const char text[] = ";bond-in=";

	return scan_contains(p, n, text, sizeof(text) - 1, 5);
}

/* Whether reading the arrival could make a difference: there is a mark, a script's header is looked for,
 * a transaction has to keep to its way, or a dialog came in on one of many addresses. */
static bool tells_arrival(uint32_t bits, bool marked)
{
	return marked || (this_host.rules->marks && names_now(&this_host.names)->header.n) || shared_has_choices() ||
		((bits & FD_ARRIVALS) && shared_has_dialogs());
}

static void read_arrival(struct leaving *l, const char *p, size_t n)
{
	struct arrival *a = &l->arrival;

	arrival_read(this_host.rules, a, names_now(&this_host.names), p, n);
	l->sender.arrival = a;
	if (a->own_dialog && shared_find_dialog(a->own_dialog, &a->came))
		l->sender.reply = &a->came;
}

/* The listener that hears what comes to that address; NULL: none that is open and not connected. */
static const struct listener *hearer_of(const struct addr *at, int *fd)
{
	const struct listener *l = listeners_hearing(&this_host.listeners, TRANSPORT_UDP, at);

	if (!l)
		return NULL;
	*fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	return *fd >= 0 && sockets_listener(bits_of(*fd)) == listeners_number(&this_host.listeners, l) &&
			!(bits_of(*fd) & FD_CONNECTED)
		? l
		: NULL;
}

/* A response leaves from the address that its request came to: with a wildcard listener that is one of
 * many, and a stateless proxy answers from the socket on which the next hop's answer came (RFC 3261
 * 18.2.2 says where to, not where from). So do a wildcard's own requests of that dialog. */
static void find_reply(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;
	bool any = addr_is_any(s->source);
	const struct name *at = arrival_of_response(names_now(&this_host.names), p, n);

	s->reply = any && at ? &at->addr : NULL;
	if (!at || at->addr.family != s->dst->family)
		return;
	if (any) {
		v->action = ACTION_PKTINFO;
		shared_keep_dialog(arrival_dialog_of_response(p, n), &at->addr);
		return;
	}
	if (at->transport != TRANSPORT_UDP || addr_equal(&at->addr, s->source) ||
		!(s->bits & FD_LISTENER) || (s->bits & FD_CONNECTED))
		return;
	const struct listener *home = hearer_of(&at->addr, &v->how.fd);
	if (!home)
		return;
	v->action = ACTION_OTHER_FD;
	l->home = listeners_number(&this_host.listeners, home);
	l->left = at->addr;
	if (home->any)
		s->reply = &l->left;
}

/* A request within a dialog that leaves from a socket of no bond. */
static bool is_stray(const struct sender *s, const char *p, size_t n)
{
	struct arrival a;

	arrival_read(this_host.rules, &a, names_now(&this_host.names), p, n);
	return a.in_dialog && rules_member_at(this_host.rules, s->source, TRANSPORT_UDP) == SELECT_NONE;
}

/* What is no message, on a socket of SIP: peers, and this host itself, may take for a request what nobody
 * else does. So it does not leave with a script's header in it, nor where no route leads if such requests
 * are to fail; else it passes. */
static bool close_unreadable(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;

	if (sockets_listener(s->bits) < 0 || scan_is_stun(p, n))
		return false;
	if (names_now(&this_host.names)->header.n && edit_has_private(names_now(&this_host.names), false, p, n)) {
		v->why = WHY_UNREADABLE;
		v->action = ACTION_FAIL;
	} else if (config_now()->no_route == NO_ROUTE_FAIL) {
		struct verdict routed = VERDICT_EMPTY;
		decide_request(&this_host, &routed, s, p, n);
		if (routed.why == WHY_NO_ROUTE && routed.action == ACTION_FAIL)
			*v = routed;
	}
	if (v->action != ACTION_FAIL)
		return false;
	notices_count(NOTICE_CLOSED, 1);
	return true;
}

/* What nothing else was decided of leaves from the address that the host knows the socket by. */
static bool leave_as_shown(struct leaving *l, struct verdict *v)
{
	struct sender *s = &l->sender;
	const struct fd_record *r = record_of(l->o->fd);

	if (v->action != ACTION_NONE || s->source != &r->local || r->named.family != s->dst->family)
		return false;
	s->reply = &r->named;
	v->action = ACTION_PKTINFO;
	return true;
}

static inline bool decide_view(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	const struct outgoing *o = l->o;
	struct sender *s = &l->sender;
	bool sendmsg = o->call == SEND_SENDMSG;
	const void *to = sendmsg ? o->msg->msg_name : o->to;
	socklen_t tolen = sendmsg ? o->msg->msg_namelen : o->tolen;
	uint32_t bits = s->bits;
	bool act;

	l->edits = l->request = l->response = false;
	l->home = -1;
	l->unmarked = false;
	s->arrival = NULL;
	s->reply = NULL;
	if (likely(scan_is_request(p, n))) {
		if (!find_sender(s, &l->dst, o, bits, to, tolen))
			return false;
		if (unlikely(!(bits & FD_SIP)))
			note_sip(o->fd);
		if (sendmsg && readable(o->msg->msg_control))
			find_own_source(s, &l->source, o->msg);
		bool marked = this_host.rules->marks && arrival_may_decide(this_host.rules, p, n);
		l->unmarked = this_host.rules->marks && !marked;
		if (tells_arrival(bits, marked))
			read_arrival(l, p, n);
		decide_request(&this_host, v, s, p, n);
		if (unlikely(v->doubt.elsewhere))
			housekeeping_count(KEEPER_ELSEWHERE);
		l->request = true;
		l->edits = marked || (this_host.rules->marks && (v->how.member != SELECT_NONE || v->how.listener >= 0 ||
								names_now(&this_host.names)->header.n));
		act = true;
	} else if (scan_is_response(p, n)) {
		v->why = WHY_RESPONSE;
		act = config_now()->member_count && find_sender(s, &l->dst, o, bits, to, tolen);
		l->response = act;
		bool bond = act && scan_contains(p, n, "bond", 4, 0);
		if (bond && has_mark(p, n))
			find_reply(l, v, p, n);
		/* what is to be removed or renamed: libbond's marks, or a Contact of a member's socket */
		l->edits = act && (bond || names_now(&this_host.names)->header.n ||
					  (title_of(l, v, names_now(&this_host.names)) && has_contact(p, n)));
	} else if ((bits & (FD_LISTENER | FD_FLOATING)) && scan_is_keepalive(p, n) &&
		((bits & FD_SIP) || sockets_listener(bits) >= 0)) {
		if (!find_sender(s, &l->dst, o, bits, to, tolen))
			return false;
		act = decide_keepalive(&this_host, v, s);
	} else {
		v->why = WHY_NOT_SIP;
		if (!find_sender(s, &l->dst, o, bits, to, tolen))
			return false;
		act = close_unreadable(l, v, p, n);
		if (!act && !is_wide(bits))
			return false;
		if (sendmsg && readable(o->msg->msg_control))
			find_own_source(s, &l->source, o->msg);
		act = true;
	}
	if (unlikely(is_wide(bits)))
		act |= leave_as_shown(l, v);
	if (unlikely(hot.mode & HOT_TRACE) && act) {
		v->dst = *s->dst;
		if (v->why == WHY_NO_ROUTE && is_stray(s, p, n))
			notices_stray(s->dst);
	}
	return act;
}

bool leave_decide(struct leaving *l, const struct outgoing *o, struct verdict *v)
{
	struct view view;

	l->o = o;
	l->sender.bits = client_word(o->fd, classified(o->fd));
	l->generation = fast_now();
	if (!(l->sender.bits & FD_UDP) || !view_open(&view, o))
		return false;
	bool act = decide_view(l, v, view.p, view.n);
	view_close(&view);
	if (v->why == WHY_NO_ROUTE) /* maybe only because no answer of DNS is there */
		housekeeping_poke();
	/* of a member that the host sends from already, the kernel may refuse the address */
	return act && (v->action != ACTION_NONE || l->edits || v->why == WHY_ALREADY);
}

/* Gives back the room that was held over a call. */
static void unview(struct view *view, int cancel)
{
	if (!view->scratch)
		return;
	view_close(view);
	pthread_setcancelstate(cancel, NULL);
}

/* Sends the message with its own fields renamed and libbond's marks removed. */
static ssize_t send_edited(struct leaving *l, struct verdict *v, bool *refused)
{
	const struct outgoing *o = l->o;
	const struct names *n = names_now(&this_host.names);
	int listener = l->home >= 0 ? l->home : sockets_listener(l->sender.bits);
	struct edit_side side = {.names = n,
		.transport = TRANSPORT_UDP,
		.socket = listener < 0 ? NAMES_ANY : (uint16_t)listener,
		.title = title_of(l, v, n),
		.unmarked = l->unmarked,
		.client_port = (l->sender.bits & FD_FLOATING) && record_of(o->fd)->named.family
			? record_of(o->fd)->local.port
			: 0};
	if (side.client_port && side.title && !names_hears(n, TRANSPORT_UDP, &side.title->addr))
		side.flow_port = side.client_port;
	struct iovec one, out[PIECES_MAX];
	struct view view;
	struct edit e;
	size_t count;
	int cancel = PTHREAD_CANCEL_ENABLE;

	*refused = false;
	if (!view_open(&view, o))
		return act_datagram(o, v, &l->sender, refused);
	size_t whole = view.n, size = whole;
	int error = edit_message(&side, view.p, view.n, 0, &e);
	view_close(&view);
	v->edited = e.fields;
	if (error == EINVAL || (!error && !e.count))
		return act_datagram(o, v, &l->sender, refused);
	const struct iovec *in = pieces_of(o, &count, &one);
	size_t pieces = error ? 0 : edit_iovec(&e, in, count, out, PIECES_MAX);
	view.scratch = NULL;
	/* Too many pieces: in one, in room that a thread which is cancelled would not give back. What is
	 * only removed needs no splices there. */
	if (unlikely(!pieces) && view_copy(&view, in, count)) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
		one = (struct iovec){view.scratch->bytes, view.n};
		if (error)
			one.iov_len = strip_message(n, view.scratch->bytes, view.n);
		size -= view.n - one.iov_len;
		if (edit_message(&side, view.p, one.iov_len, 0, &e) == 0)
			pieces = edit_iovec(&e, &one, 1, out, PIECES_MAX);
		v->edited |= e.fields;
	}
	if (!pieces || (int64_t)size + e.grows > DATAGRAM_MAX) {
		unview(&view, cancel);
		v->why = WHY_TOO_LARGE;
		v->action = ACTION_FAIL;
		errno = ENETUNREACH;
		return -1;
	}
	struct msghdr msg = {.msg_name = (void *)(uintptr_t)o->to, .msg_namelen = o->tolen};
	if (o->call == SEND_SENDMSG)
		msg = *o->msg;
	msg.msg_iov = out;
	msg.msg_iovlen = pieces;
	struct outgoing edited = {
		.call = SEND_SENDMSG, .fd = o->fd, .flags = o->flags, .msg = &msg};
	ssize_t result = act_datagram(&edited, v, &l->sender, refused);
	unview(&view, cancel);
	if (result >= 0 && side.title) {
		notices_count(NOTICE_EDITED, 1);
		if (size <= UDP_SAFE && (int64_t)size + e.grows > UDP_SAFE && v->route.number != MODEL_NONE)
			notices_large(v->route.number);
	}
	return result < 0 ? result : (ssize_t)whole;
}

/* What other than addresses decided is kept for the rest of the transaction. */
static void keep_choice(struct leaving *l, const struct verdict *v, bool fell_back)
{
	struct view view;

	if (!l->sender.arrival && !l->response && view_open(&view, l->o)) {
		arrival_read(this_host.rules, &l->arrival, names_now(&this_host.names), view.p, view.n);
		l->sender.arrival = &l->arrival;
		view_close(&view);
	}

	const struct arrival *a = l->sender.arrival;
	const struct addr *dialog = decide_dialog(&l->sender);

	if (!a || l->response || v->why == WHY_KEPT)
		return;
	int own = v->how.listener;
	if (own < 0 && v->how.member == SELECT_NONE && fell_back) /* no-member = pass */
		own = sockets_listener(l->sender.bits);
	struct shared_choice choice = {
		.transport = TRANSPORT_UDP, .bond = MODEL_NONE, .arrived = arrival_print(a)};
	if (own >= 0) {
		choice.at = this_host.listeners.slots[own].any && a->dialog ? a->dialog->addr : this_host.listeners.slots[own].addr;
		choice.is_listener = true;
	} else if (v->how.member != SELECT_NONE &&
		(fell_back || v->route.bond != MODEL_NONE || (dialog && dialog != l->sender.source) ||
			(v->route.number != MODEL_NONE &&
				config_now()->routes[v->route.number].from_count))) {
		choice.at = config_now()->members[v->how.member].addr;
		choice.bond = config_now()->members[v->how.member].bond;
	} else {
		return;
	}
	shared_keep_choice(a->transaction, l->sender.dst, choice);
}

/* What addresses alone decided is decided for every message to them, until the socket changes: see
 * matters() in fds.c. Where arrivals are marked, that is known only of what passes, and has no mark that
 * decides. */
static void keep_way(const struct leaving *l, const struct verdict *v)
{
	const struct outgoing *o = l->o;
	bool own = v->action == ACTION_NONE && !is_wide(l->sender.bits) &&
		(v->why == WHY_NO_ROUTE || v->why == WHY_BOND_NONE);
	int out = this_host.rules->marks ? FAST_UNMARKED : FAST_OWN;

	if (!l->request || l->sender.arrival || l->edits || v->route.by_text ||
		o->call != SEND_SENDTO || !o->to || o->tolen != sizeof(struct sockaddr_in) || l->sender.dst->family != AF_INET ||
		turn_use != DECIDE_USE_ROUTES || shared_has_choices() ||
		(this_host.rules->marks && names_now(&this_host.names)->header.n) || (hot.mode & HOT_TRACE) ||
		!(bits_of(o->fd) & FD_SIP))
		return;
	if (own || (!this_host.rules->marks && act_way(o, v, &l->sender, &out)))
		fast_keep(o->fd, o->to, l->generation, out);
}

/* A client socket that sends by a member for the first time is made to hear it. False: it cannot be. */
static bool prepare_client(struct leaving *l, const struct verdict *v)
{
	int fd = l->o->fd;

	if (v->how.member == SELECT_NONE)
		return true;
	if (v->action == ACTION_REBIND &&
		client_move(fd, &config_now()->members[v->how.member], &l->sender) != 0)
		return false;
	if (v->action == ACTION_PKTINFO)
		client_note(fd);
	l->sender.bits = bits_of(fd);
	return true;
}

/* saved: errno as it was before. */
static ssize_t send_until_taken(struct leaving *l, struct verdict *v, int saved)
{
	housekeeping_poke();
	for (bool fell_back = false;; fell_back = true) {
		bool refused = false;
		ssize_t result = -1;
		if (unlikely(l->sender.bits & FD_FLOATING) && !prepare_client(l, v))
			refused = true;
		else
			result = l->edits ? send_edited(l, v, &refused)
					  : act_datagram(l->o, v, &l->sender, &refused);
		if (likely(result >= 0)) {
			errno = saved; /* of a member that was refused before */
			if (l->sender.arrival || fell_back || v->route.bond != MODEL_NONE)
				keep_choice(l, v, fell_back);
			else
				keep_way(l, v);
			return result;
		}
		if (!refused)
			return result;
		if (v->why == WHY_KEPT) { /* no other member may end what this one began */
			errno = ENETUNREACH;
			return -1;
		}
		decide_next(&this_host, v, &l->sender);
	}
}

ssize_t leave_send(struct leaving *l, struct verdict *v)
{
	int saved = errno;
	ssize_t result = send_until_taken(l, v, saved);

	if (likely(result >= 0) || !act_may_be_refused(errno) || !note_was_taken(l->o->fd))
		return result;
	errno = saved;
	return act_plain(l->o);
}

/* MSG_FASTOPEN makes a send the connect(). */
static ssize_t leave_opening(const struct outgoing *o, struct verdict *v, uint32_t bits,
	const void *to, socklen_t tolen)
{
	struct opening opening = {.fd = o->fd, .first = o};
	struct sender s;
	struct addr dst;

	if (!to || !find_sender(&s, &dst, o, bits, to, tolen))
		return act_plain(o);
	if (!owner_may_change())
		return act_plain(o);
	s.source = &record_of(o->fd)->host_bound;
	turn_settle();
	s.now = &turn_now;
	decide_connection(&this_host, v, &s);
	v->dst = dst;
	return act_open(&opening, v, &s);
}

/* A datagram that could not be looked at leaves a widened socket by the host's address all the same. */
static ssize_t leave_unseen(struct leaving *l, struct verdict *v)
{
	const struct outgoing *o = l->o;
	bool sendmsg = o->call == SEND_SENDMSG, refused;

	if (!find_sender(&l->sender, &l->dst, o, l->sender.bits, sendmsg ? o->msg->msg_name : o->to,
		    sendmsg ? o->msg->msg_namelen : o->tolen))
		return act_plain(o);
	if (sendmsg && readable(o->msg->msg_control))
		find_own_source(&l->sender, &l->source, o->msg);
	leave_as_shown(l, v);
	return act_datagram(o, v, &l->sender, &refused);
}

ssize_t leave(const struct outgoing *o, struct verdict *v)
{
	struct leaving l;

	if (leave_decide(&l, o, v))
		return leave_send(&l, v);
	if (v->why == WHY_NO_ROUTE || v->why == WHY_BOND_NONE)
		keep_way(&l, v);
	if (unlikely(o->flags & MSG_FASTOPEN) && (l.sender.bits & FD_TCP)) {
		bool sendmsg = o->call == SEND_SENDMSG;
		return leave_opening(o, v, l.sender.bits, sendmsg ? o->msg->msg_name : o->to,
			sendmsg ? o->msg->msg_namelen : o->tolen);
	}
	if (stream_wants(o->fd, l.sender.bits))
		return stream_out(o, v);
	return unlikely(is_wide(l.sender.bits)) ? leave_unseen(&l, v) : act_plain(o);
}
