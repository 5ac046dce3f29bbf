/* SPDX-License-Identifier: MIT */
/* hellos: a TLS connection is found by both randoms and the role, by every process, and never another one;
 * what begins handshakes, however much of it, drives out nobody whose library asks for it. */
#include <criterion/criterion.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/hellos.h"
#include "rounds.h"

#define HALF_DONE 5000

static struct hellos *hellos;
static struct counters counters;

static void share(void)
{
	hellos = mmap(NULL, sizeof(*hellos), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cr_assert_neq(hellos, MAP_FAILED);
	memset(&counters, 0, sizeof(counters));
}

TestSuite(hellos, .init = share);

/* Random enough, the same for the same number. */
static struct hello_name name_of(unsigned n)
{
	struct hello_name name = {.is_server = true};
	uint64_t x = n * UINT64_C(0x9E3779B97F4A7C15) + 1;

	for (int i = 0; i < HELLO_RANDOM; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		name.client[i] = (uint8_t)x;
		name.server[i] = (uint8_t)(x >> 24);
	}
	return name;
}

static struct hello_end end_of(unsigned n, unsigned peer)
{
	struct hello_end end = {.cookie = 1000 + n, .bits = n};

	end.local = (struct addr){.family = AF_INET, .port = 5061, .ip = {[15] = 1}};
	end.peer = (struct addr){.family = AF_INET, .port = (uint16_t)n,
		.ip = {[10] = 255, [11] = 255, [12] = 10, [13] = (uint8_t)(peer >> 16), [14] = (uint8_t)(peer >> 8), [15] = (uint8_t)peer}};
	end.named = (struct addr){.family = AF_INET, .port = (uint16_t)(n + 1)};
	return end;
}

static uint32_t note(unsigned n, unsigned peer)
{
	struct hello_name name = name_of(n);
	struct hello_end end = end_of(n, peer);

	return hellos_note(hellos, &counters, &name, &end);
}

/* So many at once that no set is full, whatever the secret is: of 2,000 one is, one time in 600. */
#define FEW 500

static enum hello_found find(unsigned n)
{
	struct hello_name name = name_of(n);
	struct hello_end end, own = end_of(n, 0);
	enum hello_found found = hellos_find(hellos, &counters, &name, &end);

	if (found == HELLO_FOUND) {
		cr_expect_eq(end.cookie, own.cookie, "%u", n);
		cr_expect_eq(end.bits, own.bits);
		cr_expect_eq(end.named.port, own.named.port);
	}
	return found;
}

/* Ages what is there. */
static void wait_seconds(uint32_t seconds)
{
	for (int i = 0; i < HELLO_SETS; i++) {
		for (int j = 0; j < HELLO_WAYS; j++)
			atomic_fetch_sub(&hellos->sets[i].entries[j].used, seconds);
	}
}

Test(hellos, each_is_found_by_every_process)
{
	cr_expect_eq(find(1), HELLO_UNKNOWN);
	for (unsigned n = 1; n <= FEW; n++)
		cr_expect(note(n, n % 50));
	pid_t pid = fork();
	if (!pid) {
		for (unsigned n = 1; n <= FEW; n++) {
			if (find(n) != HELLO_FOUND)
				_exit(1);
		}
		note(3000, 1);
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect_eq(find(3000), HELLO_FOUND, "it survives who noted it");
}

Test(hellos, every_byte_of_both_and_the_role_count)
{
	struct hello_name name = name_of(1);
	struct hello_end end = end_of(1, 1);

	hellos_note(hellos, &counters, &name, &end);
	for (size_t i = 0; i < 2 * HELLO_RANDOM + 1; i++) {
		struct hello_name other = name;
		if (i < HELLO_RANDOM)
			other.client[i] ^= 1;
		else if (i < 2 * HELLO_RANDOM)
			other.server[i - HELLO_RANDOM] ^= 128;
		else
			other.is_server = false;
		cr_expect_eq(hellos_find(hellos, &counters, &other, &end), HELLO_UNKNOWN, "%zu", i);
	}
	cr_expect_eq(hellos_find(hellos, &counters, &name, &end), HELLO_FOUND);
}

Test(hellos, equal_ones_are_unknown_for_good)
{
	struct hello_name name = name_of(7);
	struct hello_end one = end_of(7, 1), two = end_of(8, 1), three = end_of(9, 1);

	hellos_note(hellos, &counters, &name, &one);
	cr_expect_eq(find(7), HELLO_FOUND);
	hellos_note(hellos, &counters, &name, &one);
	cr_expect_eq(find(7), HELLO_FOUND, "the same connection, noted by both directions at once");
	hellos_note(hellos, &counters, &name, &two);
	cr_expect_eq(find(7), HELLO_SPOILED);
	hellos_note(hellos, &counters, &name, &three);
	cr_expect_eq(find(7), HELLO_SPOILED);
	hellos_note(hellos, &counters, &name, &one);
	cr_expect_eq(find(7), HELLO_SPOILED);
	cr_expect(counters_of(&counters, COUNTER_TLS_EQUAL) >= 2);
	cr_expect_eq(counters_of(&counters, COUNTER_TLS_UNKNOWN), 1, "once a connection");
	struct hello_name never = name_of(17);
	hellos_note(hellos, &counters, &never, &one);
	hellos_note(hellos, &counters, &never, &two);
	cr_expect_eq(find(17), HELLO_EQUAL, "none of them was found before");
}

/* A host that is connected to itself has one pair at both ends. */
Test(hellos, both_ends_may_be_here)
{
	struct hello_name server = name_of(5), client = server;
	struct hello_end one = end_of(5, 1), two = end_of(6, 1), end;

	client.is_server = false;
	hellos_note(hellos, &counters, &server, &one);
	hellos_note(hellos, &counters, &client, &two);
	cr_expect_eq(hellos_find(hellos, &counters, &server, &end), HELLO_FOUND);
	cr_expect_eq(end.cookie, one.cookie);
	cr_expect_eq(hellos_find(hellos, &counters, &client, &end), HELLO_FOUND);
	cr_expect_eq(end.cookie, two.cookie);
}

/* Two processes note the same name of two connections, again and again. */
Test(hellos, equal_ones_at_a_time_are_seen)
{
	_Atomic uint32_t *turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const uint32_t count = (uint32_t)rounds(FEW);

	pid_t pid = fork();
	for (uint32_t n = 0; n < count; n++) {
		struct hello_name name = name_of(n);
		struct hello_end end = end_of(pid ? 1 : 2, 1), found;
		atomic_fetch_add(turn, 1);
		while (atomic_load(turn) < 2 * n + 2)
			sched_yield();
		hellos_note(hellos, &counters, &name, &end);
		if (hellos_find(hellos, &counters, &name, &found) == HELLO_FOUND && found.cookie != end.cookie)
			_exit(1);
	}
	if (!pid)
		_exit(0);
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	for (uint32_t n = 0; n < count; n++) {
		struct hello_name name = name_of(n);
		struct hello_end end;
		cr_expect(hellos_find(hellos, &counters, &name, &end) >= HELLO_EQUAL, "%u", n);
	}
}

static unsigned found_of(unsigned first, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = first; i < first + count; i++)
		n += find(i) == HELLO_FOUND;
	return n;
}

/* Each attacker from one address, and from as many as there are handshakes. */
Test(hellos, handshakes_drive_out_nobody_who_is_there)
{
	for (unsigned n = 1; n <= 3000; n++)
		note(n, n % 20);
	unsigned before = found_of(1, 3000);
	cr_expect(before >= 2990, "%u", before);
	for (unsigned i = 0; i < 10 * HALF_DONE; i++)
		note(10000 + i, 777);
	for (unsigned i = 0; i < 10 * HALF_DONE; i++)
		note(100000 + i, 1000 + i);
	cr_expect_eq(found_of(1, 3000), before);
}

/* A handshake of someone else goes on meanwhile. */
Test(hellos, handshakes_of_one_peer_leave_room_for_others)
{
	unsigned found = 0;

	for (unsigned i = 0; i < 10 * HALF_DONE; i++)
		note(10000 + i, 777);
	for (unsigned n = 1; n <= 500; n++) {
		note(n, n);
		for (unsigned i = 0; i < 100; i++)
			note(200000 + n * 100 + i, 777);
		found += find(n) == HELLO_FOUND;
	}
	cr_expect_eq(found, 500);
}

/* One that has all of the table, and uses it, gives way to others up to an equal share. */
Test(hellos, who_has_most_gives_way)
{
	for (unsigned n = 1; n <= 60000; n++) {
		note(n, 1);
		find(n);
	}
	for (unsigned n = 100001; n <= 100100; n++) {
		note(n, 2);
		cr_expect_eq(find(n), HELLO_FOUND, "%u", n);
	}
	cr_expect(counters_of_full(&counters, FULL_HELLOS) > 0, "nobody gives way to a peer of the same share");
}

static bool is_there(unsigned n)
{
	struct hello_name name = name_of(n);

	for (int i = 0; i < HELLO_SETS; i++) {
		for (int j = 0; j < HELLO_WAYS; j++) {
			if (memcmp(&hellos->sets[i].entries[j].name, &name, sizeof(name)) == 0)
				return true;
		}
	}
	return false;
}

/* What gave way is unknown, and so is another one of the same name. */
Test(hellos, nothing_is_taken_for_what_gave_way)
{
	struct hello_name name = name_of(1);
	struct hello_end other = end_of(99, 9);

	note(1, 1);
	cr_expect_eq(find(1), HELLO_FOUND);
	wait_seconds(HELLO_IDLE_SECONDS + 1);
	for (unsigned n = 1000; n < 200000 && is_there(1); n++) {
		note(n, n);
		find(n);
	}
	cr_assert(!is_there(1));
	hellos_note(hellos, &counters, &name, &other);
	cr_expect_neq(find(1), HELLO_FOUND);
	hellos_note(hellos, &counters, &name, &other);
	cr_expect_neq(find(1), HELLO_FOUND);
}

/* Who was closed goes first; where another process goes on with it, it is used and stays. */
Test(hellos, closed_ones_go_first)
{
	uint32_t places[FEW];
	unsigned living = 0;

	for (unsigned n = 0; n < FEW; n++) {
		places[n] = note(n, n);
		cr_expect_eq(find(n), HELLO_FOUND);
	}
	for (unsigned n = 0; n < FEW; n++)
		hellos_left(hellos, places[n], 1000 + n);
	for (unsigned n = 0; n < FEW; n += 2)
		cr_expect_eq(find(n), HELLO_FOUND, "another process has it");
	wait_seconds(HELLO_LEFT_SECONDS + 1);
	for (unsigned n = 10000; n < 60000; n++) {
		note(n, 5000 + n % 1000);
		find(n);
	}
	for (unsigned n = 0; n < FEW; n++) {
		enum hello_found found = find(n);
		living += n % 2 == 0 && found == HELLO_FOUND;
		if (n % 2)
			cr_expect_neq(found, HELLO_EQUAL);
	}
	cr_expect_eq(living, FEW / 2);
	hellos_left(hellos, UINT32_MAX, 1);
	hellos_left(hellos, places[0], 1);
}

Test(hellos, there_may_be_no_memory)
{
	struct hello_name name = name_of(1);
	struct hello_end end = end_of(1, 1);

	cr_expect_eq(hellos_note(NULL, NULL, &name, &end), 0);
	cr_expect_eq(hellos_find(NULL, NULL, &name, &end), HELLO_UNKNOWN);
	hellos_left(NULL, 1, 1);
}
