/* SPDX-License-Identifier: MIT */
/* The decision. Read from the bottom: each public function is the list of its steps. Runs on the
 * send path: no system call, no allocation, no lock. */
#include "decide.h"

#include <errno.h>

#include "config/select.h"
#include "domains.h"
#include "names.h"
#include "listeners.h"
#include "hears.h"
#include "segment/choices.h"
#include "preload/hot.h"
#include "sip/scan.h"

_Thread_local uint16_t decide_use = DECIDE_USE_ROUTES;

#define DNS_PORT 53
#define SIP_PORT 5060

struct message {
	const char *p;
	size_t n;
	struct verdict *v;
};

static bool next_hop_of(void *ctx, struct next_hop *nh)
{
	const struct message *m = ctx;

	m->v->by_text = true;
	return scan_next_hop(m->p, m->n, nh, NULL);
}

/* The route, or false with v->why and v->action saying why the call stays the host's own. */
static inline bool find_route(struct verdict *v, struct question *q)
{
	struct answer a;
	struct match_facts facts;

	q->facts = domains_facts(q->dst, &facts);
	a.domain_unanswered = false;
	enum match_result result = match_route(shim_match, q, &a);
	if (unlikely(a.domain_unanswered)) {
		v->unanswered = true;
		v->unanswered_route = a.unanswered_route;
		v->waiting = a.waiting;
		v->gone = domains_state(a.waiting);
	}
	if (unlikely(a.elsewhere)) {
		v->elsewhere = true;
		domains_count_elsewhere();
	}
	if (unlikely(result != MATCH_ROUTE)) {
		v->why = result == MATCH_OWN ? WHY_OWN_ADDRESS
			: result == MATCH_NONE ? WHY_NO_ROUTE
					       : WHY_ARRIVAL_UNKNOWN;
		if (result == MATCH_UNDECIDED)
			v->route = a.route;
		return false;
	}
	v->route = a.route;
	v->by_domain = a.by_domain;
	if (unlikely(a.by_address)) {
		v->by_address = true;
		v->domain = a.domain;
		v->shared_route = a.shared_route;
	}
	if (unlikely(shim_config->routes[a.route].bond == ROUTE_BOND_NONE)) {
		v->why = WHY_BOND_NONE;
		return false;
	}
	return true;
}

static inline uint16_t bond_number(const struct verdict *v)
{
	return likely(v->bond == MODEL_NONE) ? shim_config->routes[v->route].bond : v->bond;
}

const struct addr *decide_dialog(const struct sender *s)
{
	const struct arrival *a = s->arrival;

	if (!a || !a->dialog || a->dialog->addr.family != s->dst->family)
		return NULL;
	/* A host that sends from another socket than the one it read on has chosen that itself, as by
	 * the second of two Record-Routes (RFC 5658 4). */
	if (a->arrived && !addr_is_any(s->source) && !addr_equal(&a->arrived->addr, s->source))
		return NULL;
	return &a->dialog->addr;
}

/* Where the request counts as sent from. */
static inline const struct addr *source_of(const struct sender *s)
{
	const struct addr *dialog = decide_dialog(s);

	return unlikely(dialog) ? dialog : s->source;
}

/* The address of a wildcard socket that the request's dialog came in on; NULL: of none such. */
static inline const struct addr *came_in_on(const struct sender *s)
{
	const struct arrival *a = s->arrival;

	return a && a->came.family == s->dst->family && addr_is_any(s->source) ? &a->came : NULL;
}

/* A datagram socket sends from the member already; one that must name the device anew does not. */
static inline bool already(const struct member *m, const struct addr *source, uint32_t bits)
{
	return addr_same_host(source, &m->addr) &&
		(source->port == m->addr.port || (bits & FD_FLOATING)) && !m->device_index;
}

/* How a datagram of this sender could leave by member number i; false: it cannot. */
static inline bool usable(struct verdict *v, const struct sender *s, uint32_t i)
{
	const struct member *m = &shim_config->members[i];

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
	const struct listener *l = listeners_of_member(i);
	if (unlikely(!l))
		return false;
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	uint32_t bits = fds_peek(fd);
	/* one that the host has connected hears its peer alone */
	if (unlikely(fds_listener(bits) != l - listeners || (bits & FD_CONNECTED)))
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
	v->fd = fd;
	return true;
}

