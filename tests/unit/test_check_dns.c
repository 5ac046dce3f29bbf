/* SPDX-License-Identifier: MIT */
/* What `bondctl check --dns` warns of, by a zone on this machine, and what it does not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/check_dns.h"
#include "dns/answer.h"
#include "dns.h"
#include "fake_system.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(check_dns, .init = fake_system, .timeout = 200);

static const struct zone_line zone[] = {
	/* by tcp and udp */
	{"srv.test", RECORD_NAPTR, 60, "10 10 s SIP+D2T _sip._tcp.srv.test."},
	{"srv.test", RECORD_NAPTR, 60, "20 10 s SIP+D2U _sip._udp.srv.test."},
	{"_sip._tcp.srv.test", RECORD_SRV, 60, "1 1 5060 two.test."},
	{"_sip._udp.srv.test", RECORD_SRV, 60, "1 1 5060 two.test."},
	{"two.test", RECORD_A, 60, "10.77.1.2"},
	/* one place, two services */
	{"_sip._tcp.plain.test", RECORD_SRV, 60, "1 1 5070 three.test."},
	{"_sips._tcp.secure.test", RECORD_SRV, 60, "1 1 5070 three.test."},
	{"_sip._tcp.both.test", RECORD_SRV, 60, "1 1 5070 three.test."},
	{"_sips._tcp.both.test", RECORD_SRV, 60, "1 1 5070 three.test."},
	{"three.test", RECORD_A, 60, "10.77.1.3"},
	{"three.test", RECORD_A, 60, "10.77.1.4"},
	{NULL, 0, 0, NULL},
};

#define BONDS                                                                                      \
	"[host]\nsecret = 0123456789abcdef\n[bond:u]\nmember = udp:10.0.0.1\n[bond:t]\nmember = tcp:10.0.0.1\n"                       \
	"[bond:all]\nmember = udp:10.0.0.1:5070\nmember = tcp:10.0.0.1:5070\nmember = tls:10.0.0.1\n"
#define ROUTE(name, to, more) "[route:" name "]\nto = " to "\nbond = all\n" more

