/* SPDX-License-Identifier: MIT */
/* What the host did to its descriptors, kept in this_host.sockets. A descriptor that came unseen is
 * classified at its first use, and every call that returns or ends one forgets the number first. No
 * lock; async-signal-safe; a vfork child shares the table with its parent and never changes it. */
#ifndef BOND_SOCKETS_NOTE_H
#define BOND_SOCKETS_NOTE_H

#include <netinet/in.h>

#include "owner.h"
#include "preload/process.h"

/* Asks the kernel what a descriptor is that is not known, and keeps it. errno is kept. */
uint32_t note_unseen(int fd);

/* The bits, of one that is not known after asking. */

static inline uint32_t classified(int fd)
{
	uint32_t bits = bits_of(fd);
	return bits ? bits : note_unseen(fd);
}

/* Once, in the constructor. */
void note_init(void);

/* fd is about to be closed, or has just been returned by a call that makes descriptors. */
void note_forget(int fd);
void note_forget_range(unsigned first, unsigned last);

/* After a call on fd that failed: whether it is no socket at all, because the host ended the one that
 * was known by a way that is not seen (io_uring). The number is forgotten then. errno is kept. */
bool note_was_taken(int fd);

/* `to` was made a duplicate of `from`. */
void note_copy(int from, int to);

/* Sets and clears bits of a known descriptor. The caller has asked owner_may_change(). */
void note_change(int fd, uint32_t clear, uint32_t set);

/* Sets bits on which no decision was made so far. */
void note_mark(int fd, uint32_t set);

/* Takes the right to rebind a socket, which other threads of the host may be sending on; false: not
 * within about a millisecond (a signal handler may have interrupted the thread that has it). Give it
 * back with note_change(fd, FD_MOVING, ...). */
bool note_begin_move(int fd);

/* A socket that the host just made, bound, listened on or connected. They never fail; a descriptor
 * beyond FD_MAX is not followed. */
void note_socket(int fd, int domain, int type, int protocol);
void note_bind(int fd, const void *sa, socklen_t len);
void note_listen(int fd);
void note_accept(int listener, int fd);
/* The caller has asked owner_may_change(). */
void note_connect(int fd, const struct addr *peer);
void note_disconnect(int fd);

/* The options by which a datagram's local address is told (ip(7), ipv6(7)). */
static inline bool note_is_pktinfo(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_PKTINFO) ||
		(level == IPPROTO_IPV6 && name == IPV6_RECVPKTINFO);
}

/* Those that tell its port, too. */
static inline bool note_is_ports(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_RECVORIGDSTADDR) ||
		(level == IPPROTO_IPV6 && name == IPV6_RECVORIGDSTADDR);
}

/* IP_TOS and SO_MARK, which another descriptor that sends in its place must show too. */
void note_option(int fd, int level, int name, const void *value, socklen_t len);
/* Datagrams that come to fd, a socket of SIP, are told one by one, though the host may ask for several in one
 * (UDP_GRO, udp(7)); and whether it does. */
void note_singly(int fd);
bool note_is_single(int fd);
/* The first SIP that is sent on fd: a listener on a port that the configuration does not mention
 * is known as the host's own from now on. */
void note_sip(int fd);

/* Who is told of listeners that come to the table, NULL: nobody. */
struct note_watcher {
	/* One that was bound by another process or program, before it does: its bits may change by that. */
	uint32_t (*unseen)(const struct rules *r, int fd, uint32_t bits);
	void (*came)(const struct rules *r, int fd);
};
extern const struct note_watcher *note_watcher __attribute__((visibility("hidden")));

/* A listener that is known hears opened members by those bits from now on. */
void note_opened(const struct rules *r, int fd, uint32_t bits);

/* The host's sockets become what r, which it goes by from now on, makes of them: ports that are SIP's now have
 * listeners, and wildcards that carry a member are asked for arrivals. By the one thread that takes r. */
void note_renewed(const struct rules *r);

#endif