static void no_member(struct verdict *v, const struct sender *s, bool refused)
{
	uint16_t number = bond_number(v);
	const struct bond *b = &shim_config->bonds[number];
	bool fits = select_next(shim_config, number, v->transport, s->dst, SELECT_NONE) != SELECT_NONE;

	v->member = SELECT_NONE;
	v->action = b->no_member == NO_MEMBER_FAIL ? ACTION_FAIL : ACTION_NONE;
	if (!fits)
		v->why = WHY_NO_MEMBER;
	else if (refused)
		v->why = WHY_MEMBER_REFUSED;
	else if (s->bits & FD_STEERED)
		v->why = WHY_CANNOT_MOVE;
	else
		v->why = WHY_MEMBER_NOT_BOUND;
	/* A listener that the host itself connected is one conversation already: it stays. */
	if (v->why == WHY_MEMBER_NOT_BOUND && (s->bits & FD_CONNECTED) &&
		!(s->bits & FD_FLOATING)) {
		v->why = WHY_CONNECTED_LISTENER;
		v->action = ACTION_NONE;
	}
}

/* Sends from one of the host's own listeners, v->listener. */
static void leave_from_listener(struct verdict *v, const struct sender *s)
{
	const struct listener *l = &listeners[v->listener];
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);

	v->action = ACTION_NONE;
	if (addr_equal(&l->addr, s->source) || fds_listener(fds_peek(fd)) != v->listener ||
		(s->bits & FD_CONNECTED))
		return; /* there already, or it is gone: from where it stands */
	v->action = ACTION_OTHER_FD;
	v->fd = fd;
}

/* The member that the host sends from already, else the first usable one after v->member. */
static inline bool find_member(struct verdict *v, const struct sender *s)
{
	const struct fit *fit = &shim_config->bonds[bond_number(v)]
					 .fit[TRANSPORT_UDP][family_index(s->dst->family)];
	const uint32_t *i = shim_config->fit + fit->first, *end = i + fit->count;
	const struct addr *came = came_in_on(s), *from = unlikely(came) ? came : source_of(s);
	uint32_t after = v->member;
	bool found = false;

	for (; i < end; i++) {
		const struct member *m = &shim_config->members[*i];
		if (unlikely(!select_scope_fits(m, s->dst)) || unlikely(*i == v->skip))
			continue;
		if (unlikely(already(m, from, s->bits)) && after == SELECT_NONE) {
			if (from != s->source && !already(m, s->source, s->bits)) {
				if (!usable(v, s, *i))
					continue;
				v->member = *i;
				return true;
			}
			v->member = *i;
			v->why = WHY_ALREADY;
			v->action = ACTION_NONE;
			return true;
		}
		if (!found && (after == SELECT_NONE || *i > after) && usable(v, s, *i)) {
			v->member = *i;
			found = true;
		}
	}
	return found;
}

/* The member of that address, if there are several that of the bond. */
static uint32_t kept_member(const struct shared_choice *kept)
{
	uint32_t found = names_member_at(&kept->at, (enum transport)kept->transport);

	for (uint32_t i = found; i < shim_config->member_count; i++) {
		const struct member *m = &shim_config->members[i];
		if (m->bond == kept->bond && m->transport == kept->transport &&
			addr_equal(&m->addr, &kept->at))
			return i;
	}
	return found;
}

/* The transaction's first request was decided by more than addresses: its resends, its CANCEL and the
 * ACK to its failure go the same way, even if that way is closed by now (RFC 3261 9.1, 17.1.1.3). */
static bool find_kept(struct verdict *v, const struct sender *s)
{
	struct shared_choice kept;

	if (!s->arrival || !shared_find_choice(s->arrival->transaction, s->dst, &kept))
		return false;
	/* a stateless proxy makes one branch of another, which a peer may copy (16.11) */
	if (!s->arrival->of_host && kept.arrived != arrival_print(s->arrival))
		return false;
	v->why = WHY_KEPT;
	v->transport = TRANSPORT_UDP;
	if (kept.is_listener) {
		const struct listener *l = listeners_hearing(TRANSPORT_UDP, &kept.at);
		if (!l)
			return false;
		v->listener = (int16_t)(l - listeners);
		leave_from_listener(v, s);
		return true;
	}
	v->member = kept_member(&kept);
	if (v->member == SELECT_NONE)
		return false;
	v->bond = shim_config->members[v->member].bond;
	if (already(&shim_config->members[v->member], s->source, s->bits))
		v->action = ACTION_NONE;
	else if (!usable(v, s, v->member))
		v->action = ACTION_FAIL;
	return true;
}

