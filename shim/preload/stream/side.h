/* SPDX-License-Identifier: MIT */
/* Which connections are looked at, and what the edits of one need to know of it.
 *
 * SIP can be expected on a connection that libbond steered, that came to a listener on a SIP port, or
 * whose own or remote port is one: a member's, one of sip-ports, one of a route's `socket`. All others
 * pass, and so do those whose first bytes, whoever sends them, begin no SIP message (TLS, WebSocket,
 * HTTP): the descriptor's word remembers it, so that they cost one load a call.
 * No state of its own; async-signal-safe. */
#ifndef BOND_STREAM_SIDE_H
#define BOND_STREAM_SIDE_H

#include "preload/sockets/note.h"
#include "sip/edit.h"

/* Decides it for a connection, once. */
bool stream_begin(int fd, uint32_t bits);

/* Whether what goes through fd is looked at; word is that of fds_get(). */
static inline bool stream_wants(int fd, uint32_t bits)
{
	if (!(bits & FD_TCP) || (bits & (FD_PLAIN | FD_LISTENER)))
		return false;
	return (bits & FD_STREAM) || stream_begin(fd, bits);
}

/* For a connection of which stream_wants() said yes. */
void stream_side(int fd, uint32_t bits, bool in, struct edit_side *side);

/* Whether requests on it are not for the host ([host] unknown): it came to a listener of no bond. */
bool stream_is_for_nobody(int fd);

/* Whether what begins as something else than SIP must not reach the host there: a listener for SIP over
 * TCP, where it decides by what arrives. Elsewhere it may be TLS, HTTP or whatever the host speaks. */
bool stream_must_be_sip(int fd);

/* Whether a stream in which libbond cannot find its way must not reach the host. */
bool stream_must_shut(void);

/* Whether a message, or a line end between two, may begin with that byte: every method that IANA
 * lists is in capitals. */
static inline bool stream_may_begin(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '\r' || c == '\n';
}

/* A message of SIP was seen on the connection; whether one was, here or in another process. */
void stream_note_sip(int fd);
bool stream_is_sip(int fd);

/* Something else than SIP goes through fd: nobody looks at it any more. */
void stream_note_foreign(int fd);

/* Says it in the trace. */
void stream_say(int fd, const char *what);

#endif
