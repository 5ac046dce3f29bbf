/* SPDX-License-Identifier: MIT */
/* hears: where a host hears datagrams, by all its descriptors. */
#include "host.h"

#define INI \
	"[bond:b]\nmember = udp:203.0.113.1:5060\n" \
	"[route:r]\nto = 198.51.100.0/24\nbond = b\n[route:s]\nto = 192.0.2.0/24\nbond = b\n"

static bool hears(const struct test_host *t, const char *address)
{
	struct addr a = host_address(address);

	return hears_at(&t->h.hears, &t->h.sockets, &t->rules, &a);
}

Test(hears, addresses_and_ports)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1 2001:db8::1\n3 udp 10.0.0.1:20000\n"
		"4 udp [2001:db8::1]:20000\n5 tcp 10.0.0.1:20002\n6 udp 10.0.0.1:0\n7 udp 203.0.113.1:5060\n");

	cr_expect(hears(t, "10.0.0.1:20000"));
	cr_expect(hears(t, "[::ffff:10.0.0.1]:20000"));
	cr_expect(hears(t, "[2001:db8::1]:20000"));
	cr_expect(hears(t, "203.0.113.1:5060"), "its own, though no address of the machine is");
	cr_expect(!hears(t, "10.0.0.1:20001"));
	cr_expect(!hears(t, "10.0.0.2:20000"));
	cr_expect(!hears(t, "[2001:db8::2]:20000"));
	cr_expect(!hears(t, "10.0.0.1:20002"), "a socket of connections hears no datagrams");
	cr_expect(!hears(t, "10.0.0.1:0"), "a client's socket is no listener");
	host_lines(t, "gone 3\n");
	cr_expect(!hears(t, "10.0.0.1:20000"));
	host_free(t);
}

Test(hears, duplicates_count)
{
	struct test_host *t = host_make(INI, "3 udp 10.0.0.1:20000\n4 as 3\n5 udp 10.0.0.1:20000\n");

	host_lines(t, "gone 3\ngone 5\n");
	cr_expect(hears(t, "10.0.0.1:20000"));
	host_lines(t, "gone 4\n");
	cr_expect(!hears(t, "10.0.0.1:20000"));
	host_free(t);
}

/* More than a count has room for, by duplicates, by SO_REUSEPORT or by ports of one list of routes: it says
 * at no moment that there are none, and never again once it was full. */
Test(hears, more_than_can_be_counted)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1\n");
	struct addr a = host_address("198.51.100.7:20000");
	uint32_t low = hears_low(&a), list = match_list4(t->rules.match, a.ip + 12);

	for (uint32_t n = 0; n < UINT16_MAX + 10u; n++) {
		hears_add(&t->h.hears, &t->rules, &a);
		cr_assert(hears_may(&t->h.hears, low, a.port) && hears_in_list(&t->rules, list), "%u", n);
	}
	for (uint32_t n = 0; n < UINT16_MAX + 9u; n++) {
		hears_remove(&t->h.hears, &t->rules, &a);
		cr_assert(hears_may(&t->h.hears, low, a.port) && hears_in_list(&t->rules, list), "%u", n);
	}
	host_free(t);
}

Test(hears, wildcards)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1 2001:db8::1\n3 udp 0.0.0.0:20000\n");

	cr_expect(hears_everything(&t->h.hears));
	cr_expect(hears(t, "10.0.0.1:20000"));
	cr_expect(hears(t, "127.5.5.5:20000"), "loopback is of every machine");
	cr_expect(!hears(t, "10.0.0.2:20000"), "an address of another machine");
	cr_expect(!hears(t, "[2001:db8::1]:20000"), "0.0.0.0 takes nothing else");
	cr_expect(!hears(t, "[::1]:20000"), "0.0.0.0 takes nothing else");
	cr_expect(!hears(t, "10.0.0.1:20001"));
	host_lines(t, "4 udp [::]:20001\n");
	cr_expect(hears(t, "10.0.0.1:20001"), "it takes IPv4 where it is dual-stack");
	cr_expect(hears(t, "[2001:db8::1]:20001"));
	cr_expect(hears(t, "[::1]:20001"));
	cr_expect(!hears(t, "[2001:db8::2]:20001"));
	host_lines(t, "gone 3\n");
	cr_expect(hears_everything(&t->h.hears));
	cr_expect(!hears(t, "10.0.0.1:20000"));
	host_lines(t, "gone 4\n");
	cr_expect(!hears_everything(&t->h.hears));
	cr_expect(!hears(t, "[2001:db8::1]:20001"));
	host_free(t);
}

