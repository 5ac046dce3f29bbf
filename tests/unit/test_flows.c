/* SPDX-License-Identifier: MIT */
/* flows: which of the host's addresses a peer used last is found by every process; what came alone does not
 * move, nor drive out, what the host accepted, however much of it there is; one address has few places. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rounds.h"
#include "segment/flows.h"

static struct flows *flows;
static _Atomic uint32_t generation = 7;

static void share(void)
{
	flows = mmap(NULL, sizeof(*flows), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cr_assert_neq(flows, MAP_FAILED);
}

TestSuite(flows, .init = share);

static struct addr four(uint32_t ip, uint16_t port)
{
	struct addr a = {.family = AF_INET, .port = port, .ip = {[10] = 0xff, [11] = 0xff}};

	for (int i = 0; i < 4; i++)
		a.ip[12 + i] = (uint8_t)(ip >> (24 - 8 * i));
	return a;
}

static struct addr six(uint64_t net, uint64_t low, uint16_t port)
{
	struct addr a = {.family = AF_INET6, .port = port};

	memcpy(a.ip, &net, sizeof(net));
	memcpy(a.ip + 8, &low, sizeof(low));
	return a;
}

/* The host's addresses, by number. */
static struct addr at(unsigned n)
{
	return four(0x0a000100 + n, (uint16_t)(5060 + n / 256));
}

static bool came(const struct addr *peer, unsigned n)
{
	struct addr a = at(n);

	return flows_keep(flows, &generation, &(struct flow_end){peer, 5060}, &a, FLOW_CAME) & FLOW_DROPPED;
}

static bool accepted(const struct addr *peer, unsigned n)
{
	struct addr a = at(n);

	return flows_accepted(flows, &generation, &(struct flow_end){peer, 5060}, &a);
}

static bool proved(const struct addr *peer, unsigned n)
{
	struct addr a = at(n);

	return flows_keep(flows, &generation, &(struct flow_end){peer, 5060}, &a, FLOW_PROVED) & FLOW_DROPPED;
}

static void home(const struct addr *peer, bool is_accepted)
{
	flows_home(flows, &(struct flow_end){peer, 5060}, is_accepted);
}

/* The number of the address that the peer's flow is at, 0 = there is none. */
static unsigned found_by(const struct addr *peer, uint16_t port)
{
	struct addr a;

	for (unsigned n = 1; flows_find(flows, &(struct flow_end){peer, port}, &a) && n < 1000; n++) {
		struct addr b = at(n);
		if (addr_equal(&a, &b) && a.family == b.family)
			return n;
	}
	return 0;
}

static unsigned found(const struct addr *peer)
{
	return found_by(peer, 5060);
}

/* Makes all that was kept so many seconds older. */
static void pass(uint32_t seconds)
{
	struct cache_entry *e = flows->sets[0];

	for (size_t i = 0; i < sizeof(flows->sets) / sizeof(*e); i++)
		if (e[i].key)
			e[i].stamp -= (uint64_t)seconds << 32;
}

Test(flows, without_memory)
{
	struct addr a = at(1), b;
	struct flow_end end = {&a, 5060};

	cr_expect(!flows_any(NULL) && !flows_keep(NULL, &generation, &end, &a, FLOW_CAME));
	cr_expect(!flows_accepted(NULL, &generation, &end, &a) && !flows_find(NULL, &end, &b));
	flows_home(NULL, &end, true);
	cr_expect_eq(generation, 7);
}

Test(flows, of_one_peer_and_one_listener)
{
	struct addr peer = four(0xc6336409, 5062), port = four(0xc6336409, 5063), host = four(0xc633640a, 5062);
	struct addr v6 = six(1, 2, 5062), low = six(1, 3, 5062), net = six(4, 2, 5062), scoped = v6;

	scoped.scope = 3;
	cr_expect(!flows_any(flows) && !found(&peer));
	cr_expect(!came(&peer, 1));
	cr_expect_eq(generation, 8, "what was decided before is void");
	cr_expect(flows_any(flows));
	cr_expect_eq(found(&peer), 1);
	cr_expect(!found(&port) && !found(&host) && !found_by(&peer, 5061));
	came(&v6, 2);
	cr_expect_eq(found(&v6), 2);
	cr_expect(!found(&low) && !found(&net) && !found(&scoped));
	came(&scoped, 3);
	cr_expect(found(&scoped) == 3 && found(&v6) == 2 && found(&peer) == 1);
	cr_expect_eq(generation, 8, "once");
}

Test(flows, the_last_arrival_counts)
{
	struct addr peer = four(1, 1);

	came(&peer, 1);
	came(&peer, 2);
	cr_expect_eq(found(&peer), 2);
	home(&peer, false);
	cr_expect_eq(found(&peer), 0, "the host's own address is where nothing is kept");
	came(&peer, 3);
	cr_expect_eq(found(&peer), 3);
}

