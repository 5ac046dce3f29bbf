/* SPDX-License-Identifier: MIT */
/* table: what is put is found, under load, after a writer's death, and in any bytes within bounds.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/select.h"
#include "dns/table.h"
#include "dns/table_append.h"
#include "dns/table_domains.h"
#include "dns/table_layout.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"

static struct table t;
static size_t area_size;

static void *make(uint32_t domains, uint32_t addresses)
{
	area_size = table_size(domains, addresses);
	cr_assert_gt(area_size, 0);
	void *area =
		mmap(NULL, area_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(area != MAP_FAILED);
	cr_assert_eq(table_format(area, area_size, domains, addresses), 0);
	cr_assert_eq(table_attach(&t, area, area_size), 0);
	return area;
}

static struct addr address(const char *text)
{
	struct addr a;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

static struct addr numbered(unsigned n)
{
	char text[32];
	snprintf(text, sizeof(text), "10.%u.%u.%u:5060", n >> 16 & 255, n >> 8 & 255, n & 255);
	return address(text);
}

static uint16_t domain(const char *name, uint16_t port, bool wildcard)
{
	uint16_t n;
	cr_assert_eq(table_domain_add(&t, name, port, wildcard, &n), 0);
	return n;
}

static void put(uint16_t number, const char *text, enum transport transport, uint32_t now)
{
	struct dns_place e = {address(text), (uint8_t)transport};
	cr_assert_eq(table_put(&t, number, &e, 1, NULL, 0, true, 100, now), 0);
}

/* "domain,domain services" of an address, "" = none. */
static const char *look(const char *text)
{
	static char out[300];
	struct table_hit hit;
	struct addr a = address(text);
	size_t n = 0;
	out[0] = '\0';
	if (!table_lookup(&t, &a, &hit))
		return out;
	for (unsigned i = 0; i < hit.count; i++)
		n += (size_t)snprintf(
			out + n, sizeof(out) - n, "%s%u", i ? "," : "", hit.domains[i]);
	for (int s = 1; s < TRANSPORT_COUNT; s++)
		if (table_services(&t, &a) >> s & 1)
			n += (size_t)snprintf(out + n, sizeof(out) - n, " %s", transport_names[s]);
	return out;
}

Test(table, addresses_ports_and_services)
{
	make(8, 64);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false);
	cr_assert_eq(table_state(&t, a), TABLE_UNKNOWN);
	cr_assert_str_eq(look("192.0.2.1:5060"), "");
	put(a, "192.0.2.1:5060", TRANSPORT_UDP, 1);
	put(a, "192.0.2.1:5060", TRANSPORT_TCP, 1);
	put(a, "192.0.2.1:5070", TRANSPORT_TLS, 1);
	put(a, "[2001:db8::7]:5061", TRANSPORT_TLS, 1);
	put(a, "192.0.2.1", TRANSPORT_NONE, 1);
	cr_assert_eq(table_state(&t, a), TABLE_ANSWERED);
	cr_assert_eq(table_state(&t, b), TABLE_UNKNOWN);
	cr_assert_str_eq(look("192.0.2.1:5060"), "0 udp tcp");
	cr_assert_str_eq(look("192.0.2.1:5070"), "0 tls");
	cr_assert_str_eq(look("192.0.2.1:9"), "0");
	cr_assert_str_eq(look("192.0.2.1"), "0");
	cr_assert_str_eq(look("[2001:db8::7]:5061"), "0 tls");
	cr_assert_str_eq(look("[::ffff:192.0.2.1]:5060"), "0 udp tcp");
	cr_assert_str_eq(look("192.0.2.2:5060"), "");
	put(b, "192.0.2.1:5080", TRANSPORT_WSS, 1);
	cr_assert_str_eq(look("192.0.2.1:5080"), "0,1 wss");
	cr_assert_eq(table_addresses(&t), 2);
}

static bool is_domain(const void *number, uint16_t domain)
{
	return *(const uint16_t *)number == domain;
}

