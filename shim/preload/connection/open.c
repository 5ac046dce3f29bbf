/* SPDX-License-Identifier: MIT */
/* Connections: bound to the member before connect(), in place where the kernel lets go of what the
 * host bound, else on a fresh socket. Runs in connect(), never in a send. */
#include "open.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bind.h"
#include "config/select.h"
#include "preload/outgoing.h"
#include "preload/process.h"
#include "preload/real/real.h"
#include "preload/hot.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "preload/tally.h"
#include "preload/refusal.h"
#include "replace.h"
#include "segment/socknames.h"
#include "sip/shown.h"

ssize_t connection_open_plain(const struct opening *o)
{
	return o->first ? outgoing_plain(o->first) : real.connect(o->fd, o->sa, o->len);
}

/* Moving a socket that is connected, connecting or listening would break it. */
static bool is_closed(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	bool known = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0;

	return known && info.tcpi_state == TCP_CLOSE;
}

/* Whether the host itself bound the socket to one of the members that fit. */
static bool host_chose_member(struct verdict *v, const struct sender *s, const struct addr *now)
{
	uint16_t bond = v->route.bond != MODEL_NONE ? v->route.bond
						    : v->rules->config.routes[v->route.number].bond;
	bool port = v->rules->config.bonds[bond].source_port == SOURCE_PORT_MEMBER;
	uint32_t i = SELECT_NONE;

	if (s->bits & FD_STEERED)
		return false;
	while ((i = select_next(&v->rules->config, bond, v->how.transport, s->dst, i)) != SELECT_NONE) {
		const struct member *m = &v->rules->config.members[i];
		if (v->why == WHY_FLOW && i != v->how.member)
			continue;
		if (addr_same_host(now, &m->addr) && (!port || now->port == m->addr.port) &&
			!m->device[0]) {
			v->how.member = i;
			return true;
		}
	}
	return false;
}

/* A port that the host chose is never let go of in place: other sockets may share it. */
static bool is_explicit(int fd, const struct sender *s, const struct addr *now)
{
	const struct addr *bound = &record_of(fd)->host_bound;

	if (s->bits & FD_STEERED)
		return false;
	return bound->family ? bound->port != 0 : now->port && !ask_is_ephemeral(now->port);
}

/* What getsockname() shall say: the port is true, the address is the one the host would have
 * seen or written by itself. */
static void remember_name(int fd, const struct verdict *v, const struct addr *dst)
{
	struct fd_record *r = record_of(fd);
	const struct listener *l;

	memset(&r->named, 0, sizeof(r->named));
	if (r->host_bound.family && !addr_is_any(&r->host_bound))
		r->named = r->host_bound;
	else if ((l = listeners_first(&this_host.listeners, v->how.transport, dst->family)) != NULL)
		r->named = l->addr;
	socknames_keep(this_host.segment.socknames, ask_cookie(fd), &r->named);
	note_change(fd, 0, FD_STEERED);
}

/* The host may have asked for the name that the socket had before it was moved, and write that: it
 * is kept with the one that the wire knows now. */
static void keep_old_name(int fd, const struct addr *old)
{
	struct shown_pair pair = {.shown = *old};
	int saved = errno;

	if (old->port && ask_local_name(fd, &pair.real) && pair.real.port)
		shown_keep(this_host.segment.shown, TRANSPORT_TCP, &pair);
	errno = saved;
}

/* Binds fd to member m by whichever way it allows. 0 or an errno. */
static int move(int fd, const struct sender *s, const struct member *m, struct verdict *v)
{
	bool by_port = v->rules->config.bonds[m->bond].source_port == SOURCE_PORT_MEMBER;
	uint16_t port = by_port ? m->addr.port : 0;
	struct addr now;
	int error;

	v->action = ACTION_BIND;
	if (!ask_local_name(fd, &now))
		return EINVAL;
	if (!is_explicit(fd, s, &now)) {
		if (now.port)
			bind_release(fd);
		error = bind_source(fd, s->bits, m, port);
		if (error != EINVAL)
			return error;
	}
	v->action = ACTION_REPLACE;
	return replace_stream(fd, s->bits, m, port);
}

