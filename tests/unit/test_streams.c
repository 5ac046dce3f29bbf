/* SPDX-License-Identifier: MIT */
/* streams: what is kept is found, also by another process; a full pool takes
 * from those who have most. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/streams.h"

static struct streams *streams;
static struct counters counters;

static void share(void)
{
	streams = mmap(NULL, sizeof(*streams), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(streams, MAP_FAILED);
}

static struct stream_state state_of(unsigned n)
{
	struct stream_state s = {.stream = {.frame = {.in_head = 1, .head = n}}, .held_n = 4};

	memcpy(s.held, "Via:", 4);
	return s;
}

Test(streams, without_memory)
{
	struct stream_state s = state_of(1);
	struct stream_state between = {.held_n = 0};

	cr_expect(!streams_keep(streams, &counters, 2, &s));
	cr_expect(streams_keep(streams, &counters, 2, &between), "there is nothing to keep");
	cr_expect(!streams_find(streams, 2, &s));
	cr_expect(!streams_is_broken(streams, 2));
}

Test(streams, another_process_goes_on)
{
	struct stream_state s = state_of(7), found;
	uint64_t out = stream_key(9, false), in = stream_key(9, true);

	share();
	cr_assert(streams_keep(streams, &counters, out, &s));
	cr_expect(!streams_find(streams, in, &found), "the other direction is another stream");
	pid_t pid = fork();
	if (pid == 0) {
		bool same = streams_find(streams, out, &found) && found.stream.frame.head == 7 &&
			found.held_n == 4 && memcmp(found.held, "Via:", 4) == 0;
		s = state_of(8);
		streams_keep(streams, &counters, out, &s);
		streams_break(streams, in);
		_exit(!same);
	}
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_assert(streams_find(streams, out, &found));
	cr_expect_eq(found.stream.frame.head, 8);
	cr_expect(streams_is_broken(streams, in) && !streams_is_broken(streams, out));
	streams_drop(streams, out);
	cr_expect(!streams_find(streams, out, &found));
}

static struct addr addr_of(unsigned n)
{
	struct addr a = {.family = AF_INET};

	memcpy(a.ip + 12, &n, 4);
	return a;
}

/* Keeps one of that peer, in the middle of a message or before it. */
static void keep(uint64_t key, unsigned peer, bool half_head)
{
	struct addr a = addr_of(peer);
	struct stream_state s = state_of((unsigned)key);

	s.peer = stream_peer(&a);
	s.held_n = 0;
	if (!half_head)
		s.stream.frame = (struct frame){.raw = 100};
	cr_assert(streams_keep(streams, &counters, key, &s));
}

static unsigned kept_of(uint64_t first, uint64_t count)
{
	struct stream_state found;
	unsigned kept = 0;

	for (uint64_t key = first; key < first + count; key++)
		kept += streams_find(streams, key, &found);
	return kept;
}

Test(streams, peers_have_a_share)
{
	struct addr a = addr_of(1), six = {.family = AF_INET6, .ip = {0x20, 1, 13}}, other = six;

	other.ip[15] = 9;
	cr_expect_eq(stream_peer(&six), stream_peer(&other), "the same /64");
	other.ip[7] = 9;
	cr_expect_neq(stream_peer(&six), stream_peer(&other));
	share();
	keep(1000000, 2, false);
	keep(1000001, 2, true);
	for (unsigned n = 0; n < STREAM_PEER_SLOTS; n++)
		keep(5000 + n, 1, false);
	cr_expect_eq(counters_of(&counters, COUNTER_CROWDED), 0);
	cr_expect(!streams_tells_crowded(streams));
	for (unsigned n = STREAM_PEER_SLOTS; n < 3000; n++)
		keep(5000 + n, 1, n % 2);
	/* its own gave way, and half heads first */
	cr_expect_eq(kept_of(5000, 3000), STREAM_PEER_SLOTS);
	unsigned broken = 0;
	for (unsigned n = 0; n < 3000; n++)
		broken += streams_is_broken(streams, 5000 + n);
	cr_expect(broken > 1000, "most of those that lost their place are remembered");
	cr_expect_eq(kept_of(1000000, 2), 2, "others keep theirs");
	cr_expect_eq(counters_of(&counters, COUNTER_CROWDED), 3000 - STREAM_PEER_SLOTS);
	cr_expect(streams_tells_crowded(streams) && !streams_tells_crowded(streams));
	cr_expect_neq(stream_peer(&a), 0);
}

Test(streams, a_full_pool_goes_on)
{
	struct stream_state pending = state_of(1);

	share();
	pending.peer = 77;
	cr_assert(streams_keep(streams, &counters, 9000000, &pending));
	for (unsigned n = 0; n < 100; n++)
		keep(8000000 + n, 1000 + n, false);
	/* many peers, each with little: half heads go before messages that are under way */
	for (unsigned n = 0; n < 20000; n++)
		keep(100 + n, 5000 + n / 2, true);
	cr_expect(kept_of(100, 20000) > STREAM_SLOTS / 2);
	cr_expect_eq(kept_of(8000000, 100), 100);
	cr_expect_eq(kept_of(9000000, 1), 1);
	/* one with much goes before those */
	for (unsigned n = 0; n < 20000; n++)
		keep(200000 + n, 3, false);
	cr_expect_leq(kept_of(200000, 20000), STREAM_PEER_SLOTS);
	cr_expect_eq(kept_of(8000000, 100), 100);
	cr_expect_eq(kept_of(9000000, 1), 1, "what waits there is nowhere else");
}

/* A process that is killed while it has a slot leaves it to others. */
Test(streams, killed_owners)
{
	share();
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		if (pid == 0)
			for (uint64_t n = 0;; n++)
				keep(1000 + n % 4000, (unsigned)n % 40, n % 3);
		usleep(3000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	for (unsigned n = 0; n < 4000; n++)
		keep(50000 + n, n, false);
	cr_expect(kept_of(50000, 4000) > STREAM_SLOTS / 2);
}

Test(streams, told_once)
{
	share();
	cr_expect(streams_tell(streams, 7) && !streams_tell(streams, 7) && streams_tell(streams, 8));
}
