/* SPDX-License-Identifier: MIT */
/* model: names of transports, look-up of bonds, the memory of a config. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "config/model.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(model, transports)
{
	static const struct {
		const char *text;
		enum transport transport;
	} cases[] = {
		{"udp", TRANSPORT_UDP}, {"UDP", TRANSPORT_UDP}, {"Tcp", TRANSPORT_TCP},
		{"tls", TRANSPORT_TLS}, {"ws", TRANSPORT_WS}, {"WSS", TRANSPORT_WSS},
		{"sctp", TRANSPORT_SCTP}, {"", TRANSPORT_NONE}, {"none", TRANSPORT_NONE},
		{"ud", TRANSPORT_NONE}, {"udpx", TRANSPORT_NONE}, {"w", TRANSPORT_NONE},
	};
	static const struct {
		enum transport transport;
		uint16_t port;
		bool datagram;
	} facts[] = {
		{TRANSPORT_UDP, 5060, true}, {TRANSPORT_TCP, 5060, false}, {TRANSPORT_TLS, 5061, false},
		{TRANSPORT_WS, 80, false}, {TRANSPORT_WSS, 443, false}, {TRANSPORT_SCTP, 5060, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_eq(transport_parse(cases[i].text, strlen(cases[i].text)),
			cases[i].transport, "\"%s\"", cases[i].text);
	cr_assert_eq(transport_parse("udp:1.2.3.4", 3), TRANSPORT_UDP);
	for (size_t i = 0; i < COUNT(facts); i++) {
		enum transport t = facts[i].transport;
		cr_assert_eq(transport_default_port(t), facts[i].port);
		cr_assert_eq(transport_is_datagram(t), facts[i].datagram);
		cr_assert_eq(transport_parse(transport_names[t], strlen(transport_names[t])), t);
	}
}

Test(model, find_bond)
{
	struct bond bonds[] = {{.name = "external"}, {.name = "Internal"}};
	struct config c = {.bonds = bonds, .bond_count = COUNT(bonds)};
	cr_assert_eq(config_find_bond(&c, "external", 8), 0);
	cr_assert_eq(config_find_bond(&c, "EXTERNAL", 8), 0);
	cr_assert_eq(config_find_bond(&c, "internal", 8), 1);
	cr_assert_eq(config_find_bond(&c, "internal", 7), MODEL_NONE);
	cr_assert_eq(config_find_bond(&c, "", 0), MODEL_NONE);
	c.bond_count = 0;
	cr_assert_eq(config_find_bond(&c, "external", 8), MODEL_NONE);
}

/* Blocks that grow, move and go in any order stay linked: the sanitizers see every mistake. */
Test(model, memory)
{
	struct config c = {0};
	void *blocks[64] = {0};
	unsigned seed = 7;
	for (int i = 0; i < 5000; i++) {
		size_t at = (size_t)rand_r(&seed) % COUNT(blocks);
		size_t size = (size_t)rand_r(&seed) % 5000 + 1;
		char *p = config_resize(&c, blocks[at], size);
		cr_assert(p && (uintptr_t)p % _Alignof(max_align_t) == 0);
		memset(p, (int)at, size);
		blocks[at] = p;
	}
	char *zero = config_alloc(&c, 100), *copy = config_strdup(&c, "abcdef", 3);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(zero[i], 0);
	cr_assert_str_eq(copy, "abc");
	for (size_t i = 0; i < COUNT(blocks); i++)
		cr_assert(!blocks[i] || *(char *)blocks[i] == (char)i);
	cr_assert_null(config_alloc(&c, SIZE_MAX));
	cr_assert_null(config_resize(&c, zero, SIZE_MAX));
	cr_assert_eq(zero[99], 0);
	config_free(&c);
	cr_assert_null(c.blocks);
	config_free(&c);
}

Test(model, drop_prefixes)
{
	struct config c = {0};
	config_drop_prefixes(&c);
	c.targets = config_alloc(&c, 5 * sizeof(*c.targets));
	c.target_count = 5;
	c.targets[1] = (struct target){.kind = TARGET_DOMAIN, .route = 1, .domain = "a"};
	c.targets[4] = (struct target){.kind = TARGET_WILDCARD, .route = 2, .domain = "b"};
	config_drop_prefixes(&c);
	cr_assert_eq(c.target_count, 2);
	cr_assert_eq(c.targets[0].route, 1);
	cr_assert_str_eq(c.targets[1].domain, "b");
	c.targets[0].kind = c.targets[1].kind = TARGET_PREFIX;
	config_drop_prefixes(&c);
	cr_assert_eq(c.target_count, 0);
	config_free(&c);
}

Test(model, index_of_no_members)
{
	struct config c = {0};
	cr_assert_eq(config_index(&c), 0);
	config_free(&c);
}
