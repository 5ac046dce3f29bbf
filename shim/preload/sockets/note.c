/* SPDX-License-Identifier: MIT */
/* Keeps the table of sockets, as the host's calls tell it. Written by the rare hooks (socket, bind,
 * close, ...), read by sends. */
#include "note.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "ask.h"
#include "own.h"
#include "preload/opened/begun.h"
#include "preload/opened/filter.h"
#include "preload/opened/abreast.h"
#include "preload/opened/trouble.h"
#include "preload/datagram/fast.h"
#include "preload/real/real.h"
#include "preload/rules_due.h"
#include "publish.h"
#include "segment/counters.h"
#include "segment/handshakes.h"
#include "segment/socknames.h"
#include "segment/streams.h"
#include "wide.h"

const struct note_watcher *note_watcher;

/* A change is done that was begun by the rules `by`. Where others came meanwhile they are told what may have
 * been missed; who takes rules looks whether there was a change (renew.c): one of both sees the other. */
static void settle(const struct rules *by)
{
	atomic_fetch_add(&this_host.sockets.changes, 1);
	const struct rules *now = rules_now();
	if (unlikely(now != by)) {
		hears_recount(&this_host.hears, now, &this_host.sockets);
		listeners_adopt(&this_host.listeners, now);
	}
}

static void store(int fd, uint32_t bits)
{
	int end = sockets_end(&this_host.sockets);

	while (end <= fd && !atomic_compare_exchange_weak(&this_host.sockets.end, &end, fd + 1))
		;
	uint32_t before = atomic_exchange(&this_host.sockets.bits[fd], bits);
	if (sockets_matter(before) || sockets_matter(bits))
		fast_outdate();
}

static void hear(const struct rules *by, const struct addr *a)
{
	if (hears_add(&this_host.hears, by, a))
		fast_outdate();
}

/* So does one that hears opened members. */
static void hear_by(const struct rules *by, int fd, uint32_t bits)
{
	hear(by, &record_of(fd)->local);
	if (sockets_is_opened(bits) && hears_add_opened(&this_host.hears, by, &record_of(fd)->local))
		fast_outdate();
}

static void unhear(const struct rules *by, const struct addr *a, uint32_t bits)
{
	hears_remove(&this_host.hears, by, a);
	if (sockets_is_opened(bits))
		hears_remove_opened(&this_host.hears, by, a);
}

/* The caller has asked owner_may_change(), and whether there is such a number. */
static void forget(int fd)
{
	uint32_t bits = bits_of(fd);
	const struct rules *by = rules_now();

	if (!bits)
		return;
	atomic_store(&this_host.sockets.bits[fd], 0);
	if ((bits & FD_TCP) && record_of(fd)->hello)
		hellos_left(this_host.segment.hellos, record_of(fd)->hello, record_of(fd)->cookie);
	if ((bits & FD_LISTENER) && (bits & FD_UDP))
		unhear(by, &record_of(fd)->local, bits);
	if (sockets_listener(bits) >= 0) {
		listeners_fd_gone(&this_host.listeners, by, &this_host.sockets, sockets_listener(bits), fd);
		if (atomic_load(&this_host.listeners.slots[sockets_listener(bits)].fd) < 0)
			publish_end(fd);
		settle(by);
	} else if (sockets_is_wide(bits)) {
		publish_end(fd);
	}
	if (sockets_matter(bits))
		fast_outdate();
}

void note_forget(int fd)
{
	if (bits_of(fd) && fd >= 0 && fd < this_host.sockets.max && owner_may_change() && !own_is(fd))
		forget(fd);
}

void note_forget_range(unsigned first, unsigned last)
{
	unsigned end = (unsigned)sockets_end(&this_host.sockets);

	if (first >= end || !owner_may_change())
		return;
	for (unsigned fd = first; fd < end && fd <= last; fd++) {
		if (!own_is((int)fd))
			forget((int)fd);
	}
}

