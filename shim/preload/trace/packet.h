/* SPDX-License-Identifier: MIT */
/* Tells those that capture (bondctl trace --pcap, --ladder) of each message that it left, or arrived, as it
 * was on the wire and as the host has it (segment/packet.h). Called behind the system call that moved it;
 * by the ends that the kernel names. Nothing is done unless HOT_PACKETS is set. What finds no room is lost,
 * and counted by who reads. No lock, no malloc, async-signal-safe; errno is kept. */
#ifndef BOND_TRACE_PACKET_H
#define BOND_TRACE_PACKET_H

#include <time.h>

#include "base/likely.h"
#include "core/sender.h"
#include "core/verdict.h"
#include "mark.h"
#include "preload/hot.h"
#include "preload/outgoing.h"
#include "preload/stream/side.h"
#include "told.h"

static inline bool packet_wanted(void)
{
	return unlikely(page.p.mode & HOT_PACKETS);
}

/* The time of now, as records have it: of what leaves taken before the call, so that no answer is older. */
static inline int64_t packet_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Whether that is a message, or what keeps a flow of SIP open on a socket with those bits. */
bool packet_is_one(uint32_t bits, const char *p, size_t n);

/* A datagram left at that time by v, which s sent as o has it. answer: libbond sent it in the host's place. */
void packet_left(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	const struct packet_bytes *wire, int64_t at, bool answer);

/* The host's own call, of which nothing was decided, sent n bytes, or failed (negative): a datagram, if it
 * is a message, and nobody told of it. m: from before it. */
void packet_passed(const struct outgoing *o, const struct verdict *v, const struct trace_mark *m, ssize_t n);

/* A portion of the connection fd. host: as the host has it, NULL = the same. seen: the host has it at all. */
void packet_streamed(int fd, bool arrived, const struct verdict *v, const struct packet_bytes *wire,
	const struct packet_bytes *host, int64_t at, bool seen);

/* What a TLS library carries in the clear: a portion of the connection with these ends, or, where their transport is
 * wss, the message of a frame. call: the library's. The rest as of packet_streamed(). wire is in one piece, of which
 * not all need be there: n says how many bytes there are. */
struct packet_clear {
	const char *call;
	const struct side_ends *ends;
	const struct verdict *verdict;
	bool arrived, seen;
	int64_t at;
};
void packet_inside(const struct packet_clear *c, const struct packet_bytes *wire, const struct packet_bytes *host);

/* Of such a connection the verdict of what the host writes: by which member and route it goes. */
void packet_route(struct verdict *v, const struct side_ends *ends);

/* A datagram that arrived: a copy, before the host's buffers are edited, of n bytes in them; and then what
 * became of it: n bytes are there now, negative: the host does not see it. name: the call's, of which v was
 * noted, or NULL. from, to: family 0 or NULL = not known. */
struct packet_arrival {
	struct scratch *wire;
	size_t n;
	int64_t at;
};
void packet_arriving(struct packet_arrival *a, int fd, const struct iovec *iov, size_t count, size_t n);
void packet_arrived(struct packet_arrival *a, const char *name, int fd, const struct addr *from,
	const struct addr *to, const struct packet_bytes *host, bool seen, const struct verdict *v);

#endif
