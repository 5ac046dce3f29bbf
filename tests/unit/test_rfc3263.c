/* SPDX-License-Identifier: MIT */
/* rfc3263: the targets in order and the superset, from a server that answers, fails or lies. */
#include <ares.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "dns/rfc3263.h"
#include "dns.h"

#define A RECORD_A
#define AAAA RECORD_AAAA
#define SRV RECORD_SRV
#define NAPTR RECORD_NAPTR
#define CNAME RECORD_CNAME

static const struct zone_line zone[] = {
	/* everything, over records that are not in order */
	{"full.example", NAPTR, 300, "20 10 s SIP+D2U _sip._udp.full.example"},
	{"full.example", NAPTR, 300, "10 20 s SIP+D2T _sip._tcp.full.example"},
	{"full.example", NAPTR, 300, "10 10 S sips+d2t _sips._tcp.full.example"},
	{"full.example", NAPTR, 300, "1 1 u E2U+sip _x.full.example"},
	{"full.example", NAPTR, 300, "1 1 s SIP+D2X _x.full.example"},
	{"full.example", NAPTR, 300, "1 1 a SIP+D2U _x.full.example"},
	{"_sip._udp.full.example", SRV, 60, "20 0 5060 h4.full.example"},
	{"_sip._udp.full.example", SRV, 60, "10 5 5060 h2.full.example"},
	{"_sip._udp.full.example", SRV, 60, "10 90 5060 h1.full.example"},
	{"_sip._udp.full.example", SRV, 60, "10 5 5070 h3.full.example"},
	{"_sip._tcp.full.example", SRV, 60, "1 1 5060 h1.full.example"},
	{"_sips._tcp.full.example", SRV, 50, "1 1 5070 h6.full.example"},
	{"full.example", A, 300, "192.0.2.99"},
	{"h1.full.example", A, 40, "192.0.2.1"},
	{"h2.full.example", A, 40, "192.0.2.2"},
	{"h3.full.example", A, 40, "192.0.2.3"},
	{"h4.full.example", A, 40, "192.0.2.4"},
	{"h6.full.example", AAAA, 40, "2001:db8::6"},
	/* no NAPTR */
	{"srv.example", A, 300, "192.0.2.98"},
	{"_sip._udp.srv.example", SRV, 60, "1 1 5062 h1.full.example"},
	{"_sips._tcp.srv.example", SRV, 60, "1 1 5063 h2.full.example"},
	/* no SRV */
	{"a.example", A, 300, "192.0.2.10"},
	{"aaaa.example", AAAA, 300, "2001:db8::10"},
	{"dual.example", A, 300, "192.0.2.11"},
	{"dual.example", AAAA, 300, "2001:db8::11"},
	/* names that lead on */
	{"alias.example", CNAME, 30, "alias2.example"},
	{"alias2.example", CNAME, 30, "a.example"},
	{"_sip._udp.calias.example", CNAME, 30, "_sip._udp.srv.example"},
	{"calias.example", A, 300, "192.0.2.12"},
	{"loop.example", CNAME, 30, "loop2.example"},
	{"loop2.example", CNAME, 30, "loop.example"},
	{"bad.example", A, 300, "0.0.0.0"},
	/* decidedly not there */
	{"dot.example", A, 300, "192.0.2.13"},
	{"_sip._udp.dot.example", SRV, 60, "0 0 0 ."},
	{"_sip._tcp.dot.example", SRV, 60, "0 0 0 ."},
	{"_sips._tcp.dot.example", SRV, 60, "0 0 0 ."},
	/* a NAPTR whose SRV is not there */
	{"naptronly.example", NAPTR, 60, "1 1 s SIP+D2U _sip._udp.nowhere.example"},
	{"naptronly.example", A, 300, "192.0.2.14"},
	/* web sockets */
	{"ws.example", NAPTR, 60, "1 1 s SIPS+D2W _sips._ws.ws.example"},
	{"_sips._ws.ws.example", SRV, 60, "1 1 443 a.example"},
	{"_sip._ws.ws.example", SRV, 60, "1 1 8080 a.example"},
	/* SCTP */
	{"_sip._sctp.sctp.example", SRV, 60, "1 1 5060 a.example"},
	/* servers in trouble */
	{"servfail.example", 0, 0, "servfail"},
	{"silent.example", 0, 0, "silent"},
	{"garbage.example", 0, 0, "garbage"},
	{"short.example", 0, 0, "short"},
	{"wrongid.example", 0, 0, "wrong-id"},
	{"notresponse.example", 0, 0, "not-a-response"},
	{"refused.example", 0, 0, "refused"},
	{"half.example", A, 300, "192.0.2.15"},
	{"_sip._udp.half.example", 0, 0, "servfail"},
	{NULL, 0, 0, NULL},
};