void note_copy(int from, int to)
{
	uint32_t bits = bits_of(from);

	if (to < 0 || to >= this_host.sockets.max || from == to || (!bits && !bits_of(to)) || !owner_may_change())
		return;
	forget(to);
	if (!bits || from < 0 || from >= this_host.sockets.max)
		return;
	const struct rules *by = rules_now();
	*record_of(to) = *record_of(from);
	if ((bits & FD_LISTENER) && (bits & FD_UDP))
		hear_by(by, to, bits);
	store(to, bits & ~(uint32_t)FD_MOVING);
	if (bits & FD_LISTENER)
		settle(by);
}

/* Makes it one of the host's listeners, whose names are made anew. */
static int add_listener(const struct rules *by, int fd, uint32_t bits)
{
	struct listener_of of = {.fd = fd,
		.addr = &record_of(fd)->local,
		.datagram = bits & FD_UDP,
		.v6only = (bits & FD_V6) && ask_is_v6only(fd),
		.seen = bits & FD_SEEN,
		.opened = own_is(fd) ? OPENED_SOURCE
			: !sockets_is_opened(bits) ? OPENED_NOT
			: record_of(fd)->by_lookup ? OPENED_LOOKUP : OPENED_WIDE};
	int n = listeners_add(&this_host.listeners, by, &of);

	if (n >= 0)
		publish_listener(fd, &this_host.listeners.slots[n]);
	if (n < 0)
		counters_add_full(this_host.segment.counters, FULL_LISTENERS);
	else if (!names_changed(&this_host.names, by, &this_host.listeners, &this_host.hears))
		counters_add_full(this_host.segment.counters, FULL_NAMES);
	return n;
}

static uint32_t listener_bits(const struct rules *by, int fd, uint32_t bits)
{
	int n = add_listener(by, fd, bits);
	uint32_t more = (uint32_t)(n + 1) << FD_LISTENER_SHIFT;

	if (n >= 0 && (bits & FD_UDP))
		note_singly(fd);

	/* A wildcard that carries members: a response has to leave from the address that its request
	 * came to (RFC 3261 18.2.2 says where to, not where from). */
	if (n < 0 || !(bits & FD_UDP) ||
		!listeners_needs_arrivals(&this_host.listeners, by, n))
		return more;
	ask_for_arrivals(fd, bits, 1);
	return more | FD_ARRIVALS;
}

/* One that came to the table. */
static void settle_listener(const struct rules *by, int fd)
{
	settle(by);
	if (note_watcher)
		note_watcher->came(by, fd);
}

/* The bits of a socket bound to an explicit port, which may carry members from now on. */
static uint32_t listen_bits(const struct rules *by, int fd, uint32_t bits, bool seen)
{
	const struct addr *local = &record_of(fd)->local;
	bool datagram = bits & FD_UDP;
	uint32_t more = FD_LISTENER | (seen ? FD_SEEN : 0);

	if (datagram)
		hear_by(by, fd, bits | more);

	/* A media server binds thousands of RTP ports: only SIP's are worth a slot. */
	if (datagram && !rules_is_sip_port(by, local->port))
		return more;
	return more | listener_bits(by, fd, bits | more);
}

/* A listener from another process or program. One that was widened there, with those bits then, may carry
 * members here, as its filter tells what it hears. */
static uint32_t unseen_listener(const struct rules *by, int fd, uint32_t bits, uint32_t widened)
{
	bool opened = wide_was_opened(fd, false);

	bits |= opened ? widened : 0;
	if (!opened && note_watcher) {
		bits = note_watcher->unseen(by, fd, bits);
		opened = sockets_is_opened(bits);
	}
	if (!opened && opened_first(by, &record_of(fd)->local, bits & FD_UDP))
		trouble_tell(&record_of(fd)->local, bits & FD_UDP, OPENING_INHERITED, 0);
	return bits | listen_bits(by, fd, bits, opened);
}

