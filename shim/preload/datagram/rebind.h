/* SPDX-License-Identifier: MIT */
/* The host's client sockets for datagrams: their port was chosen by the kernel. One that is bound to an
 * address hears the members' addresses too once it sends SIP by a member ("widened"): it keeps its port,
 * descriptor, queue and registrations, and serves destinations of routes and others side by side. One
 * that is connected is one conversation and moves to the member. What the host takes the socket's name
 * to be is kept (sip/shown.h) and put into the socket's record. Runs where a socket first needs it, never
 * for each send; async-signal-safe. */
#ifndef BOND_DATAGRAM_REBIND_H
#define BOND_DATAGRAM_REBIND_H

#include "base/likely.h"
#include "core/decide.h"

/* Makes the socket send from member m, and hear what comes to it. 0 or an errno; the socket is as before
 * if it fails. */
int rebind_move(int fd, const struct member *m, const struct sender *s);

/* A client socket that hears every address sends by a member: its name is kept, and the address of each
 * datagram is asked for. */
void rebind_note(int fd);

/* The bits of a socket of which only FD_FLOATING of the bits below is known: another process that has it as
 * well may have widened it. Asks the kernel once a socket, and where its name is one that was kept. */
uint32_t rebind_known(int fd, uint32_t bits);

static inline uint32_t rebind_bits(int fd, uint32_t bits)
{
	const uint32_t mask = FD_UDP | FD_FLOATING | FD_WIDE | FD_STEERED | FD_CONNECTED;

	return unlikely((bits & mask) == (FD_UDP | FD_FLOATING)) ? rebind_known(fd, bits) : bits;
}

/* Before the host connects a socket that was widened or moved, or disconnects one that was moved: the
 * kernel would take whatever address it likes, or stay on the member. Gives the number a fresh socket at
 * the host's own address and port. Does nothing where that cannot be. A listener by which members are opened
 * with a filter hears its peer alone from then on, and carries none of them. */
void rebind_narrow(int fd);

#endif
