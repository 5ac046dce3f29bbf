/* SPDX-License-Identifier: MIT */
/* changes: what another INI changes, line by line; of images, as bondctl has it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "core/held.h"
#include "ctl/changes.h"
#include "ctl/restart.h"
#include "ctl/restart_open.h"
#include "image.h"

TestSuite(changes, .init = fake_system);

static struct pair before, now;
static char *said;

static void compare_texts(const char *a, const char *b, struct changes *sum)
{
	size_t n;
	FILE *out = open_memstream(&said, &n);

	make(&before, a, strlen(a), NULL, 1);
	make(&now, b, strlen(b), before.image, 1000);
	cr_assert_eq(changes_list(sum, &before.read, &now.read, &(struct changes_out){.text = out}), 0);
	changes_sum(sum, out);
	fclose(out);
}

static void expect_changes(const char *a, const char *b, const char *lines)
{
	struct changes sum;

	compare_texts(a, b, &sum);
	cr_expect_str_eq(said, lines, "got:\n%s\nwanted:\n%s", said, lines);
	free(said);
	end(&before);
	end(&now);
}

#define BOND "[bond:a]\nmember = udp:192.0.2.10\nmember = tcp:192.0.2.10\n"
#define ROUTE "[route:r]\nto = 10.0.0.0/8, a.com\nbond = a\n"

Test(changes, nothing)
{
	expect_changes(BOND ROUTE, BOND ROUTE, "nothing changed");
	/* places, case of names, order of targets and comments are none */
	expect_changes(BOND ROUTE, "; x\n\n[bond:A]\nmember = udp:192.0.2.10:5060\nmember = tcp:192.0.2.10\n"
		"[route:r]\nto = a.com\nto = 10.0.0.0/8\nbond = A\n", "nothing changed");
}

Test(changes, members)
{
	expect_changes(BOND ROUTE, "[bond:a]\nmember = udp:192.0.2.10\nmember = udp:192.0.2.11\n" ROUTE,
		"+ bond a: member udp:192.0.2.11:5060\n- bond a: member tcp:192.0.2.10:5060\n"
		"1 member added, 1 member removed");
	expect_changes(BOND ROUTE, "[bond:a]\nmember = udp:192.0.2.10 as x.com:5070\nmember = tcp:192.0.2.10\n" ROUTE,
		"~ bond a: member udp:192.0.2.10:5060: -> as x.com:5070\n1 member changed");
	expect_changes(BOND ROUTE, "[bond:a]\nmember = tcp:192.0.2.10\nmember = udp:192.0.2.10\n" ROUTE,
		"~ bond a: its members in another order\n1 bond changed");
}

Test(changes, bonds)
{
	expect_changes(BOND ROUTE, BOND "no-member = pass\nsource-port = member\n[bond:b]\nmember = udp:192.0.2.11\n" ROUTE,
		"~ bond a: no-member: fail -> pass: source-port: any -> member\n+ bond b\n"
		"+ bond b: member udp:192.0.2.11:5060\n1 bond added, 1 bond changed, 1 member added");
	expect_changes(BOND "[bond:b]\nmember = udp:192.0.2.11\n" ROUTE, BOND ROUTE,
		"- bond b\n- bond b: member udp:192.0.2.11:5060\n1 bond removed, 1 member removed");
}

Test(changes, routes)
{
	expect_changes(BOND ROUTE, BOND "[route:r]\nto = 10.0.0.0/8, a.com, 203.0.113.0/24\nbond = a\n",
		"~ route r: to: 2 -> 3 entries\n1 route changed");
	expect_changes(BOND ROUTE, BOND "[route:r]\nto = 10.0.0.0/9, a.com\nbond = none\ntransport = tcp\n",
		"~ route r: to: 2 entries, others than before: transport: none -> tcp: bond: a -> none\n1 route changed");
	expect_changes(BOND ROUTE, BOND "[route:q]\nto = 10.0.0.1\nbond = a\n[route:z]\nbond = a\n",
		"+ route q: to 1 entry, bond a\n+ route z: to anywhere, bond a\n- route r\n"
		"2 routes added, 1 route removed");
	expect_changes(BOND ROUTE "[route:z]\nbond = a\nsocket = udp:192.0.2.1\n",
		BOND "[route:z]\nbond = a\nsocket = udp:192.0.2.1:5070\n" ROUTE,
		"~ route z: socket\n~ routes: they are tried in another order\n2 routes changed");
}

