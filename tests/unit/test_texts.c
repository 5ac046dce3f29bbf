/* SPDX-License-Identifier: MIT */
/* texts: what is kept is found again; who has most loses the oldest that is in no call, and knows; nobody
 * takes what is in a call. */
#include <criterion/criterion.h>
#include <sys/mman.h>

#include "segment/texts.h"

static struct texts *texts;

static void share(void)
{
	texts = mmap(NULL, sizeof(*texts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cr_assert_neq(texts, MAP_FAILED);
}

TestSuite(texts, .init = share);

/* Takes one of that peer and leaves a byte in it. */
static struct kept_text *keep(uint64_t key, uint32_t peer)
{
	struct kept_text *one = texts_take(texts, key, peer);

	if (!one)
		return NULL;
	*text_bytes(texts, one) = (char)key;
	one->n = 1;
	text_keep(texts, one);
	return one;
}

static unsigned count_of(uint64_t from, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++)
		count += texts_has(texts, from + 2 * i);
	return count;
}

Test(texts, found_again)
{
	cr_expect(!texts_find(NULL, 20) && !texts_take(NULL, 20, 1) && !texts_has(NULL, 20));
	cr_expect(!texts_was_lost(NULL, 20, 1) && !texts_is_left_alone(NULL, 20));
	struct kept_text *one = keep(20, 1);
	cr_assert(one && texts_has(texts, 20) && !texts_has(texts, 21));
	cr_expect_eq(texts_find(texts, 20), one);
	cr_expect_eq(texts_find(texts, 20), one, "a process ended in a call");
	cr_expect_eq(*text_bytes(texts, one), 20);
	one->n = 0;
	text_keep(texts, one);
	cr_expect(!texts_has(texts, 20) && !texts_find(texts, 20) && !texts_was_lost(texts, 20, 1));
	cr_expect_eq(atomic_load(&texts->taken), 0);
}

Test(texts, left_alone_both_ways)
{
	texts_leave_alone(texts, 20);
	cr_expect(texts_is_left_alone(texts, 20) && texts_is_left_alone(texts, 21));
	cr_expect(!texts_is_left_alone(texts, 22));
}

Test(texts, a_peer_has_its_share)
{
	for (unsigned i = 0; i < 2 * TEXT_PEER_SLOTS; i++)
		cr_assert(keep(1000 + 2 * i, 7));
	cr_expect_eq(count_of(1000, 2 * TEXT_PEER_SLOTS), TEXT_PEER_SLOTS);
	cr_expect(!texts_has(texts, 1000) && texts_was_lost(texts, 1000, 7), "the oldest is lost");
	cr_expect(texts_has(texts, 1000 + 2 * (2 * TEXT_PEER_SLOTS - 1)));
	cr_expect(keep(500, 8) && count_of(1000, 2 * TEXT_PEER_SLOTS) == TEXT_PEER_SLOTS, "another has its own");
}

/* One peer loses texts as fast as it can: what another has lost stays known. */
Test(texts, a_peer_forgets_only_its_own)
{
	for (unsigned i = 0; i <= TEXT_PEER_SLOTS; i++)
		cr_assert(keep(1000 + 2 * i, 7));
	cr_expect(texts_was_lost(texts, 1000, 7));
	for (unsigned i = 0; i < 40 * TEXT_CACHED; i++)
		cr_assert(keep(100000 + 2 * i, 8));
	cr_expect(texts_was_lost(texts, 1000, 7), "another peer has put it out");
	cr_expect(!texts_was_lost(texts, 100000, 8), "its own oldest is forgotten");
}

Test(texts, in_a_call)
{
	for (unsigned i = 0; i < TEXT_PEER_SLOTS; i++)
		cr_assert(texts_take(texts, 1000 + 2 * i, 7));
	cr_expect_null(texts_take(texts, 900, 7), "all of that peer's are in calls");
	cr_expect(keep(902, 8));
	cr_expect_eq(count_of(1000, TEXT_PEER_SLOTS), TEXT_PEER_SLOTS);
}

/* Peers enough to fill it: one more gets a place, from whoever has most. */
Test(texts, full)
{
	unsigned kept = 0;

	for (unsigned peer = 1; peer <= 8; peer++)
		for (unsigned i = 0; i < TEXT_PEER_SLOTS; i++)
			kept += keep(10000 * peer + 2 * i, peer) != NULL;
	cr_expect_geq(kept, TEXT_SLOTS);
	cr_expect_leq(atomic_load(&texts->taken), TEXT_SLOTS);
	for (unsigned i = 0; i < 100; i++)
		cr_expect(keep(200000 + 2 * i, 100 + i), "%u", i);
	cr_expect_eq(count_of(200000, 100), 100, "who has one keeps it");
}
