/* SPDX-License-Identifier: MIT */
/* choices, dialogs, socknames: what one process keeps another finds, whole or not at all; the first choice
 * counts, the latest dialog and name do; the first that is kept voids kept decisions. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/model.h"
#include "rounds.h"
#include "segment/choices.h"
#include "segment/dialogs.h"
#include "segment/socknames.h"

static struct kept {
	struct choices choices;
	struct dialogs dialogs;
	struct socknames names;
} *kept;
static _Atomic uint32_t generation = 7;

static void share(void)
{
	kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cr_assert_neq(kept, MAP_FAILED);
}

TestSuite(choices, .init = share);
TestSuite(dialogs, .init = share);
TestSuite(socknames, .init = share);

static struct addr at(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = (uint16_t)(5060 + n % 7), .ip = {[10] = 0xff, [11] = 0xff}};

	memcpy(a.ip + 12, &n, 4);
	return a;
}

/* All that is in it follows from n. */
static struct choice choice(unsigned n)
{
	return (struct choice){.at = at(n), .transport = TRANSPORT_UDP, .is_listener = n % 2, .route = n * 5,
		.bond = (uint16_t)n, .arrived = n * 3};
}

static bool is_choice(const struct choice *c, unsigned n)
{
	struct choice other = choice(n);

	return memcmp(c, &other, sizeof(other)) == 0;
}

static bool keep(uint64_t transaction, const struct addr *dst, unsigned n)
{
	struct choice c = choice(n);

	return choices_keep(&kept->choices, &generation, transaction, dst, &c);
}

static bool found(uint64_t transaction, const struct addr *dst, unsigned n)
{
	struct choice c;

	return choices_find(&kept->choices, transaction, dst, &c) && is_choice(&c, n);
}

Test(choices, without_memory)
{
	struct addr a = at(1), name;
	struct choice c = choice(1);

	cr_expect(!choices_any(NULL) && !choices_keep(NULL, &generation, 5, &a, &c));
	cr_expect(!choices_find(NULL, 5, &a, &c));
	dialogs_keep(NULL, &generation, 5, &a);
	cr_expect(!dialogs_any(NULL) && !dialogs_find(NULL, 5, &name));
	socknames_keep(NULL, 5, &a);
	socknames_forget(NULL, 5);
	cr_expect(!socknames_find(NULL, 5, &name));
	cr_expect_eq(generation, 7);
}

Test(choices, the_first_counts)
{
	struct addr dst = at(1), port = dst, host = at(2);

	port.port ^= 1;
	cr_expect(!choices_any(&kept->choices));
	cr_expect(!keep(0, &dst, 1), "no transaction");
	cr_expect(!choices_any(&kept->choices));
	cr_expect_eq(generation, 7);
	keep(5, &dst, 1);
	cr_expect(choices_any(&kept->choices));
	cr_expect_eq(generation, 8, "what was decided before is void");
	keep(5, &dst, 2);
	cr_expect(found(5, &dst, 1));
	cr_expect(!found(6, &dst, 1) && !found(5, &port, 1) && !found(5, &host, 1));
	keep(5, &port, 3);
	cr_expect(found(5, &dst, 1) && found(5, &port, 3), "another port is another choice");
	cr_expect_eq(generation, 8, "once");
}

/* Makes all that was kept so many seconds older. */
static void pass(uint32_t seconds)
{
	struct cache_entry *e = kept->choices.sets[0];

	for (size_t i = 0; i < sizeof(kept->choices.sets) / sizeof(*e); i++)
		if (e[i].key)
			e[i].stamp -= (uint64_t)seconds << 32;
	kept->choices.kept_at -= seconds;
}

static void note(uint64_t transaction, const struct addr *dst, unsigned n)
{
	struct choice c = choice(n);

	c.rules = n;
	choices_note(&kept->choices, transaction, dst, &c);
}

/* By which rules it is said to have begun, 0 = nothing is known; *there: it went there. */
static uint32_t begun(uint64_t transaction, const struct addr *dst, bool *there)
{
	struct choice c = {0};
	bool is = choices_begun(&kept->choices, transaction, dst, &c);

	*there = is && c.to == choices_to(dst);
	struct addr left = at(c.rules);
	if (*there)
		cr_expect_eq(memcmp(&c.at, &left, sizeof(left)), 0);
	return is ? c.rules : 0;
}