/* The kernel will not have the source. */
static bool is_refusal(int error, const struct member *m, const struct addr *dst)
{
	return error == EADDRNOTAVAIL || refusal_is_of_source(error, m, dst);
}

/* Made before our eyes and, as far as the table knows, neither bound nor connected nor moved
 * since. */
static bool is_untouched(int fd, uint32_t bits)
{
	const struct fd_record *r = record_of(fd);

	return (bits & ~(uint32_t)FD_V6) == (FD_TCP | FD_SEEN) && !r->host_bound.family &&
		!r->local.family;
}

/* Of an untouched socket the kernel need not be asked how it stands: if the table is wrong, bind()
 * will say so. False: nothing came of it. */
static bool open_untouched(
	const struct opening *o, const struct verdict *v, const struct sender *s, ssize_t *result)
{
	const struct member *m = &v->rules->config.members[v->how.member];

	if (m->device[0] || v->rules->config.bonds[m->bond].source_port == SOURCE_PORT_MEMBER ||
		bind_source(o->fd, s->bits, m, 0) != 0)
		return false;
	remember_name(o->fd, v, s->dst);
	*result = connection_open_plain(o);
	if (*result >= 0 || !is_refusal(errno, m, s->dst))
		return true;
	tally_add(v, TALLY_REFUSED, 1);
	return false;
}

/* As connection_open(). *refused: the kernel would not have a source that was tried. */
static ssize_t open_decided(
	const struct opening *o, struct verdict *v, const struct sender *sender, bool *refused)
{
	struct sender s = *sender;
	struct addr now;
	ssize_t result;

	if (v->action == ACTION_NONE && !(s.bits & FD_STEERED))
		return connection_open_plain(o);
	if (v->action == ACTION_BIND && is_untouched(o->fd, s.bits)) {
		if (open_untouched(o, v, &s, &result))
			return result;
		s.bits = bits_of(o->fd);
	}
	if (!is_closed(o->fd) || !ask_local_name(o->fd, &now)) {
		v->why = WHY_NOTHING;
		v->action = ACTION_NONE;
		return connection_open_plain(o);
	}
	if (v->action == ACTION_BIND && host_chose_member(v, &s, &now)) {
		v->why = WHY_ALREADY;
		v->action = ACTION_NONE;
		return connection_open_plain(o);
	}
	while (v->action == ACTION_BIND) {
		const struct member *m = &v->rules->config.members[v->how.member];
		int error = move(o->fd, &s, m, v);
		if (error == EBUSY) {
			uint8_t rule = v->rules->config.bonds[m->bond].no_member;
			v->why = WHY_CANNOT_MOVE;
			v->action = rule == NO_MEMBER_FAIL ? ACTION_FAIL : ACTION_NONE;
			break;
		}
		if (!error) {
			remember_name(o->fd, v, s.dst);
			result = connection_open_plain(o);
			if (result >= 0 || !is_refusal(errno, m, s.dst)) {
				keep_old_name(o->fd, &now);
				return result;
			}
		}
		tally_add(v, TALLY_REFUSED, 1);
		*refused = true;
		v->action = ACTION_BIND;
		decide_next_connection(&this_host, v, &s);
	}
	if (v->action == ACTION_FAIL) {
		errno = ENETUNREACH;
		return -1;
	}
	if (bits_of(o->fd) & FD_STEERED)
		bind_back(o->fd, s.bits);
	return connection_open_plain(o);
}

ssize_t connection_open(const struct opening *o, struct verdict *v, const struct sender *sender)
{
	bool refused = false;
	ssize_t result = open_decided(o, v, sender, &refused);
	bool begun = result >= 0 || errno == EINPROGRESS || errno == EINTR;

	if (v->how.member == SELECT_NONE || v->why == WHY_CANNOT_MOVE) {
		tally_no_member(v);
	} else if (begun && (v->why == WHY_STEERED || v->why == WHY_ALREADY || v->why == WHY_FLOW)) {
		tally_add(v, TALLY_CONNECTIONS, 1);
		tally_add(v, TALLY_FAILOVERS, refused);
	}
	return result;
}
