/* SPDX-License-Identifier: MIT */
/* The procedure of RFC 3263 section 4, written as if every answer were at hand: it is run again
 * whenever all questions that it asked so far are settled, until it asks nothing new.
 *
 * Order: NAPTR by order and preference (RFC 3403), SRV by priority, then by weight from high to
 * low, then as answered; IPv6 before IPv4 (RFC 6724). RFC 2782 has clients draw among equal
 * priorities by weight: a host will, this list never does, so that it is the same each time. */
#include "rfc3263.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES_MAX 16 /* NAPTR records that are followed */

/* How a service is written in NAPTR (RFC 3263, 4168, 7118) and SRV. RFC 7118 names no SRV owner for
 * WebSocket; the NAPTR gives it, and with transport=ws the usual form is asked for. */
static const struct service {
	const char *naptr;
	const char *srv;
	uint8_t transport;
	bool sips;
	bool by_default; /* asked for where there is no NAPTR and no transport= */
} services[] = {
	{"SIP+D2U", "_sip._udp", TRANSPORT_UDP, false, true},
	{"SIP+D2T", "_sip._tcp", TRANSPORT_TCP, false, true},
	{"SIPS+D2T", "_sips._tcp", TRANSPORT_TLS, true, true},
	{"SIP+D2S", "_sip._sctp", TRANSPORT_SCTP, false, false},
	{"SIP+D2W", "_sip._ws", TRANSPORT_WS, false, false},
	{"SIPS+D2W", "_sips._ws", TRANSPORT_WSS, true, false},
};
#define SERVICE_COUNT (sizeof(services) / sizeof(services[0]))

/* What led to where the procedure stands. */
struct path {
	struct rfc3263_target t; /* all but address and addr */
	uint16_t port;
	bool ordered;  /* add to the targets */
	bool superset; /* add to the entries */
};

static const struct dns_question *ask(struct rfc3263 *l, const char *name, enum record_type type)
{
	const struct dns_question *q = query_ask(l->query, name, type);
	if (q == NULL)
		return NULL;
	return question_pending(q) || q->state == QUESTION_FAILED ? NULL : q;
}

static void add_entry(struct rfc3263 *l, const struct addr *addr, uint8_t transport)
{
	for (unsigned i = 0; i < l->entry_count; i++)
		if (addr_equal(&l->entries[i].addr, addr) && l->entries[i].transport == transport)
			return;
	if (l->entry_count == RFC3263_ENTRIES_MAX) {
		l->more = true;
		return;
	}
	l->entries[l->entry_count++] = (struct dns_place){*addr, transport};
}

static void add_name(struct rfc3263 *l, const char *name, uint16_t port, uint8_t transport)
{
	for (unsigned i = 0; i < l->name_count; i++) {
		const struct dns_name *n = &l->names[i];
		if (n->port == port && n->transport == transport && strcmp(n->name, name) == 0)
			return;
	}
	if (l->name_count <
		RFC3263_NAMES_MAX) /* without it only what the host asks is not learnt */
		l->names[l->name_count++] = (struct dns_name){name, port, transport};
}

static void add_address(struct rfc3263 *l, const struct path *p, const struct addr *addr)
{
	struct addr a = *addr;
	a.port = p->port;
	if (p->superset)
		add_entry(l, &a, p->t.transport);
	if (!p->ordered)
		return;
	for (unsigned i = 0; i < l->target_count; i++) {
		/* the same place by a later record is no further target (RFC 3263 4.3) */
		if (addr_equal(&l->targets[i].addr, &a) &&
			l->targets[i].transport == p->t.transport)
			return;
	}
	if (l->target_count == RFC3263_TARGETS_MAX) {
		l->more = true;
		return;
	}
	struct rfc3263_target *t = &l->targets[l->target_count++];
	*t = p->t;
	t->addr = a;
}

static void add_host(struct rfc3263 *l, const char *name, struct path p)
{
	static const enum record_type types[] = {RECORD_AAAA, RECORD_A};
	/* both are asked before either is read, so that they travel together */
	for (int i = 0; i < 2; i++)
		query_ask(l->query, name, types[i]);
	for (int i = 0; i < 2; i++) {
		const struct dns_question *q = ask(l, name, types[i]);
		const struct dns_question *end = q ? question_end(q) : NULL;
		for (unsigned k = 0; end && k < end->record_count; k++) {
			p.t.address_of = q;
			p.t.address = &end->records[k];
			add_address(l, &p, &end->records[k].addr);
		}
	}
}