Test(table, what_a_connection_speaks_is_said_by_the_domains_of_its_route)
{
	make(8, 64);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false),
		 c = domain("c.example", 0, false);
	static const struct {
		const char *place;
		enum transport of_a, of_b, of_c, of_all;
	} rows[] = {
		{"192.0.2.1:5070", TRANSPORT_TLS, TRANSPORT_TCP, TRANSPORT_TCP, TRANSPORT_TCP},
		{"192.0.2.1:5061", TRANSPORT_TLS, TRANSPORT_TCP, TRANSPORT_TLS, TRANSPORT_TLS},
		{"192.0.2.1:443", TRANSPORT_WSS, TRANSPORT_WSS, TRANSPORT_WSS, TRANSPORT_WSS},
		{"192.0.2.1:5080", TRANSPORT_TCP, TRANSPORT_TCP, TRANSPORT_TCP, TRANSPORT_TCP},
		{"192.0.2.9:5061", TRANSPORT_TLS, TRANSPORT_TLS, TRANSPORT_TLS, TRANSPORT_TLS},
	};
	put(a, "192.0.2.1:5070", TRANSPORT_TLS, 1);
	put(b, "192.0.2.1:5070", TRANSPORT_TCP, 1);
	put(b, "192.0.2.1:5070", TRANSPORT_UDP, 1);
	put(a, "192.0.2.1:5061", TRANSPORT_TLS, 1);
	put(b, "192.0.2.1:5061", TRANSPORT_TCP, 1);
	put(a, "192.0.2.1:443", TRANSPORT_WSS, 1);
	put(b, "192.0.2.1:443", TRANSPORT_UDP, 1);
	put(c, "192.0.2.1", TRANSPORT_NONE, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr at = address(rows[i].place);
		enum transport by_port = select_stream_transport(NULL, &at);
		const enum transport want[] = {rows[i].of_a, rows[i].of_b, rows[i].of_c, rows[i].of_all};
		const uint16_t *const numbers[] = {&a, &b, &c};
		for (int k = 0; k < 4; k++) {
			struct table_whose w = {is_domain, k < 3 ? numbers[k] : NULL, NULL};
			cr_expect_eq(table_stream_transport(&t, by_port, &at, k < 3 ? &w : NULL),
				want[k], "%s, %d", rows[i].place, k);
		}
	}
}

static bool is_not_first(const void *ctx, uint16_t domain)
{
	(void)ctx;
	return domain != 0;
}

Test(table, what_a_connection_speaks_is_not_said_by_who_does_not_count)
{
	make(8, 64);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false);
	struct addr at = address("192.0.2.1:5070");
	struct table_whose w = {is_domain, &b, is_not_first};
	put(a, "192.0.2.1:5070", TRANSPORT_TLS, 1);
	cr_expect_eq(table_stream_transport(&t, TRANSPORT_TCP, &at, &w), TRANSPORT_TCP);
	w.counts = NULL;
	cr_expect_eq(table_stream_transport(&t, TRANSPORT_TCP, &at, &w), TRANSPORT_TLS);
}

Test(table, an_address_of_many_domains)
{
	make(64, 64);
	for (unsigned i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof(name), "d%u.example", i);
		put(domain(name, 0, false), "192.0.2.1:5060", TRANSPORT_UDP, 1);
	}
	struct table_hit hit;
	struct addr a = address("192.0.2.1:5060");
	cr_assert(table_lookup(&t, &a, &hit));
	cr_assert_eq(hit.count, TABLE_HIT_DOMAINS);
	cr_assert(hit.more);
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(table_clear(&t, (uint16_t)i, UINT32_MAX), 0);
	cr_assert(table_lookup(&t, &a, &hit));
	cr_assert_eq(hit.count, 20);
	cr_assert(!hit.more);
	for (unsigned i = 20; i < 40; i++)
		cr_assert_eq(table_clear(&t, (uint16_t)i, UINT32_MAX), 0);
	cr_assert(!table_lookup(&t, &a, &hit));
	cr_assert_eq(table_addresses(&t), 0);
}

