/* SPDX-License-Identifier: MIT */
/* flow, and decide where no route matches: a peer that came in by an opened member is sent from there, and connected to
 * from there or from what its bond has for that transport; routes, the host's own addresses and other programs' ports
 * come first. */
#include "decision.h"
#include "core/flow.h"
#include "segment/flows.h"

#define OPENED \
	"[bond:b]\nmember = udp:203.0.113.1:5060 open=filter\nmember = udp:203.0.113.2:5060 open=filter\n" \
	"member = tcp:203.0.113.1:5060 open=filter\nmember = tls:203.0.113.3:5061\n" \
	"[bond:c]\nmember = tcp:203.0.113.9:5060 open=filter\n"
#define ROUTES "[route:r]\nto = 198.51.100.0/24\nbond = c\n[route:n]\nto = 192.0.2.200\nbond = none\n"
#define SOCKETS "3 udp 10.0.0.1:5060 sip wide\n4 tcp 10.0.0.1:5060\n5 tcp - client\n6 udp 10.0.0.7:5070 sip\n"

static struct test_host *make(const char *more)
{
	char ini[2000];

	snprintf(ini, sizeof(ini), OPENED ROUTES "%s", more);
	struct test_host *t = host_make(ini, SOCKETS);
	cr_assert_not_null(t->h.segment.flows);
	for (int fd = 3; fd <= 4; fd++)
		listeners_open(&t->h.listeners, &t->rules, sockets_listener(sockets_bits(&t->h.sockets, fd)), OPENED_WIDE);
	return t;
}

static void came(struct test_host *t, const char *peer, uint16_t port, const char *at, enum flow_trust trust)
{
	struct addr from = host_address(peer), to = host_address(at);

	flows_keep(t->h.segment.flows, t->h.segment.generation, &(struct flow_end){&from, port}, &to, trust);
}

#define ROWS(t, ...)                                                                               \
	do {                                                                                       \
		static const struct row rows[] = {__VA_ARGS__};                                    \
		check_rows(t, rows, sizeof(rows) / sizeof(rows[0]));                               \
	} while (0)

Test(flow, group)
{
	struct test_host *t = host_make(OPENED ROUTES, SOCKETS "7 udp 10.0.0.1:5060 sip wide\n8 udp 10.0.0.1:5060 sip wide\n");

	for (int fd = 3; fd <= 8; fd += fd == 3 ? 4 : 1)
		listeners_open(&t->h.listeners, &t->rules, sockets_listener(sockets_bits(&t->h.sockets, fd)), OPENED_WIDE);
	came(t, "192.0.2.1:5062", 5060, "203.0.113.2:5060", FLOW_CAME);
	ROWS(t,
		{"the first of it", "request 3 192.0.2.1:5062", "flow to b udp:203.0.113.2:5060 of b, pktinfo"},
		{"another", "request 7 192.0.2.1:5062", "flow to b udp:203.0.113.2:5060 of b, pktinfo"},
		{"the last, to keep it alive", "keepalive 8 192.0.2.1:5062", "flow to b udp:203.0.113.2:5060 of b, pktinfo"},
		{"none of it", "request 6 192.0.2.1:5062", "no route"});
	host_free(t);
}

Test(flow, datagrams)
{
	struct test_host *t = make("");

	ROWS(t, {"nobody came", "request 3 192.0.2.1:5062", "no route"});
	came(t, "192.0.2.1:5062", 5060, "203.0.113.2:5060", FLOW_CAME);
	came(t, "192.0.2.2:5062", FLOW_NAMED, "203.0.113.1:5060", FLOW_PROVED);
	came(t, "192.0.2.3:5062", FLOW_NAMED, "203.0.113.9:5060", FLOW_PROVED);
	came(t, "192.0.2.4:5062", FLOW_NAMED, "10.0.0.1:5060", FLOW_PROVED);
	came(t, "198.51.100.1:5062", 5060, "203.0.113.2:5060", FLOW_ACCEPTED);
	came(t, "192.0.2.200:5062", 5060, "203.0.113.2:5060", FLOW_ACCEPTED);
	came(t, "192.0.2.5:5062", 5060, "203.0.113.77:5060", FLOW_ACCEPTED);
	ROWS(t,
		{"it came there last", "request 3 192.0.2.1:5062", "flow to b udp:203.0.113.2:5060 of b, pktinfo"},
		{"and so does what keeps the flow alive", "keepalive 3 192.0.2.1:5062",
			"flow to b udp:203.0.113.2:5060 of b, pktinfo"},
		{"by address and port", "request 3 192.0.2.1:5063", "no route"},
		{"of that listener", "request 6 192.0.2.1:5062", "no route"},
		{"from the host's own source", "request 3 192.0.2.1:5062 source=10.0.0.7:5060", "no route"},
		{"named by a connection", "request 3 192.0.2.2:5062", "flow to b udp:203.0.113.1:5060 of b, pktinfo"},
		{"the bond has no UDP", "request 3 192.0.2.3:5062", "no route"},
		{"it came home", "request 3 192.0.2.4:5062", "no route"},
		{"routes come first", "request 3 198.51.100.1:5062", "no member by r, fail"},
		{"bond = none is none", "request 3 192.0.2.200:5062", "bond none by n"},
		{"the member is gone", "request 3 192.0.2.5:5062", "no route"});
	host_free(t);
}