/* Fewer comes first: index orders the records of a question by (first, second). */
static void sort_records(const struct dns_question *q, bool second_down, uint16_t *index)
{
	for (unsigned i = 0; i < q->record_count; i++) {
		const struct record *r = &q->records[i];
		unsigned k = i;
		for (; k > 0; k--) {
			const struct record *b = &q->records[index[k - 1]];
			if (b->first < r->first ||
				(b->first == r->first && (second_down ? b->second >= r->second
								      : b->second <= r->second)))
				break;
			index[k] = index[k - 1];
		}
		index[k] = (uint16_t)i;
	}
}

/* Follows the SRV records of owner; returns whether there are any, "." (RFC 2782: the service is
 * decidedly not there) included. */
static bool add_srv(struct rfc3263 *l, const char *owner, struct path p)
{
	uint16_t index[ANSWER_RECORDS_MAX];
	const struct dns_question *q = ask(l, owner, RECORD_SRV);
	const struct dns_question *end = q ? question_end(q) : NULL;
	if (end == NULL || end->record_count == 0)
		return false;
	l->srv_known = true;
	sort_records(end, true, index);
	for (unsigned i = 0; i < end->record_count; i++) {
		const struct record *r = &end->records[index[i]];
		if (r->name[0] == '\0' || r->port == 0)
			continue;
		p.t.srv_of = q;
		p.t.srv = r;
		p.port = r->port;
		if (p.superset)
			add_name(l, r->name, r->port, p.t.transport);
		add_host(l, r->name, p);
	}
	return true;
}

static bool add_service(struct rfc3263 *l, const struct service *s, struct path p)
{
	char owner[ANSWER_NAME_MAX];
	int n = snprintf(owner, sizeof(owner), "%s.%s", s->srv, l->uri.host);
	if (n < 0 || n > ANSWER_NAME_MAX - 3)
		return false; /* longer than a name of DNS can be */
	p.t.transport = s->transport;
	return add_srv(l, owner, p);
}

static const struct service *service_of_naptr(const struct record *r)
{
	if (strcmp(r->flags, "s") != 0 || r->name[0] == '\0')
		return NULL;
	for (unsigned i = 0; i < SERVICE_COUNT; i++)
		if (strcmp(services[i].naptr, r->service) == 0)
			return &services[i];
	return NULL;
}

/* Follows the NAPTR records; *usable = how many there are for this scheme. Returns whether any led
 * to SRV records. */
static bool add_naptr(struct rfc3263 *l, struct path p, unsigned *usable)
{
	uint16_t index[ANSWER_RECORDS_MAX];
	bool any = false;
	const struct dns_question *q = ask(l, l->uri.host, RECORD_NAPTR);
	const struct dns_question *end = q ? question_end(q) : NULL;
	*usable = 0;
	if (end == NULL || end->record_count == 0)
		return false;
	sort_records(end, false, index);
	for (unsigned i = 0; i < end->record_count; i++) {
		const struct record *r = &end->records[index[i]];
		const struct service *s = service_of_naptr(r);
		if (s == NULL || (l->uri.sips && !s->sips))
			continue;
		if (*usable == SERVICES_MAX) {
			l->more = true;
			break;
		}
		++*usable;
		p.t.naptr_of = q;
		p.t.naptr = r;
		p.t.transport = s->transport;
		if (p.superset)
			add_name(l, r->name, 0, s->transport);
		query_ask(l->query, r->name, RECORD_SRV);
		any |= add_srv(l, r->name, p);
	}
	return any;
}

/* What transport= and the scheme say together (RFC 3263 4.1, RFC 5630 3.1.4). */
static uint8_t stated_transport(const struct uri *u)
{
	if (!u->sips)
		return u->transport;
	switch (u->transport) {
	case TRANSPORT_TCP:
		return TRANSPORT_TLS;
	case TRANSPORT_WS:
		return TRANSPORT_WSS;
	default:
		return u->transport;
	}
}

static uint8_t default_transport(const struct uri *u)
{
	uint8_t t = stated_transport(u);
	if (t != TRANSPORT_NONE)
		return t;
	return u->sips ? TRANSPORT_TLS : TRANSPORT_UDP;
}

static uint16_t default_port(uint8_t transport)
{
	return transport_default_port((enum transport)transport);
}