Test(table, domains_keep_their_numbers)
{
	make(3, 8);
	uint16_t n, a = domain("a.example", 0, false);
	cr_assert_neq(domain("a.example", 5070, false), a);
	cr_assert_neq(domain("a.example", 0, true), a);
	cr_assert_eq(domain("a.example", 0, false), a);
	cr_assert_eq(table_domain_find(&t, "a.example", 5070, false, &n), 0);
	cr_assert_eq(n, 1);
	cr_assert_eq(table_domain_find(&t, "b.example", 0, false, &n), ENOENT);
	cr_assert_eq(table_domain_add(&t, "b.example", 0, false, &n), ENOSPC);
	cr_assert_eq(table_count(&t, TABLE_FULL_DOMAINS), 1);
	struct table_domain_info info;
	cr_assert_eq(table_domain_describe(&t, 1, &info), 0);
	cr_assert_str_eq(info.name, "a.example:5070");
	cr_assert_eq(table_domain_describe(&t, 2, &info), 0);
	cr_assert_str_eq(info.name, "*.a.example");
	cr_assert_eq(table_domain_describe(&t, 3, &info), ENOENT);
}

static const struct table_numbers nobody;

/* As bondctl does it, in a copy, and what it writes to the file. */
static int append(const char *name, const struct table_numbers *meant, uint16_t *n)
{
	struct table_numbers added = nobody;
	int e = table_append(&t, name, 0, false, meant, &added, n);
	cr_expect(e || table_numbers_has(&added, *n) || table_domains_used(&t) == 3);
	return e;
}

Test(table, numbers_are_used_again_when_nobody_means_them)
{
	make(3, 8);
	struct table_numbers meant = nobody, added = nobody;
	struct table_domain_info info;
	struct table_hit hit;
	struct addr at = address("192.0.2.1:5060");
	uint16_t n;
	domain("a.example", 0, false);
	put(domain("b.example", 0, false), "192.0.2.1:5060", TRANSPORT_UDP, 1);
	struct dns_name service = {"srv.b.example", 5060, TRANSPORT_UDP};
	cr_assert_eq(table_learn_name(&t, "b.example", &service, 1), 1);
	domain("c.example", 0, false);
	cr_expect_eq(append("d.example", &nobody, &n), ENOSPC);
	cr_expect_eq(append("b.example", &nobody, &n), 0, "it is there");
	cr_expect_eq(n, 1);
	/* nothing is left of it */
	cr_assert_eq(table_free(&t, 1), 0);
	cr_expect_eq(table_free(&t, 1), ENOENT);
	cr_expect_eq(table_domains_used(&t), 2);
	cr_expect_eq(table_domain_find(&t, "b.example", 0, false, &n), ENOENT);
	cr_expect_eq(table_domain_describe(&t, 1, &info), ENOENT);
	cr_expect_eq(table_domain_describe(&t, 2, &info), 0, "the others stay");
	cr_expect(!table_interested(&t, "b.example") && !table_interested(&t, "srv.b.example"));
	cr_expect_eq(table_learn_address(&t, "b.example", &at, 2), 0);
	struct dns_place place = {at, TRANSPORT_UDP};
	cr_expect_eq(table_put(&t, 1, &place, 1, NULL, 0, TABLE_WHOLE, 1, 2), ENOENT, "who comes late");
	cr_expect_eq(table_clear(&t, 1, 2), ENOENT);
	cr_expect(!table_lookup(&t, &at, &hit));
	/* somebody may still mean it */
	table_numbers_add(&meant, 1);
	cr_expect_eq(append("d.example", &meant, &n), ENOSPC);
	cr_expect_eq(table_append(&t, "d.example", 5070, true, &nobody, &added, &n), 0);
	cr_expect(n == 1 && table_numbers_has(&added, 1) && !table_numbers_has(&added, 0));
	cr_expect_eq(table_domain_describe(&t, 1, &info), 0);
	cr_expect_str_eq(info.name, "*.d.example:5070");
	cr_expect(info.state == TABLE_UNKNOWN && !info.refreshed && !info.places);
	cr_expect_eq(table_bytes_of_use(&t, 1).size, 1);
}

