/* SPDX-License-Identifier: MIT */
/* Tables that are full: what still has room is whole, what has none is counted and told once. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/ini.h"
#include "preload/sockets/note.h"
#include "core/names.h"
#include "core/standing.h"
#include "core/listeners.h"
#include "preload/trace/notices.h"
#include "core/hears.h"
#include "preload/scratch.h"
#include "segment/area.h"
#include "preload/hot.h"
#include "preload/datagram/fast.h"
#include "fake_system.h"
#include "trace_log.h"

static struct rules rules;
static struct fd_record records[LISTENERS_MAX + 100];

static void start(void)
{
	static const char text[] = "[bond:b]\nmember = udp:10.0.0.1\nmember = tcp:10.0.0.1\n"
				   "[route:r]\nto = 192.0.2.1\nbond = b\n"
				   "[host]\nsecret = 0123456789abcdef\n";
	struct findings f;

	fake_system();
	make_folder();
	cr_assert_eq(config_load_text(&rules.config, "test.ini", text, strlen(text), &f), 0);
	findings_free(&f);
	cr_assert_eq(rules_make(&rules), 0);
	this_host.rules = &rules;
	rules_stand(&rules, calloc(1, rules_room(&rules)));
	hot.octets = rules.match->octets;
	start_trace("all", &rules.config);
	page.p.mode = HOT_ACTIVE | HOT_TRACE;
	segment_init(&this_host.segment, &(struct segment_wants){.page = &page});
	fast_init();
	owner_init();
	this_host.sockets.records = records;
	this_host.sockets.max = (int)(sizeof(records) / sizeof(records[0]));
	this_host.names.shown = this_host.segment.shown;
	names_changed(&this_host.names, &rules, &this_host.listeners, &this_host.hears);
}

static void end(void)
{
	remove_folder();
}

TestSuite(limits, .init = start, .fini = end);

static struct addr numbered(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = 5060, .ip = {[10] = 0xff, [11] = 0xff, [12] = 10}};

	a.ip[13] = (uint8_t)(1 + (n >> 16));
	a.ip[14] = (uint8_t)(n >> 8);
	a.ip[15] = (uint8_t)n;
	return a;
}

/* A host binds that number, which is no socket here, to a. The number of the listener. */
static int listen_at(int fd, const struct addr *a)
{
	struct sockaddr_storage ss;

	note_socket(fd, AF_INET, SOCK_DGRAM, 0);
	note_bind(fd, &ss, addr_to_sockaddr(a, AF_INET, &ss));
	return sockets_listener(bits_of(fd));
}

