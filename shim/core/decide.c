/* SPDX-License-Identifier: MIT */
/* The decision. Read from the bottom: each public function is the list of its steps. Runs on the
 * send path: no system call, no allocation, no lock. */
#include "decide.h"

#include "base/likely.h"
#include "choose.h"
#include "flow.h"
#include "config/select.h"
#include "kept.h"
#include "segment/page.h"
#include "sip/scan.h"

struct text {
	const char *p;
	size_t n;
	struct verdict *v;
};

static bool next_hop_of(void *ctx, struct next_hop *nh)
{
	const struct text *m = ctx;

	m->v->route.by_text = true;
	return scan_next_hop(m->p, m->n, nh, NULL);
}

const struct addr *decide_dialog(const struct sender *s)
{
	const struct arrival *a = s->arrival;

	if (!a || !a->dialog || a->dialog->addr.family != s->dst->family)
		return NULL;
	/* A host that sends from another socket than the one it read on has chosen that itself, as by
	 * the second of two Record-Routes (RFC 5658 4). */
	if (a->arrived && !sender_is_many(s) && !addr_equal(&a->arrived->addr, s->source))
		return NULL;
	return &a->dialog->addr;
}

/* Where the request counts as sent from. */
static inline const struct addr *source_of(const struct sender *s)
{
	const struct addr *dialog = decide_dialog(s);

	return unlikely(dialog) ? dialog : s->source;
}

/* The address of a socket of many that the request's dialog came in on; NULL: of none such. */
static inline const struct addr *came_in_on(const struct sender *s)
{
	const struct arrival *a = s->arrival;

	return a && a->came.family == s->dst->family && sender_is_many(s) ? &a->came : NULL;
}

/* A datagram socket sends from the member already; one that must name the device anew does not. */
static inline bool already(const struct member *m, const struct addr *source, uint32_t bits)
{
	return addr_same_host(source, &m->addr) &&
		(source->port == m->addr.port || (bits & FD_FLOATING)) && !m->device_index;
}

/* How a datagram of this sender could leave by member number i; false: it cannot. */
static inline bool usable(const struct host *h, struct verdict *v, const struct sender *s, uint32_t i)
{
	const struct member *m = &v->rules->config.members[i];

	if (unlikely(s->bits & FD_FLOATING)) {
		/* One that hears every address of its port, and is not connected, hears the answer
		 * wherever it goes; the others are moved. */
		if (!(s->bits & FD_CONNECTED) && (!s->source->family || addr_is_any(s->source)))
			v->action = ACTION_PKTINFO;
		else if (!(s->bits & FD_STEERED))
			v->action = ACTION_REBIND;
		else if (addr_same_host(s->source, &m->addr))
			v->action = ACTION_PKTINFO;
		else
			return false; /* bound to another member for good */
		return true;
	}
	/* A wildcard listener hears the answer wherever its port is. */
	if (s->source->port == m->addr.port && addr_is_any(s->source)) {
		v->action = ACTION_PKTINFO;
		return true;
	}
	const struct listener *l = listeners_of_member(&h->listeners, v->rules, i);
	if (unlikely(!l))
		return false;
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	uint32_t bits = sockets_bits(&h->sockets, fd);
	/* one that the host has connected hears its peer alone */
	if (unlikely(sockets_listener(bits) != listeners_number(&h->listeners, l) || (bits & FD_CONNECTED)))
		return false;
	/* Where ports agree the source is set on the descriptor that the host named: the answer is
	 * heard, because a listener holds the member's port, and the descriptor is surely the host's. */
	if (s->source->port == m->addr.port) {
		v->action = ACTION_PKTINFO;
		return true;
	}
	if (unlikely(s->bits & FD_CONNECTED))
		return false;
	v->action = ACTION_OTHER_FD;
	v->how.fd = fd;
	return true;
}