Test(hears, addresses_of_this_machine)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1 2001:db8::1\n");
	struct hears *h = &t->h.hears;
	static const struct {
		const char *address;
		bool local;
	} rows[] = {{"10.0.0.1", true}, {"10.0.0.1:5060", true}, {"10.0.0.2", false}, {"127.0.0.1", true},
		{"127.255.255.255", true}, {"128.0.0.0", false}, {"[::1]", true}, {"[2001:db8::1]", true},
		{"[2001:db8::2]", false}, {"[::ffff:10.0.0.1]", true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = host_address(rows[i].address);
		cr_expect_eq(hears_is_local(h, &a), rows[i].local, "%s", rows[i].address);
	}
	/* the last that has room */
	h->local[HEARS_LOCAL_MAX - 1] = host_address("10.9.9.9");
	h->local_count = HEARS_LOCAL_MAX - 1;
	cr_expect(!hears_is_local(h, &h->local[HEARS_LOCAL_MAX - 1]));
	h->local_count = HEARS_LOCAL_MAX;
	cr_expect(hears_is_local(h, &h->local[HEARS_LOCAL_MAX - 1]));
	host_free(t);
}

/* Those that come are behind those that were there; one that has gone is not forgotten, and may come again. */
Test(hears, addresses_that_come_and_go)
{
	static struct locals l = {.count = 2};
	struct test_host *t = host_make(INI, "local 10.0.0.1\n3 udp 0.0.0.0:20000\n");
	struct hears *h = &t->h.hears;
	struct addr later = host_address("198.51.100.7");
	uint32_t list = match_list4(t->rules.match, later.ip + 12);

	l.addrs[0] = h->local[0];
	l.addrs[1] = later;
	cr_expect(!hears(t, "198.51.100.7:20000") && !hears_in_list(&t->rules, list));
	hears_take(h, &l);
	hears_recount(h, &t->rules, &t->h.sockets);
	cr_expect_eq(h->local_count, 2);
	cr_expect(hears(t, "198.51.100.7:20000") && hears_in_list(&t->rules, list));
	cr_expect(!hears(t, "198.51.100.7:20001") && hears(t, "10.0.0.1:20000"));
	l.gone[0] = l.gone[1] = 1;
	hears_take(h, &l);
	cr_expect(!hears(t, "198.51.100.7:20000") && !hears(t, "10.0.0.1:20000"));
	l.gone[1] = 0;
	hears_take(h, &l);
	cr_expect(hears(t, "198.51.100.7:20000") && !hears(t, "10.0.0.1:20000"));
	cr_expect_eq(h->local_count, 2);
	/* anybody's word */
	l.count = UINT32_MAX;
	hears_take(h, &l);
	cr_expect_eq(h->local_count, HEARS_LOCAL_MAX);
	host_free(t);
}

/* Where addresses fall into one place the descriptors tell. */
Test(hears, what_a_hit_is_looked_up_by)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1\n3 udp 10.0.0.1:20000\n4 tcp 10.0.0.1:20002\n"
		"5 udp 0.0.0.0:20004\n");
	static const struct {
		const char *address;
		bool heard;
	} rows[] = {{"10.0.0.1:20000", true}, {"10.0.0.1:20001", false}, {"10.0.0.2:20000", false},
		{"10.0.0.1:20002", false}, {"10.0.0.1:20004", true}, {"10.0.0.1:20005", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = host_address(rows[i].address);
		cr_expect_eq(hears_at_slow(&t->h.hears, &t->h.sockets, &t->rules, &a), rows[i].heard, "%s",
			rows[i].address);
	}
	t->h.sockets.end = 3;
	struct addr a = host_address("10.0.0.1:20000");
	cr_expect(!hears_at_slow(&t->h.hears, &t->h.sockets, &t->rules, &a), "3 is not looked at");
	host_free(t);
}

/* A quick no is never wrong: of a few thousand sockets for media each is heard, and of other addresses
 * hardly any is looked for among the descriptors. */
Test(hears, a_quick_no_is_true)
{
	struct test_host *t = host_make(INI, "");
	struct hears *h = &t->h.hears;
	unsigned maybe = 0;

	for (unsigned port = 10000; port < 14000; port++) {
		struct addr a = host_address("10.0.0.1");
		a.port = (uint16_t)port;
		hears_add(h, &t->rules, &a);
	}
	for (unsigned port = 10000; port < 14000; port++) {
		struct addr a = host_address("10.0.0.1"), b = host_address("198.51.100.1");
		cr_assert(hears_may(h, hears_low(&a), (uint16_t)port), "%u", port);
		maybe += hears_may(h, hears_low(&b), (uint16_t)port);
	}
	cr_expect_lt(maybe, 800);
	for (unsigned port = 10000; port < 14000; port++) {
		struct addr a = host_address("10.0.0.1");
		a.port = (uint16_t)port;
		hears_remove(h, &t->rules, &a);
		cr_assert(!hears_may(h, hears_low(&a), (uint16_t)port) || port < 13999);
	}
	for (unsigned i = 0; i < HEARS_SLOTS; i++)
		cr_assert_eq(h->counts[i], 0);
	host_free(t);
}

