/* SPDX-License-Identifier: MIT */
/* Choices go to the memory that the processes of a host share, ways to that of the thread. */
#include "keep.h"

#include <netinet/in.h>

#include "config/select.h"
#include "fast.h"
#include "preload/tally.h"
#include "preload/turn.h"
#include "segment/choices.h"
#include "segment/counters.h"
#include "send.h"
#include "sources.h"
#include "view.h"

/* What the request says of its transaction, where it was not asked before. */
static bool read_arrival(struct leaving *l, const struct verdict *v)
{
	struct view view;

	if (l->sender.arrival)
		return true;
	if (!view_open(&view, l->o->msg))
		return false;
	arrival_read(v->rules, &l->arrival, names_now(v->rules), view.p, view.n);
	l->sender.arrival = &l->arrival;
	view_close(&view);
	return true;
}

/* By which of the host's own listeners it leaves, -1 = by none that is known. */
static int own_of(const struct leaving *l, const struct verdict *v, bool fell_back)
{
	if (v->how.listener < 0 && v->how.member == SELECT_NONE && fell_back) /* no-member = pass */
		return sockets_listener(l->sender.bits);
	return v->how.listener;
}

static struct choice choice_of(const struct verdict *v, const struct arrival *a, int own)
{
	struct choice choice = {.transport = TRANSPORT_UDP, .bond = UINT32_MAX, .route = UINT32_MAX,
		.key = rules_key_print(&v->rules->keys[v->how.key])};

	if (v->route.number != MODEL_NONE)
		choice.route = v->rules->config.routes[v->route.number].slot;
	if (own >= 0) {
		const struct listener *slot = &this_host.listeners.slots[own];
		choice.at = slot->any && a->dialog ? a->dialog->addr : slot->addr;
		choice.is_listener = true;
	} else if (v->how.member == SELECT_NONE) {
		choice.is_listener = true; /* as the host sent it */
	} else {
		const struct member *m = &v->rules->config.members[v->how.member];
		choice.at = m->addr;
		choice.bond = m->bond == MODEL_NONE ? UINT32_MAX : v->rules->config.bonds[m->bond].slot;
		choice.called = rules_called(m);
	}
	return choice;
}

static void note(const struct leaving *l, const struct verdict *v, const struct arrival *a, int own)
{
	struct choice choice = choice_of(v, a, own);

	choice.rules = v->rules->generation;
	choice.arrived = arrival_print_said(a);
	choices_note(this_host.segment.begun, arrival_began(a), l->sender.dst, &choice);
}

/* Whether more than addresses decided it. */
static bool is_choice(const struct leaving *l, const struct verdict *v, int own, bool fell_back)
{
	const struct addr *dialog = decide_dialog(&l->sender);

	if (own >= 0 || v->how.member == SELECT_NONE)
		return own >= 0;
	return fell_back || v->route.bond != MODEL_NONE || (dialog && dialog != l->sender.source) ||
		(v->route.number != MODEL_NONE && v->rules->config.routes[v->route.number].from_count);
}

void keep_choice(struct leaving *l, const struct verdict *v, bool fell_back)
{
	if (l->response || v->why == WHY_KEPT || !read_arrival(l, v))
		return;
	const struct arrival *a = l->sender.arrival;
	int own = own_of(l, v, fell_back);
	if (!is_choice(l, v, own, fell_back)) {
		if (a->invites)
			note(l, v, a, own);
		return;
	}
	struct choice choice = choice_of(v, a, own);
	choice.arrived = arrival_print(a);
	if (choices_keep(this_host.segment.choices, this_host.segment.generation, a->transaction,
		    l->sender.dst, &choice))
		counters_add_full(this_host.segment.counters, FULL_CHOICES);
}

void keep_begun(struct leaving *l, const struct verdict *v)
{
	struct arrival a;
	struct view view;

	if (l->sender.arrival) {
		keep_choice(l, v, false);
		return;
	}
	if (v->why == WHY_OWN_ADDRESS || !view_open(&view, l->o->msg))
		return;
	arrival_read(v->rules, &a, names_now(v->rules), view.p, view.n);
	note(l, v, &a, v->how.listener);
	if (a.branch.n)
		fast_note(view.p, view.n, (size_t)(a.branch.p + a.branch.n - view.p), a.branch.n);
	view_close(&view);
}