uint32_t note_unseen(int fd)
{
	int saved = errno;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint32_t bits;
	const struct rules *by = renew_rules();
	const struct listener *led;

	if (fd < 0 || fd >= this_host.sockets.max)
		return FD_OTHER;
	int domain = ask_option(fd, SO_DOMAIN);
	if (domain < 0 && errno != ENOTSOCK) {
		errno = saved;
		return FD_OTHER; /* EBADF: not remembered, the number may be opened any time */
	}
	bits = domain < 0 ? FD_OTHER : ask_kind(domain, ask_option(fd, SO_TYPE), ask_option(fd, SO_PROTOCOL));
	if (!owner_may_change()) {
		errno = saved;
		return FD_OTHER;
	}
	if (bits != FD_OTHER) {
		struct fd_record *r = record_of(fd);
		memset(r, 0, sizeof(*r));
		ask_local_name(fd, &r->local);
		if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
			addr_from_sockaddr(&r->peer, &ss, len) == 0)
			bits |= FD_CONNECTED;
		if (bits & FD_TCP) {
			if (ask_option(fd, SO_ACCEPTCONN) > 0)
				bits |= unseen_listener(by, fd, bits | FD_LISTENER, FD_OPENED);
			else if ((bits & FD_CONNECTED) && by->opens && wide_was_opened(fd, true))
				bits |= FD_ACCEPTED | FD_OPENED;
			else if ((bits & FD_CONNECTED) && socknames_find(this_host.segment.socknames, ask_cookie(fd), &r->named))
				bits |= FD_STEERED;
			else if ((bits & FD_CONNECTED) && (led = listeners_led(&this_host.listeners, by, &r->local))) {
				r->named = led->addr;
				bits |= FD_ACCEPTED | FD_OPENED;
			}
		} else if (r->local.port == 0 || ask_is_ephemeral(r->local.port)) {
			bits |= FD_FLOATING | (wide_was_made(fd) ? FD_WIDE | FD_ARRIVALS : 0);
		} else {
			bits |= unseen_listener(by, fd, bits | FD_LISTENER, FD_WIDE | FD_ARRIVALS);
		}
	}
	store(fd, bits);
	if (filter_is_on(fd, bits))
		abreast_add(0);
	if (bits & FD_LISTENER)
		settle_listener(by, fd);
	errno = saved;
	return bits;
}

void note_socket(int fd, int domain, int type, int protocol)
{
	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return;
	forget(fd); /* whatever it was, it ended unseen */
	uint32_t bits = ask_kind(domain, type, protocol);
	if (bits & FD_UDP)
		bits |= FD_FLOATING;
	if (bits != FD_OTHER)
		memset(record_of(fd), 0, sizeof(*record_of(fd)));
	store(fd, bits | FD_SEEN);
}

void note_bind(int fd, const void *sa, socklen_t len)
{
	struct addr a;
	uint32_t bits = bits_of(fd);

	if (!(bits & (FD_UDP | FD_TCP)) || addr_from_sockaddr(&a, sa, len) != 0 || !owner_may_change())
		return;
	struct fd_record *r = record_of(fd);
	const struct rules *by = renew_rules();
	r->host_bound = a;
	r->local = a;
	if (bits & FD_UDP ? bits & FD_WIDE : bits & FD_OPENED)
		r->named = a;
	if ((bits & FD_UDP) && a.port)
		bits = (bits & ~(uint32_t)FD_FLOATING) | listen_bits(by, fd, bits, true);
	store(fd, bits);
	if (filter_is_on(fd, bits))
		abreast_add(0); /* it was attached before */
	if (bits & FD_LISTENER) {
		settle_listener(by, fd);
		begun_listener(by);
	}
}

void note_listen(int fd)
{
	uint32_t bits = bits_of(fd);

	if (!(bits & FD_TCP) || (bits & FD_LISTENER) || !owner_may_change())
		return;
	const struct rules *by = renew_rules();
	if (!sockets_is_opened(bits))
		ask_local_name(fd, &record_of(fd)->local);
	store(fd, bits | listen_bits(by, fd, bits, true));
	settle_listener(by, fd);
	begun_listener(by);
}

void note_accept(int listener, int fd)
{
	uint32_t bits = bits_of(listener);

	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return;
	forget(fd);
	if (!(bits & FD_TCP))
		return;
	memset(record_of(fd), 0, sizeof(*record_of(fd)));
	record_of(fd)->local = record_of(listener)->local;
	if (bits & FD_OPENED) {
		record_of(fd)->named = record_of(listener)->named;
		ask_local_name(fd, &record_of(fd)->local);
	}
	store(fd, (bits & (FD_TCP | FD_V6 | FD_OPENED)) | FD_ACCEPTED | FD_SEEN | FD_CONNECTED);
}