Test(table, old_places_go_only_after_a_complete_answer)
{
	struct dns_place e = {address("192.0.2.9:5060"), TRANSPORT_UDP};
	make(8, 64);
	uint16_t a = domain("a.example", 0, false);
	put(a, "192.0.2.1:5060", TRANSPORT_UDP, 10);
	put(a, "192.0.2.2:5060", TRANSPORT_UDP, 60);
	cr_assert_str_eq(look("192.0.2.1:5060"), "0 udp");
	table_failed(&t, a);
	cr_assert_eq(table_put(&t, a, &e, 1, NULL, 0, false, 100, 500), 0);
	cr_assert_str_eq(look("192.0.2.1:5060"), "0 udp");
	put(a, "192.0.2.9:5060", TRANSPORT_UDP, 120);
	cr_assert_str_eq(look("192.0.2.1:5060"), "");
	cr_assert_str_eq(look("192.0.2.2:5060"), "0 udp");
}

Test(table, no_empties_but_what_came_since)
{
	make(8, 64);
	uint16_t a = domain("a.example", 0, false);
	struct addr later = address("192.0.2.2");
	put(a, "192.0.2.1:5060", TRANSPORT_UDP, 10);
	cr_assert_eq(table_learn_address(&t, "a.example", &later, 30), 1);
	cr_assert_eq(table_clear(&t, a, 20), 0);
	cr_assert_eq(table_state(&t, a), TABLE_EMPTY);
	cr_assert_str_eq(look("192.0.2.1:5060"), "");
	cr_assert_str_eq(look("192.0.2.2:5060"), "0");
	put(a, "192.0.2.1:5060", TRANSPORT_UDP, 40);
	cr_assert_eq(table_state(&t, a), TABLE_ANSWERED);
	cr_assert_eq(table_forget(&t, a), 0);
	cr_assert_eq(table_state(&t, a), TABLE_UNKNOWN);
	cr_assert_str_eq(look("192.0.2.2:5060"), "");
}

Test(table, full_is_counted_and_what_is_in_stays)
{
	make(8, 100);
	uint16_t a = domain("a.example", 0, false);
	unsigned in = 0;
	for (unsigned i = 0; i < 400; i++) {
		struct dns_place e = {numbered(i), TRANSPORT_UDP};
		in += table_put(&t, a, &e, 1, NULL, 0, true, 1000, 1) == 0;
	}
	cr_assert_geq(in, 100);
	cr_assert_eq(table_count(&t, TABLE_FULL_ADDRESSES), 400 - in);
	unsigned found = 0;
	for (unsigned i = 0; i < 400; i++) {
		struct addr n = numbered(i);
		struct table_hit hit;
		found += table_lookup(&t, &n, &hit);
	}
	cr_assert_eq(found, in);
}

static uint8_t state_after_putting(uint16_t number, unsigned first, unsigned count,
	enum table_extent extent, uint32_t now)
{
	static struct dns_place places[400];
	for (unsigned i = 0; i < count; i++)
		places[i] = (struct dns_place){numbered(first + i), TRANSPORT_UDP};
	int e = table_put(&t, number, places, count, NULL, 0, extent, 100, now);
	struct table_domain_info info;
	cr_assert_eq(table_domain_describe(&t, number, &info), 0);
	cr_assert_eq(e, info.left_out ? ENOSPC : 0);
	return table_state(&t, number);
}

Test(table, a_domain_without_room_is_told_from_a_known_one)
{
	struct table_domain_info info;
	make(8, 100);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false);
	cr_assert_eq(state_after_putting(a, 0, 120, TABLE_WHOLE, 1000), TABLE_ANSWERED);
	cr_assert_eq(state_after_putting(b, 500, 20, TABLE_WHOLE, 1000), TABLE_FULL);
	table_domain_describe(&t, b, &info);
	cr_assert_gt(info.left_out, 0);
	cr_assert_eq(info.left_out + info.places, 20);
	/* what the host itself finds, without room */
	cr_assert_eq(state_after_putting(a, 0, 120, TABLE_WHOLE, 1001), TABLE_ANSWERED);
	struct addr more = numbered(900);
	cr_assert_eq(table_learn_address(&t, "a.example", &more, 1001), 0);
	cr_assert_eq(table_state(&t, a), TABLE_FULL);
	/* room again */
	cr_assert_eq(state_after_putting(a, 0, 50, TABLE_WHOLE, 2000), TABLE_ANSWERED);
	cr_assert_eq(state_after_putting(b, 500, 20, TABLE_WHOLE, 2000), TABLE_ANSWERED);
	cr_assert_eq(state_after_putting(b, 500, 20, TABLE_CUT, 2000), TABLE_FULL);
	table_domain_describe(&t, b, &info);
	cr_assert_eq(info.left_out, 0);
}