static char address[32];
static struct query_setup setup = {.io = &dns_io_own, .servers = address, .timeout_ms = 300};
static struct rfc3263 *l;
static char text[4096];

static void start_server(void)
{
	server_start(zone, address);
}

TestSuite(rfc3263, .init = start_server, .fini = server_stop);

static void look_up(const char *uri, unsigned want)
{
	struct uri u;
	const char *why = "";
	cr_assert_eq(uri_parse(&u, uri, strlen(uri), &why), 0, "%s: %s", uri, why);
	cr_assert_eq(rfc3263_start(&l, &u, &setup, want), 0);
	rfc3263_run(l);
	cr_assert_neq(l->outcome, RFC3263_PENDING);
}

static size_t print_one(size_t n, const struct addr *a, uint8_t transport)
{
	char s[ADDR_TEXT_MAX];
	addr_print(a, s);
	return n + (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:%s", n ? " " : "",
			   transport_names[transport], s);
}

/* The targets of uri in order. */
static const char *targets(const char *uri)
{
	size_t n = 0;
	look_up(uri, RFC3263_ORDERED);
	text[0] = '\0';
	for (unsigned i = 0; i < l->target_count; i++)
		n = print_one(n, &l->targets[i].addr, l->targets[i].transport);
	rfc3263_free(l);
	return text;
}

