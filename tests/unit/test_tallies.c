/* SPDX-License-Identifier: MIT */
/* tallies: whoever counts, the sums are exact; a table that is full counts in one place; a copy that is not one
 * leads nobody out of it. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rounds.h"
#include "segment/tallies.h"

#define PROCESSES 4
#define THREADS 4
#define MEMBERS 5u
#define ROUTES 7u

static struct tallies *t;
static size_t size;

static void make(uint32_t expected)
{
	size = tallies_size(expected);
	t = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(t, MAP_FAILED);
	tallies_format(t, expected);
}

static uint32_t cell_of(uint64_t key)
{
	bool full;
	uint32_t cell = tallies_cell(t, key, &full);

	cr_assert(!full);
	return cell;
}

static struct tallies_view view(void)
{
	struct tallies_view v;

	cr_assert(tallies_open(&v, t, size));
	return v;
}

/* One of those that count: whoever it is, it counts alike. */
static void *count(void *processor)
{
	bool full;

	for (unsigned n = 0; n < (unsigned)rounds(10000); n++) {
		uint32_t cell = tallies_cell(t, tally_key(n % ROUTES, TALLY_OF_MEMBER, n % MEMBERS), &full);
		struct tally_pair *p = tallies_pair(t, cell, (unsigned)(uintptr_t)processor + n);
		atomic_fetch_add(&p->requests, 1);
		atomic_fetch_add(&p->bytes, 100);
		tallies_add(t, cell, TALLY_EDITED, 3);
	}
	return NULL;
}

