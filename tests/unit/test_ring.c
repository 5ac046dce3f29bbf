/* SPDX-License-Identifier: MIT */
/* ring: what many write one reads, whole and in order; what it does not get is counted, whoever lost it:
 * writers that are too fast, stopped or killed, and readers that are slow. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rounds.h"
#include "segment/ring_read.h"

#define AT 8192 /* not where the file begins */

static struct ring *ring;
static struct ring_reader *reader;
static int fd;
static uint64_t now = 1;

/* The file is as long as a host may have mapped it before it grows. */
static void make(void)
{
	struct stat st;

	fd = memfd_create("ring", MFD_CLOEXEC);
	ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, AT);
	cr_assert_neq(ring, MAP_FAILED);
	cr_assert(!ring_is_made(fd, AT) && !ring_open(fd, AT));
	cr_assert_eq(ring_make(fd, AT), 0);
	cr_assert(ring_is_made(fd, AT) && fstat(fd, &st) == 0);
	cr_assert_eq(st.st_size, AT + (off_t)sizeof(struct ring));
	cr_assert(st.st_blocks * 512 >= (off_t)sizeof(struct ring), "its space is taken");
	reader = ring_open(fd, AT);
	cr_assert(reader);
}

static void end(void)
{
	ring_close(reader);
	close(fd);
}

TestSuite(ring, .init = make, .fini = end);