/* Whether no other member could be tried, and none must be passed over. */
static bool is_sole(const struct rules *r, const struct member *m)
{
	const struct bond *b = &r->config.bonds[m->bond];

	return b->fit[TRANSPORT_UDP][family_index(AF_INET)].count == 1 &&
		b->no_member == NO_MEMBER_FAIL;
}

/* Whether a sendto() that was decided so would do the same again, to the letter: which way that is. */
static bool find_way(const struct leaving *l, const struct verdict *v, uint32_t *way)
{
	uint32_t member = v->how.member;
	bool careful = member != SELECT_NONE && !is_sole(v->rules, &v->rules->config.members[member]);
	enum fast_kind on = careful ? FAST_CAREFUL_DESCRIPTOR : FAST_DESCRIPTOR;

	if (v->why == WHY_STEERED && v->action == ACTION_PKTINFO) {
		uint32_t source = sources_number(&v->rules->config.members[member]);
		if (source == SOURCES_NONE)
			return false;
		*way = fast_way(careful ? FAST_CAREFUL_SOURCE : FAST_SOURCE, source);
	}
	else if (v->why == WHY_STEERED && v->action == ACTION_OTHER_FD &&
		send_is_direct(l->o, v, &l->sender))
		*way = fast_way(on, (uint32_t)v->how.fd);
	else if (v->why == WHY_ALREADY && !sockets_is_wide(l->sender.bits))
		*way = fast_way(on, (uint32_t)l->o->fd);
	else
		return false;
	return true;
}

/* Whether such a call comes by a short way: of a listener of opened members sendmsg() does, and IPv6. */
static bool is_repeated(const struct leaving *l, const struct msghdr *msg)
{
	if (sockets_is_opened(l->sender.bits))
		return l->o->call == SEND_SENDTO || (l->o->call == SEND_SENDMSG && !msg->msg_controllen);
	return l->o->call == SEND_SENDTO && msg->msg_namelen == sizeof(struct sockaddr_in) &&
		l->sender.dst->family == AF_INET;
}

/* Whether the next sendto() of that socket to that address would be decided by the same as this one.
 * Where arrivals are marked, that is known only of what passes, and has no mark that decides. */
static bool is_kept(const struct leaving *l, const struct verdict *v)
{
	const struct msghdr *msg = l->o->msg;

	return l->request && !l->sender.arrival && !l->edits && !v->route.by_text && msg->msg_name &&
		is_repeated(l, msg) &&
		turn_use == TURN_ROUTES && !choices_any(this_host.segment.choices) &&
		!(v->rules->marks && names_now(v->rules)->header.n) &&
		!(page.p.mode & HOT_TRACE) && (bits_of(l->o->fd) & FD_SIP) && !record_of(l->o->fd)->segment;
}

/* Whether it is the host's own way: the call as it is, or on a listener of opened members from where it is shown. */
static bool is_own_way(const struct leaving *l, const struct verdict *v)
{
	if (v->why != WHY_NO_ROUTE && v->why != WHY_BOND_NONE)
		return false;
	if (sockets_is_wide(l->sender.bits))
		return v->action == ACTION_PKTINFO && l->sender.reply == &record_of(l->o->fd)->named &&
			sockets_is_opened(l->sender.bits);
	return v->action == ACTION_NONE;
}

static enum fast_kind kind_of_own(const struct leaving *l, const struct verdict *v)
{
	if (sockets_is_wide(l->sender.bits))
		return v->rules->marks ? FAST_SHOWN_UNMARKED : FAST_SHOWN;
	return v->rules->marks ? FAST_UNMARKED : FAST_OWN;
}

void keep_way(struct leaving *l, const struct verdict *v)
{
	bool own = is_own_way(l, v);
	uint32_t way = fast_way(kind_of_own(l, v), 0);

	if (!is_kept(l, v))
		return;
	if (own || (!v->rules->marks && l->sender.dst->family == AF_INET && !(l->sender.bits & FD_V6) &&
			   l->o->call == SEND_SENDTO && find_way(l, v, &way))) {
		const struct fast_kept k = {l->generation, way, own ? NULL : tally_pair_of(v)};
		fast_keep(l->o->fd, l->sender.dst, v->rules, &k);
	}
}
