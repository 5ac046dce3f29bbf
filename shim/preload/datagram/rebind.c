/* SPDX-License-Identifier: MIT */
/* What changes a socket is done by one thread at a time (note_begin_move()); a socket that
 * cannot be changed is as it was. */
#include "rebind.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>

#include "preload/connection/replace.h"
#include "preload/hot.h"
#include "preload/opened/filter.h"
#include "preload/opened/abreast.h"
#include "preload/real/real.h"
#include "preload/refusal.h"
#include "preload/rules_due.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "preload/sockets/publish.h"
#include "preload/sockets/wide.h"
#include "send.h"
#include "sip/shown.h"

/* A thread that is cancelled in between would leave the socket without a name, and nobody else the right
 * to change it: connect() is a cancellation point. */
static bool begin(int fd, int *cancel)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, cancel);
	if (note_begin_move(fd))
		return true;
	pthread_setcancelstate(*cancel, NULL);
	return false;
}

static void end(int fd, uint32_t set, int cancel)
{
	note_change(fd, FD_MOVING, set);
	pthread_setcancelstate(cancel, NULL);
}

static int domain_of(uint32_t bits)
{
	return bits & FD_V6 ? AF_INET6 : AF_INET;
}

static int bind_at(int fd, const struct addr *a, uint32_t bits)
{
	struct sockaddr_storage ss;

	return real.bind(fd, &ss, addr_to_sockaddr(a, domain_of(bits), &ss)) == 0 ? 0 : errno;
}

static void disconnect(int fd)
{
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	real.connect(fd, &unspec, sizeof(unspec));
}

/* The filter first, or what is not for the host would get in; connect(AF_UNSPEC) lets go of a port that
 * the kernel chose. If it fails the socket may be left without a name. */
static int widen(int fd, const struct member *m, uint32_t bits, const struct addr *now)
{
	int one = 1, off = 0, error;
	struct addr any = addr_any(now->family, now->port);
	bool v6only = (bits & FD_V6) && now->family == AF_INET6;

	if (filter_length(fd) != 0) /* the host's own */
		return EBUSY;
	error = filter_attach(fd, &(struct filter_of){.own = now, .first = m}, NULL, 0);
	if (error)
		return error;
	disconnect(fd);
	if (v6only)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	error = bind_at(fd, &any, bits);
	if (error == EINVAL) /* bound for good, when it was narrowed */
		error = replace_datagram(fd, bits, &any);
	if (error) {
		if (v6only)
			real.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		filter_detach(fd);
		return error; /* rebind_in_place() goes on from there */
	}
	ask_for_arrivals(fd, bits, 1);
	record_of(fd)->local = any;
	wide_keep_name(fd, now, &any);
	note_change(fd, 0, FD_WIDE | FD_ARRIVALS);
	publish_wide(fd);
	hot_has_clients();
	abreast_add(rules_now()->generation);
	return 0;
}

/* The name that the host's socket has where nothing moved it: what the host bound, at the port that it
 * got. */
static struct addr own_name(const struct fd_record *r, uint32_t bits, uint16_t port)
{
	struct addr own = {.family = bits & FD_V6 ? AF_INET6 : AF_INET};

	if (r->host_bound.family)
		own = r->host_bound;
	else
		own = addr_any(own.family, port);
	own.port = port;
	return own;
}

/* Where the kernel, by connect(AF_UNSPEC), took the port away from an address that the host had bound: a
 * send would give it another one. */
static void bind_again(int fd, uint32_t bits, struct addr *now)
{
	if (!now->port && !(bits & FD_CONNECTED) && !addr_is_any(now) && bind_at(fd, now, bits) == 0)
		ask_local_name(fd, now);
}

/* Rebinds the socket to the member in place; the port stays where it is free there. */
static int rebind_in_place(int fd, const struct member *m, uint32_t bits, const struct addr *now)
{
	struct fd_record *r = record_of(fd);
	struct sockaddr_storage ss;
	struct addr goal = m->addr;
	int error;

	goal.port = now->port;
	if (now->port)
		disconnect(fd);
	error = bind_at(fd, &goal, bits);
	if (error == EINVAL) /* its port is bound for good */
		error = replace_datagram(fd, bits, &goal);
	if (error == EADDRINUSE) {
		goal.port = 0;
		error = bind_at(fd, &goal, bits);
		if (error == EINVAL)
			error = replace_datagram(fd, bits, &goal);
	}
	if (error && now->port) {
		struct addr back = r->host_bound.family ? r->host_bound : addr_any(now->family, 0);
		back.port = now->port;
		bind_at(fd, &back, bits);
	}
	if (bits & FD_CONNECTED)
		real.connect(fd, &ss, addr_to_sockaddr(&r->peer, domain_of(bits), &ss));
	return error;
}

