/* SPDX-License-Identifier: MIT */
/* The ways of this thread's sockets: what a request does that leaves from a socket to the addresses of
 * one list of routes. Where addresses alone decide, all of them do alike, so that a decision costs a
 * look at the route and one at the way. Kept from decisions that were made in full (keep.c), never where
 * the text mattered or while calls are traced; void once fast_outdate() was called. sendto.c goes by it. */
#ifndef BOND_DATAGRAM_FAST_H
#define BOND_DATAGRAM_FAST_H

#include <netinet/in.h>
#include <stddef.h>

#include "base/generation.h"
#include "config/match_table.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "segment/tallies.h"
#include "sip/scan_start.h"

#define FAST_MAX 256     /* sockets by routes, of one thread */
#define FAST_THREADS 512 /* that have such a memory; others decide anew each time */
#define FAST_NOTED "INVITE " /* begins what has to be noted before a way may be gone, */
#define FAST_HEAD 64     /* whose line is a usual one, and ends within so many bytes (scan_start.h), */
#define FAST_TAIL 48     /* and whose branch is within so many */

/* All parts of a way stand at the same offset, so that what tells whose it is and what is kept of it are
 * found by one shift and one mask (an entry of 16 bytes is beyond what an x86 address scales by):
 *
 *	            0          8         16             offset(fd, list)
 *	from[256]   | gen list | gen list | ...        | gen list |  where it leads, and when it was kept
 *	to[256]     | fd way   | fd way   | ...        | fd way   |  whose it is, and what it is
 *	pair[256]   | pointer  | pointer  | ...        | pointer  |  where it is counted
 */
struct fast {
	struct fast_from {
		uint64_t key; /* fast_key(); 0 = none, or being written */
	} from[FAST_MAX];
	struct fast_to {
		int fd; /* the host's */
		uint32_t way;
	} to[FAST_MAX];
	struct tally_pair *pair[FAST_MAX];
	/* What is noted already of those that have to be (keep.h), of the last one: its first line, and where its
	 * branch ends. All of it the same is the same message, or the next one of a host that has one branch for
	 * all and writes what tells them apart behind it. */
	struct fast_note {
		char head[FAST_HEAD] __attribute__((aligned(16)));
		char tail[FAST_TAIL];
		size_t n;  /* of the message; 0 = there is none */
		size_t at; /* where tail begins in it */
	} noted;
};
_Static_assert(sizeof(struct fast_from) == sizeof(struct fast_to) &&
		sizeof(struct fast_from) == sizeof(struct tally_pair *), "one offset for all");
_Static_assert((FAST_MAX & (FAST_MAX - 1)) == 0, "which a mask keeps within them");

/* A way is its kind and a value in one number; of those that are careful, or a member's, the place in the
 * table, too, so that who carries it out finds where it is counted:
 *
 *	 31  28 27      20 19              0
 *	| kind |  place   |     value       |
 *
 * The first and the last are what most sends do, so that one compare tells each of them; and a descriptor
 * is a way as it stands. */
enum fast_kind {
	FAST_DESCRIPTOR,         /* sent on that descriptor */
	FAST_CAREFUL_DESCRIPTOR, /* so; if it fails, another may do */
	FAST_CAREFUL_SOURCE,     /* as FAST_SOURCE; so */
	FAST_OWN,                /* the host's own call, whatever becomes of it; no value */
	FAST_UNMARKED,           /* that, if no mark in the request may decide; no value */
	FAST_LOOK,               /* look closer: see fast_close(); no value */
	FAST_SHOWN,              /* of a listener of opened members: from the address that the host knows it by, if the
	                          * peer may not have come in by another; no value */
	FAST_SHOWN_UNMARKED,     /* that, if no mark in the request may decide; no value */
	FAST_SOURCE = 15         /* on the socket itself, from that address (sources.h) */
};
#define FAST_KIND_SHIFT 28
#define FAST_VALUE_BITS 20
_Static_assert(FD_MAX <= 1 << FAST_VALUE_BITS, "a descriptor is a value");
_Static_assert(FAST_MAX <= 1 << (FAST_KIND_SHIFT - FAST_VALUE_BITS), "a place stands beside it");

