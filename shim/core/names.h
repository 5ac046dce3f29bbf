/* SPDX-License-Identifier: MIT */
/* The names of a host: its listeners and its members, as the edits of messages look them up. Made anew
 * when the host gets a listener; readers keep what they have. Per process, inherited by fork; no lock. */
#ifndef BOND_CORE_NAMES_H
#define BOND_CORE_NAMES_H

#include "listeners.h"
#include "roster.h"

#define NAMES_NONE UINT16_MAX
#define NAMES_TURNS 4
#define NAMES_OWN_MAX 8192 /* a wildcard listener has one for each local address and alias */

/* Tables take turns, so that a send that another thread began with the last one can end with it. */
struct host_names {
	struct names tables[NAMES_TURNS];
	struct name own[NAMES_TURNS][NAMES_OWN_MAX];
	struct roster_socket sockets[LISTENERS_MAX]; /* while a table is made */
	_Atomic unsigned turn;
	/* Whether the response to a datagram of IPv4, of IPv6, could leave by another listener than the one
	 * it came to, so that its mark decides that at least. */
	bool marks_home[2];
};

/* shown: names of sockets that are no listeners; NULL = there is no memory for them. Where there is none
 * for the members either, no name is known. */
void names_init(struct host_names *hn, const struct rules *r, const struct shown_table *shown);

/* Makes the table of now. False: there are more names than fit, and the last are left out. Not
 * async-signal-safe against itself, as bind() in a signal handler is not done. */
bool names_changed(struct host_names *hn, const struct rules *r, const struct listeners *ls,
	const struct hears *h);

/* The table of now; valid for as long as the process lives, though it may get old. Its own names
 * have listeners' numbers as owner, its members bonds', and are in the configuration's order. */
static inline const struct names *names_now(const struct host_names *hn)
{
	return &hn->tables[atomic_load_explicit(&hn->turn, memory_order_acquire)];
}

/* The member's name, or else the own, of the socket with that address and port. NULL: none. */
const struct name *names_at(const struct names *n, const struct addr *a, enum transport t);

#endif