static int move(int fd, const struct member *m, const struct sender *s)
{
	struct fd_record *r = record_of(fd);
	struct addr now, goal;
	int error;

	if (!ask_local_name(fd, &now))
		return EINVAL;
	bind_again(fd, s->bits, &now);
	if (!addr_same_host(&now, &m->addr) || now.port == 0) {
		if (!refusal_source_works(m, s->dst))
			return EADDRNOTAVAIL;
		if (!(s->bits & FD_CONNECTED) && now.port && widen(fd, m, s->bits, &now) == 0)
			return 0;
		error = rebind_in_place(fd, m, s->bits, &now);
		if (error)
			return error;
	}
	if (ask_local_name(fd, &goal))
		r->local = goal;
	if (now.port)
		wide_keep_name(fd, &now, &r->local);
	note_change(fd, 0, FD_STEERED);
	return 0;
}

/* Whether another process, which has the socket as well, has widened it meanwhile. By the one that has the
 * right to change it. */
static bool adopt(int fd)
{
	struct fd_record *r = record_of(fd);
	struct addr before = r->local, bound = r->host_bound;

	if (!bound.family || addr_is_any(&bound) || !ask_local_name(fd, &r->local) || !wide_was_made(fd)) {
		r->local = before;
		return false;
	}
	note_change(fd, 0, FD_WIDE | FD_ARRIVALS);
	return true;
}

int rebind_move(int fd, const struct member *m, const struct sender *s)
{
	int saved = errno, cancel;

	if (!owner_may_change() || !begin(fd, &cancel))
		return EINVAL;
	uint32_t bits = bits_of(fd);
	int error = 0;
	if ((bits & FD_WIDE) && (bits & FD_CONNECTED)) /* rebind_narrow() could not: it hears one address */
		error = EBUSY;
	else if (!(bits & (FD_WIDE | FD_STEERED)))
		error = move(fd, m, s);
	end(fd, 0, cancel);
	errno = saved;
	return error;
}

uint32_t rebind_known(int fd, uint32_t bits)
{
	struct fd_record *r = record_of(fd);
	const struct shown_table *table = this_host.segment.shown;
	struct addr own = r->host_bound, now;
	struct shown_pair pair;
	int saved = errno, cancel;

	if (!own.family || addr_is_any(&own) || !table ||
		!atomic_load_explicit(&table->clock, memory_order_relaxed))
		return bits;
	own.port = r->local.port;
	if (own.port && (!shown_find(table, TRANSPORT_UDP, &own, &pair) || !addr_is_any(&pair.real)))
		return bits;
	if (owner_may_change() && ask_local_name(fd, &now) && begin(fd, &cancel)) {
		if (addr_is_any(&now))
			adopt(fd);
		else if (!own.port && bits_of(fd) == (bits | FD_MOVING))
			r->local = now;
		end(fd, 0, cancel);
	}
	errno = saved;
	return bits_of(fd);
}

void rebind_note(int fd)
{
	struct fd_record *r = record_of(fd);
	uint32_t bits = bits_of(fd);
	struct addr now;
	int saved = errno, cancel;

	if (!r->named.family && owner_may_change() && ask_local_name(fd, &now) && now.port &&
		addr_is_any(&now) && begin(fd, &cancel)) {
		r->local = now;
		wide_keep_name(fd, &now, &now);
		ask_for_arrivals(fd, bits, 1);
		end(fd, FD_ARRIVALS, cancel);
	}
	errno = saved;
}

void rebind_narrow(int fd)
{
	struct fd_record *r = record_of(fd);
	uint32_t bits = bits_of(fd);
	bool listener = bits & FD_LISTENER;
	struct addr own = listener ? r->named : own_name(r, bits, r->named.port);
	int saved = errno, cancel, n = sockets_listener(bits);

	if (listener && (r->by_lookup || n < 0)) /* one that is led is at its own address */
		return;
	if (own.port && begin(fd, &cancel)) {
		if (replace_datagram(fd, bits, &own) == 0) {
			if (bits & FD_WIDE)
				filter_detach(fd);
			ask_for_arrivals(fd, bits, (bits & FD_PKTINFO) != 0);
			r->local = own;
			memset(&r->named, 0, sizeof(r->named));
			note_change(fd, FD_WIDE | FD_ARRIVALS | FD_STEERED, 0);
			if (listener)
				listeners_open(&this_host.listeners, renew_rules(), n, OPENED_NOT);
		}
		end(fd, 0, cancel);
	}
	errno = saved;
}