Test(flows, what_is_accepted_moves_with_what_is_accepted_alone)
{
	struct addr peer = four(1, 1);

	came(&peer, 1);
	accepted(&peer, 1);
	came(&peer, 2);
	cr_expect_eq(found(&peer), 1);
	home(&peer, false);
	cr_expect_eq(found(&peer), 1);
	accepted(&peer, 2);
	cr_expect_eq(found(&peer), 2);
	came(&peer, 1);
	cr_expect_eq(found(&peer), 2, "still accepted");
	home(&peer, true);
	cr_expect_eq(found(&peer), 0);
	accepted(&peer, 4);
	cr_expect_eq(found(&peer), 4, "with nothing that came before");
	pass(61);
	came(&peer, 4);
	came(&peer, 2);
	cr_expect_eq(found(&peer), 4, "used again it is accepted still");
}

Test(flows, end_when_they_are_not_used)
{
	struct addr peer = four(1, 1);

	accepted(&peer, 1);
	pass(FLOW_SECONDS - 100);
	cr_expect_eq(found(&peer), 1);
	came(&peer, 1);
	pass(FLOW_SECONDS - 100);
	cr_expect_eq(found(&peer), 1);
	came(&peer, 2);
	pass(200);
	cr_expect_eq(found(&peer), 0, "what comes elsewhere does not use it");
	came(&peer, 2);
	cr_expect_eq(found(&peer), 2, "that it was accepted is over, too");
	came(&peer, 3);
	cr_expect_eq(found(&peer), 3);
}

static unsigned kept(void)
{
	struct cache_entry *e = flows->sets[0];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(flows->sets) / sizeof(*e); i++)
		n += e[i].key != 0;
	return n;
}

Test(flows, one_address_has_few_places)
{
	struct addr quiet[200];
	unsigned lost = 0, full = 0;

	for (unsigned i = 0; i < 200; i++) {
		quiet[i] = four(0x0b000000 + i * 77, 5060);
		came(&quiet[i], 1);
	}
	for (unsigned port = 1; port < 65536; port++) {
		struct addr a = four(0x0c000001, (uint16_t)port), b = six(9, port * UINT64_C(0x123456789), 5060);
		full += came(&a, 2);
		full += came(&b, 2);
	}
	for (unsigned i = 0; i < 200; i++)
		lost += !found(&quiet[i]);
	cr_expect(kept() <= 200 + 2 * FLOWS_ADDRESS_SETS * CACHE_WAYS, "%u", kept());
	cr_expect(lost < 16, "%u", lost);
	cr_expect_gt(full, 130000, "counted: %u", full);
}

Test(flows, forged_ones_drive_out_none_that_is_accepted)
{
	struct addr phones[2000];
	unsigned full = 0;

	/* a key that is no accident: by one in some hundred five phones share a set, and one of them goes */
	flows->key = (struct prf_key){{1, 2}};
	atomic_store(&flows->any, true);
	for (unsigned i = 0; i < 2000; i++) {
		phones[i] = i % 2 ? six(i, 5, 5060) : four(0x0b000000 + i, 5060);
		came(&phones[i], 1 + i % 3);
		accepted(&phones[i], 1 + i % 3);
	}
	for (unsigned i = 0; i < (unsigned)rounds(1000000); i++) {
		struct addr a = four(0x20000000 + i * 2654435761u % 0x10000000, (uint16_t)(1 + i % 60000));
		full += came(&a, 9);
		if (i % 16 == 0) {
			a = six(i * UINT64_C(0x9E3779B97F4A7C15), i, 5060);
			full += came(&a, 9);
		}
	}
	cr_expect_gt(full, (unsigned)rounds(100000) / 2);
	for (unsigned i = 0; i < 2000; i++)
		cr_assert_eq(found(&phones[i]), 1 + i % 3, "phone %u", i);
}

Test(flows, a_full_set)
{
	struct addr peers[CACHE_WAYS + 1], other = {.family = 0};
	const struct cache_entry *set = NULL;
	unsigned n = 0;
	bool dropped;

	/* peers of one set */
	for (uint32_t ip = 1; n <= CACHE_WAYS; ip++) {
		struct addr a = four(ip, 5060);
		came(&a, 1);
		const struct cache_entry *e = flows->sets[0];
		while (!e->key)
			e++;
		const struct cache_entry *mine = e - (e - flows->sets[0]) % CACHE_WAYS;
		if (!set)
			set = mine;
		home(&a, true);
		if (mine == set)
			peers[n++] = a;
		else
			other = a;
	}
	cr_assert(other.family);
	for (n = 0; n < CACHE_WAYS; n++) {
		cr_expect(!accepted(&peers[n], n + 1), "there is room");
		pass(2);
	}
	came(&other, 9);
	cr_expect(came(&peers[CACHE_WAYS], 9), "there is none for what only came");
	cr_expect_eq(found(&peers[CACHE_WAYS]), 0);
	dropped = accepted(&peers[CACHE_WAYS], 9);
	cr_expect(dropped && found(&peers[CACHE_WAYS]) == 9);
	cr_expect_eq(found(&peers[0]), 0, "the oldest went");
	for (n = 1; n < CACHE_WAYS; n++)
		cr_expect_eq(found(&peers[n]), n + 1);
	cr_expect_eq(found(&other), 9, "of another set");
	pass(FLOW_SECONDS + 5);
	cr_expect(!came(&peers[0], 7) && found(&peers[0]) == 7, "what does not count gives way to all");
}