/* Sends from one of the host's own listeners, v->how.listener. */
static void leave_from_listener(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct listener *l = &h->listeners.slots[v->how.listener];
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);

	v->action = ACTION_NONE;
	if (addr_equal(&l->addr, s->source) ||
		sockets_listener(sockets_bits(&h->sockets, fd)) != v->how.listener ||
		(s->bits & FD_CONNECTED))
		return; /* there already, or it is gone: from where it stands */
	v->action = ACTION_OTHER_FD;
	v->how.fd = fd;
}

/* The member that the host sends from already, else the first usable one after v->how.member. */
static inline bool find_member(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct fit *fit = &v->rules->config.bonds[choose_bond(v)]
					 .fit[TRANSPORT_UDP][family_index(s->dst->family)];
	const uint32_t *i = v->rules->config.fit + fit->first, *end = i + fit->count;
	const struct addr *came = came_in_on(s), *from = unlikely(came) ? came : source_of(s);
	uint32_t after = v->how.member;
	bool found = false;

	for (; i < end; i++) {
		const struct member *m = &v->rules->config.members[*i];
		if (unlikely(!select_scope_fits(m, s->dst)) || unlikely(*i == v->how.skip))
			continue;
		if (unlikely(already(m, from, s->bits)) && after == SELECT_NONE) {
			if (from != s->source && !already(m, s->source, s->bits)) {
				if (!usable(h, v, s, *i))
					continue;
				v->how.member = *i;
				return true;
			}
			v->how.member = *i;
			v->why = WHY_ALREADY;
			v->action = ACTION_NONE;
			return true;
		}
		if (!found && (after == SELECT_NONE || *i > after) && usable(h, v, s, *i)) {
			v->how.member = *i;
			found = true;
		}
	}
	return found;
}

/* The transaction's first request was decided by more than addresses, or by other rules: its resends, its
 * CANCEL and the ACK to its failure go the same way, even if that way is closed by now (RFC 3261 9.1,
 * 17.1.1.3). */
static bool find_kept(const struct host *h, struct verdict *v, const struct sender *s)
{
	struct choice kept;

	if (!kept_find(h, v->rules, s, &kept))
		return false;
	v->why = WHY_KEPT;
	v->route.kept = kept.route;
	v->how.key = rules_key_of_print(v->rules, kept.key);
	if (kept.is_listener && !kept.at.family) /* as the host sends it */
		return true;
	if (kept.is_listener) {
		const struct listener *l = listeners_hearing(&h->listeners, TRANSPORT_UDP, &kept.at);
		if (!l)
			return false;
		v->how.listener = (int16_t)listeners_number(&h->listeners, l);
		leave_from_listener(h, v, s);
		return true;
	}
	v->how.member = kept_member(v->rules, &kept);
	if (v->how.member == SELECT_NONE)
		return false;
	v->route.bond = v->rules->config.members[v->how.member].bond;
	if (already(&v->rules->config.members[v->how.member], s->source, s->bits))
		v->action = ACTION_NONE;
	else if (!usable(h, v, s, v->how.member))
		v->action = ACTION_FAIL;
	return true;
}

/* The number that a member of the rules before has among these, or SELECT_NONE. */
static uint32_t number_now(const struct verdict *v, const struct rules *before, const struct member *m)
{
	const struct choice same = {.at = m->addr,
		.transport = m->transport,
		.bond = before->config.bonds[m->bond].slot,
		.called = rules_called(m)};

	return kept_member(v->rules, &same);
}

/* Whether the routes of these rules are not there any more (segment/page.h). */
static bool is_gone(const struct host *h, const struct rules *r)
{
	atomic_thread_fence(memory_order_acquire);
	return h->segment.page && r->generation < atomic_load(&h->segment.page->oldest);
}

/* It began by the rules before, by addresses alone, or came in while they held, and is decided by them. False: none of its members is there
 * any more. */
