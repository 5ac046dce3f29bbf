/* SPDX-License-Identifier: MIT */
/* See stream_side.h. */
#include "side.h"

#include <errno.h>

#include "preload/process.h"
#include "preload/process.h"
#include "preload/trace/line.h"
#include "preload/process.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "preload/hot.h"
#include "hold.h"
#include "segment/streams.h"
#include "sip/shown.h"
#include "preload/trace/trace.h"
#include "core/arrival.h"

/* The connection's ends by the kernel's word. False: it is not connected yet. */
static bool ask_ends(int fd, struct fd_record *r)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int saved = errno;

	bool connected = getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
		addr_from_sockaddr(&r->peer, &ss, len) == 0;
	len = sizeof(ss);
	if (connected)
		connected = real.getsockname(fd, &ss, &len) == 0 &&
			addr_from_sockaddr(&r->local, &ss, len) == 0;
	errno = saved;
	return connected;
}

/* Whether it came to a listener: so it was seen, or its end here is where one is, or could be in the
 * process that it came from. */
static bool is_accepted(const struct fd_record *r, uint32_t bits)
{
	const struct names *n = names_now(&this_host.names);

	if (bits & (FD_ACCEPTED | FD_STEERED))
		return bits & FD_ACCEPTED;
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *own = &n->own[i];
		if (own->transport != TRANSPORT_UDP && !own->given.n && addr_equal(&own->addr, &r->local))
			return true;
	}
	return rules_is_sip_port(this_host.rules, r->local.port);
}

/* By what was seen of it; without a system call. */
static bool may_be_sip(const struct fd_record *r, uint32_t bits)
{
	if (!config_now()->member_count ||
		!(this_host.rules->marks || config_now()->unknown != UNKNOWN_PASS))
		return false;
	/* what comes to any listener may be a request that is not for the host */
	if (config_now()->unknown != UNKNOWN_PASS && is_accepted(r, bits))
		return true;
	return (bits & FD_STEERED) || rules_is_sip_port(this_host.rules, r->local.port) ||
		rules_is_sip_port(this_host.rules, r->host_bound.port) ||
		(!(bits & FD_ACCEPTED) && rules_is_sip_port(this_host.rules, r->peer.port));
}

/* The member whose address the connection has here: of an accepted one, port and all. */
static const struct name *member_here(const struct names *n, const struct addr *local, bool port)
{
	for (size_t i = 0; i < n->member_count; i++) {
		const struct name *m = &n->members[i];
		if (m->transport == TRANSPORT_TCP && addr_same_host(&m->addr, local) &&
			(!port || m->addr.port == local->port))
			return m;
	}
	return NULL;
}

/* A peer reaches the host by this connection alone: nobody listens under the member's name. */
static bool is_flow(const struct names *n, const struct name *member, uint32_t bits)
{
	return member && (bits & FD_STEERED) && !names_hears(n, TRANSPORT_TCP, &member->addr);
}

/* What getsockname() says of a steered connection the host may write, and the wire has its real name. */
static void keep_name(const struct fd_record *r)
{
	struct shown_pair pair = {r->named.family ? r->named : r->local, r->local};

	pair.shown.port = r->local.port;
	shown_keep(this_host.segment.shown, TRANSPORT_TCP, &pair);
}

bool stream_begin(int fd, uint32_t bits)
{
	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return false;
	struct fd_record *r = record_of(fd);
	bool known = bits & FD_CONNECTED;
	if (!known && !ask_ends(fd, r))
		return false;
	if (!may_be_sip(r, bits)) {
		note_mark(fd, FD_PLAIN);
		return false;
	}
	if (known && !ask_ends(fd, r))
		return false;
	if ((bits & FD_STEERED) && this_host.rules->edits)
		keep_name(r);
	if (this_host.rules->edits && is_flow(names_now(&this_host.names), member_here(names_now(&this_host.names), &r->local, false), bits))
		stream_say(fd, "the program does not listen on the member: Contact and Record-Route "
			       "name this connection, which a peer has to use again");
	r->cookie = ask_cookie(fd);
	note_mark(fd, r->cookie ? FD_STREAM | FD_CONNECTED : FD_PLAIN);
	atomic_store_explicit(&stream_hold_any, true, memory_order_relaxed);
	return r->cookie != 0;
}

