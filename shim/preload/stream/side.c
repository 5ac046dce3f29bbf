/* SPDX-License-Identifier: MIT */
/* See stream_side.h. */
#include "side.h"

#include <errno.h>

#include "core/arrival.h"
#include "core/names.h"
#include "preload/trace/line.h"
#include "core/listeners.h"
#include "preload/real/real.h"
#include "segment/choices.h"
#include "preload/hot.h"
#include "hold.h"
#include "segment/streams.h"
#include "preload/trace/trace.h"

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
	const struct names *n = names_now();

	if (bits & (FD_ACCEPTED | FD_STEERED))
		return bits & FD_ACCEPTED;
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *own = &n->own[i];
		if (own->transport != TRANSPORT_UDP && !own->given.n && addr_equal(&own->addr, &r->local))
			return true;
	}
	return listeners_is_sip_port(r->local.port);
}

/* By what was seen of it; without a system call. */
static bool may_be_sip(const struct fd_record *r, uint32_t bits)
{
	if (!shim_config->member_count ||
		!(names_marks || shim_config->unknown != UNKNOWN_PASS))
		return false;
	/* what comes to any listener may be a request that is not for the host */
	if (shim_config->unknown != UNKNOWN_PASS && is_accepted(r, bits))
		return true;
	return (bits & FD_STEERED) || listeners_is_sip_port(r->local.port) ||
		listeners_is_sip_port(r->host_bound.port) ||
		(!(bits & FD_ACCEPTED) && listeners_is_sip_port(r->peer.port));
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
	shown_keep(shared_shown(), TRANSPORT_TCP, &pair);
}

bool stream_begin(int fd, uint32_t bits)
{
	if (fd < 0 || fd >= fd_max || !fds_may_change())
		return false;
	struct fd_record *r = &fd_records[fd];
	bool known = bits & FD_CONNECTED;
	if (!known && !ask_ends(fd, r))
		return false;
	if (!may_be_sip(r, bits)) {
		fds_mark(fd, FD_PLAIN);
		return false;
	}
	if (known && !ask_ends(fd, r))
		return false;
	if ((bits & FD_STEERED) && names_edits)
		keep_name(r);
	if (names_edits && is_flow(names_now(), member_here(names_now(), &r->local, false), bits))
		stream_say(fd, "the program does not listen on the member: Contact and Record-Route "
			       "name this connection, which a peer has to use again");
	r->cookie = shared_cookie(fd);
	fds_mark(fd, r->cookie ? FD_STREAM | FD_CONNECTED : FD_PLAIN);
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
	const struct fd_record *r = &fd_records[fd];

	if (shim_config->unknown == UNKNOWN_PASS || !is_accepted(r, fds_peek(fd)))
		return false;
	for (size_t i = 0; i < shim_config->member_count; i++) {
		const struct member *m = &shim_config->members[i];
		if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, &r->local))
			return false;
	}
	return true;
}

bool stream_must_be_sip(int fd)
{
	return stream_must_shut() && is_accepted(&fd_records[fd], fds_peek(fd)) &&
		listeners_speak_tcp(&fd_records[fd].local);
}

void stream_side(int fd, uint32_t bits, bool in, struct edit_side *side)
{
	const struct fd_record *r = &fd_records[fd];
	const struct names *n = names_now();
	bool accepted = is_accepted(r, bits);
	const struct name *here = member_here(n, &r->local, accepted);
	uint16_t bonds[ARRIVAL_BONDS];

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_TCP,
		.in = in,
		.made = !accepted,
		.socket = socket_of(n, r, bits)};
	if (!in) {
		side->title = names_edits ? here : NULL;
		side->client_port = bits & FD_STEERED ? r->local.port : 0;
		side->flow_port = is_flow(n, here, bits) ? r->local.port : 0;
		return;
	}
	side->strict = names_marks_all || shim_config->unknown != UNKNOWN_PASS;
	side->arrived = here ? here : names_at(n, &r->local, TRANSPORT_TCP);
	side->as_member = here && here->given.n;
	side->mark = names_marks_all && side->arrived && side->socket != NAMES_ANY;
	if (n->header.n && here && arrival_bonds(here, bonds)) {
		const char *name = shim_config->bonds[bonds[0]].name;
		side->bond = (struct span){name, strlen(name)};
	}
}

bool stream_must_shut(void)
{
	return shim_config->header || shim_config->unknown != UNKNOWN_PASS;
}

void stream_note_sip(int fd)
{
	if (fds_peek(fd) & FD_SIP)
		return;
	fds_mark(fd, FD_SIP);
	stream_state_note_sip(stream_key(fd_records[fd].cookie, true));
}

bool stream_is_sip(int fd)
{
	if (!(fds_peek(fd) & FD_SIP) &&
		stream_state_had_sip(stream_key(fd_records[fd].cookie, true)))
		fds_mark(fd, FD_SIP);
	return fds_peek(fd) & FD_SIP;
}

void stream_note_foreign(int fd)
{
	fds_mark(fd, FD_PLAIN);
	stream_count(STREAM_NOT_SIP, 1);
	stream_say(fd, "carries no SIP and passes untouched");
}

void stream_say(int fd, const char *what)
{
	struct line l;

	if (!(shim_mode & SHIM_TRACE))
		return;
	line_start(&l);
	line_text(&l, "connection ");
	line_signed(&l, fd);
	line_text(&l, ": ");
	line_text(&l, what);
	l.text[l.length] = 0;
	trace_say(l.text);
}