static bool has(const char *entry)
{
	size_t n = strlen(entry);
	for (const char *p = text; (p = strstr(p, entry)) != NULL; p += n)
		if ((p == text || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static unsigned superset(const char *uri)
{
	size_t n = 0;
	look_up(uri, RFC3263_SUPERSET);
	text[0] = '\0';
	for (unsigned i = 0; i < l->entry_count; i++)
		n = print_one(n, &l->entries[i].addr, l->entries[i].transport);
	unsigned count = l->entry_count;
	return count;
}

Test(rfc3263, order)
{
	static const struct {
		const char *uri, *targets;
	} t[] = {
		{"sip:full.example", "tls:[2001:db8::6]:5070 tcp:192.0.2.1:5060 udp:192.0.2.1:5060 "
				     "udp:192.0.2.2:5060 udp:192.0.2.3:5070 udp:192.0.2.4:5060"},
		{"sips:full.example", "tls:[2001:db8::6]:5070"},
		{"sip:full.example;transport=udp", "udp:192.0.2.1:5060 udp:192.0.2.2:5060 "
						   "udp:192.0.2.3:5070 udp:192.0.2.4:5060"},
		{"sip:full.example;transport=tls", "tls:[2001:db8::6]:5070"},
		{"sips:full.example;transport=tcp", "tls:[2001:db8::6]:5070"},
		{"sip:full.example:5080", "udp:192.0.2.99:5080"},
		{"sip:full.example:5080;transport=tcp", "tcp:192.0.2.99:5080"},
		{"sips:full.example:5080", "tls:192.0.2.99:5080"},
		{"sip:srv.example", "udp:192.0.2.1:5062 tls:192.0.2.2:5063"},
		{"sips:srv.example", "tls:192.0.2.2:5063"},
		{"sip:srv.example;transport=tcp", "tcp:192.0.2.98:5060"},
		{"sip:a.example", "udp:192.0.2.10:5060"},
		{"sip:aaaa.example", "udp:[2001:db8::10]:5060"},
		{"sip:dual.example", "udp:[2001:db8::11]:5060 udp:192.0.2.11:5060"},
		{"sips:dual.example", "tls:[2001:db8::11]:5061 tls:192.0.2.11:5061"},
		{"sip:dual.example;transport=ws", "ws:[2001:db8::11]:80 ws:192.0.2.11:80"},
		{"sips:dual.example;transport=ws", "wss:[2001:db8::11]:443 wss:192.0.2.11:443"},
		{"sip:alias.example", "udp:192.0.2.10:5060"},
		{"sip:calias.example", "udp:192.0.2.1:5062"},
		{"sip:loop.example", ""},
		{"sip:dot.example", ""},
		{"sip:dot.example:5060", "udp:192.0.2.13:5060"},
		{"sip:naptronly.example", "udp:192.0.2.14:5060"},
		{"sip:ws.example", "wss:192.0.2.10:443"},
		{"sip:ws.example;transport=ws", "ws:192.0.2.10:8080"},
		{"sip:sctp.example;transport=sctp", "sctp:192.0.2.10:5060"},
		{"sip:nothing.example", ""},
		{"sip:half.example", "udp:192.0.2.15:5060"},
		{"sip:198.51.100.7", "udp:198.51.100.7:5060"},
		{"sips:198.51.100.7", "tls:198.51.100.7:5061"},
		{"sip:[2001:db8::7]:5070;transport=tcp", "tcp:[2001:db8::7]:5070"},
		{"sips:198.51.100.7;transport=udp", ""},
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		cr_expect_str_eq(targets(t[i].uri), t[i].targets, "%s: %s", t[i].uri, text);
}

Test(rfc3263, the_records_that_led_there)
{
	look_up("sip:full.example", RFC3263_ORDERED);
	const struct rfc3263_target *t = &l->targets[0];
	cr_assert_str_eq(t->naptr_of->name, "full.example");
	cr_assert_str_eq(t->naptr->service, "SIPS+D2T");
	cr_assert_eq(t->naptr->ttl, 300);
	cr_assert_str_eq(t->srv_of->name, "_sips._tcp.full.example");
	cr_assert_eq(t->srv->ttl, 50);
	cr_assert_str_eq(t->address_of->name, "h6.full.example");
	cr_assert_eq(t->address->ttl, 40);
	cr_assert_eq(l->ttl, 40);
	cr_assert_eq(l->outcome, RFC3263_ANSWERED);
	rfc3263_free(l);
	look_up("sip:alias.example", RFC3263_ORDERED);
	t = &l->targets[0];
	cr_assert_null(t->srv);
	cr_assert_str_eq(t->address_of->name, "alias.example");
	cr_assert_str_eq(question_end(t->address_of)->name, "a.example");
	rfc3263_free(l);
}

Test(rfc3263, superset_has_all)
{
	cr_assert_eq(superset("sip:full.example"), 7);
	static const char *const all[] = {"none:192.0.2.99", "udp:192.0.2.1:5060",
		"udp:192.0.2.2:5060", "udp:192.0.2.3:5070", "udp:192.0.2.4:5060",
		"tcp:192.0.2.1:5060", "tls:[2001:db8::6]:5070"};
	for (size_t i = 0; i < 7; i++)
		cr_expect(has(all[i]), "%s is not in %s", all[i], text);
	bool srv = false, naptr = false;
	for (unsigned i = 0; i < l->name_count; i++) {
		srv |= !strcmp(l->names[i].name, "h3.full.example") && l->names[i].port == 5070 &&
		       l->names[i].transport == TRANSPORT_UDP;
		naptr |= !strcmp(l->names[i].name, "_sips._tcp.full.example") &&
			 l->names[i].port == 0 && l->names[i].transport == TRANSPORT_TLS;
	}
	cr_assert(srv && naptr);
	rfc3263_free(l);
	superset("sip:ws.example");
	cr_assert(has("wss:192.0.2.10:443"));
	rfc3263_free(l);
	superset("sip:a.example:5070");
	cr_assert_str_eq(text, "none:192.0.2.10:5070");
	rfc3263_free(l);
	superset("sip:dot.example");
	cr_assert_str_eq(text, "none:192.0.2.13");
	rfc3263_free(l);
	superset("sip:dual.example");
	cr_assert_str_eq(text, "none:[2001:db8::11] none:192.0.2.11");
	rfc3263_free(l);
}

/* What is too short for a message c-ares took for nobody's, before 1.34. */
#if ARES_VERSION < 0x012200
#define SHORT_IS "no answer in time"
#else
#define SHORT_IS "a damaged answer"
#endif

Test(rfc3263, no_and_failure_are_told_apart)
{
	static const struct {
		const char *uri;
		enum rfc3263_outcome outcome;
		const char *failure;
	} t[] = {
		{"sip:nothing.example", RFC3263_NEGATIVE, NULL},
		{"sip:dot.example:5060", RFC3263_ANSWERED, NULL},
		{"sip:loop.example", RFC3263_FAILED, "its CNAMEs lead in a circle or too far"},
		{"sip:bad.example:5060", RFC3263_FAILED, NULL},
		{"sip:servfail.example", RFC3263_FAILED, "the server could not answer (SERVFAIL)"},
		{"sip:refused.example", RFC3263_FAILED, "the server refused"},
		{"sip:silent.example", RFC3263_FAILED, "no answer in time"},
		{"sip:short.example", RFC3263_FAILED, SHORT_IS},
		{"sip:wrongid.example", RFC3263_FAILED, "no answer in time"},
		{"sip:garbage.example", RFC3263_FAILED, "a damaged answer"},
		{"sip:half.example", RFC3263_PARTIAL, "the server could not answer (SERVFAIL)"},
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		look_up(t[i].uri, RFC3263_SUPERSET);
		cr_expect_eq(l->outcome, t[i].outcome, "%s: %d", t[i].uri, l->outcome);
		const struct dns_question *q;
		for (unsigned k = 0; t[i].failure && (q = rfc3263_question(l, k)) != NULL; k++)
			if (q->state == QUESTION_FAILED)
				cr_expect_str_eq(question_failure(q), t[i].failure);
		rfc3263_free(l);
	}
}

Test(rfc3263, no_server_at_all)
{
	strcpy(address, "127.0.0.1:9");
	look_up("sip:a.example", RFC3263_SUPERSET);
	cr_assert_eq(l->outcome, RFC3263_FAILED);
	rfc3263_free(l);
}

Test(rfc3263, servers_that_do_not_know_edns)
{
	static struct zone_line old[] = {
		{"*", 0, 0, "drop"},
		{"old.example", A, 300, "192.0.2.1"},
		{"_sip._udp.old.example", SRV, 60, "1 1 5060 h.old.example"},
		{"h.old.example", A, 40, "192.0.2.2"},
		{NULL, 0, 0, NULL},
	};
	static const char *const how[] = {"drop", "notimp", "formerr"};
	for (int i = 0; i < 3; i++) {
		old[0].text = how[i];
		server_change(old);
		cr_expect_eq(superset("sip:old.example"), 2, "%s: %s", how[i], text);
		cr_expect_eq(l->outcome, RFC3263_ANSWERED, "%s: %d", how[i], l->outcome);
		cr_expect(query_plain(l->query), "%s", how[i]);
		rfc3263_free(l);
	}
	/* what worked is tried first, and another server may want it otherwise */
	unsigned before = server_questions();
	setup.plain = true;
	cr_assert_eq(superset("sip:old.example"), 2);
	cr_assert_eq(server_questions() - before, 8);
	rfc3263_free(l);
	setup.plain = false;
}

Test(rfc3263, one_dropped_question_does_not_turn_edns_off)
{
	static const struct zone_line dropped[] = {
		{"a.example", 0, 0, "silent 28"},
		{"a.example", A, 300, "192.0.2.1"},
		{NULL, 0, 0, NULL},
	};
	server_change(dropped);
	cr_assert_eq(superset("sip:a.example"), 1);
	cr_assert_eq(l->outcome, RFC3263_PARTIAL);
	cr_assert(!query_plain(l->query));
	rfc3263_free(l);
}

Test(rfc3263, hundreds_of_targets_are_bounded)
{
	static struct zone_line many[613];
	static char names[300][3][48], services[12][48];
	for (int i = 0; i < 300; i++) {
		snprintf(names[i][0], 48, "%d 1 5060 h%d.ex", i, i);
		snprintf(names[i][1], 48, "h%d.ex", i);
		snprintf(names[i][2], 48, "s%d.m.ex", i / 25);
		many[i] = (struct zone_line){names[i][2], SRV, 60, names[i][0]};
		many[300 + i] = (struct zone_line){names[i][1], A, 60, "192.0.2.1"};
	}
	for (int i = 0; i < 12; i++) {
		snprintf(services[i], 48, "%d 1 s SIP+D2U s%d.m.ex", i, i);
		many[600 + i] = (struct zone_line){"m.ex", NAPTR, 60, services[i]};
	}
	server_change(many);
	unsigned before = server_questions();
	look_up("sip:m.ex", RFC3263_SUPERSET | RFC3263_ORDERED);
	cr_assert(l->more);
	cr_assert_eq(l->outcome, RFC3263_PARTIAL);
	cr_assert_gt(l->target_count, 0);
	/* each may be asked twice */
	cr_assert_leq(server_questions() - before, 2 * QUERY_QUESTIONS_MAX);
	rfc3263_free(l);
}

/* c0 -> c1 -> ... -> cN, which has an address */
static void serve_chain(int n)
{
	static struct zone_line chain[200];
	static char names[200][2][32];
	for (int i = 0; i < n; i++) {
		snprintf(names[i][0], 32, "c%d.example", i);
		snprintf(names[i][1], 32, "c%d.example", i + 1);
		chain[i] = (struct zone_line){names[i][0], CNAME, 60, names[i][1]};
	}
	chain[n] = (struct zone_line){names[n - 1][1], A, 60, "192.0.2.1"};
	chain[n + 1] = (struct zone_line){NULL, 0, 0, NULL};
	server_change(chain);
}

Test(rfc3263, chains_of_names_are_bounded)
{
	serve_chain(ANSWER_CNAMES_MAX);
	cr_assert_eq(superset("sip:c0.example:5060"), 1);
	cr_assert_eq(l->outcome, RFC3263_ANSWERED);
	rfc3263_free(l);
	serve_chain(ANSWER_CNAMES_MAX + 1);
	cr_assert_eq(superset("sip:c0.example:5060"), 0);
	cr_assert_eq(l->outcome, RFC3263_FAILED);
	rfc3263_free(l);
	serve_chain(198);
	unsigned before = server_questions();
	look_up("sip:c0.example:5060", RFC3263_SUPERSET);
	cr_assert_eq(l->outcome, RFC3263_FAILED);
	cr_assert_leq(server_questions() - before, 2 * 2 * (ANSWER_CNAMES_MAX + 1));
	rfc3263_free(l);
}

/* The descriptors that a look-up opens are closed, and one that the program took over is not. */
static int taken = -1;

static ssize_t take_over(int fd, const struct msghdr *msg, int flags)
{
	ssize_t n = sendmsg(fd, msg, flags);
	int null = open("/dev/null", O_RDONLY);
	if (taken < 0) {
		dup2(null, fd);
		taken = fd;
	}
	close(null);
	return n;
}

Test(rfc3263, descriptors_that_the_program_took_are_left_alone)
{
	struct dns_io io = dns_io_own;
	struct query_setup own = setup;
	struct uri u;
	const char *why;
	io.sendmsg = take_over;
	own.io = &io;
	own.fd_floor = 100;
	cr_assert_eq(uri_parse(&u, "sip:a.example", 13, &why), 0);
	cr_assert_eq(rfc3263_start(&l, &u, &own, RFC3263_SUPERSET), 0);
	rfc3263_run(l);
	rfc3263_free(l);
	cr_assert_geq(taken, 100);
	cr_assert_neq(fcntl(taken, F_GETFD), -1);
	for (int fd = 100; fd < 200; fd++)
		cr_assert(fd == taken || fcntl(fd, F_GETFD) == -1);
}

static unsigned sockets_open;

static int fail_socket(int domain, int type, int protocol)
{
	static unsigned calls;
	sockets_open++;
	return ++calls % 2 ? -1 : socket(domain, type, protocol);
}

Test(rfc3263, sockets_that_cannot_be_had)
{
	struct dns_io io = dns_io_own;
	struct query_setup own = setup;
	struct uri u;
	const char *why;
	io.socket = fail_socket;
	own.io = &io;
	cr_assert_eq(uri_parse(&u, "sip:full.example", 16, &why), 0);
	cr_assert_eq(rfc3263_start(&l, &u, &own, RFC3263_SUPERSET), 0);
	rfc3263_run(l);
	cr_assert_neq(l->outcome, RFC3263_PENDING);
	cr_assert_gt(sockets_open, 0);
	rfc3263_free(l);
}

Test(rfc3263, given_up_in_the_middle)
{
	struct uri u;
	const char *why;
	struct pollfd fds[DNS_SOCKETS_MAX];
	cr_assert_eq(uri_parse(&u, "sip:silent.example", 18, &why), 0);
	cr_assert_eq(rfc3263_start(&l, &u, &setup, RFC3263_SUPERSET), 0);
	rfc3263_step(l, NULL, 0);
	cr_assert_gt(rfc3263_sockets(l, fds, DNS_SOCKETS_MAX), 0);
	rfc3263_free(l);
}
