/* SPDX-License-Identifier: MIT */
/* Which members can be sent from, since when and why not: what the housekeeping thread saw of this
 * machine's addresses and interfaces. For bondctl alone: decisions go by what the kernel refuses. One
 * writer; each member is by its slot (config/model.h), but its state is its address's, which goes with it to
 * another slot; what is said of it stands in single words, so that a copy of the file can be read. */
#ifndef BOND_SEGMENT_STATES_H
#define BOND_SEGMENT_STATES_H

#include <net/if.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/model.h"

#define STATES_MAX 2048 /* slots; a member beyond is not followed */

enum state {
	STATE_UNKNOWN,   /* nobody has looked */
	STATE_UP,
	STATE_NEVER,     /* down: its address was not on this machine when the host was started, */
	STATE_GONE,      /* or has gone since; */
	STATE_LINK_GONE, /* so has its interface; */
	STATE_LINK_DOWN, /* its interface is down; */
	STATE_NO_CARRIER,/* its interface has no carrier, which the kernel does not refuse; */
	STATE_TENTATIVE, /* IPv6: its address is not known to be the only one yet (RFC 4862 5.4), */
	STATE_DUPLICATE, /* or another machine has it */
	STATE_UNOPENED,  /* the INI opens it, and no listener hears it; told by bondctl, see openings below */
	STATES
};

/* A state and the time of its begin, as segment_now() has it, in one word; 0 = not known. */
static inline uint64_t state_word(enum state s, uint64_t since)
{
	return (uint64_t)s << 56 | (since & ((UINT64_C(1) << 56) - 1));
}
static inline enum state state_of(uint64_t word)
{
	return word >> 56 < STATES ? (enum state)(word >> 56) : STATE_UNKNOWN;
}
static inline uint64_t state_since(uint64_t word)
{
	return word & ((UINT64_C(1) << 56) - 1);
}
static inline bool state_is_down(enum state s)
{
	return s > STATE_UP;
}

struct member_state {
	_Atomic uint64_t now;     /* state_word() */
	_Atomic uint64_t down;    /* the last one of those that are down, also when it is up again */
	_Atomic uint64_t of;      /* whose all this is: states_identity(), 0 = nobody's */
	_Atomic uint64_t link[2]; /* the name of its interface, as far as it is known; "" = it is not */
};

/* How a member that the INI opens is heard, or why it is not. */
enum opening {
	OPENING_UNKNOWN,   /* no listener that could hear it has been bound */
	OPENING_FILTER,    /* by a listener that is bound to every address */
	OPENING_LOOKUP,    /* by sk_lookup, which leads it to a listener of port `detail` */
	OPENING_IN_USE,    /* another program had the port when the listener was bound: process `detail`, 0 = it
	                    * cannot be told */
	OPENING_TAKEN,     /* another program had the member's address and port when it was to be led: so */
	OPENING_INHERITED, /* the listener was bound before libbond was there */
	OPENING_DEVICE,    /* the host bound the listener to another device */
	OPENING_FULL,      /* more addresses than a filter may have, or members than can be led; with ENOMEM as `detail`
	                    * than net.core.optmem_max allows */
	OPENING_OTHER_PORT,/* no listener of its port, and no sk_lookup, for errno `detail` */
	OPENING_MIXED,     /* it is of another port than the listener, which hears others by a filter */
	OPENING_NO_LOOKUP, /* sk_lookup alone may open it, which is not to be had: errno `detail`, 0 = it was
	                    * not asked for when the host began */
	OPENING_REFUSED,   /* the kernel refused it with errno `detail` */
	OPENINGS
};

/* In one word, with a part of states_identity(): what was said of a member is not said of the next one that has
 * its slot. */
static inline uint64_t opening_word(enum opening o, uint32_t detail, uint64_t of)
{
	return (uint64_t)o << 56 | (uint64_t)(detail & 0xffffff) << 32 | (uint32_t)of;
}
static inline enum opening opening_of(uint64_t word)
{
	return word >> 56 < OPENINGS ? (enum opening)(word >> 56) : OPENING_UNKNOWN;
}
static inline uint32_t opening_detail(uint64_t word)
{
	return (uint32_t)(word >> 32) & 0xffffff;
}

/* What the thread has to say of itself. */
enum states_trouble {
	STATES_FINE,
	STATES_NO_NETLINK, /* it may have no such socket: nothing is followed */
	STATES_NO_ROOM,    /* this machine has more addresses than are kept */
	STATES_NO_RELOAD   /* an interface of the INI has other addresses now, and its members do not follow:
	                    * `bondctl reload` */
};

struct states {
	_Atomic uint64_t watched; /* since when; 0 = nobody has looked yet */
	_Atomic uint32_t changes; /* how often something of a member has changed */
	_Atomic uint32_t trouble; /* enum states_trouble */
	struct member_state members[STATES_MAX];
	_Atomic uint64_t openings[STATES_MAX]; /* opening_word(), by slot; of any process of the host */
	_Atomic uint32_t lookup; /* whether the host has sk_lookup: states_lookup() */
};

/* What is known of it: it was not asked for when the host began; it is there; the errno for which it is not. */
enum { STATES_LOOKUP_UNASKED, STATES_LOOKUP_OPEN, STATES_LOOKUP_ERRNO };
static inline uint32_t states_lookup(int error)
{
	return error ? STATES_LOOKUP_ERRNO + (uint32_t)error : STATES_LOOKUP_OPEN;
}

/* What stands for a state where programs read it: "up", "interface-down" ... */
extern const char *const state_names[STATES];

/* The name of its interface, "" = not known. m may be anybody's bytes: what is written is printable. */
void states_link(const struct member_state *m, char text[IF_NAMESIZE]);

/* Why it is down, as "interface eth1 is down", into text of STATE_TEXT_MAX bytes; "" = it is not. So,
 * too. */
#define STATE_TEXT_MAX 64
void state_explain(const struct member_state *m, char *text);

/* What a state is of: a transport, an address and a port, and an interface, "" = any. Never 0. */
uint64_t states_identity(enum transport t, const struct addr *a, const char device[IF_NAMESIZE]);

/* The slot has that member from now on: with the state that it has in another slot, as a member that was moved
 * or whose bond was renamed, or with none. Nothing where it has it already. By the one writer. */
void states_begin(struct states *all, uint32_t slot, uint64_t of);

/* No other slot than those (bits) has a member: what was known of others may not be true any more. So, too. */
struct states_slots {
	uint64_t bits[STATES_MAX / 64];
};
void states_end_others(struct states *all, const struct states_slots *those);
/* Why a member is not heard that is to be opened, into text of OPENING_TEXT_MAX bytes; "" = it is, or nothing
 * is known. */
#define OPENING_TEXT_MAX 128
void opening_explain(uint64_t word, char *text);

/* What is known of the member with that slot and states_identity(), 0 = nothing; all may be NULL. */
uint64_t states_opening(const struct states *all, uint32_t slot, uint64_t of);

/* By any process of the host; all may be NULL. */
void states_set_opening(struct states *all, const struct member *m, enum opening o, uint32_t detail);

/* A member's state becomes s, of an interface of that name ("" = not known). It began `now`, unless the
 * member was down before for another reason. True: it was another one. By the one writer. */
bool states_set(struct states *all, uint32_t slot, enum state s, const char *link, uint64_t now);

#endif
