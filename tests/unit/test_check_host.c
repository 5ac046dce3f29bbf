/* SPDX-License-Identifier: MIT */
/* What bondctl says of a host's own configuration, and where it says nothing. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/check_host.h"

#include "fake_system.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(check_host, .init = fake_system);

#define BONDS "[bond:in]\nmember = udp:10.0.0.1\nmember = tcp:10.0.0.1\nmember = udp:[2001:db8::1]:5070\n" \
	"[bond:out]\nmember = udp:192.0.2.10\nmember = tcp:192.0.2.10\n[host]\nsecret = 0123456789abcdef01\n"

static const char from[] = BONDS "[route:inside-out]\nfrom = in\nbond = out\n";
static const char keeps[] = BONDS "headers = keep\n[route:inside-out]\nfrom = in\nbond = out\n";
static const char datagrams[] = BONDS "[route:inside-out]\nfrom = in\nbond = out\ntransport = udp\n";
static const char passes[] = "[bond:in]\nmember = udp:10.0.0.1\n[bond:out]\nmember = tcp:192.0.2.10\n"
	"no-member = pass\n[host]\nsecret = 0123456789abcdef01\n[route:a]\nfrom = in\nbond = out\n";
static const char plain[] = BONDS "[route:all]\nto = 203.0.113.0/24\nbond = out\n[route:rest]\nbond = in\n";

/* text: of the host, a route behind it. warned: pieces of the warnings, in order, each with its place
 * before it. */
static const struct {
	const char *name, *ini, *text, *warned[4];
} cases[] = {
	{"nothing", from, "listen=udp:10.0.0.1:5060\nlisten=tcp:10.0.0.1\n", {NULL}},
	{"receiver threads", from, "udp_receiver_mode=1\n",
		{"1:1+17 threads read what comes in by UDP, and other processes handle it; write 0 here: for "
		 "connections that are opened then `from` of route inside-out is not known, it is refused; "
		 "decide them by `to` or `socket`"}},
	{"the other mode, blanks, a block comment", from, "/* x\n */ udp_receiver_mode\t= 2 /* y */\n",
		{"2:5+17 threads read"}},
	{"what it goes to", passes, "udp_receiver_mode = 1", {"1:1+17 *it goes the host's own way"}},
	{"mode 0", from, "udp_receiver_mode=0\n", {NULL}},
	{"datagrams hold", datagrams, "udp_receiver_mode=1\n", {NULL}},
	{"no from", plain, "udp_receiver_mode=1\nlisten=tls:10.0.0.1:5061\nlisten=udp:10.0.0.9\n"
		"loadmodule \"websocket.so\"\nasync(x, y);\n", {NULL}},
	{"comments", from, "# udp_receiver_mode=1\n## udp4_raw=1\n/*\nudp4_raw=1\nlisten=tls:10.0.0.1\n*/\n"
		"// udp4_raw=1\nx=1 # udp4_raw=1\n#!define A udp4_raw=1\nxlog(\"L_INFO\", \"/* x\")\n"
		"udp4_raw=yes\n", {"11:1+8 datagrams leave by a raw socket"}},
	{"other words", from, "xudp4_raw=1\nudp4_raw_mtu=1500\nudp4_raw_ttl = 5\n# x\nudp4_raw = no\n"
		"udp4_raw=off\nudp4_raw\nasync = 1\nmy_async()\n", {NULL}},
	{"raw, whatever the routes", plain, "\tudp4_raw = -1\n", {"1:2+8 datagrams leave"}},
	{"hidden listeners", from, "listen=tls:10.0.0.1:5061\nsocket = wss:eth0:443 as x.example.com\n"
		"listen=\"sctp:10.0.0.1\"\nlisten = ws:*:80\n",
		{"1:8+17 it is a member of no bond", "3:9+13 what comes in over sctp cannot be seen: where route inside-out "
			"could take it, it is refused"}},
	{"listeners in no bond", from, "listen=tcp:10.0.0.1:5080\nlisten=udp:[2001:db8::1]:5070\n"
		"listen=UDP:[2001:db8::1]\nlisten=udp:127.0.0.1:5060\nlisten=tcp:0.0.0.0:5060\nlisten=tcp:eth0\n"
		"listen=10.0.0.1\nsocket=hep_udp:10.0.0.1:9060\nsocket=udp:10.0.0.7 use_workers 4\n",
		{"1:8+17 it is a member of no bond*write member = tcp:10.0.0.1:5080", "3:8+17 it is a member",
			"9:8+12 it is a member of no bond"}},
	{"a block", from, "socket = {\n\tbind = tls:10.0.0.1:5061;\n}\nsocket={bind=udp:10.0.0.5;name=\"a\";}\n",
		{"2:9+17 it is a member of no bond", "4:14+12 it is a member of no bond"}},
	{"OpenSIPS", from, "loadmodule \"proto_udp.so\"\nloadmodule \"proto_tcp.so\"\n"
		"loadmodule \"proto_ws.so\"\n",
		{"2:13+12 OpenSIPS 4.0 and later"}},
	{"headers are kept: WebSockets are hidden, too", keeps, "loadmodule \"proto_ws.so\"\nloadmodule \"websocket.so\"\n"
		"listen=tls:10.0.0.1:5061\n",
		{"1:13+11 what comes in by WebSockets", "2:13+12 what comes in by WebSockets",
			"3:8+17 what comes in over tls cannot be seen"}},
	{"suspended", from, "async(rest_get(\"x\"), resume);\n  t_suspend ();\nasync_route(\"A\", \"1\");\n",
		{"1:1+5 a request that is suspended", "2:3+9 a request", "3:1+11 a request"}},
};

