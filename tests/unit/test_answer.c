/* SPDX-License-Identifier: MIT */
/* answer: records of real and of damaged messages; the same as c-ares' own parsers see. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "ares_reads.h"
#include "dns/answer.h"
#include "dns.h"

static struct message m;
static struct dns_answer a;

static int parse(const char *name, unsigned type)
{
	return answer_parse(&a, m.bytes, m.n, name, (uint16_t)type);
}

static const char *host_of(const struct record *r)
{
	static char text[ADDR_TEXT_MAX];
	addr_print_host(&r->addr, text);
	return text;
}

Test(answer, addresses_and_ttls)
{
	message_start(&m, "A.Example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_A, 300, "192.0.2.1");
	message_record(&m, ANSWER, "a.EXAMPLE", RECORD_A, 60, "192.0.2.2");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.record_count, 2);
	cr_assert_eq(a.ttl, 60);
	cr_assert_str_eq(host_of(&a.records[1]), "192.0.2.2");
	cr_assert_eq(a.records[0].addr.family, AF_INET);
	message_start(&m, "a.example", RECORD_AAAA, 0);
	message_record(&m, ANSWER, "a.example", RECORD_AAAA, 5, "2001:db8::7");
	cr_assert_eq(parse("a.example", RECORD_AAAA), 0);
	cr_assert_str_eq(host_of(&a.records[0]), "2001:db8::7");
}

Test(answer, foreign_records_are_not_taken)
{
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "evil.example", RECORD_A, 300, "192.0.2.66");
	message_record(&m, ANSWER, "a.example", RECORD_AAAA, 300, "2001:db8::66");
	message_record(&m, AUTHORITY, "a.example", RECORD_A, 300, "192.0.2.67");
	message_record(&m, ADDITIONAL, "a.example", RECORD_A, 300, "192.0.2.68");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.record_count, 0);
}

Test(answer, cname_chain)
{
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "c.example", RECORD_A, 30, "192.0.2.3");
	message_record(&m, ANSWER, "a.example", RECORD_CNAME, 300, "b.example");
	message_record(&m, ANSWER, "b.example", RECORD_CNAME, 20, "C.example");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.cname_count, 2);
	cr_assert_str_eq(a.cnames[1].name, "c.example");
	cr_assert_eq(a.record_count, 1);
	cr_assert_eq(a.ttl, 20);
	cr_assert(!a.loop);
}

Test(answer, cname_loops_end)
{
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_CNAME, 300, "b.example");
	message_record(&m, ANSWER, "b.example", RECORD_CNAME, 300, "a.example");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert(a.loop);
	cr_assert_eq(a.record_count, 0);
	message_start(&m, "a0.example", RECORD_A, 0);
	for (int i = 0; i < 40; i++) {
		char owner[32], target[32];
		snprintf(owner, sizeof(owner), "a%d.example", i);
		snprintf(target, sizeof(target), "a%d.example", i + 1);
		message_record(&m, ANSWER, owner, RECORD_CNAME, 300, target);
	}
	cr_assert_eq(parse("a0.example", RECORD_A), 0);
	cr_assert(a.loop);
	cr_assert_eq(a.cname_count, ANSWER_CNAMES_MAX);
}

Test(answer, srv_and_naptr)
{
	message_start(&m, "_sip._udp.a.example", RECORD_SRV, 0);
	message_record(
		&m, ANSWER, "_sip._udp.a.example", RECORD_SRV, 90, "10 60 5070 SBC.a.example.");
	message_record(&m, ANSWER, "_sip._udp.a.example", RECORD_SRV, 90, "20 0 5060 .");
	cr_assert_eq(parse("_sip._udp.a.example", RECORD_SRV), 0);
	cr_assert_eq(a.record_count, 2);
	cr_assert_str_eq(a.records[0].name, "sbc.a.example");
	cr_assert_eq(a.records[0].first, 10);
	cr_assert_eq(a.records[0].second, 60);
	cr_assert_eq(a.records[0].port, 5070);
	cr_assert_eq(a.records[0].ttl, 90);
	cr_assert_str_eq(a.records[1].name, "");
	message_start(&m, "a.example", RECORD_NAPTR, 0);
	message_record(
		&m, ANSWER, "a.example", RECORD_NAPTR, 77, "1 2 S sips+d2t _sips._tcp.a.example.");
	cr_assert_eq(parse("a.example", RECORD_NAPTR), 0);
	cr_assert_str_eq(a.records[0].flags, "s");
	cr_assert_str_eq(a.records[0].service, "SIPS+D2T");
	cr_assert_str_eq(a.records[0].name, "_sips._tcp.a.example");
	cr_assert_eq(a.records[0].ttl, 77);
}

Test(answer, a_service_longer_than_any_known_matches_none)
{
	message_start(&m, "a.example", RECORD_NAPTR, 0);
	message_record(&m, ANSWER, "a.example", RECORD_NAPTR, 77,
		"1 2 s SIP+D2U-and-some-more-of-it _sip._udp.a.example.");
	cr_assert_eq(parse("a.example", RECORD_NAPTR), 0);
	cr_assert_str_eq(a.records[0].service, "");
}

Test(answer, ttl_of_no)
{
	message_start(&m, "a.example", RECORD_A, ANSWER_NXDOMAIN);
	message_record(&m, AUTHORITY, "example", RECORD_SOA, 600, "120");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.rcode, ANSWER_NXDOMAIN);
	cr_assert_eq(a.ttl, 120);
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, AUTHORITY, "example", RECORD_SOA, 60, "120");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.ttl, 60);
	message_start(&m, "a.example", RECORD_A, 0);
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert(a.ttl_known && a.ttl > 0);
}

Test(answer, ttl_bounds)
{
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_A, 0x80000001, "192.0.2.1");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.ttl, 0);
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_A, 0x7fffffff, "192.0.2.1");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.ttl, ANSWER_TTL_MAX);
}

Test(answer, addresses_that_no_server_has)
{
	static const char *const bad[] = {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"};
	static const char *const bad6[] = {"::", "ff02::1", "fe80::1"};
	message_start(&m, "a.example", RECORD_A, 0);
	for (size_t i = 0; i < 4; i++)
		message_record(&m, ANSWER, "a.example", RECORD_A, 9, bad[i]);
	message_record(&m, ANSWER, "a.example", RECORD_A, 9, "127.0.0.1");
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.record_count, 1);
	cr_assert_eq(a.unusable, 4);
	message_start(&m, "a.example", RECORD_AAAA, 0);
	for (size_t i = 0; i < 3; i++)
		message_record(&m, ANSWER, "a.example", RECORD_AAAA, 9, bad6[i]);
	cr_assert_eq(parse("a.example", RECORD_AAAA), 0);
	cr_assert_eq(a.record_count, 0);
	cr_assert_eq(a.unusable, 3);
}

Test(answer, names_that_no_host_has_drop_their_record)
{
	message_start(&m, "_s.a.example", RECORD_SRV, 0);
	message_record(&m, ANSWER, "_s.a.example", RECORD_SRV, 9, "1 1 5060 ok.example");
	message_record(&m, ANSWER, "_s.a.example", RECORD_SRV, 9, "1 1 5060 b\\d.example");
	m.bytes[m.n - 6] = 0x01;
	cr_assert_eq(parse("_s.a.example", RECORD_SRV), 0);
	cr_assert_eq(a.record_count, 1);
	cr_assert_eq(a.unusable, 1);
}

Test(answer, more_records_than_fit)
{
	message_start(&m, "a.example", RECORD_A, 0);
	for (int i = 0; i < 2000; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.1.%d.%d", i / 250, 1 + i % 250);
		message_record(&m, ANSWER, "a.example", RECORD_A, 9, text);
	}
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.record_count, ANSWER_RECORDS_MAX);
	cr_assert(a.more);
}

Test(answer, compression_pointers)
{
	message_start(&m, "a.example", RECORD_CNAME, 0);
	uint8_t record[] = {0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'b', 0xc0, 14};
	message_put(&m, record, sizeof(record));
	uint8_t address[] = {0xc0, (uint8_t)(m.n - 4), 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 5};
	message_put(&m, address, sizeof(address));
	m.bytes[7] = 2;
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_str_eq(a.cnames[0].name, "b.example");
	cr_assert_str_eq(host_of(&a.records[0]), "192.0.2.5");
}

Test(answer, pointers_in_a_circle)
{
	message_start(&m, "a.example", RECORD_A, 0);
	uint8_t self = (uint8_t)m.n;
	uint8_t record[] = {0xc0, self, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 5};
	message_put(&m, record, sizeof(record));
	m.bytes[7] = 1;
	cr_assert_eq(parse("a.example", RECORD_A), EBADMSG);
}

/* Every cut of a message, in memory of just that size, and every byte changed. */
Test(answer, damage)
{
	char name[ANSWER_NAME_MAX];
	uint16_t type;
	message_start(&m, "_sip._udp.a.example", RECORD_SRV, 0);
	message_record(&m, ANSWER, "_sip._udp.a.example", RECORD_CNAME, 9, "b.example");
	message_record(&m, ANSWER, "b.example", RECORD_SRV, 9, "1 1 5060 c.example");
	message_record(&m, AUTHORITY, "b.example", RECORD_SOA, 9, "5");
	unsigned refused = 0;
	for (size_t n = 0; n < m.n; n++) {
		uint8_t *copy = malloc(n);
		memcpy(copy, m.bytes, n);
		refused += answer_parse(&a, copy, n, "_sip._udp.a.example", RECORD_SRV) == EBADMSG;
		answer_question(copy, n, name, &type);
		free(copy);
	}
	cr_assert_gt(refused, 100);
	for (size_t i = 0; i < m.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			m.bytes[i] ^= (uint8_t)(1 << bit);
			parse("_sip._udp.a.example", RECORD_SRV);
			m.bytes[i] ^= (uint8_t)(1 << bit);
		}
	}
	cr_assert_eq(parse("_sip._udp.a.example", RECORD_SRV), 0);
	cr_assert_eq(a.record_count, 1);
}

