/* SPDX-License-Identifier: MIT */
/* Which connections are looked at.
 *
 * SIP can be expected on a connection that libbond steered, that came to a listener on a SIP port,
 * or whose own or remote port is one: a member's, one of sip-ports, one of a route's `socket`. All
 * others pass, and so do those whose first bytes, whoever sends them, begin no SIP message (TLS,
 * WebSocket, HTTP): the descriptor's bits remember it, so that they cost one load a call.
 * Async-signal-safe. */
#ifndef BOND_STREAM_WANTS_H
#define BOND_STREAM_WANTS_H

#include "preload/rules_due.h"
#include "preload/sockets/note.h"
#include "side.h"

/* Whether streams are looked at here at all. */
extern _Atomic bool stream_any __attribute__((visibility("hidden")));

/* Decides it for a connection, once. */
bool stream_begin(int fd, uint32_t bits);

/* Whether what goes through fd is looked at; bits are those of classified(). */
static inline bool stream_wants(int fd, uint32_t bits)
{
	if (!(bits & FD_TCP) || (bits & (FD_PLAIN | FD_LISTENER)))
		return false;
	return (bits & FD_STREAM) || stream_begin(fd, bits);
}

/* Whether nothing on it is looked at any more, nor followed: bits are those of bits_of(). */
static inline bool stream_is_over(uint32_t bits)
{
	return (bits & (FD_TCP | FD_PLAIN | FD_HELLOS | FD_HTTP)) == (FD_TCP | FD_PLAIN);
}

/* Whether what leaves on it is looked at though it is no SIP: the answer to what came by HTTP may begin a WebSocket. */
static inline bool stream_has_answers(uint32_t bits)
{
	return (bits & (FD_TCP | FD_HTTP)) == (FD_TCP | FD_HTTP);
}

/* Of a connection of which stream_wants() said yes. */
static inline struct side_ends stream_ends(int fd)
{
	return (struct side_ends){record_of(fd), bits_of(fd), TRANSPORT_TCP, renew_rules()};
}

/* The descriptor is not looked at any more, as something else came; if that is HTTP, only for what an answer to it
 * begins, where that matters. */
void stream_mark_plain(int fd, const struct side_ends *e, bool http);

/* Whether HTTP, or a message of SIP, may begin so. */
bool stream_begins_text(const char *p, size_t n);

/* Says it in the trace, of the connection if fd is known: not -1. */
void stream_say(int fd, const char *what);

#endif
