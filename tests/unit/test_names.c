/* SPDX-License-Identifier: MIT */
/* names: the table of now, made anew as listeners come, and where marks are needed for the way home. */
#include "host.h"

#define INI \
	"[bond:a]\nmember = udp:203.0.113.1:5060\nmember = tcp:203.0.113.1:5060 as sip.example.com\n" \
	"[bond:b]\nmember = udp:[2001:db8::1]:5060\nmember = udp:203.0.113.1:5060\n" \
	"[host]\nsecret = 0123456789abcdef\n"

static const struct name *at(const struct names *n, const char *socket)
{
	struct addr a;
	enum transport t = host_socket_name(socket, &a);

	return names_at(n, &a, t);
}

static const struct names *now(const struct test_host *t)
{
	return names_now(t->h.rules);
}

Test(names, members_in_the_order_of_the_configuration)
{
	struct test_host *t = host_make(INI, "");
	const struct names *n = now(t);

	cr_assert_eq(n->member_count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct member *m = &t->rules.config.members[i];
		cr_expect(addr_equal(&n->members[i].addr, &m->addr));
		cr_expect_eq(n->members[i].transport, m->transport);
		cr_expect_eq(n->members[i].owner, m->bond);
	}
	cr_expect_eq(n->own_count, 0);
	cr_expect_eq(n->shown, t->h.segment.shown);
	host_free(t);
}

Test(names, own_names_have_numbers_of_listeners)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1 10.0.0.2\n3 udp 10.0.0.1:5060\n4 tcp 10.0.0.1:5060\n"
		"5 udp 0.0.0.0:5070 sip\n");
	const struct names *n = now(t);

	cr_assert_not_null(at(n, "udp:10.0.0.1:5060"));
	cr_expect_eq(at(n, "udp:10.0.0.1:5060")->owner, 0);
	cr_expect_eq(at(n, "tcp:10.0.0.1:5060")->owner, 1);
	cr_expect_eq(at(n, "udp:10.0.0.1:5070")->owner, 2, "each address of the machine");
	cr_expect_eq(at(n, "udp:10.0.0.2:5070")->owner, 2);
	cr_expect_eq(at(n, "udp:0.0.0.0:5070")->owner, 2, "and itself");
	cr_expect_null(at(n, "udp:10.0.0.3:5070"));
	cr_expect_null(at(n, "tcp:10.0.0.1:5070"));
	cr_expect_null(at(n, "udp:10.0.0.2:5060"));
	host_lines(t, "gone 3\n");
	cr_expect_not_null(at(now(t), "udp:10.0.0.1:5060"), "the host writes it still");
	host_lines(t, "6 udp 10.0.0.9:5060\n");
	cr_expect_not_null(at(now(t), "udp:10.0.0.1:5060"), "so, when the table is made anew");
	host_free(t);
}

Test(names, of_a_socket_that_is_a_members_it_is_the_members)
{
	struct test_host *t = host_make(INI, "3 udp 203.0.113.1:5060\n4 tcp 203.0.113.1:5070\n");
	const struct names *n = now(t);

	cr_expect_eq(at(n, "udp:203.0.113.1:5060"), &n->members[0], "the first member's of two");
	cr_expect_eq(at(n, "tcp:203.0.113.1:5060"), &n->members[1], "whether the host listens there or not");
	cr_expect_eq(at(n, "tcp:203.0.113.1:5070"), &n->own[1]);
	host_free(t);
}

/* A send that another thread began with the last table ends with it. */
Test(names, tables_take_turns)
{
	struct test_host *t = host_make(INI, "3 udp 10.0.0.1:5060\n");
	const struct names *first = now(t), *last = first;

	for (int i = 1; i < NAMES_TURNS; i++) {
		char line[40];
		snprintf(line, sizeof(line), "%d udp 10.0.0.%d:5060\n", 10 + i, 10 + i);
		host_lines(t, line);
		cr_expect_neq(now(t), last);
		cr_expect_neq(now(t), first);
		last = now(t);
		cr_expect_eq(last->own_count, (size_t)i + 1);
		cr_expect_eq(first->own_count, 1);
		cr_expect_not_null(at(first, "udp:10.0.0.1:5060"));
		cr_expect_null(at(first, "udp:10.0.0.11:5060"));
	}
	host_free(t);
}

