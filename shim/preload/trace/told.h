/* SPDX-License-Identifier: MIT */
/* A message becomes a record of the ring (segment/packet.h), for those whose filter wants it. No lock, no malloc;
 * async-signal-safe. */
#ifndef BOND_TRACE_TOLD_H
#define BOND_TRACE_TOLD_H

#include <sys/uio.h>

#include "core/rules.h"
#include "core/verdict.h"

/* n bytes in pieces: more may be in them. */
struct packet_bytes {
	const struct iovec *iov;
	size_t count, n;
};

/* What is told of one message. */
struct told {
	const char *call;
	int64_t at;
	const struct verdict *verdict; /* or NULL */
	struct addr own, peer, shown;
	const struct packet_bytes *wire, *host; /* host NULL: the same */
	const struct rules *rules;
	uint32_t member; /* of them, at the host's own end, SELECT_NONE = none */
	uint8_t flags, transport; /* PACKET_..., enum transport */
};

/* What finds no room is lost. */
void told_put(const struct told *t);

#endif
