/* SPDX-License-Identifier: MIT */
/* Members are led to a listener once it is there, and to another when a better one comes. Whatever process does
 * it, all of them have the one table in the kernel; the sockets from which members of other ports are sent are each
 * process's own. */
#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/generation.h"
#include "base/raw.h"
#include "core/opened.h"
#include "attempt.h"
#include "lookup.h"
#include "privilege.h"
#include "preload/hot.h"
#include "preload/opened/in_use.h"
#include "preload/opened/trouble.h"
#include "preload/process.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "preload/sockets/own.h"
#include "segment/lookups.h"
#include "segment/states.h"
#include "source.h"

#define INHERITED_MAX 256 /* numbers that are looked at */

/* Whether files may be searched and the host ended: not in calls that only bring it other rules. */
static bool is_start(const struct rules *r)
{
	return r->generation == GENERATION_FIRST;
}

/* The cause and the remedy. Returns what bondctl is told. */
static enum opening explain(const struct member *m, int error, bool search, char *text, size_t size, unsigned *detail)
{
	char who[160] = "another program has this address and port";

	*detail = 0;
	if (error == EADDRINUSE) {
		if (search)
			*detail = in_use_explain(m->transport == TRANSPORT_UDP, &m->addr, false, 0, who, sizeof(who));
		snprintf(text, size, "%s, which is not to be robbed of what comes there: let it have another port or end it, "
				     "or take `open` out of the member", who);
		return OPENING_TAKEN;
	}
	if (error == E2BIG || error == EMFILE) {
		snprintf(text, size, "there are more than fit: open fewer, or start the program anew");
		return OPENING_FULL;
	}
	*detail = (unsigned)error;
	if (error == EACCES)
		snprintf(text, size, "to send from port %u the program needs CAP_NET_BIND_SERVICE when it starts, or "
				     "net.ipv4.ip_unprivileged_port_start = %u: grant it, or take `open` out of the member",
			m->addr.port, m->addr.port);
	else
		snprintf(text, size, "the kernel says \"%s\": take `open` out of the member", strerrordesc_np(error));
	return OPENING_REFUSED;
}

/* What became of member number i, which was to be led to l. Where the program begins, it ends with one that cannot
 * be. */
static void tell(const struct rules *r, uint32_t i, const struct listener *l, int error)
{
	const struct member *m = &r->config.members[i];
	unsigned detail = l->addr.port;
	enum opening o = OPENING_LOOKUP;
	char why[512];

	if (error)
		o = explain(m, error, is_start(r), why, sizeof(why), &detail);
	states_set_opening(this_host.segment.states, m, o, detail);
	if (error)
		trouble_member(m, is_start(r), why);
}

static uint16_t protocol_of(enum transport t)
{
	return t == TRANSPORT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}

/* A listener that stands goes on as it does: its members are heard by the way that it has. */
static uint8_t way_of(const struct member *m)
{
	enum opened standing = listeners_opening(&this_host.listeners, m);

	if (standing == OPENED_WIDE)
		return OPEN_FILTER;
	if (standing == OPENED_LOOKUP)
		return OPEN_LOOKUP;
	return m->open != OPEN_ANY ? m->open : lookup_is_open() ? OPEN_LOOKUP : OPEN_FILTER;
}

void serve_choose(struct config *c, uint32_t members)
{
	for (uint32_t i = 0; i < members; i++) {
		if (c->members[i].open)
			c->members[i].open = way_of(&c->members[i]);
	}
}

bool serve_wants(const struct rules *r, const struct addr *a, uint32_t bits)
{
	enum transport t = bits & FD_UDP ? TRANSPORT_UDP : rules_listener_transport(r, a);

	if (!lookup_is_open() || !r->opens || opened_first(r, a, bits & FD_UDP))
		return false;
	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		const struct listener *l;
		if (!opened_leads(r, a, t, m))
			continue;
		l = listeners_leading(&this_host.listeners, r, m, true);
		if (!l || addr_equal(&l->addr, a) || (m->addr.port == a->port && l->addr.port != a->port))
			return true;
	}
	return false;
}

uint32_t serve_begin(int fd, uint32_t bits, const struct addr *a)
{
	struct fd_record *r = record_of(fd);

	hot_has_clients();
	r->by_lookup = true;
	r->named = *a;
	if (!(bits & FD_UDP))
		return bits | FD_OPENED;
	ask_for_arrivals(fd, bits, 1);
	return bits | FD_WIDE | FD_ARRIVALS;
}

/* Whether another program has the member's address for itself: then it is not to be robbed of it. Of a port that
 * may not be bound here, what can be seen counts. */
static int look_for_others(const struct member *m, bool search)
{
	struct in_use u;
	int fd = source_open(m, false);

	if (fd == -EACCES)
		return search && in_use_find(&u, m->transport == TRANSPORT_UDP, &m->addr, false, 0) ? EADDRINUSE : 0;
	if (fd < 0)
		return -fd;
	raw_close(fd);
	return 0;
}

/* Leads m to the listener of that number, whose socket is fd. */
static int lead(const struct rules *r, const struct member *m, const struct listener *l, uint32_t number, int fd)
{
	uint16_t protocol = protocol_of(m->transport);
	uint32_t before;
	bool led = lookup_points(&m->addr, protocol, &before);
	int error = led ? 0 : look_for_others(m, is_start(r));

	if (!error && !(led && before == number))
		error = lookup_point(&m->addr, protocol, number);
	if (error || m->transport != TRANSPORT_UDP || m->addr.port == l->addr.port)
		return error;
	ask_for_ports(fd, bits_of(fd));
	return source_keep(m);
}