Test(table, parts_are_known_as_parts_until_all_is)
{
	make(8, 100);
	uint16_t a = domain("a.example", 0, false);
	cr_assert(table_state_waits(table_state(&t, a)));
	cr_assert_eq(state_after_putting(a, 0, 1, TABLE_PART, 1), TABLE_PARTIAL);
	cr_assert(table_state_waits(table_state(&t, a)));
	cr_assert_eq(state_after_putting(a, 0, 2, TABLE_WHOLE, 1), TABLE_ANSWERED);
	cr_assert(!table_state_waits(table_state(&t, a)));
	cr_assert_eq(state_after_putting(a, 0, 1, TABLE_PART, 1), TABLE_ANSWERED);
	cr_assert_eq(table_clear(&t, a, UINT32_MAX), 0);
	cr_assert(!table_state_waits(table_state(&t, a)));
	cr_assert_eq(state_after_putting(a, 0, 1, TABLE_PART, 1), TABLE_PARTIAL);
}

Test(table, ever_new_addresses_of_one_domain_crowd_nobody_out)
{
	make(8, 4096);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false);
	put(b, "192.0.2.1:5060", TRANSPORT_UDP, 1);
	for (unsigned i = 0; i < 2000; i++) {
		struct dns_place e = {numbered(i), TRANSPORT_UDP};
		cr_assert_eq(table_put(&t, a, &e, 1, NULL, 0, true, 86400, 2 + i), 0);
	}
	cr_assert_leq(table_addresses(&t), TABLE_PLACES_MAX + 1);
	cr_assert_str_eq(look("192.0.2.1:5060"), "1 udp");
	cr_assert_neq(look("10.0.7.207:5060")[0], '\0'); /* the last one */
}

Test(table, of_a_large_wildcard_the_last_seen_stay)
{
	make(8, 4096);
	domain("carrier2.net", 0, true);
	for (unsigned i = 0; i < 2000; i++) {
		struct addr a = numbered(i);
		cr_assert_eq(table_learn_address(&t, "x.carrier2.net", &a, 100000 + i * 10), 1);
	}
	unsigned found = 0;
	for (unsigned i = 2000 - 100; i < 2000; i++) {
		struct addr a = numbered(i);
		struct table_hit hit;
		found += table_lookup(&t, &a, &hit);
	}
	cr_assert_eq(found, 100);
	cr_assert_leq(table_addresses(&t), TABLE_PLACES_MAX);
}

Test(table, addresses_that_differ_in_few_bits)
{
	make(8, 2048);
	uint16_t a = domain("a.example", 0, false);
	static const char *const forms[] = {"10.%u.0.1", "10.0.0.%u", "[2001:db8::%x:0:0:1]",
		"[2001:db8::%x00]", "[2001:db8:%x::1]"};
	for (size_t f = 0; f < 5; f++)
		for (unsigned i = 1; i < 90; i++) {
			char text[64];
			snprintf(text, sizeof(text), forms[f], i);
			put(a, text, TRANSPORT_NONE, 1);
		}
	cr_assert_eq(table_count(&t, TABLE_FULL_ADDRESSES), 0);
	cr_assert_eq(table_addresses(&t), 5 * 89);
}

static uint64_t hint_of(const struct addr *a)
{
	return table_hint(&t, table_hint_key(&t, a));
}

/* Of addresses that share a hint each is found, none is taken for another, and when one goes the
 * other is told at once again. */