/* How often the trace says that. */
static unsigned said(const char *what)
{
	const char *p = read_whole(log_file);
	unsigned n = 0;

	for (; p && (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* A traced call of the host's. */
static void call(void)
{
	struct trace_mark m;

	trace_begin(&m);
	trace_numbers(&m, "close", -1, NULL, 0, 0);
}

#define SAYS(table, name, times)                                                                   \
	do {                                                                                       \
		cr_expect_eq(counters_of_full(this_host.segment.counters, table), times, "%lu",                              \
			(unsigned long)counters_of_full(this_host.segment.counters, table));                                 \
		call();                                                                            \
		call();                                                                            \
		cr_expect_eq(said("the table of " name " is full: "), 1, "%s",                     \
			read_whole(log_file));                                                     \
		notices_end();                                                                     \
		cr_expect_eq(said(" " #times " in the table of " name), 1, "%s",                   \
			read_whole(log_file));                                                     \
	} while (0)

Test(limits, listeners)
{
	struct addr member = {.family = AF_INET, .port = 5060,
		.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}};

	for (unsigned i = 1; i < LISTENERS_MAX; i++) {
		struct addr a = numbered(i);
		cr_assert_geq(listen_at((int)i, &a), 0);
	}
	cr_expect_eq(counters_of_full(this_host.segment.counters, FULL_LISTENERS), 0);
	/* the last one is as good as the first */
	cr_assert_geq(listen_at(LISTENERS_MAX, &member), 0);
	cr_assert_not_null(listeners_of_member(&this_host.listeners, &rules, 0));
	const struct names *n = names_now(&rules);
	cr_expect_eq(n->own_count, LISTENERS_MAX);
	cr_expect_not_null(names_at(n, &member, TRANSPORT_UDP));
	cr_expect_eq(counters_of_full(this_host.segment.counters, FULL_NAMES), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct addr a = numbered(LISTENERS_MAX + i);
		cr_assert_eq(listen_at(LISTENERS_MAX + 1 + (int)i, &a), -1);
	}
	SAYS(FULL_LISTENERS, "listeners", 3);
	cr_assert_not_null(listeners_of_member(&this_host.listeners, &rules, 0));
	cr_expect_not_null(names_at(names_now(&rules), &member, TRANSPORT_UDP));
	/* one that was closed leaves its place */
	struct addr a = numbered(1), b = numbered(LISTENERS_MAX + 9);
	const struct listener *l = listeners_at(&this_host.listeners, TRANSPORT_UDP, &a);
	cr_assert_not_null(l);
	note_forget(1);
	cr_expect_geq(listen_at(LISTENERS_MAX + 9, &b), 0);
	cr_expect_not_null(listeners_at(&this_host.listeners, TRANSPORT_UDP, &b));
}

Test(limits, gathering)
{
	struct scratch *all[1000];
	size_t n = 0;

	while ((all[n] = scratch_take()))
		n++;
	cr_expect_eq(n, 64);
	cr_expect_eq(counters_of_full(this_host.segment.counters, FULL_SCRATCH), 0); /* it is no fault yet */
	cr_expect_null(scratch_wait());
	cr_expect_null(scratch_wait());
	SAYS(FULL_SCRATCH, "gathering", 2);
	scratch_give(all[40]);
	cr_expect_eq(scratch_wait(), all[40]);
}

Test(limits, transactions)
{
	struct addr to = numbered(1), at = numbered(2);
	struct choice c = {.at = at, .transport = TRANSPORT_UDP, .bond = 0}, got;
	const struct segment *s = &this_host.segment;
	unsigned found = 0;

	cr_expect(!choices_keep(s->choices, s->generation, 1, &to, &c));
	for (uint64_t i = 1; i <= 200000; i++)
		if (choices_keep(s->choices, s->generation, i, &to, &c))
			counters_add_full(s->counters, FULL_CHOICES);
	cr_expect_gt(counters_of_full(s->counters, FULL_CHOICES), 100000);
	call();
	cr_expect_eq(said("the table of transactions is full: "), 1);
	/* the latest are there */
	for (uint64_t i = 199901; i <= 200000; i++)
		found += choices_find(s->choices, i, &to, &got);
	cr_expect_gt(found, 90);
}

Test(limits, what_was_full_before_the_trace_is_said_at_its_start)
{
	page.p.mode = HOT_ACTIVE;
	counters_add_full(this_host.segment.counters, FULL_ADDRESSES);
	notices_say();
	cr_expect_eq(said("is full"), 0);
	page.p.mode = HOT_ACTIVE | HOT_TRACE;
	notices_say();
	cr_expect_eq(said("the table of local addresses is full: "), 1);
	notices_say();
	SAYS(FULL_ADDRESSES, "local addresses", 1);
}

Test(limits, what_was_full_is_said_before_the_call_that_filled_it)
{
	counters_add_full(this_host.segment.counters, FULL_NAMES);
	call();
	const char *text = read_whole(log_file);
	const char *full = strstr(text, "the table of own names is full: "), *line = strstr(text, " close(");
	cr_expect(full && line && full < line, "%s", text);
}

Test(limits, what_was_full_is_said_whatever_the_filter)
{
	start_trace("connect", &rules.config);
	counters_add_full(this_host.segment.counters, FULL_NAMES);
	call();
	cr_expect_eq(said("the table of own names is full: "), 1);
	cr_expect_eq(said("close("), 0);
}

Test(limits, what_was_full_is_said_at_the_end_at_the_latest)
{
	counters_add_full(this_host.segment.counters, FULL_NAMES);
	notices_end();
	const char *text = read_whole(log_file);
	const char *full = strstr(text, "the table of own names is full: ");
	const char *counts = strstr(text, "1 in the table of own names");
	cr_expect(full && counts && full < counts, "%s", text);
}

/* With datagrams that arrive nothing else may be printed. */
Test(limits, what_was_full_is_said_where_something_comes_in)
{
	struct trace_in t;

	trace_in_start(&t);
	counters_add_full(this_host.segment.counters, FULL_SCRATCH);
	trace_in_bytes(&t, "recvfrom", -1, "x", 1, 0, NULL, NULL, 0, 1);
	cr_expect_eq(said("the table of gathering is full: "), 1);
	cr_expect_eq(said("recvfrom("), 0);
}

/* More domains than DNS is asked for are said when the file is read, and are no error. */
Test(limits, domains)
{
	static char text[(MODEL_DOMAINS_MAX + 2) * 40 + 200];
	struct findings f;

	for (int more = 0; more < 2; more++) {
		struct config c;
		size_t said = 0, n = (size_t)sprintf(text, "[bond:b]\nmember = udp:10.0.0.1\n"
			"[host]\nsecret = 0123456789abcdef\n[route:r]\nbond = b\nto = 192.0.2.0/24\n");
		for (int i = 0; i < MODEL_DOMAINS_MAX + more; i++)
			n += (size_t)sprintf(text + n, "to = d%d.example.com\n", i);
		cr_assert_eq(config_load_text(&c, "test.ini", text, n, &f), 0);
		for (size_t i = 0; i < f.count; i++)
			said += strstr(f.items[i].text, "4097 domains: DNS is asked for the first 4096 only; "
							"from \"d4096.example.com\"") != NULL;
		cr_expect_eq(said, (size_t)more);
		findings_free(&f);
		config_free(&c);
	}
}