static void say(char *out, size_t size, const struct finding *item)
{
	snprintf(out, size, "%u:%u+%u %s", item->place.line, item->place.column, item->length, item->text);
}

/* wanted: a beginning, and behind '*' what follows somewhere. */
static bool is_like(const char *seen, const char *wanted)
{
	size_t n = strcspn(wanted, "*");
	return strncmp(seen, wanted, n) == 0 && (!wanted[n] || strstr(seen + n, wanted + n + 1));
}

static struct check_listeners heard;

static void look(const char *ini, const char *text, struct findings *f)
{
	char name[] = "/tmp/test_check_host.XXXXXX";
	struct findings of_ini;
	struct config c;
	int fd = mkstemp(name);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	cr_assert_eq(config_load_text(&c, "x", ini, strlen(ini), &of_ini), 0, "%s", ini);
	*f = (struct findings){0};
	check_host(f, &c, name, &heard);
	check_opened(f, &c, name, &heard);
	unlink(name);
	findings_free(&of_ini);
	config_free(&c);
}

Test(check_host, what_is_said)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[1000], seen[1000];
		struct findings f;
		size_t wanted = 0;
		snprintf(text, sizeof(text), "%s\nrequest_route {\n}\n", cases[i].text);
		look(cases[i].ini, text, &f);
		while (wanted < COUNT(cases[i].warned) && cases[i].warned[wanted])
			wanted++;
		for (size_t k = 0; k < f.count; k++) {
			say(seen, sizeof(seen), &f.items[k]);
			cr_expect(k < wanted && is_like(seen, cases[i].warned[k]), "%s: %s", cases[i].name,
				seen);
			cr_expect(f.items[k].line_text && strlen(f.items[k].line_text));
		}
		cr_expect_eq(f.count, wanted, "%s: %zu warnings", cases[i].name, f.count);
		cr_expect_eq(f.error_count, (size_t)0);
		findings_free(&f);
	}
}

/* The line is shown as it stands there. */
Test(check_host, the_line)
{
	struct findings f;
	look(plain, "x /* y */ udp4_raw=1 # z\r\nroute {}\n", &f);
	cr_assert_eq(f.count, (size_t)1);
	cr_expect_str_eq(f.items[0].line_text, "x /* y */ udp4_raw=1 # z");
	findings_free(&f);
}

Test(check_host, other_files)
{
	static const char *const bad[] = {"/", "/dev/zero", "/no/such.cfg", "/proc/self/mem"};
	struct findings f;
	struct config c = {0};
	look(plain, "<include>\n</include>\n", &f);
	cr_assert_eq(f.count, (size_t)1);
	cr_expect(is_like(f.items[0].text, "nothing in it is of Kamailio or OpenSIPS"));
	findings_free(&f);
	for (size_t i = 0; i < COUNT(bad); i++) {
		f = (struct findings){0};
		check_host(&f, &c, bad[i], &heard);
		cr_expect_eq(f.error_count, (size_t)1, "%s", bad[i]);
		findings_free(&f);
	}
}

/* What is said of members, each with its line. */
static void expect_opened(const char *members, const char *listens, const char *const *wanted, size_t count)
{
	char ini[1000], text[1000], seen[1000];
	struct findings f;
	size_t k = 0;

	snprintf(ini, sizeof(ini), "[bond:b]\n%s[route:r]\nto = 10.0.0.1\nbond = b\n", members);
	snprintf(text, sizeof(text), "%s\nrequest_route {\n}\n", listens);
	look(ini, text, &f);
	for (size_t i = 0; i < f.count; i++) {
		say(seen, sizeof(seen), &f.items[i]);
		cr_expect(k < count && is_like(seen, wanted[k]), "%s with %s: %s", members, listens, seen);
		k++;
	}
	cr_expect_eq(k, count, "%s with %s: %zu warnings", members, listens, k);
	findings_free(&f);
}
#define EXPECT_OPENED(members, listens, ...) \
	do { \
		static const char *const wanted[] = {__VA_ARGS__}; \
		expect_opened(members, listens, wanted, COUNT(wanted)); \
	} while (0)

