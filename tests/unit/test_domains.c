/* SPDX-License-Identifier: MIT */
/* domains: what DNS says of an address, in the numbers of a configuration. */
#include "host.h"

#define HEAD "[bond:a]\nmember = udp:203.0.113.1:5060\n[bond:b]\nmember = udp:203.0.113.2:5060\n"
#define INI \
	HEAD "[route:one]\nto = one.example.com, 192.0.2.0/24, shared.example.com\nbond = a\n" \
	"[route:two]\nto = shared.example.com, two.example.com:5080\nbond = b\n"
/* in the order of the file, prefixes left out */
enum { ONE, SHARED_ONE, SHARED_TWO, TWO };

static const struct match_facts *facts(
	const struct test_host *t, const char *address, struct match_facts *room)
{
	struct addr a = host_address(address);

	return domains_facts(&t->rules.domains, &a, room);
}

/* "0 1 +": the domains that have the address, and whether there are more. */
static const char *domains_of(const struct test_host *t, const char *address)
{
	static char text[1000];
	struct match_facts room;
	const struct match_facts *f = facts(t, address, &room);
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < f->count; i++)
		n += (size_t)sprintf(text + n, "%s%u", i ? " " : "", f->domains[i]);
	if (f->more)
		sprintf(text + n, " +");
	return text;
}

Test(domains, without_any_nothing_of_it_exists)
{
	struct test_host *t = host_make(HEAD "[route:r]\nto = 192.0.2.0/24\nbond = a\n", "");
	struct match_facts room;
	struct addr a = host_address("192.0.2.1:5061");

	cr_expect_eq(domains_room(&t->rules.config), 0);
	cr_expect(!t->rules.domains.on);
	cr_expect_null(facts(t, "192.0.2.1", &room));
	cr_expect_eq(domains_state(&t->rules.domains, 0), TABLE_UNKNOWN);
	cr_expect_null(domains_name(&t->rules.domains, 0));
	cr_expect_eq(domains_stream_transport(&t->rules.domains, NULL, &a), TRANSPORT_TLS);
	host_free(t);
}

Test(domains, addresses_in_the_numbers_of_the_configuration)
{
	struct test_host *t = host_make(INI, "dns one.example.com udp:198.51.100.1:5060\n"
		"dns shared.example.com udp:198.51.100.2:5060 udp:[2001:db8::2]:5060\n"
		"dns two.example.com:5080 udp:198.51.100.3:5080 udp:198.51.100.1:5080\n");

	cr_expect_str_eq(domains_of(t, "198.51.100.2"), "1 2", "one that two routes name");
	cr_expect_str_eq(domains_of(t, "[2001:db8::2]:9"), "1 2");
	cr_expect_str_eq(domains_of(t, "198.51.100.3"), "3");
	cr_expect_str_eq(domains_of(t, "198.51.100.3:1"), "3", "at any port");
	cr_expect_str_eq(domains_of(t, "198.51.100.1"), "0 3", "one that two domains have");
	cr_expect_str_eq(domains_of(t, "198.51.100.4"), "");
	cr_expect_str_eq(domains_of(t, "192.0.2.1"), "", "a prefix is no domain");
	cr_expect_str_eq(domains_name(&t->rules.domains, ONE), "one.example.com");
	cr_expect_str_eq(domains_name(&t->rules.domains, SHARED_TWO), "shared.example.com");
	cr_expect_str_eq(domains_name(&t->rules.domains, TWO), "two.example.com");
	cr_expect_null(domains_name(&t->rules.domains, TWO + 1));
	cr_expect_null(domains_name(&t->rules.domains, UINT32_MAX));
	host_free(t);
}

static bool settled(const struct test_host *t, const char *address)
{
	struct match_facts room = {.settled = true}, other = {0};
	bool said = facts(t, address, &room)->settled;

	cr_expect_eq(facts(t, address, &other)->settled, said, "whatever was there before");
	return said;
}

