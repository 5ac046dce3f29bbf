/* SPDX-License-Identifier: MIT */
/* The names of this host: its listeners and its members, as the edits of messages look them up.
 * Made anew when the host gets a listener; readers keep what they have. Per process, inherited by
 * fork; no lock. */
#ifndef BOND_CORE_NAMES_H
#define BOND_CORE_NAMES_H

#include "sip/name.h"

#define NAMES_NONE UINT16_MAX

/* Once, in the constructor. */
void names_init(const struct config *c);

/* A listener was added or removed. Called by fds.c; not async-signal-safe against itself, as bind()
 * in a signal handler is not done. */
void names_changed(void);

/* The table of now; valid for as long as the process lives, though it may get old. Its own names
 * have listeners' numbers as owner, its members bonds', and are in the configuration's order. */
const struct names *names_now(void);

/* The member (number) that a listener bound to that specific address is, or SELECT_NONE. */
uint32_t names_member_at(const struct addr *a, enum transport t);

/* The member of that address, whatever its port: of client sockets, which have their own. */
uint32_t names_member_of_host(const struct addr *a, enum transport t);

/* The own name, or else the member's, of the socket with that address and port. NULL: none. */
const struct name *names_at(const struct names *n, const struct addr *a, enum transport t);

/* Whether messages are edited; whether the mark of an arrival may be asked for at all; and whether that
 * of every arrival decides where the request goes, or only of those in a dialog that knows the host by a
 * member's name. */
extern bool names_edits __attribute__((visibility("hidden")));
extern bool names_marks __attribute__((visibility("hidden")));
extern bool names_marks_all __attribute__((visibility("hidden")));

/* Whether the response to a datagram of IPv4, of IPv6, could leave by another listener than the one it came
 * to, so that its mark decides that at least. */
extern bool names_marks_home[2] __attribute__((visibility("hidden")));

#endif