Test(flow, connections)
{
	struct test_host *t = make("");

	ROWS(t, {"nobody came", "connect 5 192.0.2.1:5062", "no route for tcp"});
	came(t, "192.0.2.1:5062", FLOW_NAMED, "203.0.113.1:5060", FLOW_PROVED);
	came(t, "192.0.2.2:5062", 5060, "203.0.113.2:5060", FLOW_CAME);
	came(t, "192.0.2.3:0", FLOW_NAMED, "203.0.113.9:5060", FLOW_PROVED);
	came(t, "192.0.2.4:5062", FLOW_NAMED, "10.0.0.1:5060", FLOW_PROVED);
	came(t, "198.51.100.1:5062", FLOW_NAMED, "203.0.113.1:5060", FLOW_ACCEPTED);
	ROWS(t,
		{"to the port that it named", "connect 5 192.0.2.1:5062", "flow to b tcp:203.0.113.1:5060 of b, bind"},
		{"and none other", "connect 5 192.0.2.1:5063", "no route for tcp"},
		{"from the listener's address", "connect 5 192.0.2.1:5062 source=10.0.0.1:0",
			"flow to b tcp:203.0.113.1:5060 of b, bind"},
		{"not from another one that the host bound", "connect 5 192.0.2.1:5062 source=10.0.0.7:0",
			"no route for tcp"},
		{"no other member goes on with it", "connect 5 192.0.2.1:5062 next",
			"flow to b tcp:203.0.113.1:5060 of b, fail"},
		{"by datagrams, at a member without TCP", "connect 5 192.0.2.2:5062",
			"flow to b tcp:203.0.113.1:5060 of b, bind"},
		{"a port of SIP", "connect 5 192.0.2.3:5060", "flow to c tcp:203.0.113.9:5060 of c, bind"},
		{"the bond has no TLS", "connect 5 192.0.2.3:5061", "no route for tls"},
		{"another program's", "connect 5 192.0.2.3:5432", "no route for tcp"},
		{"it came home", "connect 5 192.0.2.4:5062", "no route for tcp"},
		{"routes come first", "connect 5 198.51.100.1:5062", "steered by r to c tcp:203.0.113.9:5060, bind"});
	came(t, "192.0.2.6:5060", FLOW_NAMED, "203.0.113.1:5060", FLOW_CAME);
	came(t, "192.0.2.6:0", FLOW_NAMED, "203.0.113.9:5060", FLOW_ACCEPTED);
	came(t, "192.0.2.7:5060", FLOW_NAMED, "203.0.113.1:5060", FLOW_PROVED);
	came(t, "192.0.2.7:0", FLOW_NAMED, "203.0.113.9:5060", FLOW_ACCEPTED);
	came(t, "192.0.2.8:5060", FLOW_NAMED, "203.0.113.9:5060", FLOW_CAME);
	came(t, "192.0.2.8:5060", 5060, "203.0.113.2:5060", FLOW_ACCEPTED);
	ROWS(t,
		{"who sends from a forged address names nothing", "connect 5 192.0.2.6:5060",
			"flow to c tcp:203.0.113.9:5060 of c, bind"},
		{"who has connected does", "connect 5 192.0.2.7:5060", "flow to b tcp:203.0.113.1:5060 of b, bind"},
		{"nor against what is accepted of that very port", "connect 5 192.0.2.8:5060",
			"flow to b tcp:203.0.113.1:5060 of b, bind"});
	host_free(t);
}

Test(flow, where_no_route_fails)
{
	struct test_host *t = make("[host]\nno-route = fail\n");

	came(t, "192.0.2.1:5060", FLOW_NAMED, "203.0.113.1:5060", FLOW_PROVED);
	ROWS(t,
		{"no route", "connect 5 192.0.2.9:5060", "no route for tcp, fail"},
		{"the way it came is one", "connect 5 192.0.2.1:5060", "flow to b tcp:203.0.113.1:5060 of b, bind"},
		{"no route", "request 3 192.0.2.9:5060", "no route, fail"},
		{"the way it came is one", "request 3 192.0.2.1:5060", "flow to b udp:203.0.113.1:5060 of b, pktinfo"});
	host_free(t);
}
