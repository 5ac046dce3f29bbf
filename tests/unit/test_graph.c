/* SPDX-License-Identifier: MIT */
/* graph: what stands in the picture of an INI, in the terminal of whatever width and in DOT, and that no text
 * of others is more than text there. canvas: lines that meet and cross. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "config/ini.h"
#include "ctl/canvas.h"
#include "ctl/graph.h"
#include "ctl/ladder_style.h"
#include "ctl/svg.h"
#include "fake_system.h"

TestSuite(graph, .init = fake_system);

static char *text;
static size_t text_n;

static void forget(void)
{
	free(text);
	text = NULL;
}

static const char ini[] = "[bond:external]\nmember = udp:192.0.2.1:5060\nmember = tcp:192.0.2.1:5060 as sip.a.com\n"
	"member = tls:[2001:db8:1234:5678:9abc:def0:1234:5678]:5061\n"
	"[bond:internal]\nmember = udp:10.0.0.1:5060 open\nno-member = pass\n"
	"[route:first]\nto = a.com, *.b.com, 203.0.113.0/24, 203.0.113.7:5070, 2001:db8::/32\nbond = external\n"
	"[route:second]\nfrom = internal\nsocket = udp:10.0.0.9:5070\nbond = internal\n"
	"[route:third]\nto = 198.51.100.0/24\nbond = none\n"
	"[route:fourth]\nto = c.com\nbond = external\n"
	"[host]\nsecret = abcdefghijklmnopqrstuvwxyz012345\n";

static void load(struct config *c, const char *file, const char *from)
{
	struct findings f;

	int error = config_load_text(c, file, from, strlen(from), &f);
	for (size_t i = 0; error && i < f.count; i++)
		cr_log_error("%s", f.items[i].text);
	findings_free(&f);
	cr_assert(error == 0);
}

static const char *draw(const struct graph *g, unsigned width, bool utf8)
{
	const struct ladder_style style = {.width = width, .utf8 = utf8};
	forget();
	FILE *out = open_memstream(&text, &text_n);

	if (width)
		graph_text(g, &style, out);
	else
		graph_dot(g, out);
	fclose(out);
	return text;
}

Test(graph, side_by_side)
{
	struct config c;

	load(&c, "/etc/bond.ini", ini);
	cr_expect_str_eq(draw(&(struct graph){&c, NULL}, 110, false),
		"bond.ini\n"
		"\n"
		"1 first --------------------+\n"
		"    to a.com                +---> external -------------+-> udp 192.0.2.1:5060\n"
		"       *.b.com              |                           +-> tcp 192.0.2.1:5060, as sip.a.com\n"
		"       203.0.113.0/24       |                           +-> tls [2001:db8:1234:5678:9abc:def0:1234:5678]:5061\n"
		"       203.0.113.7:5070     |\n"
		"       and 1 more           | +-> internal ---------------> udp 10.0.0.1:5060, open\n"
		"                            | |     no member fits:\n"
		"                            | |        passed on\n"
		"2 second -------------------|-+\n"
		"    from internal           |\n"
		"    socket                  |\n"
		"       udp:10.0.0.9:5070    |\n"
		"    to anywhere             |\n"
		"                            |\n"
		"3 third ---> left alone     |\n"
		"    to 198.51.100.0/24      |\n"
		"                            |\n"
		"                            |\n"
		"4 fourth -------------------+\n"
		"    to c.com\n"
		"\n"
		"no route matches: left alone\n", "%s", text);
	config_free(&c);
}

/* No word is broken where it fits one below the other, and a bond that no line leads to says what it is. */
Test(graph, words_stay_whole)
{
	struct config c;

	load(&c, "bond.ini", "[bond:b]\nmember = udp:192.0.2.1:5060 as a-name.of-some-length.example.com\n[bond:spare]\n"
			     "member = udp:192.0.2.2:5060\n[route:r]\nsocket = udp:[2001:db8:1234:5678:9abc:def0:1234:5678]:5060\n"
			     "bond = b\n");
	for (unsigned width = 60; width < 160; width++) {
		draw(&(struct graph){&c, NULL}, width, true);
		cr_expect(strstr(text, "udp:[2001:db8:1234:5678:9abc:def0:1234:5678]:5060") && strstr(text, "a-name.of-some-length.example.com"),
			"%u: %s", width, text);
		cr_expect(strstr(text, "bond spare") && strstr(text, "\n\nno route matches: left alone\n"), "%u: %s", width, text);
	}
	config_free(&c);
}