/* connect() gives a wildcard listener one address, and AF_UNSPEC takes it away: it carries other
 * members from then on. */
static void move_listener(int fd, const struct addr *local)
{
	uint32_t bits = bits_of(fd);
	const struct rules *by = rules_now();

	forget(fd);
	record_of(fd)->local = *local;
	bits &= ~(UINT32_MAX << FD_LISTENER_SHIFT);
	store(fd, bits | listen_bits(by, fd, bits, bits & FD_SEEN));
	settle(by);
}

/* The same socket becomes another connection. */
static void forget_stream(int fd)
{
	for (int in = 0; in < 2; in++) {
		streams_drop(this_host.segment.streams, stream_key(record_of(fd)->cookie, in));
		handshakes_drop(this_host.segment.handshakes, stream_key(record_of(fd)->cookie, in));
	}
}

void note_connect(int fd, const struct addr *peer)
{
	struct addr now;
	uint32_t bits = bits_of(fd);

	if (fd < 0 || fd >= this_host.sockets.max)
		return;
	record_of(fd)->peer = *peer;
	if (bits & FD_STREAM)
		forget_stream(fd);
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && addr_is_any(&record_of(fd)->local)) {
		ask_local_name(fd, &now);
		move_listener(fd, &now);
	}
	note_change(fd, bits & FD_TCP ? FD_STREAM | FD_PLAIN | FD_HELLOS | FD_HTTP : 0, FD_CONNECTED);
}

void note_disconnect(int fd)
{
	if (fd < 0 || fd >= this_host.sockets.max)
		return;
	struct fd_record *r = record_of(fd);
	uint32_t bits = bits_of(fd);

	memset(&r->peer, 0, sizeof(r->peer));
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && r->host_bound.family &&
		addr_is_any(&r->host_bound))
		move_listener(fd, &r->host_bound);
	if (bits & FD_STREAM)
		forget_stream(fd);
	note_change(fd, FD_CONNECTED | (bits & FD_TCP ? FD_STREAM | FD_PLAIN | FD_HELLOS | FD_HTTP : 0), 0);
}

void note_sip(int fd)
{
	uint32_t bits = bits_of(fd), more = FD_SIP;

	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return;
	const struct rules *by = rules_now();
	if (bits & FD_UDP)
		note_singly(fd);
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && sockets_listener(bits) < 0)
		more |= listener_bits(by, fd, bits);
	note_change(fd, 0, more);
	if (sockets_listener(more) >= 0)
		settle(by);
}

void note_opened(const struct rules *r, int fd, uint32_t bits)
{
	if ((bits & FD_UDP) && hears_add_opened(&this_host.hears, r, &record_of(fd)->local))
		fast_outdate();
	store(fd, bits);
	listeners_open(&this_host.listeners, r, sockets_listener(bits), OPENED_LOOKUP);
	publish_listener(fd, &this_host.listeners.slots[sockets_listener(bits)]);
	if (!names_changed(&this_host.names, r, &this_host.listeners, &this_host.hears))
		counters_add_full(this_host.segment.counters, FULL_NAMES);
}

/* Of one socket that is a listener, by rules that are new to it. */
static void renew_listener(const struct rules *r, int fd, uint32_t bits)
{
	int n = sockets_listener(bits);

	if ((bits & FD_UDP) && n < 0 && rules_is_sip_port(r, record_of(fd)->local.port))
		note_change(fd, 0, listener_bits(r, fd, bits));
	else if ((bits & FD_UDP) && n >= 0 && !(bits & FD_ARRIVALS) &&
		listeners_needs_arrivals(&this_host.listeners, r, n)) {
		ask_for_arrivals(fd, bits, 1);
		note_change(fd, 0, FD_ARRIVALS);
	}
}

void note_renewed(const struct rules *r)
{
	int saved = errno;

	for (int fd = 0, end = sockets_end(&this_host.sockets); fd < end; fd++) {
		uint32_t bits = bits_of(fd);
		if (bits & FD_LISTENER)
			renew_listener(r, fd, bits);
	}
	errno = saved;
}