Test(choices, how_it_began)
{
	struct addr dst = at(1), port = dst, third = at(3);
	struct choice c;
	bool there;

	port.port ^= 1;
	cr_expect(!choices_begun(NULL, 5, &dst, &c));
	choices_note(NULL, 5, &dst, &c);
	note(0, &dst, 1);
	cr_expect_eq(begun(0, &dst, &there), 0);
	note(5, &dst, 1);
	note(5, &dst, 2);
	cr_expect(begun(5, &dst, &there) == 1 && there, "the first counts");
	cr_expect(begun(5, &port, &there) == 1 && !there, "it did not go there");
	cr_expect_eq(begun(6, &dst, &there), 0);
	note(5, &port, 3);
	note(5, &port, 4);
	cr_expect(begun(5, &dst, &there) == 1 && there);
	cr_expect(begun(5, &port, &there) == 3 && there, "beside it");
	cr_expect(begun(5, &third, &there) == 1 && !there);
	cr_expect(!choices_any(&kept->choices), "nothing is decided by it");
	cr_expect_eq(generation, 7);
	pass(290);
	cr_expect(begun(5, &dst, &there) == 1);
	note(5, &dst, 6);
	cr_expect(begun(5, &dst, &there) == 1, "it is not renewed");
	pass(20);
	cr_expect_eq(begun(5, &dst, &there), 0);
	note(5, &dst, 7);
	cr_expect(begun(5, &dst, &there) == 7 && there);
}

Test(choices, hold_for_a_time)
{
	struct addr dst = at(1);

	keep(5, &dst, 1);
	pass(290);
	cr_expect(choices_any(&kept->choices) && found(5, &dst, 1));
	keep(5, &dst, 2);
	cr_expect(found(5, &dst, 1), "it is not renewed");
	keep(6, &dst, 3);
	pass(20);
	cr_expect(!found(5, &dst, 1));
	cr_expect(choices_any(&kept->choices) && found(6, &dst, 3));
	cr_expect(!keep(5, &dst, 2) && found(5, &dst, 2), "a new one");
	pass(310);
	cr_expect(!choices_any(&kept->choices), "none counts any more");
	cr_expect(!found(6, &dst, 3));
	uint32_t before = generation;
	keep(7, &dst, 1);
	cr_expect_eq(generation, before + 1, "again the first");
}

/* The only set in which anything was kept so far. */
static const struct cache_entry *only_set(void)
{
	size_t i = 0;

	while (!kept->choices.sets[i][0].key)
		i++;
	return kept->choices.sets[i];
}

/* Keeps transactions from t on until one changes that set; that one. */
static uint64_t keep_beside(const struct cache_entry *set, uint64_t t, const struct addr *dst, unsigned n)
{
	struct cache_entry before[CACHE_WAYS];

	memcpy(before, set, sizeof(before));
	for (; memcmp(before, set, sizeof(before)) == 0; t++)
		keep(t, dst, n);
	return t - 1;
}

Test(choices, a_full_set_drops_the_oldest)
{
	struct addr dst = at(1);
	uint64_t t = 1;

	keep(t, &dst, 1);
	const struct cache_entry *set = only_set();
	pass(2);
	for (unsigned way = 1; way < CACHE_WAYS; way++)
		t = keep_beside(set, t + 1, &dst, 2);
	cr_expect(found(1, &dst, 1), "there is room");
	t = keep_beside(set, t + 1, &dst, 2);
	cr_expect(!found(1, &dst, 1) && found(t, &dst, 2));
	pass(310);
	struct choice c = choice(3);
	cr_expect(!choices_keep(&kept->choices, &generation, t + 1, &dst, &c), "none that counts is dropped");
}