static bool find_before(const struct host *h, struct verdict *v, const struct sender *s, const struct question *now)
{
	struct verdict w = VERDICT_EMPTY;
	struct question q = *now;

	if (!kept_is_of_before(h, s))
		return false;
	w.rules = h->before;
	q.from_count = 0;
	bool found = choose_route(&w, &q);
	if (is_gone(h, w.rules)) /* what was looked for was not there */
		return false;
	if (!found) {
		if (w.why != WHY_NO_ROUTE && w.why != WHY_BOND_NONE)
			return false;
		v->why = WHY_KEPT; /* as the host sends it */
		return true;
	}
	const struct config *c = &w.rules->config;
	const struct fit *fit = &c->bonds[choose_bond(&w)].fit[TRANSPORT_UDP][family_index(s->dst->family)];
	for (uint32_t i = fit->first; i < fit->first + fit->count; i++) {
		const struct member *m = &c->members[c->fit[i]];
		uint32_t number = select_scope_fits(m, s->dst) ? number_now(v, w.rules, m) : SELECT_NONE;
		if (number == SELECT_NONE)
			continue;
		v->action = ACTION_NONE;
		if (!already(&v->rules->config.members[number], s->source, s->bits) && !usable(h, v, s, number))
			continue;
		v->how.member = number;
		v->route.bond = v->rules->config.members[number].bond;
		v->how.key = rules_key_of_print(v->rules, rules_key_print(&w.rules->keys[0]));
		v->why = WHY_KEPT;
		return true;
	}
	v->action = ACTION_NONE;
	return false;
}

/* What the host's script asks for, by the request's header or by bond_use(). False: nothing. */
static bool find_wish(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct arrival *a = s->arrival;

	bool trusted = a && a->beyond && v->rules->config.header_over_tls_trust;

	if (a && a->wish.p && (a->marked || a->of_host || trusted)) {
		if (field_is(a->wish, "none")) {
			v->why = WHY_BOND_NONE;
			return true;
		}
		v->route.bond = config_find_bond(&v->rules->config, a->wish.p, a->wish.n);
	} else if (s->use != DECIDE_USE_ROUTES) {
		v->route.bond = s->use;
	} else {
		return false;
	}
	if (v->route.bond == MODEL_NONE) {
		v->why = WHY_UNKNOWN_BOND;
		v->action = ACTION_FAIL;
		return true;
	}
	v->why = WHY_STEERED;
	if (!find_member(h, v, s))
		choose_none(v, s, false);
	return true;
}

/* The dialog came in on one of many addresses: it goes on from there, by that name. */
static bool go_on_from(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct addr *came = came_in_on(s);

	if (!came || !flow_is_heard(h, v->rules, s, came))
		return false;
	v->why = WHY_RETURN_PATH;
	v->action = ACTION_PKTINFO;
	v->how.member = rules_member_at(v->rules, came, TRANSPORT_UDP);
	if (v->how.member != SELECT_NONE)
		v->route.bond = v->rules->config.members[v->how.member].bond;
	return true;
}

/* The peer came in on an opened member: what it is sent leaves from there. */
static bool follow_flow(const struct host *h, struct verdict *v, const struct sender *s)
{
	struct addr at;

	if (likely(!s->wide) || !flow_find(h, v->rules, s, &at))
		return false;
	v->why = WHY_FLOW;
	v->action = ACTION_PKTINFO;
	v->how.member = rules_member_at(v->rules, &at, TRANSPORT_UDP);
	v->route.bond = v->rules->config.members[v->how.member].bond;
	return true;
}

/* What came in without being seen has no mark, and two Vias at least; what is the host's own has one
 * (RFC 3261 16.6). Asked only where it decides. */
static bool is_of_host(struct verdict *v, const struct sender *s, const struct question *q)
{
	const struct text *m = q->ctx;
	struct arrival a;

	if (s->arrival || !m)
		return false; /* it is known then */
	arrival_read(v->rules, &a, names_now(v->rules), m->p, m->n);
	v->route.by_text = true;
	return a.of_host;
}

