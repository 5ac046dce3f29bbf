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

/* By one set of rules. */
struct host_names {
	struct names tables[NAMES_TURNS + 1]; /* the last is that with which the rules began */
	struct name *members; /* in all of them */
	const struct names *_Atomic now;
	/* Whether the response to a datagram of IPv4, of IPv6, could leave by another listener than the one
	 * it came to, so that its mark decides that at least. */
	bool marks_home[2];
};

/* What all tables of a process are made with. Own names take turns, so that a send that another thread
 * began with the last ones can end with them. */
struct names_room {
	const struct shown_table *shown; /* names of sockets that are no listeners; NULL = none */
	struct name own[NAMES_TURNS][NAMES_OWN_MAX];
	struct roster_socket sockets[LISTENERS_MAX]; /* while a table is made */
	_Atomic unsigned turn;
};

/* Makes r->names, which is zeroed, with room for the names of r's members. Part of rules_stand(). */
void names_of_members(const struct rules *r, struct name *members);

/* Makes the table of now. False: there are more names than fit, and the last are left out. Not
 * async-signal-safe against itself, as bind() in a signal handler is not done. */
bool names_changed(struct names_room *room, const struct rules *r, const struct listeners *ls,
	const struct hears *h);

/* The same for rules that nobody goes by yet, in memory that take(ctx) gives and that lives as long as they.
 * False: it gave NULL. */
bool names_begin(const struct names_room *room, const struct rules *r, const struct listeners *ls,
	const struct hears *h, void *take(void *ctx, size_t size), void *ctx);

/* The table of now; valid for as long as r is, though it may get old. Its own names have listeners' numbers
 * as owner, its members bonds', and are in the configuration's order. */
static inline const struct names *names_now(const struct rules *r)
{
	return atomic_load_explicit(&r->names->now, memory_order_acquire);
}

/* The member's name, or else the own, of the socket with that address and port. NULL: none. */
const struct name *names_at(const struct names *n, const struct addr *a, enum transport t);

#endif