/* Two at once may have written one entry: its sum does not agree then. */
Test(choices, a_mixture_is_none)
{
	struct addr dst = at(1);
	struct cache_entry *e = kept->choices.sets[0];
	size_t n = 0;

	keep(5, &dst, 1);
	while (!e[n].key)
		n++;
	for (size_t i = 0; i < sizeof(struct choice); i++) {
		if (i == offsetof(struct choice, is_listener)) /* of which one bit alone is read */
			continue;
		e[n].value[i] ^= 4;
		cr_expect(!found(5, &dst, 1), "byte %zu", i);
		struct choice any;
		cr_expect(!choices_find(&kept->choices, 5, &dst, &any), "byte %zu", i);
		e[n].value[i] ^= 4;
	}
	cr_expect(found(5, &dst, 1));
}

/* Several processes keep and find the same: what is found is what one of them kept. */
Test(choices, processes_at_once)
{
	struct addr dst = at(1);
	struct choice c;
	int wrong = 0, status;

	keep(5, &dst, 0);
	struct cache_entry *set = (struct cache_entry *)(uintptr_t)only_set();
	for (unsigned who = 0; who < 4; who++) {
		if (fork())
			continue;
		for (unsigned i = 0; i < (unsigned)rounds(300000); i++) {
			for (unsigned way = 0; way < CACHE_WAYS; way++)
				set[way].key = 0; /* so that it is kept anew */
			keep(5, &dst, i * 4 + who);
			if (choices_find(&kept->choices, 5, &dst, &c) && !is_choice(&c, c.arrived / 3))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		wrong += status != 0;
	cr_expect_eq(wrong, 0);
}

Test(dialogs, the_latest_counts)
{
	struct addr first = at(1), second = at(2), a;

	dialogs_keep(&kept->dialogs, &generation, 0, &first);
	cr_expect(!dialogs_any(&kept->dialogs) && !dialogs_find(&kept->dialogs, 0, &a));
	dialogs_keep(&kept->dialogs, &generation, 5, &first);
	cr_expect(dialogs_any(&kept->dialogs));
	cr_expect_eq(generation, 8);
	dialogs_keep(&kept->dialogs, &generation, 5, &second);
	cr_expect_eq(generation, 8);
	cr_assert(dialogs_find(&kept->dialogs, 5, &a));
	cr_expect(addr_equal(&a, &second));
	cr_expect(!dialogs_find(&kept->dialogs, 6, &a));
}

Test(dialogs, bounded)
{
	unsigned many = 4 * (CACHE_WAYS << DIALOGS_BITS), latest = 0, all = 0;
	struct addr a;

	for (unsigned i = 1; i <= many; i++) {
		struct addr mine = at(i);
		dialogs_keep(&kept->dialogs, &generation, i * UINT64_C(0x9e3779b9), &mine);
	}
	for (unsigned i = 1; i <= many; i++) {
		struct addr mine = at(i);
		if (!dialogs_find(&kept->dialogs, i * UINT64_C(0x9e3779b9), &a))
			continue;
		cr_assert(addr_equal(&a, &mine), "another's");
		all++;
		latest += i > many - 1000;
	}
	cr_expect(all > many / 8 && all <= many / 4, "%u", all);
	cr_expect(latest > 900, "%u of the latest 1000", latest);
}

Test(socknames, kept_and_forgotten)
{
	struct addr name = at(1), none = {.family = 0}, a = at(9);

	socknames_keep(&kept->names, 0, &name);
	cr_expect(!socknames_find(&kept->names, 0, &a));
	cr_expect(!socknames_find(&kept->names, 5, &a));
	cr_expect(addr_equal(&a, &(struct addr){.port = a.port, .ip = {[10] = 0xff, [11] = 0xff, [12] = 9}}),
		"it is left alone");
	if (fork() == 0) {
		socknames_keep(&kept->names, 5, &name);
		socknames_keep(&kept->names, 6, &none);
		_exit(0);
	}
	wait(NULL);
	cr_assert(socknames_find(&kept->names, 5, &a));
	cr_expect(addr_equal(&a, &name));
	cr_expect(socknames_find(&kept->names, 6, &a) && !a.family, "the true one");
	socknames_forget(&kept->names, 5);
	socknames_forget(&kept->names, 0);
	cr_expect(!socknames_find(&kept->names, 5, &a) && socknames_find(&kept->names, 6, &a));
}