/* Of more names than fit the last are left out. */
Test(names, more_than_fit)
{
	struct test_host *t = host_make(INI, "");
	struct hears *h = &t->h.hears;
	struct addr first = host_address("0.0.0.0:5060"), second = host_address("0.0.0.0:5061");

	for (unsigned i = 0; i < HEARS_LOCAL_MAX; i++) {
		h->local[i] = host_address("10.1.0.0");
		h->local[i].ip[14] = (uint8_t)(i >> 8);
		h->local[i].ip[15] = (uint8_t)i;
	}
	h->local_count = HEARS_LOCAL_MAX - 1;
	struct listener_of of = {.fd = 3, .addr = &first, .datagram = true};
	cr_assert_eq(listeners_add(&t->h.listeners, &t->rules, &of), 0);
	of.addr = &second;
	cr_assert_eq(listeners_add(&t->h.listeners, &t->rules, &of), 1);
	cr_expect(names_changed(&t->h.names, &t->rules, &t->h.listeners, h), "as many as there is room for");
	cr_expect_eq(now(t)->own_count, NAMES_OWN_MAX);
	cr_expect_not_null(at(now(t), "udp:0.0.0.0:5061"));
	h->local_count++;
	cr_expect(!names_changed(&t->h.names, &t->rules, &t->h.listeners, h));
	cr_expect_eq(now(t)->own_count, NAMES_OWN_MAX);
	cr_expect_not_null(at(now(t), "udp:0.0.0.0:5060"), "the first listener is whole");
	cr_expect_not_null(at(now(t), "udp:10.1.0.0:5061"));
	cr_expect_null(at(now(t), "udp:0.0.0.0:5061"));
	cr_expect_eq(now(t)->member_count, 4, "the members are");
	host_free(t);
}

Test(names, of_a_host_without_members)
{
	struct test_host *t = host_make(";\n", "3 udp 10.0.0.1:5060 sip\n");

	cr_expect(names_changed(&t->h.names, &t->rules, &t->h.listeners, &t->h.hears));
	cr_expect_eq(now(t)->own_count, 0, "nothing is edited");
	cr_expect_null(at(now(t), "udp:10.0.0.1:5060"));
	host_free(t);
}

/* Whether the response to a datagram could leave by another listener, of either family. */
static const char *homes(const char *ini, const char *sockets)
{
	struct test_host *t = host_make(ini, sockets);
	static char text[3];

	text[0] = t->rules.names->marks_home[0] ? '4' : '-';
	text[1] = t->rules.names->marks_home[1] ? '6' : '-';
	host_free(t);
	return text;
}

Test(names, where_a_response_could_leave_by_another_listener)
{
	static const char keep[] = "[bond:a]\nmember = udp:203.0.113.1:5060\n[host]\nheaders = keep\n";

	cr_expect_str_eq(homes(INI, ""), "--");
	cr_expect_str_eq(homes(INI, "3 udp 203.0.113.1:5060\n"), "--", "one socket");
	cr_expect_str_eq(homes(INI, "3 udp 203.0.113.1:5060\n4 tcp 10.0.0.1:5060\n"), "--", "one of UDP");
	cr_expect_str_eq(homes(INI, "3 udp 203.0.113.1:5060\n4 udp 10.0.0.1:5060\n"), "4-");
	cr_expect_str_eq(homes(INI, "3 udp 10.0.0.2:5060\n4 udp 10.0.0.1:5060\n"), "--", "no member's");
	cr_expect_str_eq(homes(INI, "3 udp 203.0.113.1:5060 unseen\n4 udp 10.0.0.1:5060\n"), "--", "so");
	cr_expect_str_eq(homes(INI, "3 udp 203.0.113.1:5060\n4 udp [2001:db8::1]:5060\n"), "--", "one each");
	cr_expect_str_eq(homes(INI, "3 udp [2001:db8::9]:5060\n4 udp [2001:db8::1]:5060\n"), "-6");
	cr_expect_str_eq(homes(INI, "3 udp [::]:5061\n4 udp 203.0.113.1:5060\n"), "4-", "a dual one is of both");
	cr_expect_str_eq(homes(INI, "3 udp [::]:5061 v6only\n4 udp 203.0.113.1:5060\n"), "--");
	cr_expect_str_eq(homes(INI, "3 udp [::]:5060\n4 udp [::]:5061\n"), "46");
	cr_expect_str_eq(homes(keep, "3 udp 203.0.113.1:5060\n4 udp 10.0.0.1:5060\n"), "--", "headers = keep");
}
