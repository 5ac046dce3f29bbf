/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "preload/permanent.h"

static bool is_zero(const char *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

Test(permanent, given_back_is_taken_again)
{
	for (size_t size = 1; size < 5000000; size = size * 3 + 7) {
		char *before = permanent_take(40);
		size_t taken = permanent_taken();
		char *p = permanent_take(size);
		cr_assert(before && p);
		memset(p, 0xff, size);
		permanent_back(p, size);
		cr_expect_eq(permanent_taken(), taken, "of %zu", size);
		char *again = permanent_take(size);
		cr_expect_eq(again, p, "of %zu: another place", size);
		cr_expect(is_zero(again, size), "of %zu: not zeroed", size);
		memset(again, 0xff, size);
	}
}

Test(permanent, what_is_not_the_last_stays)
{
	char *first = permanent_take(100), *last = permanent_take(100);

	cr_assert(first && last);
	memset(last, 7, 100);
	permanent_back(first, 100);
	cr_expect_neq(permanent_take(100), first);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(last[i], 7);
}

/* Of an earlier chunk, and of none. */
Test(permanent, of_another_chunk)
{
	char *first = permanent_take(100), own[16] = "own", *large = permanent_take(3 << 20);

	cr_assert(first && large);
	memset(first, 7, 100);
	permanent_back(first, 100);
	cr_expect_eq(first[50], 7);
	permanent_back(own, sizeof(own));
	cr_expect_str_eq(own, "own");
}