static const struct {
	const char *routes;
	const char *warnings[4]; /* all of them, the beginning of each */
} cases[] = {
	{ROUTE("r", "srv.test", ""), {NULL}},
	{ROUTE("r", "nothing.test", ""), {"nothing.test has no address in DNS"}},
	{"[route:r]\nto = srv.test\nbond = u\n",
		{"srv.test leads to tcp:10.77.1.2:5060, but bond u has no member for tcp IPv4"}},
	/* a route's transport is a condition */
	{"[route:u]\nto = srv.test\ntransport = udp\nbond = u\n"
	 "[route:t]\nto = srv.test\ntransport = tcp\nbond = t\n", {NULL}},
	{"[route:u]\nto = srv.test\ntransport = udp\nbond = t\n",
		{"srv.test leads to udp:10.77.1.2:5060, but bond t has no member for udp IPv4"}},
	{"[route:t]\nto = secure.test\ntransport = tcp\nbond = t\n", {NULL}},
	/* one domain names two services */
	{ROUTE("r", "both.test", ""),
		{"both.test: DNS names tcp and tls for 10.77.1.3:5070, and connections there are taken "
		 "for tcp: route r should say which",
			"both.test: DNS names tcp and tls for 10.77.1.4:5070"}},
	{ROUTE("r", "both.test", "transport = tls\n"), {NULL}},
	/* two domains do; told once of a pair, though they share two addresses */
	{ROUTE("p", "plain.test", "") ROUTE("s", "secure.test", ""),
		{"secure.test: DNS names tls for 10.77.1.3:5070, but connections there take route p, "
		 "which stands first (plain.test has the address too), and are taken for tcp: put a "
		 "route with `to = 10.77.1.3:5070` and `transport = tls` before it"}},
	{ROUTE("p", "plain.test", "transport = tls\n") ROUTE("s", "secure.test", ""), {NULL}},
	{ROUTE("p", "three.test", "transport = tls\n") ROUTE("s", "plain.test", ""),
		{"plain.test: DNS names tcp for 10.77.1.3:5070, but connections there take route p"}},
	{ROUTE("p", "three.test", "") ROUTE("s", "secure.test", ""),
		{"secure.test: DNS names tls for 10.77.1.3:5070"}},
	{ROUTE("p", "three.test", "") ROUTE("s", "plain.test", ""), {NULL}},
	{ROUTE("p", "plain.test, secure.test", "transport = tcp\n"), {NULL}},
	{ROUTE("p", "plain.test", "transport = udp\n") ROUTE("s", "secure.test", ""), {NULL}},
	{ROUTE("p", "plain.test", "from = u\n") ROUTE("s", "secure.test", "from = t\n"), {NULL}},
	{ROUTE("p", "plain.test", "socket = tcp:eth1\n") ROUTE("s", "secure.test", "socket = tls:eth1\n"),
		{NULL}},
	{ROUTE("p", "plain.test", "from = u, t\n") ROUTE("s", "secure.test", "from = t\n"),
		{"secure.test: DNS names tls"}},
	{ROUTE("p", "three.test:5060", "") ROUTE("s", "secure.test", ""), {NULL}},
	/* bonds differ; udp and tcp of one domain are one pair */
	{ROUTE("p", "srv.test", "") "[route:q]\nto = two.test\nbond = u\n",
		{"srv.test and two.test share the address 10.77.1.2, but their bonds differ: "
		 "connections there take route p, which stands first"}},
	{ROUTE("p", "srv.test", "transport = udp\n") "[route:q]\nto = two.test\nbond = t\n"
		"transport = tcp\n", {NULL}},
	{ROUTE("p", "two.test:5070", "") "[route:q]\nto = two.test:5080\nbond = t\ntransport = tcp\n",
		{NULL}},
	{"[route:p]\nto = plain.test\nbond = t\n[route:q]\nto = both.test\nbond = all\n"
	 "transport = tcp\n",
		{"plain.test and both.test share the address 10.77.1.3"}},
};

struct told {
	char *text[8];
	size_t count;
};

static void note(void *ctx, struct place place, size_t length, const char *text)
{
	struct told *t = ctx;
	cr_assert(place.line > 0 && length > 0);
	cr_assert_lt(t->count, COUNT(t->text), "%s", text);
	t->text[t->count++] = strdup(text);
}

static void check(const char *routes, const char *server, struct told *told)
{
	char text[4096];
	struct findings f;
	struct config c;
	struct check_dns d = {.config = &c, .io = &dns_io_own, .warn = note, .ctx = told};
	int n = snprintf(text, sizeof(text), BONDS "%s[dns]\nserver = %s\ntimeout = 2\n", routes, server);
	cr_assert_eq(config_load_text(&c, "x", text, (size_t)n, &f), 0, "%s", text);
	findings_free(&f);
	cr_assert_eq(check_dns(&d), (int)told->count, "%s", routes);
	config_free(&c);
}

/* The order is that of the addresses, not of the file: findings_sort() puts them right. */
Test(check_dns, warnings)
{
	char server[32];
	server_start(zone, server);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct told told = {.count = 0};
		size_t wanted = 0;
		check(cases[i].routes, server, &told);
		for (; wanted < COUNT(cases[i].warnings) && cases[i].warnings[wanted]; wanted++) {
			const char *start = cases[i].warnings[wanted];
			bool found = false;
			for (size_t k = 0; k < told.count; k++)
				found = found || strncmp(told.text[k], start, strlen(start)) == 0;
			cr_expect(found, "%s\nno \"%s\", but: %s", cases[i].routes, start,
				told.count ? told.text[0] : "nothing");
		}
		cr_expect_eq(told.count, wanted, "%s\n%zu warnings: %s; %s", cases[i].routes, told.count,
			told.count ? told.text[0] : "", told.count > 1 ? told.text[1] : "");
		for (size_t k = 0; k < told.count; k++)
			free(told.text[k]);
	}
	server_stop();
}