static const struct listener *listener_of(int fd)
{
	int n = sockets_listener(bits_of(fd));
	const struct listener *l = n < 0 ? NULL : &this_host.listeners.slots[n];

	return l && l->opened == OPENED_LOOKUP ? l : NULL;
}

static void serve(const struct rules *r, int fd)
{
	const struct listener *l = lookup_is_open() ? listener_of(fd) : NULL;
	int saved = errno;

	if (!l)
		return;
	int number = lookups_number(this_host.segment.lookups, &l->addr, protocol_of(l->transport));
	int error = number < 0 ? E2BIG : lookup_put((uint32_t)number, fd);
	if (error == E2BIG && number >= 0 && ask_option(fd, SO_REUSEPORT) > 0)
		error = 0; /* the kernel spreads over all of them */
	for (uint32_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (listeners_leading(&this_host.listeners, r, m, true) == l)
			tell(r, i, l, error ? error : lead(r, m, l, (uint32_t)number, fd));
	}
	errno = saved;
}

/* Of members that nothing else may open. */
static void tell_missing(const struct rules *r)
{
	for (size_t i = 0; i < r->config.member_count; i++) {
		if (r->config.members[i].open == OPEN_LOOKUP)
			states_set_opening(this_host.segment.states, &r->config.members[i], OPENING_NO_LOOKUP,
				(unsigned)attempt_error());
	}
}

void serve_inherited(void)
{
	int saved = errno;

	if (this_host.segment.states)
		atomic_store(&this_host.segment.states->lookup, attempt_state());
	if (!lookup_is_open())
		tell_missing(rules_now());
	for (int fd = 0; lookup_is_open() && fd < INHERITED_MAX; fd++) {
		if (ask_option(fd, SO_DOMAIN) >= 0)
			classified(fd);
	}
	errno = saved;
}

/* One that the host bound before there was a member for it. */
static void begin_late(const struct rules *r, int fd, uint32_t bits)
{
	int n = sockets_listener(bits);
	struct fd_record *record = record_of(fd);

	if (n < 0 || sockets_is_opened(bits) || own_is(fd) || (bits & FD_CONNECTED) ||
		!serve_wants(r, &record->local, bits))
		return;
	note_opened(r, fd, serve_begin(fd, bits, &record->local));
}

/* To listeners that only other processes of the host have open, which may make no call for long. */
static void lead_elsewhere(const struct rules *r)
{
	for (uint32_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		const struct listener *l = listeners_leading(&this_host.listeners, r, m, false);
		uint32_t before;
		if (!l || listeners_leading(&this_host.listeners, r, m, true) ||
			lookup_points(&m->addr, protocol_of(m->transport), &before))
			continue;
		int number = lookups_number(this_host.segment.lookups, &l->addr, protocol_of(l->transport));
		int error = number < 0 ? E2BIG : look_for_others(m, is_start(r));
		tell(r, i, l, error ? error : lookup_point(&m->addr, protocol_of(m->transport), (uint32_t)number));
	}
}

static bool is_led(const struct rules *r, const struct addr *a, uint16_t protocol)
{
	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->open == OPEN_LOOKUP && protocol_of(m->transport) == protocol && addr_equal(&m->addr, a) &&
			m->addr.scope == a->scope)
			return true;
	}
	return false;
}

static void end_members(const struct rules *r)
{
	struct lookup_key key = {.protocol = 0}, next;
	struct addr a;
	bool more = lookup_next(&key);

	while (more) {
		next = key;
		more = lookup_next(&next); /* before this one goes */
		lookup_key_addr(&key, &a);
		if (!is_led(r, &a, key.protocol))
			lookup_end(&a, key.protocol);
		key = next;
	}
}

void serve_renewed(const struct rules *r)
{
	int saved = errno, end = sockets_end(&this_host.sockets);

	if (!lookup_is_open()) {
		tell_missing(r);
		return;
	}
	for (int fd = 0; fd < end; fd++) {
		if (bits_of(fd) & FD_LISTENER)
			begin_late(r, fd, bits_of(fd));
	}
	for (int fd = 0; fd < end; fd++)
		serve(r, fd);
	lead_elsewhere(r);
	end_members(r);
	for (int fd = 0; fd < end; fd++) {
		if (own_is(fd) && (bits_of(fd) & FD_UDP) && !is_led(r, &record_of(fd)->local, IPPROTO_UDP))
			source_end(fd);
	}
	errno = saved;
}

static uint32_t begin_unseen(const struct rules *r, int fd, uint32_t bits)
{
	const struct addr *a = &record_of(fd)->local;

	return serve_wants(r, a, bits) ? serve_begin(fd, bits, a) : bits;
}

static const struct note_watcher watcher = {begin_unseen, serve};

int serve_start(const struct config *c)
{
	uint32_t wanted = 0;

	for (size_t i = 0; i < c->member_count; i++)
		wanted += c->members[i].open == OPEN_ANY || c->members[i].open == OPEN_LOOKUP;
	if (!wanted && c->open != OPEN_LOOKUP)
		return 0;
	int error = lookup_open(wanted < 128 ? 256 : wanted * 2);
	attempt_ended(error);
	if (error)
		return error;
	note_watcher = &watcher;
	privilege_give_up();
	return 0;
}