Test(graph, one_below_the_other)
{
	struct config c;

	load(&c, "bond.ini", "[bond:b]\nmember = udp:192.0.2.1:5060\nmember = tls:[2001:db8:1234:5678:9abc:def0:1234:5678]\n"
			     "[route:r]\nto = 203.0.113.0/24\nbond = b\n[host]\nno-route = fail\n");
	cr_expect_str_eq(draw(&(struct graph){&c, NULL}, 40, true),
		"bond.ini\n\n"
		"1 r\n"
		"│  to 203.0.113.0/24\n"
		"└─▶ b\n"
		"\n"
		"no route matches: refused\n"
		"\n"
		"bond b\n"
		"├─▶ udp 192.0.2.1:5060\n"
		"└─▶ tls [2001:db8:1234:5678:9abc:def0:12\n"
		"        34:5678]:5061\n", "%s", text);
	config_free(&c);
}

static unsigned columns_of_line(const char *line)
{
	unsigned n = 0;

	for (; *line && *line != '\n'; line++)
		n += ((unsigned char)*line & 0xc0) != 0x80;
	return n;
}

/* 64 members, names as long as they may be, and any that a section of a route can have. */
static const char *many(void)
{
	static char of[20000];
	size_t n = (size_t)snprintf(of, sizeof(of), "[bond:a-name-of-a-bond-that-is-as-long-as-can-be]\n");

	for (int i = 0; i < 64; i++)
		n += (size_t)snprintf(of + n, sizeof(of) - n,
			"member = %s:[2001:db8:1234:5678:9abc:def0:1234:56%02x]:5060 as sip%d.a-rather-long-name.example.com\n",
			i % 2 ? "udp" : "tcp", i, i);
	snprintf(of + n, sizeof(of) - n,
		"[route:<b>&amp;\"'\\N\\G{a|b}-->]\nto = %s.com\nbond = a-name-of-a-bond-that-is-as-long-as-can-be\n"
		"[route:\xc3\xbc\xe4\xb8\x96]\nto = a.com\nbond = none\n", "label-of-some-length.label-of-some-length");
	return of;
}

Test(graph, of_any_width)
{
	struct config c;

	load(&c, "/tmp/<\"&\033[31m-->.ini", many());
	for (unsigned width = 30; width < 260; width += 7)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			draw(&(struct graph){&c, NULL}, width, utf8);
			for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
				cr_assert_leq(columns_of_line(line), width, "%u: %s", width, line);
			cr_expect_not(strpbrk(text, "\033\r\t"));
			for (const char *p = text; !utf8 && *p; p++)
				cr_assert((unsigned char)*p < 0x80, "%s", text);
			forget();
		}
	config_free(&c);
}

Test(graph, all_members_stand_in_it)
{
	struct config c;
	char member[100];

	load(&c, "bond.ini", many());
	for (unsigned width = 0; width < 200; width += 199) {
		draw(&(struct graph){&c, NULL}, width, true);
		for (int i = 0; i < 64; i++) {
			snprintf(member, sizeof(member), " [2001:db8:1234:5678:9abc:def0:1234:56%02x]:5060", i);
			cr_expect(strstr(text, member), "%s\n%s", member, text);
		}
		forget();
	}
	config_free(&c);
}

/* For dot "\\N" is the name of a node, in such labels as well. */
#define ALONE "<FONT COLOR=\"#222222\">&#92;</FONT>"

/* In labels of DOT nothing but our own markup is markup, and no backslash is there. */
Test(graph, dot_has_names_as_text)
{
	struct config c;

	load(&c, "/tmp/<\"&\033[31m--\xff.ini", many());
	draw(&(struct graph){&c, NULL}, 0, true);
	cr_expect(strstr(text, "<B>&#60;b&#62;&#38;amp;&#34;&#39;" ALONE "N" ALONE "G{a|b}--&#62;</B>"), "%s", text);
	cr_expect(strstr(text, "label=<&#60;&#34;&#38;&#92;x1b[31m--&#92;xff.ini>"), "%s", text);
	cr_expect_not(strpbrk(text, "\\\033\xff"));
	forget();
	config_free(&c);
	load(&c, "bond.ini", ini);
	draw(&(struct graph){&c, NULL}, 0, true);
	cr_expect(strstr(text, "f1:e -> r1:w [style=dashed]") && strstr(text, "r0:e -> b0:w") &&
		strstr(text, "r2:e -> alone:w") && strstr(text, "socket udp:10.0.0.9:5070") &&
		strstr(text, "the program&#39;s listener: UDP, IPv4, port 5060") && strstr(text, "b0:e -> m2:w"), "%s", text);
	config_free(&c);
}