Test(changes, settings)
{
	expect_changes(BOND ROUTE "[host]\nsecret = one-secret-of-all\nunknown = 403\n[dns]\nrefresh = 60\n",
		BOND ROUTE "[host]\nsecret = another-secret\nalias = x.com\nprogram = p\nheader = X-Bond\n",
		"~ host: program\n~ host: alias\n"
		"~ host: secret: another one; what was written with the former is read\n"
		"~ host: unknown: 403 -> pass\n~ host: header: off -> X-Bond\n~ dns: refresh: 60 -> 0\n"
		"6 settings changed");
}

/* So many lines that nobody reads them are counted. */
Test(changes, many)
{
	static struct text t;
	struct changes sum;

	text_print(&t, "%s", BOND);
	for (int i = 0; i < 300; i++)
		text_print(&t, "[route:n%d]\nto = 10.0.%d.%d\nbond = a\n", i, i / 250, i % 250);
	char *text = strndup(t.p, t.n);
	compare_texts(BOND, text, &sum);
	cr_expect_eq(sum.routes[CHANGE_ADDED], 300);
	cr_expect(strstr(said, "+ route n99:") && !strstr(said, "+ route n100:"));
	cr_expect(strstr(said, "... 200 more routes\n300 routes added"), "%s", said);
	free(said);
	free(text);
	end(&before);
	end(&now);
}

Test(changes, what_waits_for_a_restart)
{
	struct changes sum;
	char *text;
	size_t n;
	FILE *out;

	compare_texts(BOND ROUTE, BOND ROUTE "[host]\nprogram = p\n", &sum);
	out = open_memstream(&text, &n);
	cr_expect_eq(restart_list(&before.read, &now.read, "bond.ini", 812, &(struct changes_out){.text = out}), 1);
	fclose(out);
	cr_expect_str_eq(text, "bond.ini: `program`: takes effect when 812 restarts\n");
	free(text);
	free(said);
	end(&before);
	end(&now);
}

/* What that text is to change of a host that has the other one. */
static void expect_held(const char *had, const char *wants, unsigned count, const char *expected)
{
	struct changes sum;
	char *text;
	size_t n;

	compare_texts(had, wants, &sum);
	FILE *out = open_memstream(&text, &n);
	cr_expect_eq(restart_settings(&before.read.config, &now.read.config, "bond.ini", 812, &(struct changes_out){.text = out}), count);
	fclose(out);
	cr_expect_str_eq(text, expected, "%s", wants);
	struct config c = now.read.config;
	held_keep(&c, &before.read.config);
	cr_expect(!held_headers(&c, &before.read.config) && !held_header(&c, &before.read.config));
	cr_expect_eq(c.headers_keep, before.read.config.headers_keep);
	free(text);
	free(said);
	end(&before);
	end(&now);
}

Test(changes, what_a_host_keeps)
{
	static const char headers[] = "bond.ini: `headers`: takes effect when 812 restarts: dialogs that run know "
		"the host by the names that they were given\n", header[] = "bond.ini: `header`: takes effect when 812 "
		"restarts: the host's script was read with the name that it has\n";
	char both[sizeof(headers) + sizeof(header)];

	sprintf(both, "%s%s", headers, header);
#define SECRET "[host]\nsecret = one-secret-of-all-hosts\n"
	expect_held(BOND ROUTE SECRET, BOND ROUTE SECRET "headers = keep\n", 1, headers);
	expect_held(BOND ROUTE SECRET "headers = keep\n", BOND ROUTE SECRET "headers = rewrite\n", 1, headers);
	expect_held(BOND ROUTE SECRET "headers = keep\n", BOND ROUTE SECRET "headers = keep\n", 0, "");
	expect_held(BOND ROUTE SECRET, BOND ROUTE SECRET "header = X-Bond\n", 1, header);
	expect_held(BOND ROUTE SECRET "header = X-Bond\n", BOND ROUTE SECRET, 1, header);
	expect_held(BOND ROUTE SECRET "header = X-Bond\n", BOND ROUTE SECRET "header = X-Side\n", 1, header);
	expect_held(BOND ROUTE SECRET "header = X-Bond\n", BOND ROUTE SECRET "header = x-bond\n", 0, "");
	expect_held(BOND ROUTE SECRET "header = X-Bond\n", BOND ROUTE SECRET "headers = keep\n", 2, both);
}

/* Of a third secret the first is not read any more. */
Test(changes, secrets)
{
	expect_changes(BOND "[host]\nsecret = the-second-of-three\nsecret = the-first-of-three\n",
		BOND "[host]\nsecret = the-third-of-three\nsecret = the-second-of-three\n",
		"~ host: secret: another one; what was written with the former is read; dialogs that know the one "
		"before that do not go on\n1 setting changed");
	expect_changes(BOND "[host]\nsecret = the-second-of-three\n",
		BOND "[host]\nsecret = the-third-of-three\nsecret = the-second-of-three\n",
		"~ host: secret: another one; what was written with the former is read\n1 setting changed");
	expect_changes(BOND, BOND "[host]\nsecret = the-first-of-three\n",
		"~ host: secret: another one; dialogs of before do not go on\n1 setting changed");
}