Test(check_host, opened_members_that_the_host_has)
{
	EXPECT_OPENED("member = udp:192.0.2.1 open\n", "listen=udp:192.0.2.1:5060", "2:10+18 the host listens there itself");
	EXPECT_OPENED("member = tcp:[2001:db8::1] open\n", "listen=tcp:[2001:db8::1]", "2:10+*listens there itself");
	EXPECT_OPENED("member = udp:192.0.2.1 open\nmember = udp:192.0.2.2\n", "socket = udp:0.0.0.0:5060",
		"2:10+18 the host listens at every address");
	/* of both transports; and of the other one alone */
	EXPECT_OPENED("member = tcp:192.0.2.1 open\n", "listen=192.0.2.1", "2:10+18 the host listens there itself");
	EXPECT_OPENED("member = udp:192.0.2.1 open\n", "listen=tcp:192.0.2.1", "2:10+18 the host has no listener of UDP and IPv4");
	EXPECT_OPENED("member = tls:192.0.2.1 open\n", "listen=tls:192.0.2.1", "2:10+18 what goes over TLS is not seen",
		"2:10+18 the host listens there itself");
}

Test(check_host, opened_members_of_a_port_that_the_host_has_not)
{
	EXPECT_OPENED("member = udp:192.0.2.1:5080 open=filter\n", "listen=udp:192.0.2.9:5060",
		"2:10+*no listener of UDP and IPv4 at port 5080, without which it is not");
	EXPECT_OPENED("member = udp:192.0.2.1:5080 open\n", "listen=udp:192.0.2.9:5060",
		"2:10+*by sk_lookup alone, which needs CAP_BPF");
	EXPECT_OPENED("member = tcp:[2001:db8::1]:5080 open=sk_lookup\n", "listen=tcp:192.0.2.9:5060",
		"2:10+*no listener of TCP and IPv6 that it could be led to");
	EXPECT_OPENED("member = udp:192.0.2.1:5080 open=filter\n", "listen=udp:192.0.2.9:5060\nlisten=udp:192.0.2.9:5080");
}

/* A listener at every address opens nothing, nor is anything led to it. */
Test(check_host, opened_members_of_a_host_at_every_address)
{
	EXPECT_OPENED("member = udp:192.0.2.1:5080 open\n", "listen=udp:0.0.0.0:5060",
		"2:10+*no listener of UDP and IPv4 that it could be led to: have it listen at port 5080");
	EXPECT_OPENED("member = udp:192.0.2.1:5080 open=sk_lookup\n", "listen=udp:0.0.0.0:5060",
		"2:10+*no listener of UDP and IPv4 that it could be led to");
	EXPECT_OPENED("member = tcp:192.0.2.1 open=sk_lookup\n", "listen=0.0.0.0:5060", "2:10+*listens at every address of its "
		"port: leave `open` out");
}

Test(check_host, opened_members_of_both_ways)
{
	EXPECT_OPENED("member = udp:192.0.2.1 open=filter\nmember = udp:192.0.2.2 open=sk_lookup\n", "listen=udp:192.0.2.9",
		"3:10+*by the filter that udp:192.0.2.1 open=filter (line 2) wants");
	EXPECT_OPENED("member = tcp:192.0.2.1 open=filter\nmember = tcp:192.0.2.2:5080 open=sk_lookup\n", "listen=tcp:192.0.2.9",
		"3:10+*not led to the listener of port 5060, which hears tcp:192.0.2.1 open=filter (line 2) by a filter");
	expect_opened("member = udp:192.0.2.1 open=filter\nmember = tcp:192.0.2.2 open=sk_lookup\n"
		      "member = udp:[2001:db8::1] open=sk_lookup\nmember = udp:192.0.2.3 open\n",
		"listen=192.0.2.9\nlisten=[2001:db8::9]", NULL, 0);
}

/* Where listeners are named by what cannot be told here, and where nothing is marked, nothing is said. */
Test(check_host, opened_members_of_which_nothing_is_wrong)
{
	expect_opened("member = udp:192.0.2.1 open\n", "listen=udp:192.0.2.9:5060", NULL, 0);
	expect_opened("member = udp:192.0.2.1:5080 open=filter\n", "listen=udp:192.0.2.9:5060\nlisten=udp:eth0:5080", NULL, 0);
	expect_opened("member = udp:192.0.2.1:5080 open=sk_lookup\n", "listen=udp:192.0.2.9:5060", NULL, 0);
	expect_opened("member = udp:192.0.2.1:5080 open\n", "# listen=udp:192.0.2.9:5060", NULL, 0);
	expect_opened("member = udp:192.0.2.1\n", "listen=udp:192.0.2.1:5060", NULL, 0);
	expect_opened("member = udp:192.0.2.1:5080\n", "listen=udp:192.0.2.9:5060", NULL, 0);
}
