/* SPDX-License-Identifier: MIT */
/* How the transactions' first requests left, where more than addresses decided it: a cache that all
 * processes of the host share, because a resend, a CANCEL or an ACK may be sent by any of them. */
#ifndef BOND_SEGMENT_CHOICES_H
#define BOND_SEGMENT_CHOICES_H

#include "base/cache.h"
#include "base/likely.h"
#include "config/addr.h"

#define CHOICES_BITS 14 /* 65,536 choices in 4 MiB, and as many of how the others began */

struct choices {
	_Atomic uint32_t kept_at; /* when the last one was, in seconds; 0 = none counts */
	uint32_t unused;
	_Atomic uint64_t renewed; /* see choices_renewed(): generation << 32 | since when */
	uint8_t pad[48];
	struct cache_entry sets[1 << CHOICES_BITS][CACHE_WAYS];
};

/* By a member, or by one of the host's own listeners. By its address, because numbers of listeners are
 * each process's own, and those of members each INI's. No padding: all of it is summed. */
struct choice {
	struct addr at; /* family 0, of a listener: as the host sent it */
	uint8_t transport;
	bool is_listener;
	uint16_t called; /* of a member: what it was called, as rules_called() has it */
	uint32_t bond;   /* so: whose it was, by its slot; UINT32_MAX = nobody's */
	uint32_t route;  /* the slot of the route that was taken; UINT32_MAX = none */
	uint32_t arrived; /* where its request came in, as arrival_print() has it; 0 = not known */
	uint32_t rules;   /* of choices_note(): the generation by which it was made */
	uint16_t to;      /* so: choices_to() of where the request went first */
	uint16_t key;     /* of the secret by which it was edited, as rules_key_print() has it */
};

/* The rest of choices_any(). */
bool choices_still_any(struct choices *c);

/* Whether any is kept that counts: without it nothing need be looked for. c may be NULL here and below:
 * there is no memory. */
static inline bool choices_any(struct choices *c)
{
	return unlikely(c && atomic_load_explicit(&c->kept_at, memory_order_acquire)) && choices_still_any(c);
}

/* Keeps or finds the choice of (hash of a branch, destination), for five minutes: longer than the
 * longest INVITE transaction of a proxy (RFC 3261 16.6, Timer C). transaction 0 is none. The first one
 * that counts voids kept decisions. True: to keep it, one was dropped that still counted. */
bool choices_keep(struct choices *c, _Atomic uint32_t *generation, uint64_t transaction,
	const struct addr *dst, const struct choice *choice);
bool choices_find(const struct choices *c, uint64_t transaction, const struct addr *dst,
	struct choice *choice);

/* What of a destination is noted, in one number. */
uint16_t choices_to(const struct addr *dst);

/* Notes how a transaction began that addresses alone decided: nothing is decided by that until the rules are
 * others, so it voids nothing. To be found by choices_begun(), for five minutes, in a table of its own: the
 * oldest give way. choice->rules says by which rules; choice->to is filled in. */
void choices_note(struct choices *c, uint64_t transaction, const struct addr *dst, const struct choice *choice);

/* What is noted of it goes, as far as it went there. */
void choices_forget(struct choices *c, uint64_t transaction);

/* How it began. True: there, and choice->to is choices_to(dst), or elsewhere first, and only choice->rules
 * holds. */
bool choices_begun(const struct choices *c, uint64_t transaction, const struct addr *dst, struct choice *choice);

/* Other rules, of that generation, count from now on. What the host has begun before is not told by choices,
 * which are kept of what addresses do not decide alone: for as long as one counts every one is kept, and what
 * is not found began before. Returns since when that holds, in seconds: of several in that time, since the
 * first. */
uint32_t choices_renewed(struct choices *c, _Atomic uint32_t *generation, uint32_t rules);

/* Whether that holds still. */
bool choices_are_all(const struct choices *c, uint32_t since);

#endif