Test(table, addresses_of_one_hint)
{
	make(8, 64);
	uint16_t a = domain("a.example", 0, false), b = domain("b.example", 0, false);
	struct addr three[3] = {numbered(1)};
	unsigned found = 1;
	for (unsigned n = 2; found < 3; n++) {
		struct addr other = numbered(n);
		if (table_hint_place(&t, table_hint_key(&t, &other)) ==
			table_hint_place(&t, table_hint_key(&t, &three[0])))
			three[found++] = other;
	}
	char text[3][ADDR_TEXT_MAX];
	for (int i = 0; i < 3; i++)
		addr_print(&three[i], text[i]);
	cr_assert_str_eq(look(text[0]), "");
	put(a, text[0], TRANSPORT_UDP, 1);
	cr_assert_eq(hint_of(&three[0]) & TABLE_SEVERAL, 0);
	cr_assert_str_eq(look(text[0]), "0 udp");
	cr_assert_str_eq(look(text[1]), "");
	put(b, text[1], TRANSPORT_TCP, 1);
	cr_assert_str_eq(look(text[0]), "0 udp");
	cr_assert_str_eq(look(text[1]), "1 tcp");
	cr_assert_str_eq(look(text[2]), "");
	cr_assert_eq(table_clear(&t, a, UINT32_MAX), 0);
	cr_assert_eq(hint_of(&three[1]) & TABLE_SEVERAL, 0);
	cr_assert_str_eq(look(text[0]), "");
	cr_assert_str_eq(look(text[1]), "1 tcp");
	put(a, text[1], TRANSPORT_UDP, 2);
	cr_assert_str_eq(look(text[1]), "1,0 udp tcp");
	cr_assert_eq(table_clear(&t, b, UINT32_MAX), 0);
	cr_assert_str_eq(look(text[1]), "0 udp");
	cr_assert_eq(hint_of(&three[1]) & TABLE_SEVERAL, 0);
	cr_assert_eq(table_forget(&t, a), 0);
	cr_assert_eq(hint_of(&three[1]), 0);
}

Test(table, few_addresses_share_a_hint)
{
	make(8, 2048);
	uint16_t a = domain("a.example", 0, false);
	static const char *const forms[] = {"%u.0.0.1", "10.%u.0.1", "10.0.%u.1", "10.0.0.%u"};
	unsigned shared = 0;
	for (size_t f = 0; f < 4; f++)
		for (unsigned i = 2; i < 120; i++) {
			char text[64];
			snprintf(text, sizeof(text), forms[f], i);
			put(a, text, TRANSPORT_NONE, 1);
		}
	for (size_t f = 0; f < 4; f++)
		for (unsigned i = 2; i < 120; i++) {
			char text[64];
			snprintf(text, sizeof(text), forms[f], i);
			struct addr ip = address(text);
			shared += (hint_of(&ip) & TABLE_SEVERAL) != 0;
		}
	cr_assert_leq(shared, 4 * 118 / 8, "%u", shared);
}

Test(table, learning_by_names)
{
	make(8, 64);
	struct addr ip = address("192.0.2.1"), ip2 = address("192.0.2.2");
	domain("carrier1.com", 0, false);
	domain("carrier2.net", 0, true);
	domain("carrier1.com", 5070, false);
	cr_assert(!table_interested(&t, "carrier2.net"));
	cr_assert(table_interested(&t, "a.b.carrier2.net"));
	cr_assert(!table_interested(&t, "acarrier2.net"));
	cr_assert_eq(table_learn_address(&t, "other.org", &ip, 1), 0);
	cr_assert_eq(table_learn_address(&t, "a.b.carrier2.net", &ip, 1), 1);
	cr_assert_str_eq(look("192.0.2.1:5060"), "1");
	cr_assert_eq(table_state(&t, 1), TABLE_UNKNOWN);
	cr_assert_eq(table_learn_address(&t, "carrier1.com", &ip, 1), 2);
	cr_assert_str_eq(look("192.0.2.1:5070"), "1,0,2");
	/* NAPTR -> SRV -> A, all seen at the host */
	struct dns_name srv = {"_sips._tcp.hoster.net", 0, TRANSPORT_TLS};
	struct dns_name sbc = {"sbc.hoster.net", 5071, TRANSPORT_NONE};
	cr_assert_eq(table_learn_name(&t, "_sips._tcp.hoster.net", &sbc, 1), 0);
	cr_assert_eq(table_learn_name(&t, "carrier1.com", &srv, 1), 1);
	cr_assert_eq(table_learn_name(&t, "_sips._tcp.hoster.net", &sbc, 1), 1);
	cr_assert_eq(table_learn_address(&t, "sbc.hoster.net", &ip2, 1), 1);
	cr_assert_str_eq(look("192.0.2.2:5071"), "0 tls");
	cr_assert_eq(table_count(&t, TABLE_LEARNT), 4);
}

