/* SPDX-License-Identifier: MIT */
/* Members are led to a listener once it is there, and to another when a better one comes. Whatever process does
 * it, all of them have the one table in the kernel; the sockets from which members of other ports are sent are each
 * process's own. */
#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/older.h"
#include "base/generation.h"
#include "core/opened.h"
#include "attempt.h"
#include "lead.h"
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

/* The cause and the remedy. */
static void explain(const struct member *m, int error, bool search, char *text, size_t size, unsigned *detail)
{
	char who[160] = "another program has this address and port";

	if (error == EADDRINUSE) {
		if (search)
			*detail = in_use_explain(m->transport == TRANSPORT_UDP, &m->addr, false, 0, who, sizeof(who));
		snprintf(text, size, "%s, which is not to be robbed of what comes there: let it have another port or end it, "
				     "or take `open` out of the member", who);
	} else if (error == E2BIG || error == EMFILE) {
		snprintf(text, size, "there are more than fit: open fewer, or start the program anew");
	} else if (error == EACCES) {
		snprintf(text, size, "to send from port %u the program needs CAP_NET_BIND_SERVICE when it starts, or "
				     "net.ipv4.ip_unprivileged_port_start = %u: grant it, or take `open` out of the member",
			m->addr.port, m->addr.port);
	} else {
		snprintf(text, size, "the kernel says \"%s\": take `open` out of the member", error_text(error));
	}
}

/* What became of member number i, which was to be led to l. Where the program begins, it ends with one that cannot
 * be. */
static void tell(const struct rules *r, uint32_t i, const struct listener *l, int error)
{
	const struct member *m = &r->config.members[i];
	unsigned detail;
	enum opening o = lead_opening(error, l->addr.port, &detail);
	char why[512];

	if (error)
		explain(m, error, is_start(r), why, sizeof(why), &detail);
	states_set_opening(this_host.segment.states, m, o, detail);
	if (error)
		trouble_member(m, is_start(r), why);
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
	ask_for_ports(fd, bits); /* a reload may bring members of others while the host waits in a call */
	return bits | FD_WIDE | FD_ARRIVALS;
}

/* Of a port that may not be bound here, what can be seen counts. */
static int lead_here(const struct rules *r, const struct member *m, uint32_t number)
{
	struct lookup_maps maps = lookup_maps();
	struct in_use u;
	int error = lead(&maps, m, number);

	if (error == EACCES)
		error = is_start(r) && in_use_find(&u, m->transport == TRANSPORT_UDP, &m->addr, false, 0)
			? EADDRINUSE : lead_unasked(&maps, m, number);
	return error;
}

/* Leads m to the listener l, of that number. */
static int lead_to(const struct rules *r, const struct member *m, const struct listener *l, uint32_t number)
{
	int error = lead_here(r, m, number);

	if (error || m->transport != TRANSPORT_UDP || m->addr.port == l->addr.port)
		return error;
	return source_keep(m);
}

static const struct listener *listener_of(int fd)
{
	int n = sockets_listener(bits_of(fd));
	const struct listener *l = n < 0 ? NULL : &this_host.listeners.slots[n];

	return l && l->opened == OPENED_LOOKUP ? l : NULL;
}

/* A listener to which nothing leads yet, so that a reload can change that while the host makes no call: its socket is
 * there for the kernel, and tells where its datagrams came to. */
static void make_ready(const struct rules *r, int fd)
{
	uint32_t bits = bits_of(fd);
	struct fd_record *record = record_of(fd);
	uint16_t protocol = bits & FD_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	struct lookup_maps maps = lookup_maps();

	if (sockets_listener(bits) < 0 || sockets_is_opened(bits) || record->by_lookup || own_is(fd) ||
		(bits & FD_CONNECTED) || addr_is_any(&record->local) || !rules_is_sip_port(r, record->local.port))
		return;
	int number = lookups_number(this_host.segment.lookups, &record->local, protocol, LOOKUPS_SPARE);
	if (number < 0 || lookup_put(&maps, (uint32_t)number, fd) != 0)
		return;
	record->by_lookup = true;
	if (!(bits & FD_UDP))
		return;
	ask_for_arrivals(fd, bits, 1);
	ask_for_ports(fd, bits);
	note_change(fd, 0, FD_ARRIVALS);
}

static int put(const struct listener *l, int fd, int *number)
{
	struct lookup_maps maps = lookup_maps();

	*number = lookups_number(this_host.segment.lookups, &l->addr, lead_protocol(l->transport), LOOKUPS_MAX);
	int error = *number < 0 ? E2BIG : lookup_put(&maps, (uint32_t)*number, fd);
	/* the kernel spreads over all of them */
	return error == E2BIG && *number >= 0 && ask_option(fd, SO_REUSEPORT) > 0 ? 0 : error;
}

static void serve(const struct rules *r, int fd)
{
	const struct listener *l = lookup_is_open() ? listener_of(fd) : NULL;
	int saved = errno, number;

	if (l) {
		int error = put(l, fd, &number);
		for (uint32_t i = 0; i < r->config.member_count; i++) {
			const struct member *m = &r->config.members[i];
			if (listeners_leading(&this_host.listeners, r, m, true) == l)
				tell(r, i, l, error ? error : lead_to(r, m, l, (uint32_t)number));
		}
	} else if (lookup_is_open()) {
		make_ready(r, fd);
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
	for (int fd = 0; (lookup_is_open() || rules_now()->opens) && fd < INHERITED_MAX; fd++) {
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
	struct lookup_maps maps = lookup_maps();

	for (uint32_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		const struct listener *l = listeners_leading(&this_host.listeners, r, m, false);
		uint32_t before;
		if (!l || listeners_leading(&this_host.listeners, r, m, true) ||
			lookup_points(&maps, &m->addr, lead_protocol(m->transport), &before))
			continue;
		int number = lookups_number(
			this_host.segment.lookups, &l->addr, lead_protocol(l->transport), LOOKUPS_MAX);
		tell(r, i, l, number < 0 ? E2BIG : lead_here(r, m, (uint32_t)number));
	}
}

void serve_renewed(const struct rules *r)
{
	int saved = errno, end = sockets_end(&this_host.sockets);
	struct lookup_maps maps = lookup_maps();

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
	lead_end_others(&maps, r);
	for (int fd = 0; fd < end; fd++) {
		if (own_is(fd) && (bits_of(fd) & FD_UDP) && !lead_is_wanted(r, &record_of(fd)->local, IPPROTO_UDP))
			source_end(fd);
	}
	lookups_done(this_host.segment.lookups, r->generation);
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
