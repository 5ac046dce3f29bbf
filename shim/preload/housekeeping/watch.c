/* SPDX-License-Identifier: MIT */
/* All is asked for at the begin, and again when the kernel says that it could not tell everything: into a
 * second view, so that what is not there yet does not count as gone. */
#include "watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include "base/raw.h"
#include "locals.h"
#include "preload/process.h"
#include "preload/image_now.h"
#include "segment/area.h"

#define RETRY 1000 /* hundredths of a second until a socket is asked for again */
#define MESSAGES_MAX 512 /* in one step: others want their turn, too */

static void set_trouble(enum states_trouble t)
{
	struct states *s = this_host.segment.states;

	if (atomic_load_explicit(&s->trouble, memory_order_relaxed) != (uint32_t)t)
		atomic_store(&s->trouble, t);
}

static void drop_socket(struct watch *w)
{
	if (w->fd >= 0)
		raw_close(w->fd);
	w->fd = -1;
	w->whole = false;
}

static bool ask(struct watch *w, bool addresses)
{
	char question[LINK_QUESTION_MAX];

	w->asks_addresses = addresses;
	size_t n = link_news_ask(question, addresses, ++w->sequence);
	return raw_write(w->fd, question, n) == (long)n;
}

/* What was known stays in w->now until all is known anew. */
static void start(struct watch *w)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};

	drop_socket(w);
	w->next = w->now == &w->views[0] ? &w->views[1] : &w->views[0];
	links_clear(w->next);
	w->fd = (int)raw_syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE, 0);
	if (w->fd >= 0 && raw_syscall(SYS_bind, w->fd, (long)&to, sizeof(to), 0) == 0 && ask(w, false))
		return;
	drop_socket(w);
	w->retry_at = segment_now() + RETRY;
	set_trouble(STATES_NO_NETLINK);
}

void watch_open(struct watch *w)
{
	w->fd = -1;
	w->now = &w->views[0];
	links_clear(w->now);
	w->changed = false;
	w->generation = 0;
	start(w);
}

void watch_close(struct watch *w)
{
	drop_socket(w);
}

static void look_at(struct watch *w, const struct image_member *from, uint64_t now)
{
	struct states *all = this_host.segment.states;
	struct member m = {.addr = from->addr, .slot = from->slot};
	char link[IF_NAMESIZE];

	if (m.slot >= STATES_MAX)
		return;
	memcpy(m.device, from->device, sizeof(m.device));
	states_begin(all, m.slot, states_identity(from->transport, &m.addr, m.device));
	states_link(&all->members[m.slot], link);
	enum state s = links_state(w->now, &m, state_of(all->members[m.slot].now), link);
	states_set(all, m.slot, s, link, now);
}

/* The image's, not those that this process goes by: it may be in a call that lasts. */
static void look_at_members(struct watch *w)
{
	const struct image *i = image_now();
	struct states *all = this_host.segment.states;
	uint64_t now = segment_now();
	struct states_slots slots = {.bits = {0}};

	if (!i)
		return;
	const struct image_member *members = image_part(i, IMAGE_MEMBERS);
	for (uint32_t n = 0; n < image_count(i, IMAGE_MEMBERS); n++) {
		look_at(w, &members[n], now);
		if (members[n].slot < STATES_MAX)
			slots.bits[members[n].slot / 64] |= UINT64_C(1) << members[n].slot % 64;
	}
	states_end_others(all, &slots);
	locals_follow(w->now, w->fd);
	w->moved = true;
	w->generation = i->generation;
	w->changed = false;
	set_trouble(w->stuck ? STATES_NO_RELOAD : w->now->crowded ? STATES_NO_ROOM : STATES_FINE);
	if (!atomic_load(&all->watched))
		atomic_store(&all->watched, now);
}

/* An answer is complete: the next question, or all is known. */
static void answered(struct watch *w)
{
	if (!w->asks_addresses) {
		if (!ask(w, true))
			start(w);
		return;
	}
	w->now = w->next;
	w->whole = w->changed = true;
}

/* False: all has to be asked for again. */
static bool take(struct watch *w, size_t size)
{
	const void *at = w->buffer;
	struct link_news n;

	while (link_news_next(&n, &at, &size)) {
		bool mine = n.sequence == w->sequence;
		if (n.kind == NEWS_LOST || (mine && (n.changed || (n.kind == NEWS_FAILED && n.error))))
			return false;
		if (n.kind == NEWS_DONE && mine && !w->whole)
			answered(w);
		else if (links_take(w->whole ? w->now : w->next, &n))
			w->changed = true;
	}
	return true;
}

/* One datagram. False: there is none. */
static bool receive(struct watch *w)
{
	struct sockaddr_nl from;
	struct iovec part = {w->buffer, sizeof(w->buffer)};
	struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1};
	long n = raw_recvmsg(w->fd, &m, MSG_DONTWAIT);

	if (n == -EINTR)
		return true;
	if (n == -EAGAIN)
		return false;
	/* ENOBUFS: more has happened than there was room for */
	if (n < 0 || (m.msg_flags & MSG_TRUNC) ||
		(m.msg_namelen >= sizeof(from) && from.nl_pid == 0 && !take(w, (size_t)n)))
		start(w);
	return w->fd >= 0;
}

void watch_step(struct watch *w)
{
	if (w->fd < 0 && segment_now() >= w->retry_at)
		start(w);
	for (int i = 0; w->fd >= 0 && i < MESSAGES_MAX && receive(w); i++)
		;
	if (w->whole && (w->changed || w->generation != image_generation_now()))
		look_at_members(w);
}
