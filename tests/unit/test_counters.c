/* SPDX-License-Identifier: MIT */
/* counters, said: one count and one memory of what was said, whichever process comes by. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/counters.h"
#include "base/generation.h"
#include "segment/said.h"

static struct {
	struct counters counters;
	struct said said;
	_Atomic uint32_t generation;
} *shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(shared, MAP_FAILED);
}

TestSuite(counters, .init = share);

static struct addr at(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = 5060, .ip = {[10] = 0xff, [11] = 0xff}};

	memcpy(a.ip + 12, &n, 4);
	return a;
}

Test(counters, of_all_processes)
{
	struct counters *c = &shared->counters;

	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int n = 0; n < 10000; n++) {
			counters_add(c, COUNTER_EDITED, 1);
			counters_add(c, COUNTER_CROWDED, 3);
			counters_add(c, COUNTER_SHUT, 0);
			counters_add_full(c, FULL_ADDRESSES);
			generation_next(&shared->generation);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < COUNTERS; i++)
		cr_expect_eq(counters_of(c, (enum counter)i),
			i == COUNTER_EDITED ? 40000 : i == COUNTER_CROWDED ? 120000 : 0, "%d", i);
	for (int i = 0; i < FULL_TABLES; i++)
		cr_expect_eq(counters_of_full(c, (enum full_table)i), i == FULL_ADDRESSES ? 40000 : 0, "%d", i);
	cr_expect_eq(generation_now(&shared->generation), 40000);
}

Test(counters, without_memory)
{
	struct addr a = at(1);

	counters_add(NULL, COUNTER_EDITED, 1);
	counters_add_full(NULL, FULL_NAMES);
	cr_expect_eq(counters_of(NULL, COUNTER_EDITED), 0);
	cr_expect_eq(counters_of_full(NULL, FULL_NAMES), 0);
	cr_expect(!said_full(NULL, FULL_NAMES) && !said_large(NULL, 1) && !said_stray(NULL, &a));
}

/* How many of the words are said by one who asks for all of them. */
static int say_all(void)
{
	int said = 0;

	for (int i = 0; i < FULL_TABLES; i++)
		said += said_full(&shared->said, (enum full_table)i);
	for (unsigned i = 0; i <= UINT16_MAX; i += 13)
		said += said_large(&shared->said, (uint16_t)i);
	said += said_large(&shared->said, UINT16_MAX);
	for (unsigned i = 0; i < SAID_STRAYS; i++) {
		struct addr a = at(i), port = a;
		port.port++;
		said += said_stray(&shared->said, i % 2 ? &a : &port);
	}
	return said;
}

Test(counters, said_once)
{
	int all = FULL_TABLES + UINT16_MAX / 13 + 1 + SAID_STRAYS + (UINT16_MAX % 13 != 0), status;

	pid_t pid = fork();
	if (pid == 0)
		_exit(say_all() != all);
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect_eq(say_all(), 0);
	struct addr other = at(SAID_STRAYS), first = at(0);
	first.port++;
	cr_expect(said_stray(&shared->said, &other) && !said_stray(&shared->said, &other));
	cr_expect(said_stray(&shared->said, &first), "of the strays the last ones are known");
}