static inline uint32_t fast_way(enum fast_kind kind, uint32_t value)
{
	return (uint32_t)kind << FAST_KIND_SHIFT | value;
}

static inline enum fast_kind fast_kind(uint32_t way)
{
	return (enum fast_kind)(way >> FAST_KIND_SHIFT);
}

/* The same of the two that most ways are, in one compare each. */
static inline bool fast_is_descriptor(uint32_t way)
{
	return way < 1u << FAST_KIND_SHIFT;
}

static inline bool fast_is_source(uint32_t way)
{
	return way >= fast_way(FAST_SOURCE, 0);
}

static inline uint32_t fast_value(uint32_t way)
{
	return way & ((1u << FAST_VALUE_BITS) - 1);
}

/* This thread's own, or one where nothing is found. Thread-local storage has room for a pointer, hardly
 * for the table. */
extern _Thread_local struct fast *fast_mine __attribute__((visibility("hidden")));

/* Gives the threads that end their tables back. Once, in the constructor. */
void fast_init(void);

/* Something changed by which decisions are made. */
static inline void fast_outdate(void)
{
	generation_next(&page.p.generation);
}

static inline uint32_t fast_now(void)
{
	return generation_now(&page.p.generation);
}

/* What all the destinations have in common that are decided alike: the list of routes of the address,
 * and the route that DNS names for it. OCTETS_TREE, or that mixed with a route: it is not told here. */
static inline __attribute__((always_inline)) uint32_t fast_list(const struct sockaddr_in *to)
{
	return match_octets4(hot.octets, (const uint8_t *)&to->sin_addr);
}

/* The route changes the lower half too, by which a place is found. */
static inline __attribute__((always_inline)) uint32_t fast_named_list(const struct sockaddr_in *to)
{
	return fast_list(to) ^ domains_route(&this_host.dns, hot.domain_routes, to->sin_addr.s_addr);
}

/* Of a list in which there are addresses of the host itself: what stands for the others. A number that no
 * list has, and, since both are looked at in one send, half a table away. */
static inline uint32_t fast_close(uint32_t list)
{
	return list ^ (1u << 31 | FAST_MAX / 2 * sizeof(struct fast_from));
}

/* What the way to a list is found by, now: both in one word, so that one compare tells them. */
static inline __attribute__((always_inline)) uint64_t fast_key(uint64_t list)
{
#if defined(__x86_64__)
	/* gcc loads what is atomic into a register of its own */
	__asm__ volatile("or %1, %0" : "+r"(list) : "m"(page.p.generation_above) : "memory", "cc");
	return list;
#else
	return list | (uint64_t)fast_now() << 32;
#endif
}

/* Lists are far enough apart for the sockets of one to stand in between. */
static inline struct fast_from *fast_place(int fd, uint64_t list)
{
	size_t offset = (list + (size_t)(unsigned)fd * sizeof(struct fast_from)) &
		(sizeof(fast_mine->from) - sizeof(struct fast_from));

	return (struct fast_from *)((char *)fast_mine->from + offset);
}

/* The other parts of a way. By the distance, not by the number: one pointer then leads to all. */
static inline struct fast_to *fast_to(struct fast_from *from)
{
	return (struct fast_to *)((char *)from + offsetof(struct fast, to) - offsetof(struct fast, from));
}
static inline struct tally_pair **fast_pair(struct fast_from *from)
{
	return (struct tally_pair **)((char *)from + offsetof(struct fast, pair) - offsetof(struct fast, from));
}

/* Whether there is a way from fd to the addresses of that list, which, and where it is counted. A signal
 * handler that sends may write another way there at any time, in place of another one's that was looked at
 * too: a way that is the same before and behind the look at whose it is, is right. */