Test(tallies, sums_are_exact)
{
	struct tallies_view v;

	make(1);
	for (int i = 0; i < PROCESSES; i++) {
		pthread_t threads[THREADS];
		if (fork())
			continue;
		for (int k = 0; k < THREADS; k++)
			pthread_create(&threads[k], NULL, count, (void *)(uintptr_t)k);
		for (int k = 0; k < THREADS; k++)
			pthread_join(threads[k], NULL);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	v = view();
	uint64_t all = PROCESSES * THREADS * (uint64_t)rounds(10000), members = 0, routes = 0;
	for (uint32_t m = 0; m < MEMBERS; m++) {
		uint64_t counts[TALLIES] = {0};
		tallies_sum(&v, TALLY_OF_MEMBER, m, counts);
		cr_expect_eq(counts[TALLY_REQUESTS], all / MEMBERS);
		cr_expect_eq(counts[TALLY_BYTES], all / MEMBERS * 100);
		cr_expect_eq(counts[TALLY_EDITED], all / MEMBERS * 3);
		members += counts[TALLY_REQUESTS];
	}
	for (uint32_t r = 0; r < ROUTES; r++) {
		uint64_t counts[TALLIES] = {0};
		tallies_sum_route(&v, r, counts);
		routes += counts[TALLY_REQUESTS];
	}
	cr_expect(members == all && routes == all);
	cr_expect_eq(tallies_used(&v), MEMBERS * ROUTES, "whoever comes first, a key has one cell");
}

Test(tallies, each_count_has_its_place)
{
	make(1);
	struct tallies_view v = view();
	uint32_t a = cell_of(tally_key(TALLY_NO_SLOT, TALLY_OF_NOBODY, TALLY_NO_SLOT));
	uint32_t b = cell_of(tally_key(0, TALLY_OF_MEMBER, 0));
	for (int i = 0; i < TALLIES; i++) {
		tallies_add(t, a, (enum tally)i, (uint64_t)i + 1);
		tallies_add(t, b, (enum tally)i, (uint64_t)i + 100);
	}
	struct tally_sum sum;
	unsigned seen = 0;
	for (uint32_t at = 0; tallies_next(&v, &at, &sum);) {
		if (sum.kind == TALLY_OF_OTHERS)
			continue;
		bool member = sum.kind == TALLY_OF_MEMBER;
		seen |= member ? 1 : 2;
		cr_expect_eq(sum.route, member ? 0 : TALLY_NO_SLOT);
		cr_expect_eq(sum.slot, member ? 0 : TALLY_NO_SLOT);
		for (int i = 0; i < TALLIES; i++)
			cr_expect_eq(sum.counts[i], (uint64_t)i + (member ? 100 : 1), "%s", tally_names[i]);
	}
	cr_expect_eq(seen, 3);
}

Test(tallies, keys_name_what_they_are_of)
{
	static const uint32_t slots[] = {0, 1, 77, TALLY_SLOTS_MAX - 1, TALLY_NO_SLOT};

	make(100);
	struct tallies_view v = view();
	uint64_t n = 0;
	for (int kind = TALLY_OF_NOBODY; kind < TALLY_OF_OTHERS; kind++)
		for (int r = 0; r < 5; r++)
			for (int s = 0; s < 5; s++)
				tallies_add(t, cell_of(tally_key(slots[r], (enum tally_kind)kind, slots[s])),
					TALLY_PROBES, ++n);
	uint64_t sum_of_all = 0;
	struct tally_sum sum;
	for (uint32_t at = 0; tallies_next(&v, &at, &sum);) {
		uint64_t is = tally_key(sum.route, sum.kind, sum.slot);
		if (sum.kind != TALLY_OF_OTHERS)
			cr_expect_eq(at - 1, cell_of(is));
		sum_of_all += sum.counts[TALLY_PROBES];
	}
	cr_expect_eq(sum_of_all, n * (n + 1) / 2);
	cr_expect_eq(tallies_used(&v), n);
}

Test(tallies, full)
{
	unsigned had_none = 0, most = TALLIES_CELLS_MIN * 2;

	make(1);
	for (unsigned i = 0; i < most; i++) {
		bool full;
		uint32_t cell = tallies_cell(t, tally_key(i, TALLY_OF_MEMBER, i), &full);
		cr_assert_lt(cell, t->cells);
		tallies_add(t, cell, TALLY_REFUSED, 1);
		had_none += full;
	}
	struct tallies_view v = view();
	struct tally_sum sum;
	uint64_t all = 0, others = 0;
	for (uint32_t at = 0; tallies_next(&v, &at, &sum);) {
		all += sum.counts[TALLY_REFUSED];
		others += sum.kind == TALLY_OF_OTHERS ? sum.counts[TALLY_REFUSED] : 0;
	}
	cr_expect_eq(all, most, "none is lost");
	cr_expect(others == had_none && had_none >= most - t->cells && had_none < most);
	/* those that have a cell keep it */
	bool full;
	tallies_cell(t, tally_key(0, TALLY_OF_MEMBER, 0), &full);
	cr_expect(!full);
}

Test(tallies, as_many_as_are_expected)
{
	static const uint32_t expected[] = {0, 1, 512, 513, 2048, 2049, 20000, 65536};

	for (unsigned i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		unsigned had_none = 0;
		make(expected[i]);
		cr_expect_eq(t->stripes, t->cells <= TALLIES_STRIPED_MAX ? TALLIES_STRIPES : 1);
		for (uint32_t n = 0; n < expected[i]; n++) {
			bool full;
			tallies_cell(t, tally_key(n / 4, TALLY_OF_MEMBER, n % 4), &full);
			had_none += full;
		}
		cr_expect_eq(had_none, 0, "of %u", expected[i]);
		/* the last bytes of it are its own */
		bool full;
		struct tally_pair *p = tallies_pair(t, t->cells - 1, TALLIES_STRIPES - 1);
		atomic_fetch_add(&p->bytes, 1);
		tallies_add(t, t->cells - 1, TALLIES - 1, 1);
		tallies_cell(t, 1, &full);
		munmap(t, size);
	}
	cr_expect_leq(tallies_size(UINT32_MAX), 64 << 20, "bounded, whatever the INI says");
}

Test(tallies, without_memory)
{
	bool full = true;

	cr_expect_eq(tallies_cell(NULL, 1, &full), 0);
	cr_expect(!full);
	tallies_add(NULL, 0, TALLY_REQUESTS, 1);
}

Test(tallies, what_is_no_table)
{
	struct tallies_view v;
	struct tally_sum sum;

	make(1);
	cr_expect(!tallies_open(&v, t, 0) && !tallies_open(&v, t, sizeof(*t) - 1) && !tallies_open(&v, t, size - 1));
	for (int i = 0; i < rounds(20000); i++) {
		size_t n = sizeof(*t) + (size_t)rand() % (size - sizeof(*t)) / 8 * 8;
		uint64_t *copy = calloc(1, n);
		for (size_t k = 0; k < n / 8 && k < 100; k++)
			copy[k] = (uint64_t)rand() << 40 ^ (uint64_t)rand();
		memset(copy + 8, i, n - 64 < 800 ? n - 64 : 800);
		((struct tallies *)copy)->cells = i % 3 ? 1u << rand() % 20 : (uint32_t)rand();
		((struct tallies *)copy)->stripes = i % 2 ? 1 : i % 5 ? TALLIES_STRIPES : (uint32_t)rand();
		if (tallies_open(&v, copy, n)) {
			uint64_t counts[TALLIES] = {0};
			for (uint32_t at = 0, k = 0; k < 100 && tallies_next(&v, &at, &sum); k++)
				cr_assert(sum.kind <= TALLY_OF_OTHERS);
			tallies_sum(&v, TALLY_OF_MEMBER, 1, counts);
			cr_assert_leq(tallies_used(&v), v.cells);
		}
		free(copy);
	}
}

Test(tallies, names)
{
	for (int i = 0; i < TALLIES; i++) {
		cr_assert_not_null(tally_names[i]);
		cr_expect_eq(tally_names[i][strspn(tally_names[i], "abcdefghijklmnopqrstuvwxyz_")], 0);
		for (int k = 0; k < i; k++)
			cr_expect_str_neq(tally_names[i], tally_names[k]);
	}
}
