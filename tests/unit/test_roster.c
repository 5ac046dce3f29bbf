/* SPDX-License-Identifier: MIT */
/* roster: which names a host has, by its sockets, aliases and members. */
#include "core/roster.h"
#include "core/rules.h"

#include "sip.h"
#include "config/ini.h"

static const char ini[] =
	"[bond:external]\n"
	"member = udp:192.0.2.1:5060\n"
	"member = udp:192.0.2.2:5070 as sip.example.com\n"
	"member = tcp:192.0.2.2:5070 as [2001:db8::1]:5099\n"
	"[route:all]\n"
	"to = 198.51.100.0/24\n"
	"bond = external\n"
	"[host]\n"
	"alias = everywhere.example\n"
	"alias = adv.example udp:10.0.0.1:5070\n"
	"alias = port.example:5090 udp:10.0.0.1:5070\n"
	"secret = one\n"
	"secret = two\n"
	"header = X-Bond\n";

static struct addr address(const char *s)
{
	struct addr a;

	cr_assert(addr_parse(&a, s, strlen(s)) == 0);
	return a;
}

static void list(const struct names *n, struct text *t)
{
	t->n = 0;
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *name = &n->own[i];
		char host[NAMES_HOST_MAX];
		size_t length = names_host(name, name->given.n ? FORM_GIVEN : FORM_PLAIN, host);
		text_print(t, "%u %s %.*s:%u", name->owner, transport_names[name->transport],
			(int)length, host, name->port);
		if (name->given.n) {
			length = addr_print(&name->addr, host);
			text_print(t, " of %.*s", (int)length, host);
		}
		text_print(t, "\n");
	}
}

Test(roster, names_of_the_host)
{
	struct config c;
	struct findings findings;
	static struct name own[32], members[4];
	struct names n = {.own = own, .members = members};
	static struct text t;

	cr_assert_eq(config_load_text(&c, "test.ini", ini, sizeof(ini) - 1, &findings), 0);
	cr_assert_eq(c.member_count, 3);
	struct roster_socket sockets[] = {
		{.addr = address("10.0.0.1:5060"), .transport = TRANSPORT_UDP, .owner = 7},
		{.addr = address("10.0.0.1:5070"), .transport = TRANSPORT_UDP, .owner = 8},
		{.addr = address("0.0.0.0:5060"), .transport = TRANSPORT_TCP, .owner = 9, .any = true},
		{.addr = address("[::]:5061"), .transport = TRANSPORT_UDP, .owner = 10, .any = true,
			.dual = true},
	};
	struct addr local[] = {address("10.0.0.1"), address("2001:db8::a")};
	static struct rules rules;
	rules.config = c;
	rules.key_count = rules_keys(&c, rules.keys);
	struct roster r = {&rules, sockets, COUNT(sockets), local, COUNT(local), false};

	cr_expect(roster_fill(&n, &r, COUNT(own)));
	list(&n, &t);
	cr_expect_str_eq(t.p,
		"7 udp 10.0.0.1:5060\n"
		"7 udp everywhere.example:5060 of 10.0.0.1:5060\n"
		"8 udp adv.example:5070 of 10.0.0.1:5070\n"
		"8 udp adv.example:5060 of 10.0.0.1:5070\n"
		"8 udp port.example:5090 of 10.0.0.1:5070\n"
		"8 udp 10.0.0.1:5070\n"
		"9 tcp 10.0.0.1:5060\n"
		"9 tcp everywhere.example:5060 of 10.0.0.1:5060\n"
		"9 tcp 0.0.0.0:5060\n"
		"10 udp 10.0.0.1:5061\n"
		"10 udp [2001:db8::a]:5061\n"
		"10 udp [::]:5061\n", "%s", t.p);
	cr_expect_eq(n.key_count, 2);
	cr_expect(n.keys[0].k[0] != n.keys[1].k[0]);
	cr_expect_eq(memcmp(n.mark_keys, n.keys, sizeof(n.keys)), 0);
	cr_expect(field_equal(n.header, text_span("x-bond")));
	cr_expect_eq(n.member_count, 3);
	cr_expect(!names_shows_port(&n.members[0], 5060, false) && n.members[0].given.n == 0);
	cr_expect(names_shows_port(&n.members[1], 5060, false) && n.members[1].port == 5070);
	cr_expect(n.members[2].port == 5099 && n.members[2].port_always && n.members[2].v6);

	/* a token outlives everything that the table does not need for it */
	char token[TOKEN_LENGTH];
	enum name_form form;
	bool port;
	token_write(&n, &own[5], FORM_PLAIN, true, token);
	r.sockets = &sockets[1];
	r.socket_count = 1;
	rules.config.alias_count = 0;
	rules.key_count = 1;
	cr_expect(roster_fill(&n, &r, COUNT(own)));
	cr_expect_eq(token_read(&n, (struct span){token, sizeof(token)}, &form, &port), &own[0]);
	rules.config.secret_count = 0;
	rules.key_count = rules_keys(&rules.config, rules.keys);
	cr_expect(roster_fill(&n, &r, COUNT(own)));
	cr_expect_eq(n.key_count, 1);
	cr_expect_null(token_read(&n, (struct span){token, sizeof(token)}, &form, &port));
	cr_expect(!roster_fill(&n, &r, 0));
	cr_expect_eq(n.own_count, 0);
	config_free(&c);
	findings_free(&findings);
}

/* An alias that was given to a wildcard socket, or to one of its addresses, is what the host calls it. */
Test(roster, aliases_of_a_wildcard)
{
	static const char text[] = "[bond:b]\nmember = udp:192.0.2.1:5060\n"
		"[host]\nalias = all.example udp:0.0.0.0:5060\nalias = one.example udp:10.0.0.1:5060\n"
		"alias = other.example tcp:10.0.0.1:5060\nalias = port.example udp:10.0.0.1:5070\n";
	struct config c;
	struct findings findings;
	static struct name own[32], members[1];
	struct names n = {.own = own, .members = members};
	static struct text t;

	cr_assert_eq(config_load_text(&c, "test.ini", text, sizeof(text) - 1, &findings), 0);
	struct roster_socket socket = {.addr = address("0.0.0.0:5060"), .transport = TRANSPORT_UDP, .any = true};
	struct addr local[] = {address("10.0.0.1"), address("10.0.0.2"), address("2001:db8::a")};
	static struct rules rules;
	rules.config = c;
	rules.key_count = rules_keys(&c, rules.keys);
	struct roster r = {&rules, &socket, 1, local, COUNT(local), false};

	cr_expect(roster_fill(&n, &r, COUNT(own)));
	list(&n, &t);
	cr_expect_str_eq(t.p,
		"0 udp all.example:5060 of 10.0.0.1:5060\n"
		"0 udp one.example:5060 of 10.0.0.1:5060\n"
		"0 udp 10.0.0.1:5060\n"
		"0 udp all.example:5060 of 10.0.0.2:5060\n"
		"0 udp 10.0.0.2:5060\n"
		"0 udp 0.0.0.0:5060\n", "%s", t.p);
	cr_expect(n.local == local && n.local_count == COUNT(local));
	cr_expect_eq(n.header.n, 0);
	/* as many as there is room for, the first ones */
	cr_expect(roster_fill(&n, &r, 6));
	cr_expect(!roster_fill(&n, &r, 5));
	cr_expect_eq(n.own_count, 5);
	cr_expect(addr_equal(&n.own[4].addr, &(struct addr){.family = AF_INET, .port = 5060,
		.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2}}));
	config_free(&c);
	findings_free(&findings);
}