Test(table, names_are_bounded)
{
	make(4, 8);
	uint16_t a = domain("a.example", 0, false);
	for (unsigned i = 0; i < 5000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "h%u.example", i);
		struct dns_name n = {name, 5060, TRANSPORT_UDP};
		cr_assert_eq(table_put(&t, a, NULL, 0, &n, 1, true, 100, 1), 0);
	}
	cr_assert_gt(table_count(&t, TABLE_FULL_NAMES), 0);
}

Test(table, another_layout_is_refused)
{
	void *area = make(8, 64);
	struct table other;
	cr_assert_eq(table_attach(&other, area, area_size - 1), EINVAL);
	t.head->magic++;
	cr_assert_eq(table_attach(&other, area, area_size), EINVAL);
	t.head->magic--;
	t.head->entry_count = 100;
	cr_assert_eq(table_attach(&other, area, area_size), EINVAL);
	cr_assert_eq(table_size(TABLE_DOMAINS_MAX + 1, 8), 0);
}

/* The memory is shared: whatever stands there, a reader stays within bounds. */
Test(table, random_bytes)
{
	char *area = make(8, 64);
	struct table_hit hit;
	struct table_domain_info info;
	unsigned seed = 1, hits = 0;
	for (int round = 0; round < 300; round++) {
		for (size_t i = sizeof(struct table_head); i < area_size; i++)
			area[i] = (char)(round % 2 ? rand_r(&seed) : 0xff);
		atomic_store(&t.head->domain_count, (uint32_t)rand_r(&seed));
		for (unsigned n = 0; n < 200; n++) {
			struct addr a = numbered(n);
			if (round % 3 == 0) /* an address that is there */
				memcpy(a.ip, (void *)t.entries[n & t.entry_mask].copies[n & 1].ip,
					16);
			hit = (struct table_hit){0};
			table_lookup(&t, &a, &hit);
			table_services(&t, &a);
			hits += hit.more; /* an entry was read */
			cr_assert_leq(hit.count, TABLE_HIT_DOMAINS);
			for (unsigned i = 0; i < hit.count; i++)
				cr_assert_lt(hit.domains[i], 8);
		}
		table_interested(&t, "a.example");
		for (uint16_t n = 0; n < 20; n++) {
			table_domain_describe(&t, n, &info);
			table_state(&t, n);
		}
	}
	cr_assert_gt(hits, 0);
}

/* A reader sees an address with all that belongs to it or not at all: domain d is always put with
 * ports 1000 + d and 2000 + d, and its address ends in d. */
#define STRESS_DOMAINS 24

static struct addr stress_address(unsigned d)
{
	char text[64];
	snprintf(text, sizeof(text), "192.0.2.%u:%u", 100 + d, 1000 + d);
	return address(text);
}

static _Atomic int stress_end;

static void *stress_read(void *arg)
{
	_Atomic unsigned long *found = arg;
	struct addr stays = address("198.51.100.1:5060");
	struct table_hit hit;
	while (!atomic_load_explicit(&stress_end, memory_order_relaxed)) {
		if (!table_lookup(&t, &stays, &hit) || hit.domains[0] != 0 ||
			table_services(&t, &stays) != 1 << TRANSPORT_UDP)
			return "the address that stays was not found";
		for (unsigned d = 1; d < STRESS_DOMAINS; d++) {
			struct addr a = stress_address(d);
			if (!table_lookup(&t, &a, &hit))
				continue;
			++*found;
			if (hit.count != 1 || hit.domains[0] != d)
				return "an address of another domain";
			uint8_t services = table_services(&t, &a);
			if (services && services != 1 << TRANSPORT_TLS)
				return "a service of another port";
		}
	}
	return NULL;
}