static inline __attribute__((always_inline)) bool fast_find(
	int fd, uint64_t list, uint32_t *way, struct tally_pair **pair)
{
	struct fast_from *from = fast_place(fd, list);
	uint64_t key = fast_key(list);

	*way = fast_to(from)->way;
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(from->key != key) || unlikely(fast_to(from)->fd != fd))
		return false;
	*pair = *fast_pair(from);
	atomic_signal_fence(memory_order_seq_cst);
	return likely(fast_to(from)->way == *way);
}

/* Where a way of fd is counted that has its place in it; NULL: another one is there meanwhile. */
static inline struct tally_pair *fast_pair_of(uint32_t way, int fd)
{
	struct fast_from *from = &fast_mine->from[way >> FAST_VALUE_BITS & (FAST_MAX - 1)];

	return fast_to(from)->way == way && fast_to(from)->fd == fd ? *fast_pair(from) : NULL;
}

/* The whole of it, also where the octets do not tell the list. */
uint32_t fast_any_list(const struct sockaddr_in *to);

/* What was decided. */
struct fast_kept {
	uint32_t generation; /* what fast_now() was before */
	uint32_t way;        /* without a place */
	struct tally_pair *pair; /* what it is counted in */
};

/* Keeps the way to that address, which was decided by r; to IPv6 of what needs no look at it (FAST_SHOWN). */
void fast_keep(int fd, const struct addr *to, const struct rules *r, const struct fast_kept *k);

/* That message is noted: its branch, of that length, ends at end. */
void fast_note(const char *p, size_t n, size_t end, size_t branch);

#if defined(__SSE2__)
/* The bytes of 16 that are the same. is: so aligned. */
static inline __attribute__((always_inline)) __m128i fast_same(const char *p, const char *is)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
		*(const __m128i *)(const void *)is);
}
#endif

/* Whether a message is that one; p: at least FAST_HEAD bytes. */
static inline __attribute__((always_inline)) bool fast_is_noted(const char *p, size_t n)
{
	const struct fast_note *m = &fast_mine->noted;

	if (n != m->n)
		return false;
#if defined(__SSE2__)
	_Static_assert(FAST_HEAD == 64 && FAST_TAIL == 48, "in so many steps, which no compiler makes of a loop");
	__m128i same = fast_same(p, m->head);
	same = _mm_and_si128(same, fast_same(p + 16, m->head + 16));
	same = _mm_and_si128(same, fast_same(p + 32, m->head + 32));
	same = _mm_and_si128(same, fast_same(p + 48, m->head + 48));
	same = _mm_and_si128(same, fast_same(p + m->at, m->tail));
	same = _mm_and_si128(same, fast_same(p + m->at + 16, m->tail + 16));
	same = _mm_and_si128(same, fast_same(p + m->at + 32, m->tail + 32));
	return _mm_movemask_epi8(same) == 0xffff;
#else
	return memcmp(p, m->head, FAST_HEAD) == 0 && memcmp(p + m->at, m->tail, FAST_TAIL) == 0;
#endif
}

/* Whether it is a usual request of which nothing has to be noted. buf: at least FAST_HEAD readable bytes; n: of the
 * whole message, SIZE_MAX = there are other pieces. */
static inline __attribute__((always_inline)) bool fast_is_usual(const void *buf, size_t n)
{
	uint32_t word, noted;

	memcpy(&word, buf, sizeof(word));
	memcpy(&noted, FAST_NOTED, sizeof(noted));
	return word == noted ? fast_is_noted(buf, n) : scan_is_usual_line(buf);
}

/* Whether a message of n bytes that can be read has to be noted at all. */
static inline __attribute__((always_inline)) bool fast_notes(const char *p, size_t n)
{
	return n >= FAST_HEAD && memcmp(p, FAST_NOTED, sizeof(FAST_NOTED) - 1) == 0;
}

/* Forgets all of this thread's. */
void fast_clear(void);

#endif