static pid_t me(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* A child, which does not outlive a test that fails. */
static pid_t start(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

/* A record whose bytes follow from these two numbers; `long` ones have several parts. */
struct stamp {
	uint32_t who, number;
};

static size_t size_of(const struct stamp *s)
{
	return s->number % 16 == 15 ? RING_ROOM * (s->number % 5) + s->who : 40 + s->number % 300;
}

static unsigned char byte_of(const struct stamp *s, size_t i)
{
	return (unsigned char)(s->who * 31 + s->number * 7 + i);
}

static bool put(uint32_t who, uint32_t number)
{
	static _Thread_local unsigned char bytes[5 * RING_ROOM];
	struct stamp s = {who, number};
	struct ring_what what = {.kind = RING_LINE, .readers = (uint16_t)who, .thread = me()};
	size_t n = size_of(&s), third = n / 3;

	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_of(&s, i);
	return ring_put(ring, &what, (struct iovec[]){{&s, sizeof(s)}, {NULL, 0}, {bytes, third}, {bytes + third, n - third}}, 4);
}

static void check(const struct ring_record *r, struct stamp *s)
{
	cr_assert_geq(r->size, sizeof(*s));
	memcpy(s, r->bytes, sizeof(*s));
	cr_assert_eq(r->size, sizeof(*s) + size_of(s));
	cr_assert_eq(r->readers, s->who);
	for (size_t i = sizeof(*s); i < r->size; i++)
		cr_assert_eq((unsigned char)r->bytes[i], byte_of(s, i - sizeof(*s)), "torn");
}

/* Reads all that is there. */
static unsigned read_all(void)
{
	struct ring_record r;
	struct stamp s;
	unsigned n = 0;

	for (; ring_next(reader, now, &r) == RING_RECORD; n++)
		check(&r, &s);
	return n;
}

static void expect_stamp(uint32_t who, uint32_t number)
{
	struct ring_record r;
	struct stamp s;

	cr_assert_eq(ring_next(reader, now, &r), RING_RECORD);
	check(&r, &s);
	cr_expect(s.who == who && s.number == number, "%u %u", s.who, s.number);
	cr_expect_eq(r.thread, me());
	cr_expect_eq(r.kind, RING_LINE);
	cr_expect_eq((uintptr_t)r.bytes % 16, 0);
}

static void expect_nothing(void)
{
	struct ring_record r;

	cr_expect_eq(ring_next(reader, now, &r), RING_NOTHING);
}

Test(ring, in_order)
{
	expect_nothing();
	for (uint32_t i = 0; i < 1000; i++) {
		cr_assert(put(1, i));
		expect_stamp(1, i);
		expect_nothing();
	}
	for (uint32_t i = 0; i < 100; i++)
		cr_assert(put(2, i));
	for (uint32_t i = 0; i < 100; i++)
		expect_stamp(2, i);
	expect_nothing();
	cr_expect_eq(ring_lost(reader), 0);
}

Test(ring, empty_large_and_too_large)
{
	struct ring_what what = {.kind = RING_SAID, .readers = 3, .thread = me()};
	static char bytes[RING_RECORD_MAX + 1];
	struct ring_record r;

	cr_expect(ring_put(ring, &what, NULL, 0));
	cr_assert_eq(ring_next(reader, now, &r), RING_RECORD);
	cr_expect(r.size == 0 && r.kind == RING_SAID && r.readers == 3);
	memset(bytes, 'x', sizeof(bytes));
	cr_expect(ring_put(ring, &what, &(struct iovec){bytes, RING_RECORD_MAX}, 1));
	cr_assert_eq(ring_next(reader, now, &r), RING_RECORD);
	cr_expect(r.size == RING_RECORD_MAX && memcmp(r.bytes, bytes, r.size) == 0);
	cr_expect(!ring_put(ring, &what, &(struct iovec){bytes, RING_RECORD_MAX + 1}, 1));
	expect_nothing();
	cr_expect_eq(ring_lost(reader), 1);
	cr_expect(put(1, 1));
	expect_stamp(1, 1);
}

/* Another begins where the ring is then, and both get all. */
Test(ring, readers_of_their_own)
{
	struct ring_reader *first = reader;
	struct ring_record r;

	cr_assert(put(1, 1));
	reader = ring_open(fd, AT);
	expect_nothing();
	cr_assert(put(1, 2));
	expect_stamp(1, 2);
	ring_close(reader);
	reader = first;
	expect_stamp(1, 1);
	expect_stamp(1, 2);
	cr_assert_eq(ring_next(reader, now, &r), RING_NOTHING);
}

/* Too slow: the latest are there, and the others are counted. */
Test(ring, a_slow_reader)
{
	unsigned all = 0, got;

	for (uint32_t i = 0; i < 10 * RING_SLOTS; i++, all++)
		put(1, i);
	got = read_all();
	cr_expect(got > 0 && got <= RING_SLOTS);
	cr_expect_eq(got + ring_lost(reader), all);
	/* also where all that is left of it is lost */
	put(2, 1);
	atomic_store(&ring->states[(ring_turn(ring->next) - 1) % RING_SLOTS], 0);
	expect_nothing();
	now += 1000000000;
	expect_nothing();
	cr_expect_eq(got + ring_lost(reader), all + 1);
}

/* The numbers of slots and of records go round. */
Test(ring, goes_round)
{
	for (unsigned i = 0; i < 2; i++) {
		atomic_store(&ring->next, i ? UINT64_C(0x7fffffff) : UINT64_C(0xfffffff0fffffffa));
		memset(ring->states, 0, sizeof(ring->states));
		ring_close(reader);
		reader = ring_open(fd, AT);
		for (uint32_t n = 0; n < 1000; n++) {
			cr_assert(put(1, n), "%u", n);
			expect_stamp(1, n);
		}
		expect_nothing();
		cr_expect_eq(ring_lost(reader), 0);
	}
}

/* ---- writers that do not come to an end ---- */

static bool dead;
static unsigned asked;

static bool is_dead(void *ctx, pid_t thread)
{
	cr_expect_eq(ctx, &dead);
	cr_expect_eq(thread, 77);
	asked++;
	return dead;
}

/* One began that slot and stands still there. */
static uint64_t begin_one(void)
{
	uint64_t next = atomic_fetch_add(&ring->next, UINT64_C(1) << 32 | 1);
	uint64_t is = ring_state(ring_turn(next), 77, RING_WRITING);

	atomic_store(&ring->states[ring_turn(next) % RING_SLOTS], is);
	return is;
}

Test(ring, a_stopped_writer_costs_its_slot)
{
	uint64_t is = begin_one();

	for (uint32_t i = 0; i < 10; i++)
		cr_assert(put(1, 16 + i));
	now = 1000000000;
	expect_nothing();
	now += 90000000;
	expect_nothing();
	now += 20000000; /* no longer */
	for (uint32_t i = 0; i < 10; i++)
		expect_stamp(1, 16 + i);
	cr_expect_eq(ring_lost(reader), 1);
	/* whoever comes to its slot loses a record, and nobody waits for that */
	for (uint32_t i = 0; i < 2 * RING_SLOTS; i++) {
		bool its = ring_turn(ring->next) % RING_SLOTS == ring_turn(is) % RING_SLOTS;
		cr_assert_neq(put(1, 32), its);
		if (its)
			expect_nothing();
		else
			expect_stamp(1, 32);
	}
	cr_expect_eq(ring_lost(reader), 3);
	/* what it still writes is nobody's, as its turn is over */
	cr_assert(ring_free_dead(reader, is_dead, &dead) == 0 && asked == 0);
	cr_assert(ring_free_dead(reader, is_dead, &dead) == 0 && asked == 1);
	uint64_t done = is ^ RING_FLAGS;
	cr_expect(atomic_compare_exchange_strong(&ring->states[ring_turn(is) % RING_SLOTS], &is, done));
	for (uint32_t i = 0; i < RING_SLOTS; i++) {
		cr_assert(put(1, 32));
		expect_stamp(1, 32);
	}
	cr_expect_eq(ring_lost(reader), 3);
}

Test(ring, a_slot_of_the_dead_is_freed)
{
	begin_one();
	cr_assert_eq(ring_free_dead(reader, is_dead, &dead), 0);
	cr_assert(put(1, 1));
	dead = true;
	cr_assert_eq(ring_free_dead(reader, is_dead, &dead), 1);
	cr_assert_eq(ring_free_dead(reader, is_dead, &dead), 0);
	expect_stamp(1, 1);
	cr_expect_eq(ring_lost(reader), 1);
	for (uint32_t i = 0; i < 2 * RING_SLOTS; i++) {
		cr_assert(put(1, 16));
		expect_stamp(1, 16);
	}
	cr_expect_eq(ring_lost(reader), 1);
}

/* In the middle of a record of several parts, and one that lost its slot to who thought it dead. */
Test(ring, parts_that_do_not_come)
{
	struct ring_what what = {.kind = RING_LINE, .readers = 1, .thread = me()};
	static char bytes[3 * RING_ROOM];

	uint32_t turn = ring_turn(ring->next);
	atomic_store(&ring->states[(turn + 1) % RING_SLOTS], ring_state(turn - 255, 77, RING_WRITING));
	cr_expect(!ring_put(ring, &what, &(struct iovec){bytes, sizeof(bytes)}, 1));
	cr_assert(put(1, 1));
	expect_stamp(1, 1);
	cr_expect_eq(ring_lost(reader), 1);
}

/* ---- what may stand in a file ---- */

Test(ring, a_file_that_is_cut)
{
	struct ring_record r;

	cr_assert(put(1, 1));
	cr_assert(ftruncate(fd, AT + 4096 * 3) == 0);
	uint64_t next = UINT64_C(300) << 32;
	cr_assert(pwrite(fd, &next, 8, AT + 8) == 8);
	now = 5;
	ring_next(reader, now, &r);
	cr_assert(ftruncate(fd, AT) == 0);
	cr_expect_eq(ring_next(reader, now, &r), RING_WRONG);
	cr_expect(!ring_is_made(fd, AT) && !ring_open(fd, AT));
	cr_expect_eq(ring_free_dead(reader, is_dead, &dead), 0);
}

Test(ring, nonsense_is_no_harm)
{
	struct ring_record r;
	unsigned seed = 7;

	for (int i = 0; i < rounds(3000); i++) {
		char junk[512];
		for (size_t k = 0; k < sizeof(junk); k++)
			junk[k] = (char)rand_r(&seed);
		for (int k = 0; k < 5; k++)
			put(1, (uint32_t)rand_r(&seed));
		size_t at = 8 + (size_t)rand_r(&seed) % (sizeof(*ring) - sizeof(junk) - 8);
		if (i % 3 == 0)
			at = 8 + (size_t)rand_r(&seed) % 3000;
		pwrite(fd, junk, sizeof(junk), AT + (off_t)at);
		for (int k = 0; k < 5 && ring_next(reader, now += 50000000, &r) == RING_RECORD; k++)
			cr_assert_leq(r.size, RING_RECORD_MAX);
	}
}

/* ---- many at once ---- */

static void *write_many(void *who)
{
	for (uint32_t i = 0, n = (uint32_t)rounds(40000); i < n; i++)
		put((uint32_t)(uintptr_t)who, i);
	return NULL;
}

static void run_threads(uint32_t process)
{
	pthread_t threads[3];

	for (uint32_t i = 0; i < 3; i++)
		cr_assert(pthread_create(&threads[i], NULL, write_many, (void *)(uintptr_t)(process * 3 + i)) == 0);
	for (uint32_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* Each writer's records come in its own order, none of them twice; and none is neither here nor counted. */
Test(ring, threads_and_processes)
{
	uint32_t next[12], all = 12 * (uint32_t)rounds(40000), got = 0;
	struct ring_record r;
	struct stamp s;
	int left = 4, status;

	memset(next, 0, sizeof(next));
	for (uint32_t p = 0; p < 4; p++) {
		if (start())
			continue;
		run_threads(p);
		_exit(0);
	}
	for (bool last = false;;) {
		now += 1000000;
		if (ring_next(reader, now, &r) == RING_RECORD) {
			check(&r, &s);
			cr_assert(s.who < 12 && s.number >= next[s.who], "%u: %u", s.who, s.number);
			next[s.who] = s.number + 1;
			got++;
		} else if (last) {
			break;
		}
		for (; left && waitpid(-1, &status, WNOHANG) > 0; left--)
			cr_assert_eq(status, 0);
		if (!left && !last)
			last = true, now += 1000000000;
	}
	cr_expect(got > 0 || getenv("BOND_TEST_SLOW"));
	cr_expect_eq(got + ring_lost(reader), all, "%u and %lu lost of %u", got, (unsigned long)ring_lost(reader), all);
}

static bool is_gone(void *ctx, pid_t thread)
{
	(void)ctx;
	return kill(thread, 0) != 0 && errno == ESRCH;
}

/* Writers that are killed and stopped anywhere: what they had begun is counted, their slots are freed, and
 * no byte of one is ever taken for another's. */
Test(ring, killed_and_stopped)
{
	unsigned seed = 3, got = 0;
	struct ring_record r;
	struct stamp s;
	uint64_t begun = atomic_load(&ring->next);

	for (int round = 0; round < rounds(60); round++) {
		pid_t pids[3];
		for (uint32_t p = 0; p < 3; p++) {
			pids[p] = start();
			if (pids[p] == 0)
				for (uint32_t i = 0;; i++)
					put(p, i);
		}
		for (int i = 0; i < 300; i++) {
			if (i % 50 == 10)
				kill(pids[i / 50 % 3], i % 100 == 10 ? SIGSTOP : SIGCONT);
			while (rand_r(&seed) % 100 && ring_next(reader, now += 1000000, &r) == RING_RECORD)
				check(&r, &s), got++;
		}
		for (uint32_t p = 0; p < 3; p++)
			kill(pids[p], SIGKILL);
		while (wait(NULL) > 0)
			;
		ring_free_dead(reader, is_gone, NULL);
		ring_free_dead(reader, is_gone, NULL);
		for (int i = 0; i < RING_SLOTS; i++)
			cr_assert(!(atomic_load(&ring->states[i]) & RING_WRITING), "slot %d in round %d", i, round);
	}
	for (int i = 0; i < 1000; i++)
		while (ring_next(reader, now += 1000000, &r) == RING_RECORD)
			check(&r, &s), got++;
	uint32_t all = (uint32_t)(atomic_load(&ring->next) - begun);
	cr_expect(got > 0 || getenv("BOND_TEST_SLOW"));
	cr_expect_eq(got + ring_lost(reader), all, "%u and %lu lost of %u", got, (unsigned long)ring_lost(reader), all);
}