static void stress_write(unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		uint16_t d = (uint16_t)(1 + i * 7 % (STRESS_DOMAINS - 1));
		struct dns_place e[2] = {
			{stress_address(d), TRANSPORT_TLS}, {stress_address(d), 0}};
		e[1].addr.port = 0;
		if (i % 3)
			table_put(&t, d, e, 2, NULL, 0, true, 100, i + 1);
		else
			table_clear(&t, d, UINT32_MAX);
	}
}

Test(table, readers_while_it_changes)
{
	make(STRESS_DOMAINS, 64);
	_Atomic unsigned long found[2] = {0};
	pthread_t readers[2];
	for (unsigned d = 0; d < STRESS_DOMAINS; d++) {
		char name[32];
		snprintf(name, sizeof(name), "d%u.example", d);
		domain(name, 0, false);
	}
	put(0, "198.51.100.1:5060", TRANSPORT_UDP, 1);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&readers[i], NULL, stress_read, &found[i]), 0);
	do {
		stress_write(5000); /* until both had the time to look */
	} while (found[0] == 0 || found[1] == 0);
	stress_end = 1;
	for (int i = 0; i < 2; i++) {
		void *why;
		pthread_join(readers[i], &why);
		cr_assert_null(why, "%s", (char *)why);
	}
}

/* Writers are killed at any instruction; the next one goes on, and what stays is never lost. */
Test(table, writers_that_die)
{
	make(STRESS_DOMAINS, 64);
	for (unsigned d = 0; d < STRESS_DOMAINS; d++) {
		char name[32];
		snprintf(name, sizeof(name), "d%u.example", d);
		domain(name, 0, false);
	}
	put(0, "198.51.100.1:5060", TRANSPORT_UDP, 1);
	_Atomic unsigned *written = mmap(
		NULL, sizeof(*written), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(written != MAP_FAILED);
	for (int round = 0; round < 60; round++) {
		unsigned start = *written;
		pid_t pid = fork();
		if (pid == 0)
			for (unsigned i = 0;; i++) {
				stress_write(1 + i % 50);
				++*written;
			}
		while (*written == start)
			;
		for (int i = 0; i < round * 50; i++)
			(void)look("198.51.100.1:5060");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		cr_assert_str_eq(look("198.51.100.1:5060"), "0 udp");
		for (uint16_t d = 1; d < STRESS_DOMAINS; d++) {
			char text[64];
			snprintf(text, sizeof(text), "192.0.2.%u:%u", 100 + d, 1000 + d);
			const char *is = look(text);
			char want[16];
			snprintf(want, sizeof(want), "%u tls", d);
			char plain[16];
			snprintf(plain, sizeof(plain), "%u", d);
			cr_assert(!*is || !strcmp(is, want) || !strcmp(is, plain), "%s is %s", text,
				is);
		}
	}
	cr_assert_gt(table_count(&t, TABLE_REPAIRED), 0);
	cr_assert_eq(table_count(&t, TABLE_LOCKED), 0);
	for (uint16_t d = 1; d < STRESS_DOMAINS; d++)
		cr_assert_eq(table_clear(&t, d, UINT32_MAX), 0);
	cr_assert_eq(table_addresses(&t), 1);
}

static void on_signal(int sig)
{
	(void)sig;
	cr_assert_eq(table_clear(&t, 0, 0), ETIMEDOUT);
}

Test(table, a_writer_in_a_signal_handler_is_refused)
{
	make(4, 8);
	domain("a.example", 0, false);
	signal(SIGUSR1, on_signal);
	cr_assert_eq(pthread_mutex_lock(&t.head->lock), 0);
	raise(SIGUSR1);
	pthread_mutex_unlock(&t.head->lock);
	cr_assert_eq(table_count(&t, TABLE_LOCKED), 1);
}
