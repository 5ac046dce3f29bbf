/* SPDX-License-Identifier: MIT */
/* page: rules are published by one byte, from outside by pwrite(2), beside processes that count kept ways
 * out and that look for rules. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/generation.h"
#include "rounds.h"
#include "segment/page.h"

#define PUBLISHED ((uint32_t)rounds(20000))

static union segment_page_room *page;
static int fd;

static void make_page(void)
{
	fd = memfd_create("page", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(fd, sizeof(*page)), 0);
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq((void *)page, MAP_FAILED);
	atomic_store(&page->p.generation, GENERATION_FIRST);
}

/* An offset by which a half of it is told from another's. */
static uint64_t word(uint32_t generation)
{
	return (uint64_t)generation << 32 | (generation * UINT32_C(2654435761) | 1);
}

/* As bondctl does it. */
static void publish_from_outside(uint64_t current)
{
	uint32_t generation;
	const off_t at = offsetof(struct segment_page, generation);

	cr_assert_eq(pread(fd, &generation, sizeof(generation), at), sizeof(generation));
	uint8_t turn = (uint8_t)(segment_turn(generation) + 1);
	off_t slot = (off_t)(offsetof(struct segment_page, current) + (turn & 1) * sizeof(current));
	cr_assert_eq(pwrite(fd, &current, sizeof(current), slot), sizeof(current));
	cr_assert_eq(pwrite(fd, &turn, 1, SEGMENT_TURN_AT), 1);
}

Test(page, the_byte_says_which_word_counts)
{
	make_page();
	cr_expect_eq(segment_current(&page->p), 0);
	for (uint32_t g = 1; g < 600; g++) {
		uint32_t before = generation_now(&page->p.generation);
		if (g % 2)
			publish_from_outside(word(g));
		else
			segment_publish(&page->p, word(g));
		cr_assert_eq(segment_current(&page->p), word(g));
		cr_expect_neq(generation_now(&page->p.generation), before);
		generation_next(&page->p.generation);
		cr_assert_eq(segment_current(&page->p), word(g));
	}
}

/* Killed before the byte is written: what it left is nobody's, and the next one goes on. */
Test(page, what_is_not_published_is_not_seen)
{
	uint64_t half = 0xdeadbeefdeadbeef;

	make_page();
	publish_from_outside(word(1));
	off_t slot = (off_t)offsetof(struct segment_page, current);
	cr_assert_eq(pwrite(fd, &half, 5, slot), 5);
	cr_expect_eq(segment_current(&page->p), word(1));
	publish_from_outside(word(2));
	cr_expect_eq(segment_current(&page->p), word(2));
}

Test(page, counting_does_not_reach_the_byte)
{
	make_page();
	publish_from_outside(word(1));
	atomic_store(&page->p.generation, (page->p.generation & ~0xffffffu) | 0xffffff);
	generation_next(&page->p.generation);
	cr_expect_eq(page->p.generation, 1u << GENERATION_BITS | 1, "%x", page->p.generation);
	cr_expect_eq(segment_current(&page->p), word(1));
}

static void look(void)
{
	uint64_t last = 0;

	for (;;) {
		uint64_t now = segment_current(&page->p);
		if (now && (now != word(segment_current_generation(now)) || now < last))
			_exit(1);
		last = now > last ? now : last;
		if (segment_current_generation(now) == PUBLISHED)
			_exit(0);
	}
}

static void count(void)
{
	for (uint32_t i = 0; i < PUBLISHED; i++)
		generation_next(&page->p.generation);
	_exit(0);
}

/* Nothing torn, nothing back, no count lost. */
Test(page, under_readers_and_counters)
{
	pid_t pids[4];
	int status;

	make_page();
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			(i < 2 ? look : count)();
	}
	for (uint32_t g = 1; g <= PUBLISHED; g++)
		publish_from_outside(word(g));
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_expect_eq(status, 0, "%s: %x", i < 2 ? "a reader" : "a counter", status);
	}
	cr_expect_eq(page->p.generation & 0xffffff, GENERATION_FIRST + 2 * PUBLISHED);
	cr_expect_eq(segment_turn(page->p.generation), (uint8_t)PUBLISHED);
}