static void order_targets(struct rfc3263 *l)
{
	const struct uri *u = &l->uri;
	struct path p = {.ordered = true, .t.transport = default_transport(u)};
	p.port = u->port ? u->port : default_port(p.t.transport);
	bool found = false;
	unsigned usable = 0;
	if (u->sips && u->transport == TRANSPORT_UDP) {
		l->impossible = true;
		return;
	}
	if (u->numeric.family) {
		add_address(l, &p, &u->numeric);
		return;
	}
	if (u->port) {
		add_host(l, u->host, p);
		return;
	}
	if (u->transport != TRANSPORT_NONE) {
		for (unsigned i = 0; i < SERVICE_COUNT; i++)
			if (services[i].transport == p.t.transport)
				found = add_service(l, &services[i], p);
	} else {
		const struct dns_question *naptr = query_ask(l->query, u->host, RECORD_NAPTR);
		if (naptr && question_pending(naptr))
			return; /* the rest depends on it */
		found = add_naptr(l, p, &usable);
		for (unsigned i = 0; usable == 0 && i < SERVICE_COUNT; i++)
			if (services[i].by_default && (!u->sips || services[i].sips))
				found |= add_service(l, &services[i], p);
	}
	if (!found && query_wait(l->query) == -1)
		add_host(l, u->host, p);
}

/* Hosts differ: some leave NAPTR out (Kamailio's default), some SRV. So all is asked, whatever the
 * one before says. */
static void collect_superset(struct rfc3263 *l)
{
	const struct uri *u = &l->uri;
	struct path p = {.superset = true, .port = u->port};
	unsigned usable;
	if (u->numeric.family) {
		add_address(l, &p, &u->numeric);
		return;
	}
	add_host(l, u->host, p);
	if (u->port)
		return;
	for (unsigned i = 0; i < SERVICE_COUNT; i++)
		if (services[i].by_default)
			add_service(l, &services[i], p);
	add_naptr(l, p, &usable);
}

static void conclude(struct rfc3263 *l)
{
	bool known = false;
	const struct dns_question *q;
	l->failed = l->unusable = 0;
	l->more |= query_overfull(l->query);
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++) {
		if (q->state == QUESTION_FAILED) {
			l->failed++;
			continue;
		}
		l->more |= q->more;
		l->unusable += q->unusable;
		if (!known || q->ttl < l->ttl)
			l->ttl = q->ttl;
		known = true;
	}
	if (!known)
		l->ttl = l->uri.numeric.family ? ANSWER_TTL_MAX : 0;
	if (l->entry_count + l->target_count > 0)
		l->outcome = l->failed || l->more ? RFC3263_PARTIAL : RFC3263_ANSWERED;
	else
		/* records of no use say that the server is wrong, not that there is no address */
		l->outcome = l->failed || l->more || l->unusable ? RFC3263_FAILED
								 : RFC3263_NEGATIVE;
}

static void start_anew(struct rfc3263 *l)
{
	l->target_count = l->entry_count = l->name_count = 0;
}

void rfc3263_so_far(struct rfc3263 *l)
{
	start_anew(l);
	collect_superset(l);
}

static bool advance(struct rfc3263 *l)
{
	if (query_wait(l->query) != -1)
		return false;
	start_anew(l);
	if (l->want & RFC3263_SUPERSET)
		collect_superset(l);
	if (l->want & RFC3263_ORDERED)
		order_targets(l);
	if (query_wait(l->query) != -1)
		return false;
	conclude(l);
	return true;
}

int rfc3263_start(
	struct rfc3263 **out, const struct uri *u, const struct query_setup *s, unsigned want)
{
	struct rfc3263 *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return ENOMEM;
	l->uri = *u;
	l->want = want;
	int e = query_open(&l->query, s);
	if (e) {
		free(l);
		return e;
	}
	advance(l);
	*out = l;
	return 0;
}

void rfc3263_free(struct rfc3263 *l)
{
	if (l == NULL)
		return;
	query_close(l->query);
	free(l);
}

int rfc3263_sockets(struct rfc3263 *l, struct pollfd *fds, int max)
{
	return query_sockets(l->query, fds, max);
}

int rfc3263_wait(const struct rfc3263 *l)
{
	return query_wait(l->query);
}

bool rfc3263_step(struct rfc3263 *l, const struct pollfd *fds, int count)
{
	if (l->outcome != RFC3263_PENDING)
		return true;
	query_step(l->query, fds, count);
	return advance(l);
}

void rfc3263_run(struct rfc3263 *l)
{
	struct pollfd fds[DNS_SOCKETS_MAX];
	int count = 0;
	while (!rfc3263_step(l, fds, count)) {
		count = rfc3263_sockets(l, fds, DNS_SOCKETS_MAX);
		if (query_io(l->query)->poll(fds, (nfds_t)count, rfc3263_wait(l)) <= 0)
			count = 0;
	}
}

const struct dns_question *rfc3263_question(const struct rfc3263 *l, unsigned i)
{
	return query_question(l->query, i);
}