static uint32_t list_of(const struct test_host *t, const char *address)
{
	struct addr a = host_address(address);

	return match_list4(t->rules.match, a.ip + 12);
}

/* What was decided by lists of routes holds until the first of a list is heard, or the first socket hears
 * everything. */
Test(hears, lists_of_routes)
{
	struct test_host *t = host_make(INI, "local 192.0.2.7 10.0.0.1\n");
	struct hears *h = &t->h.hears;
	const struct rules *m = &t->rules;
	struct addr r1 = host_address("198.51.100.1:20000"), r2 = host_address("198.51.100.2:20000"),
		    six = host_address("[2001:db8::1]:20000"), any = host_address("0.0.0.0:20000"),
		    any6 = host_address("[::]:20000");
	uint32_t r = list_of(t, "198.51.100.1"), s = list_of(t, "192.0.2.1"), out = list_of(t, "10.0.0.1");

	cr_assert(r != s && s != out && r != out);
	cr_expect(!hears_in_list(m, r) && !hears_in_list(m, s) && !hears_in_list(m, out));
	cr_expect(hears_add(h, m, &r1), "the first");
	cr_expect(!hears_add(h, m, &r2), "the second");
	cr_expect(!hears_add(h, m, &r1), "once more");
	cr_expect(!hears_add(h, m, &six), "IPv6 has no lists");
	cr_expect(hears_in_list(m, r) && !hears_in_list(m, s) && !hears_in_list(m, out));
	hears_remove(h, m, &r1);
	hears_remove(h, m, &r1);
	cr_expect(hears_in_list(m, r));
	hears_remove(h, m, &r2);
	hears_remove(h, m, &six);
	cr_expect(!hears_in_list(m, r));
	cr_expect(hears_add(h, m, &r2), "the first again");
	hears_remove(h, m, &r2);
	/* one of all hears each address of the machine, and no more */
	h->local[h->local_count] = r1;
	cr_expect(hears_add(h, m, &any));
	cr_expect(hears_in_list(m, s) && hears_in_list(m, out) && !hears_in_list(m, r));
	cr_expect(!hears_add(h, m, &any6), "another one");
	hears_remove(h, m, &any);
	cr_expect(hears_in_list(m, s) && hears_everything(h));
	hears_remove(h, m, &any6);
	cr_expect(!hears_in_list(m, s) && !hears_in_list(m, out) && !hears_everything(h));
	cr_expect(hears_add(h, m, &any6));
	host_free(t);
}

/* Those that are not counted are taken for lists with own addresses. */
Test(hears, lists_beyond_those_that_are_counted)
{
	static _Atomic uint16_t in_lists[HEARS_LISTS_MAX];
	const struct rules r = {.in_lists = in_lists};

	cr_expect(!hears_in_list(&r, 0));
	cr_expect(!hears_in_list(&r, (HEARS_LISTS_MAX - 1) * LIST_STEP));
	cr_expect(hears_in_list(&r, HEARS_LISTS_MAX * LIST_STEP));
	atomic_store(&in_lists[HEARS_LISTS_MAX - 1], 1);
	cr_expect(hears_in_list(&r, (HEARS_LISTS_MAX - 1) * LIST_STEP));
}

/* As many lists as there are routes: an address of each is heard, and counts for no other. */
Test(hears, more_lists_than_are_counted)
{
	enum { ROUTES = 3000 };
	/* the first one has a list of three, so that the others' numbers are all that are even */
	static char ini[ROUTES * 60 + 200] = "[bond:b]\nmember = udp:203.0.113.1:5060\n"
		"[route:port]\nto = 100.64.0.0:5080\nbond = b\n";
	size_t n = strlen(ini);
	unsigned beyond = 0;

	for (unsigned i = 0; i < ROUTES; i++)
		n += (size_t)sprintf(ini + n, "[route:r%u]\nto = 100.64.%u.%u\nbond = b\n", i, i / 100, i % 100);
	struct test_host *t = host_make(ini, "");
	for (unsigned i = 0; i < ROUTES; i++) {
		struct addr a = host_address("100.64.0.0:5060");
		a.ip[14] = (uint8_t)(i / 100);
		a.ip[15] = (uint8_t)(i % 100);
		uint32_t list = match_list4(t->rules.match, a.ip + 12);
		bool counted = list / LIST_STEP < HEARS_LISTS_MAX;
		beyond += !counted;
		cr_assert_eq(hears_in_list(&t->rules, list), !counted);
		cr_assert_eq(hears_add(&t->h.hears, &t->rules, &a), counted);
		cr_assert(hears_in_list(&t->rules, list));
	}
	cr_expect_gt(beyond, 100);
	cr_expect_lt(beyond, ROUTES);
	cr_expect(!hears_everything(&t->h.hears));
	host_free(t);
}