Test(domains, settled_once_all_is_known)
{
	struct test_host *t = host_make(INI, "");
	struct match_facts room;

	cr_expect(!settled(t, "198.51.100.1"));
	host_lines(t, "dns one.example.com udp:198.51.100.1:5060\ndns shared.example.com empty\n");
	cr_expect(!settled(t, "198.51.100.1"));
	cr_expect(!settled(t, "198.51.100.9"));
	const struct match_facts *f = facts(t, "198.51.100.1", &room);
	cr_expect(!f->waits(f->ctx, ONE));
	cr_expect(!f->waits(f->ctx, SHARED_ONE), "there is none");
	cr_expect(f->waits(f->ctx, TWO));
	cr_expect(!f->waits(f->ctx, TWO + 1));
	cr_expect(!f->waits(f->ctx, UINT32_MAX));
	host_lines(t, "dns two.example.com:5080 partial udp:198.51.100.3:5080\n");
	cr_expect(!settled(t, "198.51.100.1"), "some questions were never answered");
	host_lines(t, "dns two.example.com:5080 udp:198.51.100.3:5080\n");
	cr_expect(settled(t, "198.51.100.1"));
	cr_expect(settled(t, "198.51.100.9"));
	host_lines(t, "dns one.example.com full udp:198.51.100.1:5060\n");
	cr_expect(!settled(t, "198.51.100.9"), "no room for all");
	cr_expect_eq(domains_state(&t->rules.domains, ONE), TABLE_FULL);
	cr_expect_eq(domains_state(&t->rules.domains, SHARED_ONE), TABLE_EMPTY);
	cr_expect_eq(domains_state(&t->rules.domains, TWO), TABLE_ANSWERED);
	cr_expect_eq(domains_state(&t->rules.domains, TWO + 1), TABLE_UNKNOWN);
	host_free(t);
}

/* A wildcard is never asked for: its text decides for ever. */
Test(domains, wildcards)
{
	struct test_host *t = host_make(HEAD "[route:r]\nto = *.example.com, one.example.net\nbond = a\n",
		"dns one.example.net udp:198.51.100.1:5060\n");
	struct addr learnt = host_address("198.51.100.7");
	struct match_facts room;

	cr_expect(!settled(t, "198.51.100.1"));
	cr_expect_eq(table_learn_address(&t->h.dns, "a.example.com", &learnt, 1), 1);
	cr_expect_str_eq(domains_of(t, "198.51.100.7"), "0", "what the host itself found");
	const struct match_facts *f = facts(t, "198.51.100.7", &room);
	cr_expect(!f->waits(f->ctx, 0));
	host_free(t);
}

/* More domains than are told of one address. */
Test(domains, an_address_of_many)
{
	enum { MANY = MATCH_FACTS_MAX + 2 };
	static char ini[MANY * 60 + 200];
	size_t n = (size_t)sprintf(ini, HEAD);

	for (int i = 0; i < MANY; i++)
		n += (size_t)sprintf(ini + n, "[route:r%d]\nto = one.example.com\nbond = a\n", i);
	struct test_host *t = host_make(ini, "dns one.example.com udp:198.51.100.1:5060\n");
	struct match_facts room;
	const struct match_facts *f = facts(t, "198.51.100.1", &room);
	cr_expect_eq(f->count, MATCH_FACTS_MAX);
	cr_expect(f->more);
	for (unsigned i = 0; i < f->count; i++)
		cr_expect_eq(f->domains[i], i);
	cr_expect_eq(facts(t, "198.51.100.2", &room)->count, 0);
	host_free(t);
}

static uint32_t route_of(const struct test_host *t, const char *address)
{
	struct addr a = host_address(address);
	uint32_t ip;

	memcpy(&ip, a.ip + 12, sizeof(ip));
	return domains_route(&t->h.dns, t->rules.domains.routes, ip);
}

/* By one number, for what is kept of decisions: the route that a domain leads to, where that is all. */
Test(domains, the_route_of_an_address)
{
	struct test_host *t = host_make(HEAD "[route:zero]\nto = zero.example.com\nbond = a\n"
		"[route:one]\nto = one.example.com, other.example.com\nbond = a\n"
		"[route:port]\nto = port.example.com:5080\nbond = a\n"
		"[route:two]\nto = shared.example.com\nbond = a\n[route:three]\nto = shared.example.com\nbond = b\n",
		"dns zero.example.com udp:198.51.100.1:5060\ndns one.example.com udp:198.51.100.2:5060\n"
		"dns other.example.com udp:198.51.100.3:5060\ndns port.example.com:5080 udp:198.51.100.4:5080\n"
		"dns shared.example.com udp:198.51.100.5:5060\n");

	cr_expect_eq(route_of(t, "198.51.100.9"), 0, "to none");
	cr_expect_eq(route_of(t, "198.51.100.1") >> 16, 1);
	cr_expect_eq(route_of(t, "198.51.100.2") >> 16, 2);
	cr_expect_eq(route_of(t, "198.51.100.3"), route_of(t, "198.51.100.2"), "the same");
	cr_expect_neq(route_of(t, "198.51.100.1") & 0xffff, route_of(t, "198.51.100.2") & 0xffff);
	cr_expect_eq(route_of(t, "198.51.100.4"), DOMAINS_MIXED, "the port decides, too");
	cr_expect_eq(route_of(t, "198.51.100.5"), DOMAINS_MIXED, "the text decides");
	host_free(t);
}

