/* SPDX-License-Identifier: MIT */
/* A connection's own port is mostly not where the peer listens: what it names in its messages is, and else any port
 * of SIP of its address. */
#include "peer.h"

#include <errno.h>

#include "core/arrival.h"
#include "segment/dialogs.h"
#include "sip/hop.h"

/* The host's own address is noted where the peer is known by another one only. */
static bool counts(const struct addr *peer, const struct addr *at, const struct addr *home)
{
	return !addr_equal(at, home) || flows_may(this_host.segment.flows, hears_low(peer));
}

static void keep(const struct addr *peer, const struct addr *at, const struct addr *home, enum flow_trust trust)
{
	const struct segment *shared = &this_host.segment;
	struct flow_end end = {peer, FLOW_NAMED};

	if (!counts(peer, at, home))
		return;
	if (flows_keep(shared->flows, shared->generation, &end, at, trust) & FLOW_DROPPED)
		counters_add_full(shared->counters, FULL_FLOWS);
}

void peer_came(const struct addr *from, const struct addr *at, const struct addr *home, enum flow_trust trust)
{
	struct addr any = *from;

	any.port = 0;
	keep(&any, at, home, trust);
}

/* What it names is its own: the port of another address is not for it to say. */
static bool is_own(const struct hop *hop, const struct addr *from)
{
	struct addr a;

	return addr_parse(&a, hop->at.host.p, hop->at.host.n) != 0 || addr_same_host(&a, from);
}

void peer_named(const struct addr *from, const struct addr *at, const struct addr *home, enum flow_trust trust,
	const char *p, size_t n)
{
	struct addr named = *from;
	struct hop hop;

	if (!counts(from, at, home) || !hop_named(p, n, &hop) || !is_own(&hop, from))
		return;
	named.port = hop.port;
	keep(&named, at, home, trust);
}

void peer_connected(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	const struct fd_record *r = record_of(fd);
	struct addr from;
	int saved = errno;

	if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0 && addr_from_sockaddr(&from, &ss, len) == 0)
		peer_came(&from, &r->local, &r->named, FLOW_PROVED);
	errno = saved;
}

/* The next message in n bytes from *at on, which begin where the frame says; false: there is none that is all
 * there. */
static bool next_head(struct frame *f, const char *p, size_t n, size_t *at, struct span *head)
{
	size_t begun = SIZE_MAX, size;
	struct scan_row row;

	while (*at < n) {
		enum frame_piece piece = frame_next(f, p + *at, n - *at, &size, &row);
		if (piece == FRAME_MORE)
			return false;
		if (piece == FRAME_START)
			begun = *at;
		*at += size;
		if (piece == FRAME_END && begun != SIZE_MAX) {
			*head = span_between(p + begun, p + *at);
			return true;
		}
	}
	return false;
}

void peer_asks(const struct passage *p, const char *bytes, size_t n)
{
	const struct fd_record *r = p->ends.at;
	struct frame f = p->state.stream.frame;
	struct span head;

	if (!peer_is_met(p->ends.bits))
		return;
	for (size_t at = p->state.stream.skip; next_head(&f, bytes, n, &at, &head);) {
		peer_came(&r->peer, &r->local, &r->named, FLOW_PROVED);
		peer_named(&r->peer, &r->local, &r->named, FLOW_PROVED, head.p, head.n);
	}
}

void peer_is_answered(const struct passage *p, const char *bytes, size_t n)
{
	const struct segment *shared = &this_host.segment;
	const struct fd_record *r = p->ends.at;
	struct frame f = p->state.stream.frame;
	struct span head;

	if (!peer_is_met(p->ends.bits))
		return;
	for (size_t at = p->state.stream.skip; next_head(&f, bytes, n, &at, &head);) {
		if (!addr_equal(&r->local, &r->named))
			dialogs_keep(shared->dialogs, shared->generation,
				arrival_dialog_of_response(head.p, head.n), &r->local);
		if (arrival_is_accepted(head.p, head.n))
			peer_came(&r->peer, &r->local, &r->named, FLOW_ACCEPTED);
	}
}