/* As JSON: what is said in words has its parts there, and all of it. */
static void expect_json(const char *a, const char *b, const char *wanted)
{
	struct changes sum;
	struct json j;
	char *text;
	size_t n;

	compare_texts(a, b, &sum);
	FILE *out = open_memstream(&text, &n);
	json_start(&j, out);
	json_array(&j, NULL);
	changes_list(&sum, &before.read, &now.read, &(struct changes_out){.json = &j});
	json_end(&j);
	cr_expect(json_finish(&j));
	fclose(out);
	cr_expect_str_eq(text, wanted, "got:\n%s\nwanted:\n%s", text, wanted);
	free(text);
	free(said);
	end(&before);
	end(&now);
}

Test(changes, as_json)
{
	expect_json(BOND ROUTE, BOND ROUTE, "[]\n");
	expect_json(BOND ROUTE, "[bond:a]\nmember = udp:192.0.2.10 as x.com:5070\nmember = udp:192.0.2.11 open\n" ROUTE,
		"[{\"change\":\"changed\",\"of\":\"member\",\"bond\":\"a\",\"member\":\"udp:192.0.2.10:5060\","
		"\"text\":\"-> as x.com:5070\"},"
		"{\"change\":\"added\",\"of\":\"member\",\"bond\":\"a\",\"member\":\"udp:192.0.2.11:5060\","
		"\"text\":\"open\"},"
		"{\"change\":\"removed\",\"of\":\"member\",\"bond\":\"a\",\"member\":\"tcp:192.0.2.10:5060\"}]\n");
	expect_json(BOND ROUTE, BOND "no-member = pass\n[route:q]\nbond = none\n[host]\nunknown = 403\nprogram = p\n",
		"[{\"change\":\"changed\",\"of\":\"bond\",\"bond\":\"a\",\"text\":\"no-member: fail -> pass\"},"
		"{\"change\":\"added\",\"of\":\"route\",\"route\":\"q\",\"text\":\"to anywhere, bond none\"},"
		"{\"change\":\"removed\",\"of\":\"route\",\"route\":\"r\"},"
		"{\"change\":\"changed\",\"of\":\"setting\",\"section\":\"host\",\"key\":\"program\"},"
		"{\"change\":\"changed\",\"of\":\"setting\",\"section\":\"host\",\"key\":\"unknown\","
		"\"text\":\"pass -> 403\"}]\n");
}

/* The host has that one listener; what is said of those members, each on a line of its own. */
static void expect_open(const char *members, const char *listens, uint8_t transport, uint8_t flags, uint32_t lookup,
	const char *expected)
{
	struct adopted a = {.kind = ADOPTED_LISTENER, .transport = transport, .flags = flags};
	struct opens_by by = {&a, 1, calloc(1, sizeof(*by.states))};
	struct changes sum;
	char *text, ini[512];
	size_t n;

	cr_assert_eq(addr_parse(&a.addr, listens, strlen(listens)), 0);
	by.states->lookup = lookup;
	snprintf(ini, sizeof(ini), "[bond:a]\n%s", members);
	compare_texts(BOND ROUTE, ini, &sum);
	FILE *out = open_memstream(&text, &n);
	restart_open(&now.read, &by, "f", 8, &(struct changes_out){.text = out});
	fclose(out);
	cr_expect_str_eq(text, expected, "%s with %s, flags %u, lookup %u", members, listens, flags, lookup);
	free(text);
	free(said);
	free(by.states);
	end(&before);
	end(&now);
}

#define WAITS(line, member, why) "f:" #line ": member " member " \"open\": takes effect when 8 restarts: " why "\n"

