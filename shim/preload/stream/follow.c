/* SPDX-License-Identifier: MIT */
/* Each direction has a state of its own, and whoever completes one looks for the other: of two at a time at
 * least one sees both. */
#include "follow.h"

#include <errno.h>

#include "preload/real/real.h"
#include "preload/rules_due.h"
#include "preload/tally.h"
#include "side.h"
#include "segment/handshakes.h"
#include "segment/streams.h"

#define END_BITS (FD_ACCEPTED | FD_STEERED | FD_OPENED | FD_SEEN | FD_V6 | FD_TCP)

static struct hello_end end_of(int fd)
{
	const struct fd_record *r = record_of(fd);

	return (struct hello_end){.cookie = r->cookie,
		.local = r->local,
		.peer = r->peer,
		.host_bound = r->host_bound,
		.named = r->named,
		.bits = bits_of(fd) & END_BITS};
}

/* Nothing of it is followed any more. */
static void stop(int fd)
{
	struct handshakes *p = this_host.segment.handshakes;
	uint64_t cookie = record_of(fd)->cookie;

	handshakes_drop(p, stream_key(cookie, false));
	handshakes_drop(p, stream_key(cookie, true));
	if (owner_may_change())
		note_change(fd, FD_HELLOS, 0);
}

static bool is_hello(const struct hello *h)
{
	return h->state == HELLO_CLIENT || h->state == HELLO_SERVER;
}

/* One has a random: with the other one, the connection has a name. */
static void note_both(int fd, bool in, const struct handshake *mine)
{
	struct handshake other;
	struct hello_name name;

	if (!handshakes_find(this_host.segment.handshakes, stream_key(record_of(fd)->cookie, !in), &other) ||
		!is_hello(&other.hello))
		return;
	if (other.hello.state != mine->hello.state) {
		const struct hello *client = mine->hello.state == HELLO_CLIENT ? &mine->hello : &other.hello;
		const struct hello *server = client == &mine->hello ? &other.hello : &mine->hello;
		memcpy(name.client, hello_random(client), HELLO_RANDOM);
		memcpy(name.server, hello_random(server), HELLO_RANDOM);
		name.is_server = in == (client == &mine->hello);
		/* who saw the connection from its begin knows most of it */
		const struct hello_end *end = mine->end.bits & FD_SEEN ? &mine->end : &other.end;
		record_of(fd)->hello = hellos_note(
			this_host.segment.hellos, this_host.segment.counters, &name, end);
		const struct side_ends ends = {record_of(fd), bits_of(fd), TRANSPORT_TLS, renew_rules()};
		tally_member(ends.rules, side_member_inside(&ends), TALLY_TLS_BEGUN, 1);
	}
	stop(fd);
}

/* The bytes that a call moved, in order. */
static void feed(struct hello *h, const struct msghdr *msg, size_t n)
{
	for (size_t i = 0; i < msg->msg_iovlen && n && h->state == HELLO_READING; i++) {
		size_t part = msg->msg_iov[i].iov_len < n ? msg->msg_iov[i].iov_len : n;
		hello_feed(h, msg->msg_iov[i].iov_base, part);
		n -= part;
	}
}

void follow(int fd, bool in, const struct msghdr *msg, int flags, ssize_t result)
{
	struct handshakes *p = this_host.segment.handshakes;
	uint64_t key = stream_key(record_of(fd)->cookie, in);
	struct handshake s;

	if (result <= 0 || (flags & (MSG_OOB | MSG_ERRQUEUE)) || (in && (flags & MSG_PEEK)))
		return;
	if (!handshakes_find(p, key, &s)) {
		memset(&s.hello, 0, sizeof(s.hello));
		s.end = end_of(fd);
	}
	if (s.hello.state != HELLO_READING)
		return note_both(fd, in, &s);
	if (in && (flags & MSG_TRUNC)) /* they are gone, unseen */
		s.hello.state = HELLO_NONE;
	feed(&s.hello, msg, (size_t)result);
	if (s.hello.state == HELLO_NONE || !handshakes_keep(p, key, &s))
		stop(fd);
	else if (is_hello(&s.hello))
		note_both(fd, in, &s);
}

ssize_t follow_recv(int fd, struct msghdr *msg, int flags)
{
	ssize_t result = real.recvmsg(fd, msg, flags);

	if (follow_is(bits_of(fd)))
		follow(fd, true, msg, flags, result);
	return result;
}
