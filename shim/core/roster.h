/* SPDX-License-Identifier: MIT */
/* Fills the table of names from the configuration and from what is known of the host's sockets.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_CORE_ROSTER_H
#define BOND_CORE_ROSTER_H

#include "rules.h"
#include "sip/name.h"

/* A listener of the host, or a connection whose name no listener has. */
struct roster_socket {
	struct addr addr;  /* port set */
	uint8_t transport;
	bool any;          /* hears every local address: of its family, of both if dual */
	bool dual;
	uint16_t owner;    /* the caller's number */
};

struct roster {
	const struct rules *rules; /* their texts must outlive the table */
	const struct roster_socket *sockets;
	size_t socket_count;
	const struct addr *local;    /* the machine's addresses, for those that hear all */
	size_t local_count;
	bool members_made; /* n->members is as it will be */
};

/* Fills n, whose own and members point to room for own_room and rules_members() names, and makes it ready
 * for use. Member i of the table is member i of the rules. False: own_room does not do; n holds the names
 * that came first then, and is ready all the same. */
bool roster_fill(struct names *n, const struct roster *r, size_t own_room);

/* How many own names that are, past ones too. */
size_t roster_count(const struct roster *r);

#endif
