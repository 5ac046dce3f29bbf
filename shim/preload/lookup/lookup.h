/* SPDX-License-Identifier: MIT */
/* The program of lookup_program.h in the kernel, attached to the network namespace of the host, and its two
 * maps. It needs CAP_BPF and CAP_NET_ADMIN once, to begin; then what it says is changed as any user, and it
 * lives as long as a process that was forked from this one has its descriptors (own.h). Several hosts of one
 * namespace have one each. No lock; async-signal-safe but for lookup_open(). */
#ifndef BOND_LOOKUP_H
#define BOND_LOOKUP_H

#include "lookup_program.h"

#define LOOKUP_LISTENERS 64 /* of a host, that members can be pointed to */

/* Loads and attaches it, with room for that many members at least. 0, or an errno: EPERM where a capability is
 * missing; whatever else the kernel says, which may be too old. Once, in the constructor. */
int lookup_open(uint32_t members);

bool lookup_is_open(void);

/* Descriptors of its maps, in the table of who uses them; negative where they were closed by a way that no hook
 * sees. */
struct lookup_maps {
	int members, sockets;
};

/* Those in the host's table. */
struct lookup_maps lookup_maps(void);

/* What comes to the member goes to that listener from now on, if it has a socket. 0; E2BIG: there is no room
 * for it; another errno: the descriptors were closed by a way that no hook sees. */
int lookup_point(const struct lookup_maps *at, const struct addr *member, uint16_t protocol, uint32_t listener);

/* To where it goes without, again. */
void lookup_end(const struct lookup_maps *at, const struct addr *member, uint16_t protocol);

/* To which listener it goes; false: to none of this host. */
bool lookup_points(const struct lookup_maps *at, const struct addr *member, uint16_t protocol, uint32_t *listener);

/* The member behind that one, in no order, family and protocol told; *at zeroed is the first. False: no more.
 * What is taken away meanwhile may begin it anew. */
bool lookup_next(const struct lookup_maps *maps, struct lookup_key *at);
void lookup_key_addr(const struct lookup_key *key, struct addr *member);

/* A socket of the listener: it listens, or is bound and not connected. The kernel takes it out when it is closed.
 * 0; E2BIG: it has as many as there is room for, and the kernel spreads over all that have SO_REUSEPORT anyway;
 * another errno as above. */
int lookup_put(const struct lookup_maps *at, uint32_t listener, int fd);

/* Whether it has one. */
bool lookup_has(const struct lookup_maps *at, uint32_t listener);

#endif