/* What the host's script asks for, by the request's header or by bond_use(). False: nothing. */
static bool find_wish(struct verdict *v, const struct sender *s)
{
	const struct arrival *a = s->arrival;

	bool trusted = a && a->beyond && shim_config->header_over_tls_trust;

	if (a && a->wish.p && (a->marked || a->of_host || trusted)) {
		if (field_is(a->wish, "none")) {
			v->why = WHY_BOND_NONE;
			return true;
		}
		v->bond = config_find_bond(shim_config, a->wish.p, a->wish.n);
	} else if (decide_use != DECIDE_USE_ROUTES) {
		v->bond = decide_use;
	} else {
		return false;
	}
	if (v->bond == MODEL_NONE) {
		v->why = WHY_UNKNOWN_BOND;
		v->action = ACTION_FAIL;
		return true;
	}
	v->why = WHY_STEERED;
	v->transport = TRANSPORT_UDP;
	if (!find_member(v, s))
		no_member(v, s, false);
	return true;
}

/* The dialog came in on one of a wildcard's addresses: it goes on from there, by that name. */
static bool go_on_from(struct verdict *v, const struct sender *s)
{
	const struct addr *came = came_in_on(s);

	if (!came)
		return false;
	v->why = WHY_RETURN_PATH;
	v->action = ACTION_PKTINFO;
	v->member = names_member_at(came, TRANSPORT_UDP);
	if (v->member != SELECT_NONE)
		v->bond = shim_config->members[v->member].bond;
	return true;
}

/* A route might match, and nobody can say: its bond's no-member does. */
static bool unknown_arrival(struct verdict *v)
{
	if (shim_config->routes[v->route].bond != ROUTE_BOND_NONE &&
		shim_config->bonds[bond_number(v)].no_member == NO_MEMBER_FAIL)
		v->action = ACTION_FAIL;
	return v->action == ACTION_FAIL;
}

/* What came in without being seen has no mark, and two Vias at least; what is the host's own has one
 * (RFC 3261 16.6). Asked only where it decides. */
static bool is_of_host(struct verdict *v, const struct sender *s, const struct question *q)
{
	const struct message *m = q->ctx;
	struct arrival a;

	if (s->arrival || !m)
		return false; /* it is known then */
	arrival_read(&a, names_now(), m->p, m->n);
	v->by_text = true;
	return a.of_host;
}

/* No route: the host's own way, which is that of the name its dialog has for it. */
static bool no_route(struct verdict *v, const struct sender *s)
{
	const struct addr *dialog = decide_dialog(s);

	if (v->why == WHY_ARRIVAL_UNKNOWN)
		return unknown_arrival(v);
	if (v->why != WHY_NO_ROUTE)
		return false;
	if (go_on_from(v, s))
		return true;
	if (dialog && !addr_equal(dialog, s->source)) {
		v->why = WHY_RETURN_PATH;
		v->listener = (int16_t)s->arrival->dialog->owner;
		leave_from_listener(v, s);
		return true;
	}
	if (shim_config->no_route == NO_ROUTE_FAIL)
		v->action = ACTION_FAIL;
	return v->action == ACTION_FAIL;
}

static inline bool steer_datagram(struct verdict *v, const struct sender *s, struct question *q)
{
	q->dst = s->dst;
	q->socket = s->bits & FD_FLOATING ? NULL : source_of(s);
	q->socket_transport = TRANSPORT_UDP;
	if (s->arrival) {
		q->from_known = s->arrival->marked || s->arrival->of_host;
		q->from = s->arrival->bonds;
		q->from_count = s->arrival->bond_count;
	}
	v->transport = TRANSPORT_UDP;
	/* the kernel takes the unspecified address for the sender's own */
	if (unlikely(hears_at(s->dst) || addr_is_any(s->dst))) {
		v->why = WHY_OWN_ADDRESS;
		return false;
	}
	if (unlikely(s->arrival || decide_use != DECIDE_USE_ROUTES) &&
		(find_kept(v, s) || find_wish(v, s)))
		return v->action != ACTION_NONE;
	bool found = find_route(v, q);
	if (unlikely(v->why == WHY_ARRIVAL_UNKNOWN) && is_of_host(v, s, q)) {
		q->from_known = true;
		v->route = MODEL_NONE;
		found = find_route(v, q);
	}
	if (!found)
		return no_route(v, s);
	v->why = WHY_STEERED;
	if (unlikely(!find_member(v, s)))
		no_member(v, s, false);
	return v->action != ACTION_NONE;
}

