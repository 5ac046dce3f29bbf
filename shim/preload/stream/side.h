/* SPDX-License-Identifier: MIT */
/* What the edits of a connection need to know of it, and what may go through it: by its two ends,
 * whatever carries its bytes. No state of its own, no system call; async-signal-safe. */
#ifndef BOND_STREAM_SIDE_H
#define BOND_STREAM_SIDE_H

#include "preload/process.h"
#include "sip/edit.h"

/* A connection, as a table of descriptors has it. */
struct side_ends {
	const struct fd_record *at; /* local, peer, host_bound and named hold */
	uint32_t bits;              /* FD_ACCEPTED and FD_STEERED of them count */
	uint8_t transport;          /* enum transport: what the host's names and members on it have */
	const struct rules *rules;  /* by which it is looked at */
};

/* Whether it came to a listener: so it was seen, or its end here is where one is, or could be in
 * the process that it came from. */
bool side_is_accepted(const struct side_ends *e);

/* Whether SIP can be expected on it at all, as far as its ends are known. */
bool side_may_be_sip(const struct side_ends *e);

/* The number of the member whose address its end here has, or SELECT_NONE. */
uint32_t side_member(const struct side_ends *e);

/* So, of what lies above TLS on it: a member of TLS, or of WebSocket above it. */
uint32_t side_member_inside(const struct side_ends *e);

/* Whether a peer reaches the host by this connection alone: nobody listens under the member's
 * name. */
bool side_is_flow(const struct side_ends *e);

/* What getsockname() says of a steered connection the host may write, and the wire has its real name: both are
 * kept, as of that transport. */
void side_keep_shown(const struct side_ends *e, enum transport transport);

/* Fills in all of side, for what arrives (in) or leaves. */
void side_fill(const struct side_ends *e, bool in, struct edit_side *side);

/* Whether requests on it are not for the host ([host] unknown): it came to a listener of no bond. */
bool side_is_for_nobody(const struct side_ends *e);

/* Whether what begins as something else than SIP must not reach the host there: a listener for SIP
 * over TCP, where it decides by what arrives. Elsewhere it may be TLS, HTTP or whatever the host
 * speaks. */
bool side_must_be_sip(const struct side_ends *e);

/* So, what is neither SIP nor HTTP nor TLS: a listener for WebSocket, on which a frame could come of which nobody knows any
 * more. */
bool side_must_be_http(const struct side_ends *e);

/* Whether its end here is at such a listener. */
bool side_is_websocket(const struct side_ends *e);

/* Whether a stream in which libbond cannot find its way must not reach the host. */
bool side_must_shut(const struct side_ends *e);

#endif
