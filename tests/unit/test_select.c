/* SPDX-License-Identifier: MIT */
/* select: the members that fit, in file order, by transport, family and scope. */
#include <criterion/criterion.h>

#include "config/select.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct addr address(const char *text)
{
	struct addr a;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

/* Bond 0 is empty; bonds 1 and 2 have these. */
static const struct {
	int bond;
	const char *text;
	enum transport transport;
} listed[] = {
	{1, "1.2.3.4:5060", TRANSPORT_UDP},          /* 0 */
	{1, "[2001:db8::1]:5060", TRANSPORT_UDP},    /* 1 */
	{1, "1.2.3.9:5060", TRANSPORT_TCP},          /* 2 */
	{1, "1.2.3.5:5070", TRANSPORT_UDP},          /* 3 */
	{1, "127.0.0.1:5060", TRANSPORT_UDP},        /* 4 */
	{1, "[::1]:5060", TRANSPORT_UDP},            /* 5 */
	{1, "[fe80::1%2]:5060", TRANSPORT_UDP},      /* 6 */
	{1, "[fe80::1%3]:5060", TRANSPORT_UDP},      /* 7 */
	{1, "169.254.1.1:5060", TRANSPORT_UDP},      /* 8 */
	{1, "[2001:db8::1]:5061", TRANSPORT_TLS},    /* 9 */
	{1, "1.2.3.6:5060", TRANSPORT_UDP},          /* 10 */
	{2, "1.2.3.4:80", TRANSPORT_WS},             /* 11 */
	{2, "1.2.3.4:443", TRANSPORT_WSS},           /* 12 */
	{2, "1.2.3.4:5060", TRANSPORT_SCTP},         /* 13 */
};

static void make(struct config *c)
{
	*c = (struct config){.bond_count = 3, .member_count = COUNT(listed)};
	c->bonds = config_alloc(c, 3 * sizeof(*c->bonds));
	c->members = config_alloc(c, COUNT(listed) * sizeof(*c->members));
	for (size_t i = 0; i < COUNT(listed); i++) {
		struct bond *bond = &c->bonds[listed[i].bond];
		if (!bond->member_count++)
			bond->first_member = (uint32_t)i;
		c->members[i].addr = address(listed[i].text);
		c->members[i].transport = (uint8_t)listed[i].transport;
	}
	cr_assert_eq(config_index(c), 0);
}

#define END SELECT_NONE
static const struct {
	int bond;
	enum transport transport;
	const char *dst;
	uint32_t expected[6];
} cases[] = {
	{1, TRANSPORT_UDP, "203.0.113.1:5060", {0, 3, 10, END}},
	{1, TRANSPORT_UDP, "10.0.0.1:5060", {0, 3, 10, END}},
	{1, TRANSPORT_UDP, "[2001:db8:9::1]:5060", {1, END}},
	{1, TRANSPORT_UDP, "127.0.0.9:5060", {4, END}},
	{1, TRANSPORT_UDP, "[::1]:5060", {5, END}},
	{1, TRANSPORT_UDP, "[fe80::9%2]:5060", {6, END}},
	{1, TRANSPORT_UDP, "[fe80::9%3]:5060", {7, END}},
	{1, TRANSPORT_UDP, "[fe80::9%4]:5060", {END}},
	{1, TRANSPORT_UDP, "[fe80::9]:5060", {END}}, /* on which interface? */
	{1, TRANSPORT_UDP, "169.254.7.7:5060", {8, END}},
	{1, TRANSPORT_TCP, "203.0.113.1:5060", {2, END}},
	{1, TRANSPORT_TCP, "[2001:db8:9::1]:5060", {END}},
	{1, TRANSPORT_TCP, "127.0.0.1:5060", {END}},
	{1, TRANSPORT_TLS, "[2001:db8:9::1]:5061", {9, END}},
	{1, TRANSPORT_TLS, "203.0.113.1:5061", {END}},
	{1, TRANSPORT_WS, "203.0.113.1:80", {END}},
	{1, TRANSPORT_NONE, "203.0.113.1:5060", {END}},
	{2, TRANSPORT_WS, "203.0.113.1:80", {11, END}},
	{2, TRANSPORT_WSS, "203.0.113.1:443", {12, END}},
	{2, TRANSPORT_SCTP, "203.0.113.1:5060", {13, END}},
	{2, TRANSPORT_UDP, "203.0.113.1:5060", {END}},
	{0, TRANSPORT_UDP, "203.0.113.1:5060", {END}},
};

Test(select, in_file_order)
{
	struct config c;
	make(&c);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr dst = address(cases[i].dst);
		uint32_t at = SELECT_NONE;
		for (size_t k = 0;; k++) {
			at = select_next(&c, (uint16_t)cases[i].bond, cases[i].transport, &dst, at);
			cr_assert_eq(at, cases[i].expected[k], "bond %d, %s to %s, number %zu: %d",
				cases[i].bond, transport_names[cases[i].transport], cases[i].dst, k,
				(int)at);
			if (at == SELECT_NONE)
				break;
		}
	}
	config_free(&c);
}

