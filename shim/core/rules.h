/* SPDX-License-Identifier: MIT */
/* What one INI means: the configuration, its compiled routes, and what was worked out of both once.
 * Immutable while decisions are made by it; a host has one set at a time (host.h), and another INI is
 * another set. PURE but for the memory that is taken when it is made. */
#ifndef BOND_CORE_RULES_H
#define BOND_CORE_RULES_H

#include <stdatomic.h>

#include "config/match.h"
#include "domains.h"
#include "sip/prf.h"

struct host_names;

struct rules {
	struct config config; /* without the prefixes of `to`, which are in match */
	/* Members of earlier INIs, whose names and addresses calls still use, stand behind the
	 * config.member_count ones of this: they have numbers, but no bond picks them. Their bond is the
	 * one that they belonged to, or MODEL_NONE. Aliases likewise. */
	uint32_t past_members, past_aliases;
	const struct match *match;
	struct prf_key keys[2]; /* of the secrets: [0] writes, both read */
	size_t key_count;       /* 1 or 2 */
	struct prf_key proof;   /* of this host alone: what marks are made by where there is no secret and they decide */
	uint32_t generation; /* 1, 2, ... in one host: which INI it is */
	bool edits;          /* messages are edited */
	bool websockets;     /* there are members of ws or wss */
	bool opens;          /* there are members that are opened */
	bool tls;            /* there are members of TLS, or of WebSocket above it */
	bool marks;          /* the mark of an arrival may be asked for at all */
	bool marks_all;      /* that of every arrival decides where the request goes, and not only of those
	                      * in a dialog that knows the host by a member's name */
	bool connections_from; /* what a connection is for can hang on where a request came in */
	struct domains domains;

	/* Where the host's sockets stand by these rules: per process, changed as they come and go, by
	 * listeners.h, hears.h and names.h. */
	_Atomic uint16_t *carriers; /* per member, former ones too: number of its listener + 1 */
	_Atomic uint16_t *in_lists; /* per list, up to HEARS_LISTS_MAX: addresses that the host hears */
	struct host_names *names;
};

/* How many numbers of members there are. */
static inline uint32_t rules_members(const struct rules *r)
{
	return (uint32_t)r->config.member_count + r->past_members;
}

/* What r->config says of every decision, into its flags. */
void rules_set_flags(struct rules *r);

/* The keys of the secrets, at most two, or of none. Returns how many, 1 or 2. */
size_t rules_keys(const struct config *c, struct prf_key *keys);

/* Whether it is that of no secret, which everyone knows. */
bool rules_key_is_common(const struct prf_key *key);

/* Makes rules of r->config, which is filled in, and drops its prefixes; the rest of r is zeroed before,
 * and r is not moved afterwards. Where the sockets stand is not made. 0 or ENOMEM. */
int rules_make(struct rules *r);

/* What a member is called, in one number; 0 = by its address. */
uint16_t rules_called(const struct member *m);

/* The key of a secret in one number. */
uint16_t rules_key_print(const struct prf_key *key);

/* Which of the keys that number is of; 0: none of them, or the one that writes. */
uint8_t rules_key_of_print(const struct rules *r, uint16_t print);

/* The bond with that slot, or MODEL_NONE. */
uint16_t rules_bond_of_slot(const struct rules *r, uint32_t slot);

/* The first member with that address and port, or SELECT_NONE. */
uint32_t rules_member_at(const struct rules *r, const struct addr *a, enum transport t);

/* The member of that address, whatever its port: of client sockets, which have their own. */
uint32_t rules_member_of_host(const struct rules *r, const struct addr *a, enum transport t);

/* Whether SIP over TCP is what the host speaks at that address: it is a tcp member, a `socket` of a
 * route, or at one of sip-ports, and neither a member of another stream transport nor at its port. */
bool rules_speak_tcp(const struct rules *r, const struct addr *a);

/* Whether a port is one of SIP: a member's, one of sip-ports, or named by `socket`. */
bool rules_is_sip_port(const struct rules *r, uint16_t port);

/* What a listener for connections at that address speaks. */
enum transport rules_listener_transport(const struct rules *r, const struct addr *a);

#endif