bool decide_request(struct verdict *v, const struct sender *s, const char *p, size_t n)
{
	struct message m = {p, n, v};
	struct question q = {.next_hop = next_hop_of, .ctx = &m};

	return steer_datagram(v, s, &q);
}

bool decide_keepalive(struct verdict *v, const struct sender *s)
{
	struct question q = {.from_known = true};
	bool act = steer_datagram(v, s, &q);

	/* What keeps a flow alive goes where the flow goes, or where the host says: it never fails. */
	if (v->why == WHY_STEERED)
		v->why = WHY_KEEPALIVE;
	if (v->action == ACTION_FAIL)
		v->action = ACTION_NONE;
	return act;
}

void decide_next(struct verdict *v, const struct sender *s)
{
	if (v->why == WHY_ALREADY) {
		v->skip = v->member;
		v->member = SELECT_NONE;
		v->why = WHY_STEERED;
	}
	if (!find_member(v, s))
		no_member(v, s, true);
}

/* The host's socket that a connection counts as sent from: what it bound, else its first listener. */
static const struct addr *connection_socket(const struct sender *s, enum transport t)
{
	const struct listener *l;

	if (s->source->family && !addr_is_any(s->source)) {
		l = listeners_at(t, s->source);
		if (!l) {
			struct addr any_port = *s->source;
			any_port.port = 0;
			l = listeners_at(t, &any_port);
		}
		return l ? &l->addr : s->source;
	}
	l = listeners_first(t, s->dst->family);
	return l ? &l->addr : NULL;
}

void decide_connection(struct verdict *v, const struct sender *s)
{
	enum transport t = domains_stream_transport(NULL, s->dst);
	struct question q = {.dst = s->dst,
		.stream = true,
		.socket = connection_socket(s, t),
		.socket_transport = (uint8_t)t,
		.from_known = arrival_now.known,
		.from = arrival_now.bonds,
		.from_count = arrival_now.bond_count};
	size_t i;

	v->transport = (uint8_t)t;
	if (listeners_own_stream(s->dst) || addr_is_any(s->dst)) {
		v->why = WHY_OWN_ADDRESS;
		return;
	}
	if (decide_use != DECIDE_USE_ROUTES) {
		v->bond = decide_use;
	} else if (!find_route(v, &q)) {
		if (v->why == WHY_ARRIVAL_UNKNOWN)
			unknown_arrival(v);
		for (i = 0; v->why == WHY_NO_ROUTE && i < shim_config->sip_port_count; i++) {
			if (shim_config->no_route == NO_ROUTE_FAIL &&
				shim_config->sip_ports[i] == s->dst->port)
				v->action = ACTION_FAIL;
		}
		return;
	}
	const struct route *route =
		v->route == MODEL_NONE ? NULL : &shim_config->routes[v->route];
	v->transport = (uint8_t)domains_stream_transport(route, s->dst);
	v->member = select_next_heard(shim_config, bond_number(v), v->transport, s->dst, SELECT_NONE,
		listeners_hear);
	v->why = WHY_STEERED;
	v->action = ACTION_BIND;
	if (v->member == SELECT_NONE)
		no_member(v, s, false);
}

void decide_next_connection(struct verdict *v, const struct sender *s)
{
	v->member = select_next_heard(shim_config, bond_number(v), v->transport, s->dst, v->member,
		listeners_hear);
	if (v->member == SELECT_NONE)
		no_member(v, s, true);
}

const struct addr *decide_probe(struct verdict *v, const struct sender *s)
{
	struct addr dst = *s->dst;
	struct question q = {.dst = &dst, .probe = true};
	uint32_t i;

	/* pjsip asks with the port of DNS, for the addresses alone. */
	if (dst.port == DNS_PORT)
		dst.port = SIP_PORT;
	v->transport = TRANSPORT_UDP;
	if ((s->source->family && !addr_is_any(s->source)) || hears_at(&dst) ||
		!find_route(v, &q))
		return NULL;
	uint16_t bond = shim_config->routes[v->route].bond;
	for (i = SELECT_NONE; (i = select_next(shim_config, bond, TRANSPORT_UDP, &dst, i)) !=
		SELECT_NONE;) {
		const struct listener *l = listeners_of_member(i);
		if (!l || atomic_load(&l->fd) < 0)
			continue;
		v->member = i;
		v->why = WHY_PROBE;
		return &shim_config->members[i].addr;
	}
	return NULL;
}