/* No route: the host's own way, which is that of the name its dialog has for it. */
static void no_route(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct addr *dialog = decide_dialog(s);

	if (v->why == WHY_ARRIVAL_UNKNOWN) {
		choose_unknown(v);
		return;
	}
	if (v->why != WHY_NO_ROUTE || go_on_from(h, v, s))
		return;
	if (dialog && !addr_equal(dialog, s->source)) {
		v->why = WHY_RETURN_PATH;
		v->how.listener = (int16_t)s->arrival->dialog->owner;
		leave_from_listener(h, v, s);
		return;
	}
	if (!follow_flow(h, v, s) && v->rules->config.no_route == NO_ROUTE_FAIL)
		v->action = ACTION_FAIL;
}

/* Whether it is an opened member's address, under which the host does not know itself. */
static bool is_opened(const struct host *h, const struct rules *r, const struct addr *dst)
{
	uint32_t m = rules_member_at(r, dst, TRANSPORT_UDP);
	const struct listener *l = m == SELECT_NONE ? NULL : listeners_of_member(&h->listeners, r, m);

	return l && l->opened && !addr_equal(dst, &l->addr) && l->opened != OPENED_SOURCE;
}

static inline void steer_datagram(const struct host *h, struct verdict *v, const struct sender *s, struct question *q)
{
	if (!v->rules)
		v->rules = h->rules;
	q->dst = s->dst;
	q->socket = s->bits & FD_FLOATING ? NULL : source_of(s);
	q->socket_transport = TRANSPORT_UDP;
	if (s->arrival) {
		q->from_known = s->arrival->marked || s->arrival->of_host || kept_came_before(h, s);
		q->from = s->arrival->bonds;
		q->from_count = s->arrival->bond_count;
	}
	v->how.transport = TRANSPORT_UDP;
	/* the kernel takes the unspecified address for the sender's own */
	if (unlikely(hears_at(&h->hears, &h->sockets, v->rules, s->dst) || addr_is_any(s->dst))) {
		v->why = WHY_OWN_ADDRESS;
		if (is_opened(h, v->rules, s->dst))
			v->action = ACTION_FAIL; /* to the host itself, by a name that it does not know: it would go round */
		return;
	}
	if (unlikely(s->arrival || s->use != DECIDE_USE_ROUTES) &&
		(find_kept(h, v, s) || find_before(h, v, s, q) || find_wish(h, v, s)))
		return;
	bool found = choose_route(v, q);
	if (unlikely(v->why == WHY_ARRIVAL_UNKNOWN) && is_of_host(v, s, q)) {
		q->from_known = true;
		v->route.number = MODEL_NONE;
		found = choose_route(v, q);
	}
	if (!found) {
		no_route(h, v, s);
		return;
	}
	v->why = WHY_STEERED;
	if (unlikely(!find_member(h, v, s)))
		choose_none(v, s, false);
}

void decide_request(const struct host *h, struct verdict *v, const struct sender *s, const char *p, size_t n)
{
	struct text m = {p, n, v};
	struct question q = {.next_hop = next_hop_of, .ctx = &m};

	steer_datagram(h, v, s, &q);
}

bool decide_keepalive(const struct host *h, struct verdict *v, const struct sender *s)
{
	struct question q = {.from_known = true};

	steer_datagram(h, v, s, &q);
	bool act = v->action != ACTION_NONE;
	/* What keeps a flow alive goes where the flow goes, or where the host says: it never fails. */
	if (v->why == WHY_STEERED)
		v->why = WHY_KEEPALIVE;
	if (v->action == ACTION_FAIL)
		v->action = ACTION_NONE;
	return act;
}

void decide_next(const struct host *h, struct verdict *v, const struct sender *s)
{
	if (v->why == WHY_ALREADY) {
		v->how.skip = v->how.member;
		v->how.member = SELECT_NONE;
		v->why = WHY_STEERED;
	}
	if (!find_member(h, v, s))
		choose_none(v, s, true);
}