static void each(void *ctx, const struct record *r)
{
	char *text = ctx;
	snprintf(text + strlen(text), 200 - strlen(text), "%s ", host_of(r));
}

Test(answer, one_by_one)
{
	char text[200] = "";
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_CNAME, 300, "b.example");
	message_record(&m, ANSWER, "b.example", RECORD_A, 20, "192.0.2.3");
	message_record(&m, ANSWER, "x.example", RECORD_A, 20, "192.0.2.9");
	message_record(&m, ANSWER, "b.example", RECORD_A, 20, "192.0.2.4");
	answer_each(m.bytes, m.n, "a.example", RECORD_A, each, text);
	cr_assert_str_eq(text, "192.0.2.3 192.0.2.4 ");
}

Test(answer, as_c_ares_reads_it)
{
	struct ares_record its[8];
	message_start(&m, "_sip._tcp.a.example", RECORD_SRV, 0);
	message_record(&m, ANSWER, "_sip._tcp.a.example", RECORD_SRV, 9, "1 2 5060 c.example");
	message_record(&m, ANSWER, "_sip._tcp.a.example", RECORD_SRV, 9, "3 4 5061 d.example");
	cr_assert_eq(ares_reads(&m, RECORD_SRV, its, 8), 2);
	cr_assert_eq(parse("_sip._tcp.a.example", RECORD_SRV), 0);
	cr_assert_eq(a.record_count, 2);
	for (int i = 0; i < 2; i++) {
		cr_assert_str_eq(a.records[i].name, its[i].name);
		cr_assert_eq(a.records[i].first, its[i].first);
		cr_assert_eq(a.records[i].second, its[i].second);
		cr_assert_eq(a.records[i].port, its[i].port);
	}
	message_start(&m, "a.example", RECORD_NAPTR, 0);
	message_record(&m, ANSWER, "a.example", RECORD_NAPTR, 9, "5 6 s SIP+D2W _x.a.example");
	cr_assert_eq(ares_reads(&m, RECORD_NAPTR, its, 8), 1);
	cr_assert_eq(parse("a.example", RECORD_NAPTR), 0);
	cr_assert_str_eq(a.records[0].name, its[0].name);
	cr_assert_str_eq(a.records[0].service, its[0].service);
	cr_assert_eq(a.records[0].first, its[0].first);
	cr_assert_eq(a.records[0].second, its[0].second);
	message_start(&m, "a.example", RECORD_A, 0);
	message_record(&m, ANSWER, "a.example", RECORD_A, 41, "192.0.2.1");
	cr_assert_eq(ares_reads(&m, RECORD_A, its, 8), 1);
	cr_assert_eq(parse("a.example", RECORD_A), 0);
	cr_assert_eq(a.records[0].ttl, its[0].ttl);
	cr_assert_arr_eq(a.records[0].addr.ip + 12, its[0].ip4, 4);
}

Test(answer, names)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{"Carrier1.COM", "carrier1.com"},
		{"carrier1.com.", "carrier1.com"},
		{"a", "a"},
		{"", NULL},
		{".", NULL},
		{"a..b", NULL},
		{".a", NULL},
		{"a b", NULL},
		{"a\\b", NULL},
		{"012345678901234567890123456789012345678901234567890123456789abc",
			"012345678901234567890123456789012345678901234567890123456789abc"},
		{"012345678901234567890123456789012345678901234567890123456789abcd", NULL},
	};
	char out[ANSWER_NAME_MAX], longest[300];
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int e = answer_name(out, t[i].in, strlen(t[i].in));
		cr_assert_eq(e, t[i].out ? 0 : EINVAL, "%s", t[i].in);
		if (t[i].out)
			cr_assert_str_eq(out, t[i].out);
	}
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 ? '.' : 'a';
	cr_assert_eq(answer_name(out, longest, 253), 0);
	cr_assert_eq(answer_name(out, longest, 255), EINVAL);
}