static enum transport spoken(const struct test_host *t, int route, const char *address)
{
	struct addr a = host_address(address);

	return domains_stream_transport(
		&t->rules.domains, route < 0 ? NULL : &t->rules.config.routes[route], &a);
}

/* The route's own word, else the service that DNS names for that address and port, else the port's. */
Test(domains, what_a_connection_speaks)
{
	struct test_host *t = host_make(HEAD "[route:said]\nto = said.example.com\ntransport = ws\nbond = a\n"
		"[route:one]\nto = one.example.com\nbond = a\n[route:two]\nto = two.example.com\nbond = a\n",
		"dns one.example.com tls:198.51.100.1:5080\ndns two.example.com tcp:198.51.100.1:5080\n"
		"dns said.example.com tls:198.51.100.2:5080\n");

	cr_expect_eq(spoken(t, 0, "198.51.100.2:5080"), TRANSPORT_WS);
	cr_expect_eq(spoken(t, 1, "198.51.100.1:5080"), TRANSPORT_TLS, "of the route's domains before others");
	cr_expect_eq(spoken(t, 2, "198.51.100.1:5080"), TRANSPORT_TCP);
	cr_expect_eq(spoken(t, -1, "198.51.100.2:5080"), TRANSPORT_TLS);
	cr_expect_eq(spoken(t, 1, "198.51.100.2:5080"), TRANSPORT_TLS, "else of any");
	cr_expect_eq(spoken(t, 1, "198.51.100.1:5061"), TRANSPORT_TLS, "at another port the port's");
	cr_expect_eq(spoken(t, 1, "198.51.100.1:5060"), TRANSPORT_TCP);
	cr_expect_eq(spoken(t, -1, "198.51.100.9:443"), TRANSPORT_WSS);
	host_free(t);
}

/* What found no room in the table is full: its text decides, and the others' addresses. */
Test(domains, more_than_the_table_has_room_for)
{
	enum { MANY = 200 };
	static char ini[MANY * 30 + 200];
	struct rules r = {0};
	struct table t;
	size_t n = (size_t)sprintf(ini, HEAD "[route:r]\nbond = a\n"), size = table_size(1, 16), without = 0;
	void *area = aligned_alloc(64, (size + 63) / 64 * 64);
	struct addr a = host_address("198.51.100.1");
	struct match_facts room;

	for (int i = 0; i < MANY; i++)
		n += (size_t)sprintf(ini + n, "to = d%d.example.com\n", i);
	host_rules(&r, ini);
	memset(area, 0, size);
	cr_assert_eq(table_format(area, size, 1, 16), 0);
	cr_assert_eq(table_attach(&t, area, size), 0);
	cr_assert_lt(t.domain_max, MANY);
	cr_assert(domains_make(&r.domains, &r.config, r.match, &t));
	struct dns_place place = {a, TRANSPORT_UDP};
	for (uint32_t i = 0; i < MANY; i++) {
		if (i < t.domain_max)
			cr_assert_eq(table_put(&t, r.domains.numbers[i], &place, 1, NULL, 0, TABLE_WHOLE, 9, 1), 0);
		cr_expect_eq(domains_state(&r.domains, i), i < t.domain_max ? TABLE_ANSWERED : TABLE_FULL);
		without += domains_state(&r.domains, i) == TABLE_FULL;
	}
	cr_expect_eq(without, MANY - t.domain_max);
	const struct match_facts *f = domains_facts(&r.domains, &a, &room);
	cr_assert_not_null(f);
	cr_expect(!f->settled, "a text may decide");
	cr_expect(!f->waits(f->ctx, 0) && f->waits(f->ctx, MANY - 1));
	for (unsigned i = 0; i < f->count; i++)
		cr_expect_lt(f->domains[i], t.domain_max);
	free(area);
	free((void *)r.domains.checked);
	match_free((struct match *)(uintptr_t)r.match);
	config_free(&r.config);
}