/* What a host counts stands on the edges: by names, in whatever order it has them. */
Test(graph, counts_of_a_host)
{
	struct config c;
	struct status_member members[2] = {
		{.name = "udp:192.0.2.1:5060", .transport = TRANSPORT_UDP, .use = USE_ADOPTED, .state = STATE_UP,
			.counts = {[TALLY_REQUESTS] = 12, [TALLY_CAME_RESPONSES] = 11}},
		{.name = "tcp:192.0.2.1:5060", .transport = TRANSPORT_TCP, .use = USE_CONNECTIONS, .state = STATE_GONE,
			.why = "its \"address\" is <gone>\n", .counts = {[TALLY_CONNECTIONS] = 3}}};
	struct status_bond bond = {.name = "EXTERNAL", .members = members, .member_count = 2,
		.without = {[TALLY_NO_MEMBER] = 4}};
	struct status_route routes[2] = {{.name = "fourth", .counts = {[TALLY_REQUESTS] = 5}},
		{.name = "first", .counts = {[TALLY_REQUESTS] = 7, [TALLY_CONNECTIONS] = 3}}};
	struct status s = {.name = "ka<ma>\033", .pid = 812, .has_rules = true, .has_tallies = true, .bonds = &bond,
		.bond_count = 1, .routes = routes, .route_count = 2};

	for (int i = 0; i < 2; i++)
		cr_assert(addr_parse(&members[i].addr, "192.0.2.1:5060", 14) == 0);
	load(&c, "bond.ini", ini);
	struct graph g = {&c, &s};
	cr_expect_eq(graph_unknown(&g), 4); /* two routes, two members */
	draw(&g, 140, false);
	cr_expect(strstr(text, "1 first ----") && strstr(text, " 7 req, 3 conn -+\n"), "%s", text);
	cr_expect(strstr(text, "-- 12 req, 11 in -> udp 192.0.2.1:5060, adopted\n"), "%s", text);
	cr_expect(strstr(text, "- 3 conn -> tcp 192.0.2.1:5060, as sip.a.com, down because"), "%s", text);
	cr_expect(strstr(text, "4 found") && strstr(text, "ka<ma>\\x1b, process 812"), "%s", text);
	forget();
	draw(&g, 0, false);
	cr_expect(strstr(text, "r0:e -> b0:w [label=< 7 req, 3 conn >]"), "%s", text);
	cr_expect(strstr(text, "r3:e -> b0:w [label=< 5 req >]"), "%s", text);
	cr_expect(strstr(text, "b0:e -> m1:w [label=< 3 conn >, style=dashed"), "%s", text);
	cr_expect(strstr(text, "down because its &#34;address&#34; is &#60;gone&#62;&#92;x0a"), "%s", text);
	config_free(&c);
}

Test(graph, lines_meet_and_cross)
{
	struct canvas v;

	for (int utf8 = 0; utf8 < 2; utf8++) {
		FILE *out = open_memstream(&text, &text_n);
		canvas_start(&v, 12, utf8);
		canvas_down(&v, 2, 0, 4, 1);
		canvas_across(&v, 1, 2, 5, 1);
		canvas_across(&v, 2, 0, 4, 2);
		canvas_across(&v, 3, 0, 4, 1);
		canvas_across(&v, 4, 0, 2, 1);
		canvas_head(&v, 1, 5);
		canvas_put(&v, 1, 7, "\xe4\xb8\x96g\033h", 6); /* 12 columns end it */
		canvas_put(&v, 40, 0, " ", 1);
		canvas_print(&v, out);
		canvas_end(&v);
		fclose(out);
		cr_expect_str_eq(text, utf8 ? "  │\n  ├──▶ 世g\\x\n──┼──\n──●──\n──┘\n" : "  |\n  +--> \\xe4\\\n--|--\n--o--\n--+\n",
			"%s", text);
		forget();
	}
}

/* What stands in XML is XML, whatever it was. */
Test(graph, svg_has_text_as_text)
{
	static const char hostile[] = "<a href='x'>&\"]]>--\033[1m\xff\xc3\xbc\xef\xbf\xbf\xe2\x80\xae\n";
	FILE *out = open_memstream(&text, &text_n);

	svg_put(out, hostile, sizeof(hostile) - 1);
	svg_put(out, "\0", 1);
	fclose(out);
	cr_expect_str_eq(text, "&#60;a href=&#39;x&#39;&#62;&#38;&#34;]]&#62;--\\x1b[1m\\xffü\\xef\\xbf\\xbf\\xe2\\x80\\xae\n\\x00",
		"%s", text);
	forget();
}