/* The number of the listener that the host takes for this end; NAMES_ANY if there is none. */
static uint16_t listener_here(const struct names *n, const struct addr *local, bool port)
{
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *own = &n->own[i];
		if (own->transport == TRANSPORT_TCP && !own->given.n &&
			addr_same_host(&own->addr, local) &&
			(!port || own->addr.port == local->port))
			return own->owner;
	}
	return NAMES_ANY;
}

static uint16_t socket_of(const struct names *n, const struct fd_record *r, uint32_t bits)
{
	const struct addr *at = (bits & FD_STEERED) && r->named.family ? &r->named : &r->local;
	uint16_t number = at->port ? listener_here(n, at, true) : NAMES_ANY;

	return number == NAMES_ANY && !(bits & FD_ACCEPTED) ? listener_here(n, at, false) : number;
}

bool stream_is_for_nobody(int fd)
{
	const struct fd_record *r = record_of(fd);

	if (config_now()->unknown == UNKNOWN_PASS || !is_accepted(r, bits_of(fd)))
		return false;
	for (size_t i = 0; i < config_now()->member_count; i++) {
		const struct member *m = &config_now()->members[i];
		if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, &r->local))
			return false;
	}
	return true;
}

bool stream_must_be_sip(int fd)
{
	return stream_must_shut() && is_accepted(record_of(fd), bits_of(fd)) &&
		rules_speak_tcp(this_host.rules, &record_of(fd)->local);
}

void stream_side(int fd, uint32_t bits, bool in, struct edit_side *side)
{
	const struct fd_record *r = record_of(fd);
	const struct names *n = names_now(&this_host.names);
	bool accepted = is_accepted(r, bits);
	const struct name *here = member_here(n, &r->local, accepted);
	uint16_t bonds[ARRIVAL_BONDS];

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_TCP,
		.in = in,
		.made = !accepted,
		.socket = socket_of(n, r, bits)};
	if (!in) {
		side->title = this_host.rules->edits ? here : NULL;
		side->client_port = bits & FD_STEERED ? r->local.port : 0;
		side->flow_port = is_flow(n, here, bits) ? r->local.port : 0;
		return;
	}
	side->strict = this_host.rules->marks_all || config_now()->unknown != UNKNOWN_PASS;
	side->arrived = here ? here : names_at(n, &r->local, TRANSPORT_TCP);
	side->as_member = here && here->given.n;
	side->mark = this_host.rules->marks_all && side->arrived && side->socket != NAMES_ANY;
	if (n->header.n && here && arrival_bonds(this_host.rules, here, bonds)) {
		const char *name = config_now()->bonds[bonds[0]].name;
		side->bond = (struct span){name, strlen(name)};
	}
}

bool stream_must_shut(void)
{
	return config_now()->header || config_now()->unknown != UNKNOWN_PASS;
}

void stream_note_sip(int fd)
{
	if (bits_of(fd) & FD_SIP)
		return;
	note_mark(fd, FD_SIP);
	streams_note_sip(this_host.segment.streams, stream_key(record_of(fd)->cookie, true));
}

bool stream_is_sip(int fd)
{
	if (!(bits_of(fd) & FD_SIP) &&
		streams_had_sip(this_host.segment.streams, stream_key(record_of(fd)->cookie, true)))
		note_mark(fd, FD_SIP);
	return bits_of(fd) & FD_SIP;
}

void stream_note_foreign(int fd)
{
	note_mark(fd, FD_PLAIN);
	counters_add(this_host.segment.counters, COUNTER_NOT_SIP, 1);
	stream_say(fd, "carries no SIP and passes untouched");
}

void stream_say(int fd, const char *what)
{
	struct line l;

	if (!(hot.mode & HOT_TRACE))
		return;
	line_start(&l);
	line_text(&l, "connection ");
	line_signed(&l, fd);
	line_text(&l, ": ");
	line_text(&l, what);
	l.text[l.length] = 0;
	trace_say(l.text);
}