/* Two at once may have written one entry: its sum does not agree then. */
Test(flows, a_mixture_is_none)
{
	struct addr peer = four(1, 1);
	struct cache_entry *e = flows->sets[0];

	came(&peer, 1);
	while (!e->key)
		e++;
	for (size_t i = 0; i < sizeof(e->value); i++) {
		e->value[i] ^= 4;
		cr_expect_eq(found(&peer), 0, "byte %zu", i);
		e->value[i] ^= 4;
	}
	cr_expect_eq(found(&peer), 1);
}

/* Several processes keep and find the same: what is found is what one of them kept. */
Test(flows, processes_at_once)
{
	struct addr peer = four(1, 1);
	int wrong = 0, status;

	came(&peer, 1);
	for (unsigned who = 0; who < 4; who++) {
		if (fork())
			continue;
		for (unsigned i = 0; i < (unsigned)rounds(100000); i++) {
			struct addr a;
			accepted(&peer, 1 + who * 50 + i % 50);
			if (i % 7 == 0)
				home(&peer, true);
			if (flows_find(flows, &(struct flow_end){&peer, 5060}, &a) && a.port != 5060)
				_exit(1);
			if (flows_find(flows, &(struct flow_end){&peer, 5060}, &a) && !found(&peer)) {
				/* gone meanwhile, or none of ours */
				if (memcmp(a.ip + 12, "\x0a\x00\x01", 3) != 0 || !a.ip[15] || a.ip[15] > 200)
					_exit(1);
			}
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		wrong += status != 0;
	cr_expect_eq(wrong, 0);
}

Test(flows, what_is_proved_stands_between)
{
	struct addr peer = four(1, 1);

	came(&peer, 1);
	proved(&peer, 2);
	cr_expect_eq(found(&peer), 2);
	came(&peer, 1);
	home(&peer, false);
	cr_expect_eq(found(&peer), 2, "a datagram may be anybody's");
	proved(&peer, 3);
	cr_expect_eq(found(&peer), 3);
	accepted(&peer, 4);
	proved(&peer, 5);
	cr_expect_eq(found(&peer), 4);
	accepted(&peer, 5);
	cr_expect_eq(found(&peer), 5);
}

/* Ports of one address have all of its places. */
Test(flows, of_one_address_the_proved_give_way_to_nothing_that_only_came)
{
	enum { PORTS = 4 * FLOWS_ADDRESS_SETS * CACHE_WAYS };
	unsigned kept = 0, left = 0;

	for (uint16_t port = 1; port <= PORTS; port++) {
		struct addr peer = four(0xc0000201, port);
		proved(&peer, 1);
	}
	for (uint16_t port = 1; port <= PORTS; port++) {
		struct addr peer = four(0xc0000201, port);
		kept += found(&peer) == 1;
	}
	cr_expect(kept > 0 && kept <= FLOWS_ADDRESS_SETS * CACHE_WAYS, "%u", kept);
	for (uint16_t port = 1; port <= PORTS; port++) {
		struct addr peer = four(0xc0000201, (uint16_t)(20000 + port));
		came(&peer, 2);
	}
	for (uint16_t port = 1; port <= PORTS; port++) {
		struct addr peer = four(0xc0000201, port);
		left += found(&peer) == 1;
	}
	cr_expect_eq(left, kept);
}

Test(flows, of_which_addresses_one_was_kept)
{
	struct addr peer = four(0xc0000201, 5060);
	uint32_t low, other, may = 0;

	memcpy(&low, peer.ip + 12, sizeof(low));
	cr_expect(!flows_may(NULL, low) && !flows_may(flows, low));
	came(&peer, 1);
	cr_expect(flows_may(flows, low));
	for (uint32_t i = 1; i <= 1000; i++) {
		struct addr another = four(0xc0000201 + i, 5060);
		memcpy(&other, another.ip + 12, sizeof(other));
		may += flows_may(flows, other);
	}
	cr_expect(may < 10, "%u", may);
}