/* `after` may be a member that does not fit, as when an adopted one was tried first. */
Test(select, after_any_member)
{
	struct config c;
	struct addr dst = address("203.0.113.1:5060");
	make(&c);
	static const uint32_t next[] = {3, 3, 3, 10, 10, 10, 10, 10, 10, 10, END, END};
	for (uint32_t after = 0; after < COUNT(next); after++)
		cr_assert_eq(select_next(&c, 1, TRANSPORT_UDP, &dst, after), next[after]);
	config_free(&c);
}

Test(select, stream_transport)
{
	static const struct {
		enum transport route;
		uint16_t port;
		enum transport expected;
	} streams[] = {
		{TRANSPORT_NONE, 5060, TRANSPORT_TCP}, {TRANSPORT_NONE, 5061, TRANSPORT_TLS},
		{TRANSPORT_NONE, 80, TRANSPORT_WS}, {TRANSPORT_NONE, 443, TRANSPORT_WSS},
		{TRANSPORT_NONE, 5070, TRANSPORT_TCP}, {TRANSPORT_NONE, 0, TRANSPORT_TCP},
		{TRANSPORT_TLS, 5060, TRANSPORT_TLS}, {TRANSPORT_TCP, 5061, TRANSPORT_TCP},
		{TRANSPORT_WSS, 80, TRANSPORT_WSS}, {TRANSPORT_SCTP, 5060, TRANSPORT_SCTP},
		{TRANSPORT_UDP, 5061, TRANSPORT_TLS}, /* never the route of a connection */
	};
	for (size_t i = 0; i < COUNT(streams); i++) {
		struct route route = {.transport = (uint8_t)streams[i].route};
		struct addr dst = address("203.0.113.1");
		dst.port = streams[i].port;
		cr_assert_eq(select_stream_transport(&route, &dst), streams[i].expected, "%zu", i);
		if (streams[i].route == TRANSPORT_NONE)
			cr_assert_eq(select_stream_transport(NULL, &dst), streams[i].expected);
	}
}

struct heard_of {
	const struct member *members;
	uint32_t heard; /* a bit a member */
};

static bool heard(const void *ctx, const struct member *m)
{
	const struct heard_of *h = ctx;
	return h->heard >> (m - h->members) & 1;
}

/* Of one line those come first that are heard, each once; other lines keep their place. */
Test(select, heard_first)
{
	static const struct {
		uint32_t heard; /* bits of members */
		const char *lines; /* of each member */
		const char *order;
	} m[] = {
		{0, "1111", "0123"},
		{0xf, "1111", "0123"},
		{1 << 2, "1111", "2013"},
		{1 << 1 | 1 << 3, "1111", "1302"},
		{1 << 3, "1112", "0123"},
		{1 << 2 | 1 << 3, "1122", "0123"},
		{1 << 1 | 1 << 3, "1122", "1032"},
		{1 << 3, "1234", "0123"},
		{1 << 1 | 1 << 2, "1222", "0123"},
		{1 << 2, "1222", "0213"},
	};
	struct member members[4] = {0};
	uint32_t fit[] = {0, 1, 2, 3};
	struct bond bond = {.fit[TRANSPORT_TCP][0] = {0, 4}};
	struct config c = {.bonds = &bond, .members = members, .fit = fit, .member_count = 4};
	struct addr dst = address("203.0.113.1:5060");
	for (size_t i = 0; i < COUNT(m); i++) {
		char got[9] = "";
		uint32_t at = SELECT_NONE;
		for (size_t k = 0; k < 4; k++) {
			members[k].addr = address("10.0.0.1:5060");
			members[k].place.line = (uint32_t)(m[i].lines[k] - '0');
		}
		const struct heard_of h = {members, m[i].heard};
		for (size_t n = 0; n < 8 && (at = select_next_heard(&c, 0, TRANSPORT_TCP, &dst, at,
				heard, &h)) != SELECT_NONE; n++)
			got[n] = (char)('0' + at);
		cr_expect_str_eq(got, m[i].order, "%s %x: %s, not %s", m[i].lines, m[i].heard, got,
			m[i].order);
	}
}