Test(changes, opened_members_of_a_listener_at_one_address)
{
	const char *one = "member = udp:192.0.2.1 open\n", *lookup = "member = udp:192.0.2.1 open=sk_lookup\n";
	const uint32_t refused = STATES_LOOKUP_ERRNO + EPERM;

	expect_open(one, "192.0.2.9:5060", TRANSPORT_UDP, 0, STATES_LOOKUP_UNASKED,
		WAITS(2, "udp:192.0.2.1:5060", "its socket is bound to one address already"));
	expect_open(one, "192.0.2.9:5060", TRANSPORT_UDP, 0, refused,
		WAITS(2, "udp:192.0.2.1:5060", "its socket is bound to one address already"));
	expect_open(one, "192.0.2.9:5060", TRANSPORT_UDP, 0, STATES_LOOKUP_OPEN, "");
	expect_open(one, "192.0.2.9:5060", TRANSPORT_UDP, ADOPTED_UNSEEN, refused,
		WAITS(2, "udp:192.0.2.1:5060", "its socket was bound before the program began, and hears members by "
						"sk_lookup alone"));
	expect_open(lookup, "192.0.2.9:5060", TRANSPORT_UDP, 0, STATES_LOOKUP_UNASKED,
		WAITS(2, "udp:192.0.2.1:5060", "sk_lookup is begun when a program starts, and was not needed then"));
	expect_open(lookup, "192.0.2.9:5060", TRANSPORT_UDP, 0, refused,
		WAITS(2, "udp:192.0.2.1:5060", "it began without CAP_BPF and CAP_NET_ADMIN, which sk_lookup needs"));
	expect_open(lookup, "192.0.2.9:5060", TRANSPORT_UDP, 0, STATES_LOOKUP_ERRNO + ENOSYS,
		WAITS(2, "udp:192.0.2.1:5060", "its kernel refused sk_lookup"));
	expect_open(lookup, "192.0.2.9:5060", TRANSPORT_UDP, 0, STATES_LOOKUP_OPEN, "");
	/* nothing that it concerns */
	expect_open(one, "192.0.2.9:5060", TRANSPORT_TCP, 0, refused, "");
	expect_open(one, "[2001:db8::9]:5060", TRANSPORT_UDP, 0, refused, "");
	expect_open(one, "192.0.2.1:5060", TRANSPORT_UDP, 0, refused, "");
	expect_open(one, "0.0.0.0:5060", TRANSPORT_UDP, 0, refused, "");
	expect_open("member = udp:192.0.2.1\n", "192.0.2.9:5060", TRANSPORT_UDP, 0, refused, "");
}

Test(changes, opened_members_of_a_listener_that_opens)
{
	const char *all = "member = udp:192.0.2.1 open\nmember = udp:192.0.2.2 open=filter\n"
			  "member = udp:192.0.2.3 open=sk_lookup\n";
	const uint32_t refused = STATES_LOOKUP_ERRNO + EPERM;

	expect_open(all, "192.0.2.9:5060", TRANSPORT_UDP, ADOPTED_OPENS, refused,
		WAITS(4, "udp:192.0.2.3:5060", "until then its listener hears it by a filter, as others"));
	expect_open(all, "192.0.2.9:5060", TRANSPORT_UDP, ADOPTED_OPENS | ADOPTED_LEADS, STATES_LOOKUP_OPEN,
		WAITS(3, "udp:192.0.2.2:5060", "until then it is led to its listener by sk_lookup, as others"));
	expect_open("member = udp:192.0.2.1:5070 open\n", "192.0.2.9:5060", TRANSPORT_UDP, ADOPTED_OPENS, refused,
		WAITS(2, "udp:192.0.2.1:5070", "no listener has its port, which takes sk_lookup (CAP_BPF and "
						"CAP_NET_ADMIN)"));
	expect_open("member = udp:192.0.2.1:5070 open\n", "192.0.2.9:5060", TRANSPORT_UDP,
		ADOPTED_OPENS | ADOPTED_LEADS, STATES_LOOKUP_OPEN, "");
	expect_open("member = tcp:192.0.2.1:5070 open=sk_lookup\n", "192.0.2.9:5060", TRANSPORT_TCP, ADOPTED_OPENS, refused,
		WAITS(2, "tcp:192.0.2.1:5070", "it began without CAP_BPF and CAP_NET_ADMIN, which sk_lookup needs"));
}

/* Another program may have ended. */
Test(changes, opened_members_that_are_tried_again)
{
	static const enum opening others[] = {OPENING_UNKNOWN, OPENING_FILTER, OPENING_LOOKUP, OPENING_IN_USE};
	struct opens_by by = {.states = calloc(1, sizeof(*by.states))};
	struct changes sum;

	compare_texts(BOND ROUTE, "[bond:a]\nmember = udp:192.0.2.1 open\n", &sum);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		states_set_opening(by.states, &now.read.config.members[0], others[i], 0);
		cr_expect(!restart_open_again(&now.read, &by));
	}
	states_set_opening(by.states, &now.read.config.members[0], OPENING_TAKEN, 812);
	cr_expect(restart_open_again(&now.read, &by));
	free(by.states);
	by.states = NULL;
	cr_expect(!restart_open_again(&now.read, &by));
	free(said);
	end(&before);
	end(&now);
}
