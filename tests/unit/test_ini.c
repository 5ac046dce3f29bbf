/* SPDX-License-Identifier: MIT */
/* ini: what each line of a configuration becomes, and each mistake its error with line, column and
 * remedy; all of a file in one run. On the made-up machine of fake_system.h. */
#include <criterion/criterion.h>
#include <ini.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/ini.h"
#include "fake_system.h"

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(ini, .init = fake_system);

/* "LINE:COLUMN error text\n" of all findings. */
static void describe(const struct findings *f, char *out, size_t size)
{
	static const char *const kinds[] = {"error", "warning", "note"};
	size_t n = 0;
	out[0] = 0;
	for (size_t i = 0; i < f->count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%u:%u %s %s\n", f->items[i].place.line,
			f->items[i].place.column, kinds[f->items[i].kind], f->items[i].text);
}

/* Most of these files need no secret: what is said of that stands apart. */
static void drop_secret_hint(char *got)
{
	static const char hint[] = "0:0 warning no `secret` in [host]";
	if (strncmp(got, hint, strlen(hint)) == 0) {
		const char *rest = strchr(got, '\n') + 1;
		memmove(got, rest, strlen(rest) + 1);
	}
}

/* Loads text and checks that its findings begin with the lines of expected, in order and number. */
static void check(const char *text, size_t n, const char *expected)
{
	struct findings f;
	struct config c;
	char got[16384];
	int error = config_load_text(&c, "test.ini", text, n, &f);
	const char *line = expected;
	describe(&f, got, sizeof(got));
	cr_assert_eq(error, f.error_count ? EINVAL : 0, "\"%s\": %d\n%s", text, error, got);
	drop_secret_hint(got);
	const char *at = got;
	while (*line && *at) {
		size_t wanted = strcspn(line, "\n");
		cr_assert(strncmp(at, line, wanted) == 0, "\"%s\"\nwanted: %s\ngot: %s", text,
			expected, got);
		line += wanted + (line[wanted] == '\n');
		at += strcspn(at, "\n") + 1;
	}
	cr_assert(!*line && !*at, "\"%s\"\nwanted: %s\ngot: %s", text, expected, got);
	findings_free(&f);
	config_free(&c);
}

struct mistake {
	const char *text;
	const char *findings; /* each line: LINE:COLUMN kind and how the text begins */
};

static void check_all(const struct mistake *m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(m[i].text, strlen(m[i].text), m[i].findings);
}

#define BOND "[bond:b]\nmember = udp:eth1\n" /* lines 1 and 2 */
#define ROUTE "[route:r]\nbond = b\n"         /* lines 3 and 4 */

Test(ini, lines)
{
	static const struct mistake m[] = {
		{"", "0:0 error this file is empty"}, {"\xef\xbb\xbf", "0:0 error this file is empty"},
		{" \r\n\t\n", "0:0 error this file is empty"},
		{"\n\n# x\n  ; y\n\t\n", "0:0 warning no bond is defined"},
		{BOND ROUTE, ""},
		{"\xef\xbb\xbf" BOND ROUTE, ""},
		{"[bond:b]\r\nmember = udp:eth1\r\n[route:r]\r\nbond = b\r\n", ""},
		{"[bond:b] ; c\nmember = udp:eth1 ; c\n[route:r] # c\nbond=b\t;c", ""},
		{"  [bond:b]\n  member = udp:eth1\n  member = tcp:eth1\n  [route:r]\n  bond = b\n", ""},
		{"[ bond : b ]\nmember=udp:eth1\n[ROUTE: r ]\nbond = B\n", ""},
		{BOND ROUTE "to = 10.0.0.1,\n  10.0.0.2,\n\n ; c\n\t[2001:db8::1]:5060\n", ""},
		{BOND ROUTE "nothing here\n",
			"5:1 error this is neither a [section], a comment (; or #) nor KEY = VALUE"},
		{BOND ROUTE "to: 10.0.0.1\n", "5:3 error '=' stands between key and value, not ':': "
			"write to = ..."},
		{BOND ROUTE "to: a = 10.0.0.1\n", "5:3 error '=' stands between"},
		{BOND ROUTE "a:b = c\n", "5:2 error a key has no ':': write KEY = VALUE"},
		{BOND ROUTE "= 10.0.0.1\n", "5:1 error no key stands before '='"},
		{BOND ROUTE "to ; c = 10.0.0.1\n", "5:1 error this is neither"},
		{BOND ROUTE "to =\n", "5:1 error to has no value: write to = ..."},
		{BOND ROUTE "to = ; c\n", "5:1 error to has no value"},
		{BOND ROUTE "to = 10.0.0.1 # c\n", "5:15 error a comment after a value begins with ';'"},
		{BOND ROUTE "to = 10.0.0.1;c\n", "5:6 error \"10.0.0.1;c\" is neither an address nor"},
		{"to = 10.0.0.1\n" BOND ROUTE,
			"1:1 error \"to\" stands before the first section: write [bond:NAME]"},
		{"  10.0.0.1\n" BOND ROUTE, "1:3 error this is neither"},
		{BOND ROUTE "[host\nprogram = x\n", "5:1 error this section has no ']'"},
		{BOND ROUTE "[host] x\nprogram = x\n", "5:8 error only a comment may stand after ']'"},
		{BOND ROUTE "[host]]\n", "5:7 error only a comment"},
		{BOND ROUTE "[host ;]\n", "5:2 error a comment begins inside this section's name"},
		{BOND ROUTE "to = 10.0.0.1\x01\n", "5:14 error a control character (0x01): remove it"},
		{BOND ROUTE "to = 10.0.\r0.1\n", "5:11 error a control character (0x0d)"},
		{BOND ROUTE "; a \x1b comment\n", ""},
		{BOND ROUTE "to = \xe9.a\n", "5:6 error a byte (0xe9) that is no UTF-8: save the file as"},
		{BOND ROUTE "to = \xc2\x9b.a\n", "5:6 error a control character (0xc2 ...): remove it"},
		{BOND "[route:r] ; \xe9\nbond = b ; \xe9\n# \xe9\n", ""},
		{BOND ROUTE "[host]\nsecret = \xe9\xe8\xe7\xe6\xe5 0123456789ab\n", ""},
		{BOND ROUTE "to = 10.0.0.1 ;x\n 10.0.0.2 ;y\n\t10.0.0.3\t; z = 1\n", ""},
		{"[bond:b]\nmember = udp:eth1 ;x\n tcp:eth1 ;y\n  tls:eth1;z\n" ROUTE,
			"4:7 error \"eth1;z\" is neither an address nor a name"},
		{BOND ROUTE "to = 10.0.0.1 ;x\n 10.0.0.2 #y\n", "6:11 error a comment after a value"},
		{BOND ROUTE "to = 10.0.0.1\n   nonsense!\n", "6:4 error \"nonsense!\" is neither"},
		/* what follows a bad line is not taken for more of the line before */
		{BOND ROUTE "tu = 10.0.0.1\n  10.0.0.2\nto = 10.0.0.3\n",
			"5:1 error unknown key \"tu\" in [route:NAME]: did you mean to?"},
	};
	check_all(m, COUNT(m));
}

Test(ini, nul_bytes)
{
	static const char text[] = BOND ROUTE "to = 10.0\0.0.1\n# \0\nto = 10.0.0.1\n";
	check(text, sizeof(text) - 1, "5:10 error a NUL byte: save the file as plain text\n"
		"6:3 error a NUL byte");
}

/* ---- what inih is given ---- */

/* inih since r58 skips to the next line end where a full line has none: each line that it is given must
 * have its own. */
struct given {
	ini_reader reader;
	void *stream;
};
int __real_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);

static char *read_given(char *buf, int size, void *user)
{
	struct given *g = user;
	char *line = g->reader(buf, size, g->stream);
	size_t n = line ? strlen(line) : 0;
	cr_assert(!line || (n && n < (size_t)size && strchr(line, '\n') == line + n - 1),
		"a line without its end: %s", line);
	return line;
}

int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user)
{
	struct given g = {reader, stream};
	return __real_ini_parse_stream(read_given, &g, handler, user);
}

/* What inih would cut or split in silence. */
Test(ini, long_lines_and_names)
{
	static const struct {
		size_t length; /* of the line, without its end */
		bool good;
	} cases[] = {{100, true}, {197, true}, {198, true}, {199, false}, {200, false}, {201, false},
		{399, false}, {400, false}, {5000, false}, {100000, false}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = malloc(cases[i].length + 200), expected[200];
		int n = sprintf(text, BOND ROUTE "to = 10.0.0.1");
		size_t line = strlen("to = 10.0.0.1");
		for (; line < cases[i].length - 8; line++)
			text[n++] = ' ';
		n += sprintf(text + n, ",1.2.3.4\n");
		cr_assert_eq(line + 8, cases[i].length);
		snprintf(expected, sizeof(expected), "5:199 error this line has %zu bytes, at most 198",
			cases[i].length);
		check(text, (size_t)n, cases[i].good ? "" : expected);
		/* nor does its rest become a line of its own, or a continuation of the key before */
		n += sprintf(text + n, "   10.0.0.2\n");
		check(text, (size_t)n, cases[i].good ? "" : expected);
		free(text);
	}
	char comment[1000], text[2000];
	memset(comment, 'x', sizeof(comment));
	snprintf(text, sizeof(text), BOND ROUTE ";%.900s\n", comment);
	check(text, strlen(text), "");
	snprintf(text, sizeof(text), BOND ROUTE "%.49s = 1\n%.50s = 1\n", comment, comment);
	check(text, strlen(text), "5:1 error unknown key \"xxxx\n"
		"6:1 error this key has 50 bytes: at most 49");
	snprintf(text, sizeof(text), "[bond:%.44s]\nmember = udp:eth1\n[route:r]\nbond = %.44s\n",
		comment, comment);
	check(text, strlen(text), "");
	snprintf(text, sizeof(text), "[bond:%.45s]\nmember = udp:eth0\n" BOND ROUTE, comment);
	check(text, strlen(text), "1:2 error the name of this section has 50 bytes: at most 49");
}

Test(ini, sections)
{
	static const struct mistake m[] = {
		{"[bnod:b]\nmember = udp:eth1\n", "1:2 error unknown section [bnod:b]: did you mean "
			"[bond:NAME]?"},
		{"[hosts]\n", "1:2 error unknown section [hosts]: did you mean [host]?"},
		{"[]\n", "1:2 error unknown section []: write [bond:NAME]"},
		{"[weather]\nrain = 1\n", "1:2 error unknown section [weather]: write [bond:NAME], "
			"[route:NAME], [host] or [dns]"},
		{"[bond]\n", "1:2 error this section needs a name: write [bond:NAME]"},
		{"[route: ]\n", "1:2 error this section needs a name: write [route:NAME]"},
		{"[host:x]\n", "1:2 error this section has no name: write [host]"},
		{"[bond:none]\n", "1:7 error \"none\" is no name for a bond"},
		{"[bond:a b]\n", "1:7 error \"a b\": the name of a bond has letters"},
		{"[bond:a,b]\n", "1:7 error \"a,b\": the name of a bond"},
		{BOND ROUTE "[bond:b]\nmember = tcp:eth1\n", "5:2 error this section stands in line 1 "
			"already: join the two"},
		/* the keys below a bad section are those of the section that was meant */
		{"[bond:\xc3\xa4]\nmember = 1.2.3.4\n[bnd:a]\nmembre = x\n[bond]\nno-member = x\n",
			"1:7 error \"\xc3\xa4\": the name\n2:10 error a member needs\n"
			"3:2 error unknown section [bnd:a]: did you mean [bond:NAME]?\n"
			"4:1 error unknown key \"membre\" in [bond:NAME]: did you mean member?\n"
			"5:2 error this section needs a name\n6:13 error unknown value \"x\""},
		{"[host:x]\nprobe = x\n[roude:r] x\nto = a..b\nbond = b\n[bond:b\nmember = 1.2.3.4\n",
			"1:2 error this section has no name\n2:9 error unknown value \"x\"\n"
			"3:2 error unknown section\n3:11 error only a comment\n4:6 error \"a..b\" is\n"
			"6:1 error this section has no ']'\n7:10 error a member needs"},
		{BOND ROUTE "[bond:B]\nmember = 1.2.3.4\n[route:r]\nto = a..b\n[host]\n[host]\nx = 1\n",
			"5:2 error bond names are compared\n6:10 error a member needs\n7:2 error route "
			"\"r\" has no bond\n7:2 error this section stands in line 3\n8:6 error \"a..b\"\n"
			"10:2 error this section stands in line 9\n11:1 error unknown key \"x\""},
		{BOND ROUTE "[bond:B]\n", "5:2 error bond names are compared without case: \"b\" in line "
			"1 is the same bond"},
		{BOND ROUTE "[route:r]\nbond = b\n", "5:2 error this section stands in line 3 already"},
		{BOND ROUTE "[host]\n[host]\n[dns]\n[dns]\n", "6:2 error this section stands in line 5 "
			"already\n8:2 error this section stands in line 7 already"},
		{BOND "[route:r]\nto = 10.0.0.1\n", "3:2 error route \"r\" has no bond: write bond = NAME, "
			"or bond = none"},
		{BOND "[route:r]\n[route:s]\nbond = b\n", "3:2 error route \"r\" has no bond"},
		{BOND "[route:r]\nbond =\n", "4:1 error bond has no value"},
		{"[route:r]\nbond = b\n" BOND, ""}, /* forward */
		{BOND "[route:any text, even: this]\nbond = b\n", ""},
	};
	check_all(m, COUNT(m));
}

Test(ini, keys)
{
	static const struct mistake m[] = {
		{"[bond:b]\nmembre = udp:eth1\n", "2:1 error unknown key \"membre\" in [bond:NAME]: did "
			"you mean member?"},
		{"[bond:b]\nMember = udp:eth1\n", "2:1 error unknown key \"Member\" in [bond:NAME]: did "
			"you mean member?"},
		{"[bond:b]\nweather = 1\n", "2:1 error unknown key \"weather\" in [bond:NAME]"},
		{"[bond:b]\nto = 10.0.0.1\n", "2:1 error \"to\" is no key of [bond:NAME]: it belongs in "
			"[route:NAME]"},
		{BOND "no-member = fail\nno-member = pass\n" ROUTE, "4:1 error \"no-member\" is set "
			"already in line 3: leave one out"},
		{BOND "no-member = fail\n  pass\n" ROUTE, "4:3 error \"no-member\" has one value, which "
			"stands in line 3"},
		{BOND ROUTE "bond = b\n", "5:1 error \"bond\" is set already in line 4"},
		{BOND "no-member = fial\n" ROUTE, "3:13 error unknown value \"fial\": did you mean fail?"},
		{BOND "no-member = drop\n" ROUTE, "3:13 error unknown value \"drop\": write fail or pass"},
		{BOND "source-port = members\n" ROUTE, "3:15 error unknown value \"members\": did you mean "
			"member?"},
		{BOND "source-port = MEMBER\nno-member = Pass\n" ROUTE, ""},
		{BOND ROUTE "transport = tsl\n", "5:13 error unknown value \"tsl\": did you mean tls?"},
		{BOND ROUTE "transport = none\n", "5:13 error unknown value \"none\": write udp, tcp, tls, "
			"ws, wss or sctp"},
		{BOND "[route:r]\nbond = bb\n", "4:8 error unknown bond \"bb\": did you mean b?"},
		{BOND "[route:r]\nbond = weather\n", "4:8 error unknown bond \"weather\": define it in a "
			"section [bond:weather]"},
		{"[bond:extern]\nmember = udp:eth1\n[bond:intern]\nmember = udp:eth0\n[route:r]\n"
			"bond = external\n[route:s]\nbond = internal\n",
			"6:8 error unknown bond \"external\": did you mean extern?\n"
			"8:8 error unknown bond \"internal\": did you mean intern?"},
		{BOND ROUTE "from = b, weather, B\n[host]\nsecret = 0123456789abcdef\n", "5:11 error unknown bond \"weather\""},
	};
	check_all(m, COUNT(m));
}

#define MEMBER(value) "[bond:b]\nmember = " value "\n[route:r]\nbond = b\n" /* value at 2:10 */

Test(ini, members)
{
	static const struct mistake m[] = {
		{MEMBER("10.0.0.1:5060"), "2:10 error a member needs a transport: write udp:10.0.0.1:5060"},
		{MEMBER("10.0.0.1"), "2:10 error a member needs a transport: write udp:10.0.0.1:5060"},
		{MEMBER("[fd00::1]:5070"), "2:10 error a member needs a transport: write "
			"udp:[fd00::1]:5070"},
		{MEMBER("[fd00::1]"), "2:10 error a member needs a transport: write udp:[fd00::1]:5060"},
		{MEMBER("fd00::1"), "2:10 error a member needs a transport: write udp:[fd00::1]:5060"},
		{MEMBER("eth1"), "2:10 error a member needs a transport: write udp:eth1:5060"},
		{MEMBER("eth1:5060"), "2:10 error a member needs a transport: write udp:eth1:5060"},
		{MEMBER("sip.example.com:5070"), "2:10 error a member needs a transport: write "
			"udp:sip.example.com:5070"},
		{MEMBER("upd:10.0.0.1:5060"), "2:10 error unknown transport \"upd\": did you mean udp?"},
		{MEMBER("quic:10.0.0.1:5060"), "2:10 error unknown transport \"quic\": one of udp, tcp, "
			"tls, ws, wss, sctp"},
		{MEMBER("sip:10.0.0.1:5060"), "2:10 error \"sip\" is no transport: one of udp"},
		{MEMBER("udp"), "2:10 error \"udp\" has no address: write udp:ADDRESS:PORT or "
			"udp:INTERFACE:PORT"},
		{MEMBER("udp:"), "2:10 error no address after \"udp:\""},
		{MEMBER("udp::5060"), "2:10 error no address after \"udp:\""},
		{MEMBER("udp:[]:5060"), "2:15 error \"\" is not an IPv6 address"},
		{MEMBER("udp:10.0.0.1:"), "2:10 error \"\" is not a port: 1 to 65535"},
		{MEMBER("udp:10.0.0.1:0"), "2:23 error \"0\" is not a port: 1 to 65535"},
		{MEMBER("udp:10.0.0.1:65536"), "2:23 error \"65536\" is not a port"},
		{MEMBER("udp:10.0.0.1:sip"), "2:23 error \"sip\" is not a port"},
		{MEMBER("udp:10.0.0.256"), "2:14 error \"10.0.0.256\" is not an IPv4 address"},
		{MEMBER("udp:10.0.1"), "2:14 error \"10.0.1\" is not an IPv4 address"},
		{MEMBER("udp:167772161"), "2:14 error \"167772161\" is not an IPv4 address"},
		{MEMBER("udp:fd00::1"), "2:14 error an IPv6 address needs brackets: write "
			"udp:[fd00::1]:5060"},
		{MEMBER("tls:fd00::1:5061"), "2:14 error an IPv6 address needs brackets: write "
			"tls:[fd00::1]:5061"},
		{MEMBER("tls:fd00::1"), "2:14 error an IPv6 address needs brackets: write "
			"tls:[fd00::1]:5061"},
		{MEMBER("udp:[fd00::1"), "2:14 error the '[' has no ']'"},
		{MEMBER("udp:[fd00::1]5060"), "2:23 error \"5060\" after ']': only :PORT"},
		{MEMBER("udp:[fd00::x]:5060"), "2:15 error \"fd00::x\" is not an IPv6 address"},
		{MEMBER("udp:[10.0.0.1]:5060"), "2:15 error \"10.0.0.1\" is not an IPv6 address: only IPv6 "
			"stands in brackets"},
		{MEMBER("udp:10.0.0.0/8"), "2:14 error \"10.0.0.0/8\": a member is one address"},
		{MEMBER("udp://10.0.0.1"), "2:14 error \"//10.0.0.1\": a member is one address"},
		{MEMBER("udp:*:5060"), "2:14 error \"*\": name the interface, as in udp:eth0:5060"},
		{MEMBER("\"udp:10.0.0.1:5060\""), "2:10 error values are written without quotes"},
		{MEMBER("udp:0.0.0.0:5060"), "2:14 error 0.0.0.0 is no address that a peer can see"},
		{MEMBER("udp:[::]:5060"), "2:15 error :: is no address that a peer can see"},
		{MEMBER("udp:224.0.0.1:5060"), "2:14 error 224.0.0.1 is no address that a peer can see"},
		{MEMBER("udp:255.255.255.255"), "2:14 error 255.255.255.255 is no address"},
		{MEMBER("udp:[ff02::1%eth0]"), "2:15 error ff02::1%2 is no address"},
		{MEMBER("udp:eht1:5060"), "2:14 error \"eht1\" is neither an interface of this machine nor "
			"a host name that resolves (Name or service not known): did you mean eth1?"},
		{MEMBER("udp:nowhere.example.com"), "2:14 error \"nowhere.example.com\" is neither an "
			"interface of this machine nor a host name that resolves (Name or service not known)"},
		{MEMBER("udp:busy.example.com"), "2:14 error \"busy.example.com\" is neither"},
		{MEMBER("udp:a_b!c"), "2:14 error \"a_b!c\" is neither an address nor a name"},
		{MEMBER("udp:bare0"), "2:14 error interface bare0 "
			"has no address that can be used"},
		{MEMBER("udp:local0"), "2:14 error interface "
			"local0 has no address"},
		{MEMBER("udp:[fe80::1]:5060"), "2:15 error a link-local address needs its interface: write "
			"[fe80::1%eth0]"},
		{MEMBER("udp:[fe80::10%eht0]:5060"), "2:24 error there is no interface \"eht0\" on this "
			"machine: did you mean eth0?"},
		{MEMBER("udp:[fd00::1%eth1]"), "2:23 error only a link-local address has an interface: "
			"leave \"%eth1\" out"},
		{MEMBER("udp:[fe80::10%eth0]:5060"), ""},
		{MEMBER("udp:[fe80::10%2]:5060"), ""},
		{MEMBER("udp:[fe80::10] device eth0"), ""},
		{MEMBER("udp:192.0.2.99"), "2:10 warning 192.0.2.99 is not an address of this machine now"},
		{MEMBER("udp:10.0.0.1, tcp:10.0.0.1"), "2:22 error one member a line"},
		{MEMBER("udp:10.0.0.1\nmember = udp:eth1:5060\nmember = udp:10.0.0.1"),
			"3:10 warning udp:10.0.0.1:5060 is a member of this bond already (line 2)\n"
			"4:10 warning udp:10.0.0.1:5060 is a member of this bond already (line 2)"},
	};
	check_all(m, COUNT(m));
}

Test(ini, member_options)
{
	static const struct mistake m[] = {
		{MEMBER("udp:eth1 opn"), "2:19 error unknown word \"opn\" after a member: did you mean "
			"open?"},
		{MEMBER("udp:eth1 5060"), "2:19 error unknown word \"5060\" after a member: only \"as"},
		{MEMBER("udp:eth1 as"), "2:19 error no name after \"as\": write as HOST[:PORT]"},
		{MEMBER("udp:eth1 device"), "2:19 error no interface after \"device\""},
		{MEMBER("udp:eth1 open open"), "2:24 error "
			"\"open\" stands twice: leave one out"},
		{MEMBER("udp:eth1 device eth1 device eth1"), "2:31 error \"device\" stands twice"},
		{MEMBER("udp:eth1 as -x"), "2:22 error \"-x\" is no "
			"name to write in messages: a part between dots begins with '-'"},
		{MEMBER("udp:eth1 as a.b:70000"), "2:26 error \"70000\" is not a port"},
		{MEMBER("udp:eth1 as fd00::1"), "2:22 error an IPv6 address needs "
			"brackets: write [fd00::1]"},
		{MEMBER("udp:eth1 device eht1"), "2:26 error there is no interface \"eht1\" on this "
			"machine now: did you mean eth1?"},
		{MEMBER("udp:eth1 device a-name-that-is-too-long"), "2:26 error \"a-name-that-is-too-long\" "
			"is no name of an interface: at most 15 characters"},
		{MEMBER("udp:eth1 open device eth1 as a.b:5070"), ""},
		{MEMBER("udp:eth1 AS [fd00::9] OPEN"), ""},
	};
	check_all(m, COUNT(m));
}

#define TO(value) BOND ROUTE "to = " value "\n" /* value at 5:6 */

Test(ini, destinations)
{
	static const struct mistake m[] = {
		{TO("203.0.113.1, 203.0.113.0/24,2001:db8::/32 , [2001:db8::1]:5060, 2001:db8::2"), ""},
		{TO("203.0.113.1:5060, 0.0.0.0/0, ::/0, ::ffff:192.0.2.1"), ""},
		{TO("a.com"), ""},
		{TO("a.com, *.b.com:5070, c_d.e-f.g, xn--bcher-kva.example, a.com.:5060"),
			""},
		{TO("203.0.113.1,"), ""},
		{TO("203.0.113.1,,203.0.113.2"), "5:18 error nothing stands before this comma"},
		{TO(","), "5:6 error nothing stands before this comma"},
		{TO("203.0.113.1 203.0.113.2"), "5:6 error \"203.0.113.1 203.0.113.2\" has a blank: "
			"separate destinations by commas"},
		{TO("203.0.113.0/33"), "5:18 error \"33\" is not a prefix length: IPv4 has 0 to 32"},
		{TO("2001:db8::/129"), "5:17 error \"129\" is not a prefix length: IPv6 has 0 to 128"},
		{TO("203.0.113.0/"), "5:18 error \"\" is not a prefix length"},
		{TO("203.0.113.0/x"), "5:18 error \"x\" is not a prefix length"},
		{TO("203.0.113/24"), "5:6 error \"203.0.113/24\" is no notation of this file: write 203.0.113.0/24"},
		{TO("a.com/24"), "5:6 error \"a.com\" is not an address: a prefix is ADDRESS/LENGTH"},
		{TO("203.0.113.0/24:5060"), "5:20 error a prefix has no port"},
		{TO("203.0.113.7/24"), "5:6 warning the address has bits beyond /24: taken as "
			"203.0.113.0/24"},
		{TO("2001:db8::1/32"), "5:6 warning the address has bits beyond /32: taken as "
			"2001:db8::/32"},
		{TO("203.0.113.1:0"), "5:18 error \"0\" is not a port: 1 to 65535"},
		{TO("203.0.113.1:"), "5:6 error \"\" is not a port"},
		{TO("a.com:x"), "5:12 error \"x\" is not a port"},
		{TO("[2001:db8::1"), "5:6 error the '[' has no ']'"},
		{TO("[2001:db8::1]x"), "5:19 error \"x\" after ']'"},
		{TO("[2001:db8::1]:99999"), "5:20 error \"99999\" is not a port"},
		{TO("[203.0.113.1]"), "5:6 error only IPv6 addresses stand in brackets"},
		{TO("2001:db8::g"), "5:6 error \"2001:db8::g\" is not an IPv6 address"},
		{TO("203.0.113.256"), "5:6 error \"203.0.113.256\" is not an IPv4 address"},
		{TO("203.0.113"), "5:6 error \"203.0.113\" is not an IPv4 address"},
		{TO("0.0.0.0"), "5:6 warning no traffic goes to this address: for all addresses write "
			"0.0.0.0/0"},
		{TO("*"), "5:6 error leave `to` out for a route to anywhere"},
		{TO("a.*.com"), "5:6 error \"a.*.com\" is neither an address nor a domain: a name has only"},
		{TO("*a.com"), "5:6 error a '*' stands only in front: write *.example.com"},
		{TO("*."), "5:6 error \"*.\" is neither an address nor a domain: it is empty"},
		{TO("-a.com"), "5:6 error \"-a.com\" is neither an address nor a domain: a part between "
			"dots begins with '-'"},
		{TO("a-.com"), "5:6 error \"a-.com\" is neither an address nor a domain: a part between "
			"dots ends with '-'"},
		{TO("a..com"), "5:6 error \"a..com\" is neither an address nor a domain: a part between "
			"dots is empty"},
		{TO(".com"), "5:6 error \".com\" is neither"},
		{TO("a.1"), "5:6 error \"a.1\" is neither an address nor a domain: its last part is a "
			"number"},
		{TO("b\xc3\xbc""cher.example"), "5:6 error \"b\xc3\xbc""cher.example\" is neither an "
			"address nor a domain: write names that are not ASCII in their xn-- form"},
		{TO("sip:a.com"), "5:6 error a destination is a host, not a URI: leave \"sip:\" out"},
		{TO("tls:203.0.113.1:5070"), "5:6 error a destination has no transport: leave \"tls:\" "
			"out, and write `transport = tls`"},
		{TO("fe80::1%eth0"), ""},
		{TO("fe80::1%eth7"), "5:14 error there is no interface \"eth7\""},
	};
	char text[600], label[300];
	check_all(m, COUNT(m));
	memset(label, 'a', sizeof(label));
	snprintf(text, sizeof(text), TO("%.63s.com"), label);
	check(text, strlen(text), "");
	snprintf(text, sizeof(text), TO("%.64s.com"), label);
	check(text, strlen(text), "5:6 error \"aaaa");
}

Test(ini, sockets_and_host)
{
	static const struct mistake m[] = {
		{BOND ROUTE "socket = udp:10.0.0.1:5070, tcp:eth1\nsocket = udp:0.0.0.0\n", ""},
		{BOND ROUTE "socket = 10.0.0.1:5070\n", "5:10 error a socket needs a transport: write "
			"udp:10.0.0.1:5070"},
		{BOND ROUTE "socket = udp:eth7\n", "5:14 error \"eth7\" is neither"},
		{BOND ROUTE "[host]\nprogram = kamailio, /usr/sbin/opensips\nprogram = a/\n",
			"6:21 warning only the name of a program counts: taken as opensips\n"
			"7:11 error \"a/\" names no program"},
		{BOND ROUTE "[host]\nsip-ports = 5060 5062, 5064\nsip-ports = 5060\n",
			"7:13 warning port 5060 is listed already"},
		{BOND ROUTE "[host]\nsip-ports = 0, 65536, a, 1\n", "6:13 error \"0\" is not a port\n"
			"6:16 error \"65536\" is not a port\n6:23 error \"a\" is not a port"},
		{BOND ROUTE "[host]\nalias = sip.a.com\nalias = sip.a.com:5080 udp:eth1:5080\n", ""},
		{BOND ROUTE "[host]\nalias = sip.a.com\nalias = sip.a.com udp:eth1\nalias = SIP.a.com\n"
			"  sip.a.com udp:eth1\n", "8:9 warning this alias stands in line 6 already\n"
			"9:3 warning this alias stands in line 7"},
		{BOND ROUTE "[host]\nalias = sip.a.com 10.0.0.1\n", "6:19 error a listener needs a transport: write udp:10.0.0.1:5060"},
		{BOND ROUTE "[host]\nalias = a.com udp:eth1 x\n", "6:24 error \"x\" after "
			"the listener"},
		{BOND ROUTE "[host]\nalias = a!b\n", "6:9 error \"a!b\" is no name to write in "
			"messages"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\n 0123456789abcdeg\nsecret = 3\n",
			"8:10 error a third secret"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\nsecret = 0123456789abcdef\n",
			"7:10 warning the second secret is the first"},
		{BOND ROUTE "[host]\nno-route = fail\nprobe = ignore\nheaders = keep\n", ""},
		{BOND ROUTE "[host]\nno-route = drop\nprobe = no\nheaders = rewritten\n",
			"6:12 error unknown value \"drop\": write pass or fail\n7:9 error unknown value \"no\": "
			"write answer or ignore\n8:11 error unknown value \"rewritten\": did you mean rewrite?"},
		{BOND ROUTE "[host]\nheader = X-Bond\nheader-over-tls = trust\nunknown = 403\n", ""},
		{BOND ROUTE "[host]\nheader = X Bond\nheader-over-tls = yes\nunknown = 404\n",
			"6:11 error a header name has\n7:19 error unknown value \"yes\": "
			"write trust\n8:11 error unknown value \"404\": did you mean 403?"},
		{BOND ROUTE "[dns]\nserver = 192.0.2.53\ntimeout = 3 s\nrefresh = 60\n", ""},
		{BOND ROUTE "[dns]\nserver = 10.77.1.53:0\n", "6:21 error \"0\" is not a port: 1 to 65535; "
			"without one it is 53"},
		{BOND ROUTE "[dns]\nserver = [2001:db8::53]:0\n", "6:25 error \"0\" is not a port"},
		{BOND ROUTE "[dns]\nserver = [2001:db8::53]\n", ""},
		{BOND ROUTE "[dns]\nserver = 2001:db8::\n", ""},
		{BOND ROUTE "[dns]\nserver = ::ffff:192.0.2.1\n", ""},
		{BOND ROUTE "[dns]\nserver = 169.254.1.1\n", ""},
		{BOND ROUTE "[dns]\nserver = 10.77.1.53:70000\n", "6:10 error \"10.77.1.53:70000\" is not "
			"the address of a DNS server"},
		{BOND ROUTE "[dns]\nserver = fe80::1\n", "6:10 error \"fe80::1\" is a link-local address, "
			"which cannot be asked: write another one of this server"},
		{BOND ROUTE "[dns]\nserver = [fe80::1%eth0]:53\n", "6:10 error \"[fe80::1%eth0]:53\" is "
			"not the address of a DNS server: write ADDRESS or ADDRESS:PORT, with IPv6 in "
			"brackets and without an interface"},
		{BOND ROUTE "[dns]\nserver = ns.a.com\ntimeout = 0\nrefresh = 1h\n", ""
			"6:10 error \"ns.a.com\" is not the address of a DNS server\n7:11 error \"0\" is not a "
			"time: write seconds, 1 to 60\n8:11 error \"1h\" is not a time"},
	};
	check_all(m, COUNT(m));
}

Test(ini, warnings)
{
	static const struct mistake m[] = {
		{"[bond:a]\nmember = udp:eth1\n[bond:b]\nmember = udp:10.0.0.1\n[route:r]\nbond = a\n"
			"[route:s]\nto = 203.0.113.1\nbond = b\n",
			"4:10 warning udp:10.0.0.1:5060 is a member of two bonds: of \"a\" as well (line 2)\n"
			"7:2 warning no traffic can reach route \"s\", but connections to ports outside"},
		{"[bond:a]\nmember = udp:eth1\n[bond:b]\nmember = tcp:eth1\nmember = udp:eth1:5070\n"
			"[route:r]\nbond = a\n", "3:2 warning bond \"b\" is used by no route: add a [route:NAME] "
			"with bond = b"},
		{"[bond:a]\nmember = udp:eth1\n[bond:b]\nmember = udp:eth1\n[route:r]\nfrom = b\nbond = a\n",
			"4:10 warning udp:10.0.0.1:5060 is a member of two bonds"},
		{"[bond:b]\n" ROUTE, "1:2 warning bond \"b\" has no members"},
		{BOND ROUTE "[route:s]\nbond = b\n", "5:2 warning no traffic can reach route \"s\": route "
			"\"r\" in line 3 takes all of it first"},
		{BOND ROUTE "transport = udp\n[route:s]\nbond = b\n", ""},
		{BOND "open = filter\n" ROUTE, "1:2 warning `open` of bond \"b\" says how members are opened, "
			"and none of it is"},
		{"[bond:b]\nmember = udp:eth1 open\nopen = filter\n" ROUTE, ""},
		{"[bond:b]\nopen = filter\n" ROUTE, "1:2 warning bond \"b\" has no members"},
		{BOND ROUTE "[host]\nopen = sk_lookup\n", "0:0 warning `open` in [host] says how members are"},
		{"[bond:b]\nmember = udp:eth1 open\n" ROUTE "[host]\nopen = sk_lookup\n", ""},
		{BOND ROUTE "transport = udp\n[route:s]\nbond = b\ntransport = udp\n",
			"6:2 warning no traffic can reach"},
		{BOND ROUTE "socket = udp:eth1\n[route:s]\nbond = b\nsocket = udp:10.0.0.1:5060\n",
			"6:2 warning no traffic can reach"},
		{BOND ROUTE "socket = udp:10.0.0.1\n[route:s]\nbond = b\nsocket = udp:eth1\n", ""},
		{BOND ROUTE "to = 10.0.0.0/8, 2001:db8::/32\n[route:s]\nbond = b\n"
			"to = 10.1.0.0/16, 10.2.3.4:5070, 2001:db8:1::/48\n",
			"6:2 warning no traffic can reach route \"s\": route \"r\" in line 3 takes all"},
		{BOND ROUTE "to = 10.0.0.0/8\n[route:s]\nbond = b\nto = 10.1.0.0/16, 11.0.0.0/8\n", ""},
		{BOND ROUTE "to = 10.1.0.0/16\n[route:s]\nbond = b\nto = 10.0.0.0/8\n", ""},
		{BOND ROUTE "to = 10.0.0.1:5070\n[route:s]\nbond = b\nto = 10.0.0.1\n", ""},
		{BOND ROUTE "to = 10.0.0.1\n[route:s]\nbond = b\nto = 10.0.0.1:5070\n",
			"6:2 warning no traffic can reach"},
		{BOND ROUTE "to = ::/0\n[route:s]\nbond = b\nto = 203.0.113.1\n", ""},
		{BOND ROUTE "to = ::/0\n[route:s]\nbond = b\nto = 2001:db8::1\n[route:t]\nbond = b\n"
			"to = 203.0.113.1\n", "6:2 warning no traffic can reach route \"s\""},
		{BOND ROUTE "to = 10.0.0.0/8\n[route:s]\nbond = b\nto = 11.0.0.0/8\n[route:t]\nbond = b\n"
			"to = 10.0.0.1, 11.0.0.1\n", "9:2 warning no traffic can reach route \"t\": earlier "
			"routes take all its destinations"},
		{BOND ROUTE "to = a.com, *.b.com\n[route:s]\nbond = b\nto = A.com., *.b.com, *.c.b.com\n",
			"6:2 warning no traffic can reach route \"s\""},
		/* a wildcard goes by texts, a domain by its addresses too, and neither by the other */
		{BOND ROUTE "to = *.full.test\n[route:s]\nbond = b\nto = h4.full.test\n", ""},
		{BOND ROUTE "to = h4.full.test\n[route:s]\nbond = b\nto = *.full.test\n", ""},
		{BOND ROUTE "to = *.c.b.com\n[route:s]\nbond = b\nto = *.b.com\n", ""},
		{BOND ROUTE "to = a.com\n[route:s]\nbond = b\nto = a.com:5070\n",
			"6:2 warning no traffic can reach"},
		{BOND ROUTE "to = a.com:5070\n[route:s]\nbond = b\nto = a.com\n", ""},
		{BOND ROUTE "to = *.a.com:5070\n[route:s]\nbond = b\nto = *.x.a.com:5071\n", ""},
		/* no name is known to have addresses of one family alone */
		{BOND ROUTE "to = 0.0.0.0/0, ::/0\n[route:s]\nbond = b\nto = a.com, *.b.com\n",
			"6:2 warning no traffic can reach route \"s\": route \"r\" in line 3 takes all"},
		{BOND ROUTE "to = 0.0.0.0/0\n[route:s]\nbond = b\nto = ::/0\n[route:t]\nbond = b\n"
			"to = a.com\n", "9:2 warning no traffic can reach route \"t\": earlier routes"},
		{BOND ROUTE "to = 0.0.0.0/0\n[route:s]\nbond = b\nto = a.com, *.b.com\n", ""},
		{BOND ROUTE "to = 0.0.0.0/1, ::/0\n[route:s]\nbond = b\nto = a.com\n", ""},
		{BOND ROUTE "to = ::/1, 0.0.0.0/0\n[route:s]\nbond = b\nto = a.com\n", ""},
		{BOND ROUTE "to = 10.0.0.0/8\n[route:s]\nbond = b\nto = a.com\n", ""},
		{BOND ROUTE "to = a.com\n[route:s]\nbond = b\nto = 10.0.0.0/8\n", ""},
		/* what a connection speaks is no condition, that it is one is */
		{BOND ROUTE "to = a.com\ntransport = tls\n[route:s]\nbond = b\nto = a.com\n"
			"transport = tcp\n", "5:6 warning datagrams to a.com\n"
			"7:2 warning no traffic can reach\n9:6 warning datagrams to a.com"},
		{BOND ROUTE "to = 0.0.0.0/0, ::/0\ntransport = udp\n[route:s]\nbond = b\nto = a.com\n"
			"transport = tls\n", ""},
		{BOND ROUTE "to = a.com\ntransport = udp\n[route:s]\nbond = b\nto = a.com\n"
			"transport = tcp\n", ""},
		{BOND ROUTE "to = 10.0.0.1\ntransport = tls\n[route:s]\nbond = b\nto = 10.0.0.1\n", ""},
		{BOND ROUTE "to = *.b.com\n[route:s]\nbond = b\nto = b.com\n", ""},
		{BOND ROUTE "to = 10.0.0.1, a.com\nto = 10.0.0.1, 10.0.0.1:5060\nto = A.com\n",
			"6:6 warning this destination stands in line 5 of the same route "
			"already\n7:6 warning this destination stands in line 5"},
	};
	check_all(m, COUNT(m));
}

#define SECRET "[host]\nsecret = 0123456789abcdef\n"

/* What is said of tokens, where they can be guessed and where libbond cannot see them. */
Test(ini, secrets)
{
	static const char hint[] = "0:0 warning no `secret` in [host]: the tokens that libbond writes";
	static const struct {
		const char *text, *findings;
	} m[] = {
		{BOND ROUTE, hint},
		{BOND, "1:2 warning bond \"b\" is used by no route"},
		{"[bond:b]\nmember = tls:eth1\n" ROUTE, hint},
		{"[bond:b]\nmember = sctp:eth1\n" ROUTE, ""},
		{BOND ROUTE "[host]\nheaders = keep\n", ""},
		{BOND ROUTE SECRET, ""},
		{BOND ROUTE "from = b\n", hint},
		{BOND ROUTE "from = b\n[host]\nheaders = keep\n", ""},
		{BOND ROUTE "from = b\n" SECRET, ""},
		{BOND "member = tls:eth1\n" ROUTE "from = b\n", hint},
		{BOND "member = wss:eth1\n" ROUTE "[host]\nheader = X-Bond\n", hint},
		{BOND "member = sctp:eth1\n" ROUTE "[host]\nheader = X-Bond\n",
			"0:0 warning no `secret`\n"
			"7:10 warning requests that come in over sctp (member in line 3) get no X-Bond-In"},
		{BOND "member = tls:eth1\n" ROUTE "from = b\n" SECRET, ""},
		{BOND "member = tls:eth1\n" ROUTE "from = b\n" SECRET "headers = keep\n",
			"6:8 warning what comes in over tls (member in line 3) cannot be seen: where this "
			"route could take it, it is refused"},
		{BOND "member = sctp:eth1\n" ROUTE "from = b\n" SECRET,
			"6:8 warning what comes in over sctp (member in line 3) cannot be seen: where this "
			"route could take it, it is refused"},
		{BOND "no-member = pass\nmember = ws:eth1\n" ROUTE "from = b\n" SECRET, ""},
		{BOND "no-member = pass\nmember = ws:eth1\n" ROUTE "from = b\n" SECRET "headers = keep\n",
			"7:8 warning what comes in over ws (member in line 4) cannot be seen: where this "
			"route could take it, it goes the host's own way"},
		{BOND "member = tcp:eth1\n" ROUTE "from = b\n" SECRET "program = x, opensips\n",
			"6:8 warning OpenSIPS 4.0 and later opens its connections in other threads"},
		{BOND "member = tcp:eth1\n" ROUTE "from = b\ntransport = udp\n" SECRET
			"program = opensips\n", ""},
		{BOND ROUTE "from = b\n" SECRET "program = opensips\n", ""},
		{BOND "member = tls:eth1\n" ROUTE SECRET "header = X\n", ""},
		{BOND "member = tls:eth1\n" ROUTE SECRET "header = X\nheaders = keep\n",
			"8:10 warning requests that come in over tls"},
		{BOND "member = tls:eth1\n" ROUTE SECRET "header = X\nheader-over-tls = trust\n", ""},
		{BOND ROUTE SECRET "header = off\nheader-over-tls = trust\n",
			"8:19 warning `header-over-tls` says nothing without `header`"},
		{"[bond:b]\nmember = udp:eth1 as a.com\n" ROUTE "[host]\nheaders = keep\nalias = b.com\n",
			"2:10 warning `as` says nothing with headers = keep\n7:9 warning `alias` says nothing"},
	};
	for (size_t i = 0; i < COUNT(m); i++) {
		struct findings f;
		struct config c;
		char got[4096];
		config_load_text(&c, "x", m[i].text, strlen(m[i].text), &f);
		describe(&f, got, sizeof(got));
		const char *line = m[i].findings, *at = got;
		for (; *line && *at; at = strchr(at, '\n') + 1) {
			size_t n = strcspn(line, "\n");
			cr_assert(strncmp(at, line, n) == 0, "%s\nwanted: %s\ngot: %s", m[i].text,
				m[i].findings, got);
			line += n + (line[n] == '\n');
		}
		cr_assert(!*line && !*at, "%s\nwanted: %s\ngot: %s", m[i].text, m[i].findings, got);
		findings_free(&f);
		config_free(&c);
	}
}

/* `transport = tls` takes datagrams out of a route. */
Test(ini, datagrams_that_are_passed_over)
{
	static const char both[] = "[bond:b]\nmember = udp:eth1\nmember = tls:eth1\n";
	static const struct {
		const char *routes, *warning;
	} m[] = {
		{ROUTE "to = 10.9.0.0/16\ntransport = tls\n", "6:6 warning datagrams to 10.9.0.0/16 match no "
			"route, as `transport = tls`"},
		{ROUTE "to = 10.9.0.0/16, a.com\n  10.8.0.1\ntransport = tls\n", "6:6 warning datagrams to "
			"10.9.0.0/16 (and 2 more) match"},
		{ROUTE "to = *.a.com\ntransport = tcp\n", "6:6 warning datagrams to *.a.com match no"},
		{ROUTE "to = 10.9.0.1:5070\ntransport = tls\n[route:s]\nbond = b\nto = 10.9.0.1\n", NULL},
		{ROUTE "to = 10.9.0.1\ntransport = tls\n[route:s]\nbond = b\nto = 10.9.0.1:5070\n",
			"6:6 warning datagrams to 10.9.0.1 match"},
		{ROUTE "to = 10.9.0.1\ntransport = tls\n[route:s]\nbond = none\nto = 10.0.0.0/8\n", NULL},
		{"[route:s]\nbond = b\nto = 10.9.0.1\ntransport = udp\n" ROUTE
			"to = 10.9.0.1\ntransport = tls\n", NULL},
		{ROUTE "to = x.a.com\ntransport = tls\n[route:s]\nbond = b\nto = *.a.com\n", NULL},
		{ROUTE "to = x.a.com\ntransport = tls\n[route:s]\nbond = b\nto = *.b.com\n",
			"6:6 warning datagrams to x.a.com"},
		{ROUTE "to = 10.9.0.1\ntransport = tls\n[route:s]\nbond = b\n", NULL},
		{ROUTE "to = 10.9.0.1\ntransport = udp\n", NULL},
		{"[route:r]\nbond = none\nto = 10.9.0.1\ntransport = tls\n[route:t]\nbond = b\nto = 10.7.0.1\n",
			NULL},
		{ROUTE "transport = tls\n", NULL},
	};
	for (size_t i = 0; i < COUNT(m); i++) {
		char text[1024], got[4096];
		struct findings f;
		struct config c;
		snprintf(text, sizeof(text), "%s%s", both, m[i].routes);
		cr_assert_eq(config_load_text(&c, "x", text, strlen(text), &f), 0);
		describe(&f, got, sizeof(got));
		if (m[i].warning)
			cr_assert(strstr(got, m[i].warning), "%s\ngot: %s", text, got);
		else
			cr_assert(!strstr(got, "datagrams to"), "%s\ngot: %s", text, got);
		findings_free(&f);
		config_free(&c);
	}
}

/* The list of programs outlives a mistake elsewhere, but not one that may be about itself. */
Test(ini, programs_of_a_bad_file)
{
	static const struct {
		const char *text;
		size_t programs;
	} m[] = {
		{"[host]\nprogram = a, b\n[bond:x]\nmember = 1\n", 2},
		{"[host]\nprogram = a\n  b\nno-route = x\n", 2},
		{"[bond:x]\nmember = 1\n[weather]\nx = y\n[host]\nprogram = a\n", 1},
		{"[bond:x]\nmember = 1\n", 0},
		{"[host]\nprogram = a\nprogramm = b\n", 0},
		{"[host]\nprogram = a\nb\n", 0},
		{"[host]\nprogram = a\nprogram: b\n", 0},
		{"[host]\nprogram = a,, b\n", 0},
		{"[host]\nprogram = a\n  b # c\n", 0},
		{"[hots]\nprogram = a\n", 0},
		{"[host]\nprogram = a\n[weather]\nprogram = b\n", 0},
		{"program = b\n[host]\nprogram = a\n", 0},
		{"[host]\nprogram = a\n[bond:b]\nprogram = b\n", 0},
	};
	for (size_t i = 0; i < COUNT(m); i++) {
		struct findings f;
		struct config c;
		cr_assert_eq(config_load_text(&c, "x", m[i].text, strlen(m[i].text), &f), EINVAL);
		cr_assert_eq(c.program_count, m[i].programs, "%s: %zu", m[i].text, c.program_count);
		for (size_t k = 0; k < c.program_count; k++)
			cr_assert_str_eq(c.programs[k], k ? "b" : "a");
		cr_assert(c.bond_count == 0 && c.route_count == 0 && c.target_count == 0);
		findings_free(&f);
		config_free(&c);
	}
}

/* What is only not there now is told from what has to be corrected. */
Test(ini, absent)
{
	static const struct {
		const char *text;
		bool passes;
	} m[] = {
		{MEMBER("udp:eth9"), true},
		{MEMBER("udp:eth0.100"), true},
		{MEMBER("udp:bare0"), true},
		{MEMBER("udp:local0"), true},
		{MEMBER("udp:nowhere.example.com"), true},
		{MEMBER("udp:busy.example.com"), true},
		{MEMBER("udp:10.0.0.1 device eth9"), true},
		{MEMBER("udp:[fe80::1%eth9]"), true},
		{BOND ROUTE "socket = udp:eth9:5060\nto = fe80::1%eth9\n", true},
		{BOND ROUTE "[host]\nalias = a.com udp:eth9\n", true},
		{MEMBER("udp:eth9 opn"), false},
		{MEMBER("udp:eth9") "x = y\n", false},
		{MEMBER("udp:a_b!c"), false},
		{MEMBER("udp:eth9!100"), false},
		{MEMBER("udp:a-very-long-name.100"), false},
		{MEMBER("udp:9eth.100"), false},
		{"", false},
	};
	for (size_t i = 0; i < COUNT(m); i++) {
		struct findings f;
		struct config c;
		cr_assert_eq(config_load_text(&c, "x", m[i].text, strlen(m[i].text), &f), EINVAL);
		cr_assert_eq(findings_pass(&f), m[i].passes, "%s", m[i].text);
		findings_free(&f);
		config_free(&c);
	}
}

static bool acts_for_a(const struct config *c)
{
	for (size_t i = 0; i < c->program_count; i++)
		if (strcmp(c->programs[i], "a") == 0)
			return true;
	return c->program_count == 0;
}

/* For the program that is to act by it, and for others. */
Test(ini, for_a_host)
{
	static const struct {
		const char *text;
		int error;
	} m[] = {
		{BOND ROUTE, 0},
		{BOND ROUTE "[host]\nprogram = b, a\n", 0},
		{BOND ROUTE "[host]\nprogram = b\n  a\n", 0},
		{BOND ROUTE "[host]\nprogram = b\n", ECANCELED},
		{BOND ROUTE "[host]\n# program = a\nprogram = b\n", ECANCELED},
		{"[host]\nprogram = b\n[bond:b]\nmember = nonsense\n[weather]\n", ECANCELED},
		{"[host]\nprogram = a\n[bond:b]\nmember = nonsense\n", EINVAL},
		{BOND ROUTE "[host]\nprogram = b\nprogramm = a\n", EINVAL},
		{BOND ROUTE "[route:s]\nto = program.example.com\nbond = b\n", 0},
		{"", EINVAL},
	};
	char name[] = "/tmp/test_ini.XXXXXX";
	int fd = mkstemp(name);
	for (size_t i = 0; i < COUNT(m); i++) {
		struct findings f;
		struct config c;
		ssize_t n = (ssize_t)strlen(m[i].text);
		cr_assert(ftruncate(fd, 0) == 0 && pwrite(fd, m[i].text, (size_t)n, 0) == n);
		cr_assert_eq(config_load_host(&c, name, acts_for_a, &f), m[i].error, "%s", m[i].text);
		if (m[i].error == ECANCELED)
			cr_assert(f.count == 0 && c.bond_count == 0 && c.program_count == 1);
		else if (m[i].error == 0)
			cr_assert(c.bond_count == 1 && c.member_count == 2);
		findings_free(&f);
		config_free(&c);
	}
	close(fd);
	unlink(name);
}

/* ---- what is kept ---- */

static void load(struct config *c, const char *text)
{
	struct findings f;
	int error = config_load_text(c, "test.ini", text, strlen(text), &f);
	if (error)
		findings_print(&f, "test.ini", stderr, false);
	cr_assert_eq(error, 0);
	findings_free(&f);
}

static const char *shown(const struct addr *a)
{
	static char text[4][ADDR_TEXT_MAX];
	static int turn;
	char *out = text[turn = (turn + 1) % 4];
	addr_print(a, out);
	return out;
}

Test(ini, the_whole_model)
{
	struct config c;
	load(&c, "[host]\nprogram = kamailio, opensips\nsip-ports = 5060, 5080\n"
		"alias = sip.a.com\nalias = b.com:5070 tcp:eth1:5070\nsecret = new one\nsecret = old\n"
		"no-route = fail\nheaders = keep\nprobe = ignore\nheader = X-Bond\n"
		"header-over-tls = trust\nunknown = drop\n"
		"[dns]\nserver = [2001:db8::53]:5353\ntimeout = 3\nrefresh = 60\n"
		"[route:one]\nto = A.Com:5070, *.B.com., 10.1.2.3/8\n  [2001:db8::1]:5060\n"
		"from = ext, INT\nsocket = udp:10.0.0.1:5070,tls:eth0\ntransport = WSS\nbond = INT\n"
		"[route:two]\nbond = none\n"
		"[bond:Ext]\nmember = udp:eth0:5080\nmember = tls:[fe80::10%eth0] as sip.a.com:5071 open\n"
		"no-member = pass\nsource-port = member\n"
		"[bond:int]\nmember = sctp:sip.example.com\nmember = ws:10.0.0.1 device eth1 as [fd00::9]\n");
	cr_assert_str_eq(c.file, "test.ini");
	cr_assert_eq(c.program_count, 2);
	cr_assert_str_eq(c.programs[1], "opensips");
	cr_assert(c.sip_port_count == 2 && c.sip_ports[0] == 5060 && c.sip_ports[1] == 5080);
	cr_assert_eq(c.alias_count, 3);
	cr_assert_str_eq(c.aliases[0].name, "sip.a.com");
	cr_assert(c.aliases[0].port == 0 && c.aliases[0].listener.transport == TRANSPORT_NONE);
	cr_assert(c.aliases[2].port == 5070 && c.aliases[2].listener.transport == TRANSPORT_TCP);
	cr_assert_str_eq(shown(&c.aliases[2].listener.addr), "[fd00::1]:5070");
	cr_assert_eq(c.secret_count, 2);
	cr_assert_str_eq(c.secrets[0], "new one");
	cr_assert_str_eq(c.secrets[1], "old");
	cr_assert_str_eq(c.header, "X-Bond");
	cr_assert(c.no_route == NO_ROUTE_FAIL && c.headers_keep && c.probe_ignore &&
		c.header_over_tls_trust && c.unknown == UNKNOWN_DROP);
	cr_assert_str_eq(shown(&c.dns_server), "[2001:db8::53]:5353");
	cr_assert(c.dns_timeout == 3 && c.dns_refresh == 60);

	cr_assert_eq(c.route_count, 2);
	const struct route *r = &c.routes[0];
	cr_assert_str_eq(r->name, "one");
	cr_assert(r->has_to && r->transport == TRANSPORT_WSS && r->bond == 1 && r->place.line == 18);
	cr_assert(r->from_count == 2 && r->from[0] == 0 && r->from[1] == 1);
	cr_assert_eq(r->socket_count, 4); /* eth0 has three addresses */
	cr_assert_str_eq(shown(&r->sockets[0].addr), "10.0.0.1:5070");
	cr_assert_str_eq(shown(&r->sockets[3].addr), "[2001:db8::10]:5061");
	cr_assert_eq(r->sockets[3].transport, TRANSPORT_TLS);
	cr_assert(!c.routes[1].has_to && c.routes[1].bond == ROUTE_BOND_NONE);

	cr_assert_eq(c.target_count, 4);
	cr_assert(c.targets[0].kind == TARGET_DOMAIN && c.targets[0].port == 5070);
	cr_assert_str_eq(c.targets[0].domain, "a.com");
	cr_assert(c.targets[1].kind == TARGET_WILDCARD && c.targets[1].port == 0);
	cr_assert_str_eq(c.targets[1].domain, "b.com");
	cr_assert(c.targets[2].kind == TARGET_PREFIX && c.targets[2].prefix.bits == 104);
	cr_assert_str_eq(shown(&c.targets[2].prefix.addr), "10.0.0.0");
	cr_assert(c.targets[3].prefix.bits == 128 && c.targets[3].port == 5060 &&
		c.targets[3].place.line == 20 && c.targets[3].place.column == 3);

	cr_assert_eq(c.bond_count, 2);
	cr_assert_str_eq(c.bonds[0].name, "Ext");
	cr_assert(c.bonds[0].no_member == NO_MEMBER_PASS &&
		c.bonds[0].source_port == SOURCE_PORT_MEMBER && c.bonds[0].member_count == 4);
	cr_assert(c.bonds[1].no_member == NO_MEMBER_FAIL &&
		c.bonds[1].source_port == SOURCE_PORT_ANY && c.bonds[1].first_member == 4);
	static const struct {
		const char *addr, *device, *as_host;
		enum transport transport;
		uint16_t as_port;
		bool open, from_interface;
	} members[] = {
		{"192.0.2.10:5080", "", NULL, TRANSPORT_UDP, 0, false, true},
		{"192.0.2.11:5080", "", NULL, TRANSPORT_UDP, 0, false, true},
		{"[2001:db8::10]:5080", "", NULL, TRANSPORT_UDP, 0, false, true},
		{"[fe80::10%2]:5061", "", "sip.a.com", TRANSPORT_TLS, 5071, true, false},
		{"192.0.2.20:5060", "", NULL, TRANSPORT_SCTP, 0, false, false},
		{"[2001:db8::20]:5060", "", NULL, TRANSPORT_SCTP, 0, false, false},
		{"10.0.0.1:80", "eth1", "[fd00::9]", TRANSPORT_WS, 0, false, false},
	};
	cr_assert_eq(c.member_count, COUNT(members));
	for (size_t i = 0; i < COUNT(members); i++) {
		const struct member *m = &c.members[i];
		cr_assert_str_eq(shown(&m->addr), members[i].addr);
		cr_assert_str_eq(m->device, members[i].device);
		cr_assert(m->transport == members[i].transport && m->as_port == members[i].as_port &&
			m->open == members[i].open && m->from_interface == members[i].from_interface &&
			m->bond == (i >= 4));
		cr_assert((!m->as_host && !members[i].as_host) ||
			strcmp(m->as_host, members[i].as_host) == 0);
	}
	cr_assert_eq(c.members[6].device_index, 3);
	cr_assert_str_eq(c.members[0].written, "udp:eth0:5080");
	cr_assert_eq(c.bonds[0].fit[TRANSPORT_UDP][0].count, 2);
	cr_assert_eq(c.bonds[0].fit[TRANSPORT_UDP][1].count, 1);
	cr_assert_eq(c.fit[c.bonds[1].fit[TRANSPORT_WS][0].first], 6);
	config_free(&c);
}

Test(ini, defaults)
{
	struct config c;
	load(&c, BOND "[route:r]\nbond = b\n");
	cr_assert(c.sip_port_count == 2 && c.sip_ports[0] == 5060 && c.sip_ports[1] == 5061);
	cr_assert(c.program_count == 0 && c.secret_count == 0 && !c.header && !c.headers_keep &&
		!c.probe_ignore && c.no_route == NO_ROUTE_PASS && c.unknown == UNKNOWN_PASS &&
		!c.header_over_tls_trust && c.alias_count == 0);
	cr_assert(c.dns_server.family == 0 && c.dns_timeout == 5 && c.dns_refresh == 0);
	cr_assert(c.bonds[0].no_member == NO_MEMBER_FAIL && c.bonds[0].source_port == SOURCE_PORT_ANY);
	config_free(&c);
	static const struct {
		const char *transport;
		uint16_t port;
	} ports[] = {{"udp", 5060}, {"tcp", 5060}, {"tls", 5061}, {"ws", 80}, {"wss", 443},
		{"sctp", 5060}};
	for (size_t i = 0; i < COUNT(ports); i++) {
		char text[200];
		snprintf(text, sizeof(text), "[bond:b]\nmember = %s:10.0.0.1\n[route:r]\nbond = b\n",
			ports[i].transport);
		load(&c, text);
		cr_assert_eq(c.members[0].addr.port, ports[i].port);
		config_free(&c);
	}
}

/* ---- printing ---- */

static char *printed(const char *text, size_t n, bool all)
{
	struct findings f;
	struct config c;
	char *out;
	size_t size;
	FILE *stream = open_memstream(&out, &size);
	config_load_text(&c, "bond.ini", text, n, &f);
	config_free(&c);
	findings_print(&f, "bond.ini", stream, all);
	fclose(stream);
	findings_free(&f);
	return out;
}

Test(ini, printed_with_the_line_and_a_caret)
{
	static const struct {
		const char *text, *out;
	} cases[] = {
		{"[bond:b]\nmember = 10.0.0.1:5060\n",
			"bond.ini:2:10: error: a member needs a transport: write udp:10.0.0.1:5060\n"
			"    member = 10.0.0.1:5060\n"
			"             ^~~~~~~~~~~~~\n"},
		{"[bond:b]\n\tmember\t=\tupd:eth1\n",
			"bond.ini:2:11: error: unknown transport \"upd\": did you mean udp?\n"
			"    \tmember\t=\tupd:eth1\n"
			"    \t      \t \t^~~\n"},
		{"[bond:b]\nmember = udp:eth1 ; caf\xc3\xa9\n[host]\nno-route = b\xc3\xbc b\xc3\xbc\n",
			"bond.ini:4:12: error: unknown value \"b\xc3\xbc b\xc3\xbc\": write pass or fail\n"
			"    no-route = b\xc3\xbc b\xc3\xbc\n"
			"               ^~~~~\n"},
		{"[host]\nsecret = one\nsecret = two\nsecret = three four\n",
			"bond.ini:4:10: error: a third secret: two are accepted, the new one and the old one\n"
			"    secret = ***** ****\n"
			"             ^~~~~~~~~~\n"},
		{"[host]\nsecrt = X Y\nno-route=\n",
			"bond.ini:2:1: error: unknown key \"secrt\" in [host]: did you mean secret?\n"
			"    secrt = * *\n    ^~~~~\n"
			"bond.ini:3:1: error: no-route has no value: write no-route = ...\n"
			"    no-route=\n    ^~~~~~~~\n"},
		{"[host]\nsecret = one\n tw\x01o\nno-route=\n",
			"bond.ini:3:4: error: a control character (0x01): remove it\n"
			"     ****\n       ^\n"
			"bond.ini:4:1: error: no-route has no value: write no-route = ...\n"
			"    no-route=\n    ^~~~~~~~\n"},
		{"[host]\nsecret: X\nSecret X\n",
			"bond.ini:2:7: error: '=' stands between key and value, not ':': write secret = ...\n"
			"    secret: *\n          ^\n"
			"bond.ini:3:1: error: this is neither a [section], a comment (; or #) nor KEY = VALUE\n"
			"    Secret *\n    ^~~~~~~~\n"},
		{"[host] secret = X\n",
			"bond.ini:1:8: error: only a comment may stand after ']'\n"
			"    [host] secret = *\n           ^~~~~~~~~~\n"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *out = printed(cases[i].text, strlen(cases[i].text), false);
		cr_assert_str_eq(out, cases[i].out);
		free(out);
	}
}

Test(ini, printed_without_control_characters)
{
	static const char text[] = "[bond:b]\nmember = \x1b[31m\0x\x7f\n";
	char *out = printed(text, sizeof(text) - 1, true);
	for (const char *s = out; *s; s++)
		cr_assert((unsigned char)*s >= ' ' || *s == '\n', "0x%02x", *s);
	cr_assert(strstr(out, "bond.ini:2:10: error: a control character (0x1b)"));
	free(out);
}

Test(ini, in_the_order_of_the_file)
{
	static const char text[] = "[route:r]\nbond = gone\nto = a..b\n[bond:b]\nmember = eth1\n";
	struct findings f;
	struct config c;
	cr_assert_eq(config_load_text(&c, "x", text, sizeof(text) - 1, &f), EINVAL);
	cr_assert_eq(f.error_count, 3);
	cr_assert(f.items[0].place.line == 2 && f.items[1].place.line == 3 &&
		f.items[2].place.line == 5);
	findings_free(&f);
	config_free(&c);
	cr_assert(f.items == NULL && f.count == 0);
}

/* ---- files ---- */

Test(ini, files)
{
	struct findings f;
	struct config c;
	char name[] = "/tmp/test_ini.XXXXXX";
	static const char text[] = BOND "[route:r]\nbond = b\n" SECRET;
	cr_assert_eq(config_load(&c, "/nonexistent/bond.ini", &f), ENOENT);
	cr_assert(f.error_count == 1 && f.items[0].place.line == 0);
	cr_assert_str_eq(f.items[0].text, "cannot read this file: No such file or directory");
	findings_free(&f);
	cr_assert_eq(config_load(&c, "/", &f), EISDIR);
	findings_free(&f);
	int fd = mkstemp(name);
	cr_assert(fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1);
	cr_assert_eq(config_load(&c, name, &f), 0);
	cr_assert_str_eq(c.file, name);
	config_free(&c);
	findings_free(&f);
	if (geteuid() != 0) {
		chmod(name, 0);
		cr_assert_eq(config_load(&c, name, &f), EACCES);
		findings_free(&f);
	}
	close(fd);
	unlink(name);
}

/* The examples are good on any machine. */
Test(ini, examples)
{
	static const char *const files[] = {"config/bond.ini", "config/article.ini",
		"config/kamailio.ini", "config/opensips.ini", "config/asterisk.ini", "config/baresip.ini",
		"config/freeswitch.ini", "config/linphone.ini", "config/sipp.ini",
		"config/one-socket.ini"};
	for (size_t i = 0; i < COUNT(files); i++) {
		struct findings f;
		struct config c;
		char got[16384];
		int error = config_load(&c, files[i], &f);
		describe(&f, got, sizeof(got));
		cr_assert_eq(error, 0, "%s: %s", files[i], got);
		for (size_t k = 0; k < f.count; k++)
			cr_assert(f.items[k].kind != FINDING_WARNING ||
				strstr(f.items[k].text, "this machine now") ||
				strstr(f.items[k].text, "this secret is published"), "%s: %s", files[i],
				f.items[k].text);
		cr_assert(c.bond_count > 0 && c.route_count > 0 && c.member_count > 0);
		findings_free(&f);
		config_free(&c);
	}
}

Test(ini, the_article_as_printed)
{
	struct findings f;
	struct config c;
	char got[16384];
	cr_assert_eq(config_load(&c, TEST_DATA "/article-as-printed.ini", &f), EINVAL);
	describe(&f, got, sizeof(got));
	cr_assert(strstr(got, "error unknown bond \"external\": did you mean extern?"), "%s", got);
	cr_assert(strstr(got, "warning udp:10.10.0.3:5060 is a member of two bonds"), "%s", got);
	cr_assert(strstr(got, "warning tcp:10.10.0.5:5060 is a member of two bonds"), "%s", got);
	findings_free(&f);
	config_free(&c);
}

/* Twenty thousand destinations, and as many mistakes: each is kept. */
Test(ini, many_lines)
{
	enum { N = 20000 };
	size_t size = 64 + (size_t)N * 32, n = 0;
	char *text = malloc(size);
	struct findings f;
	struct config c;
	n += (size_t)sprintf(text, BOND "[route:r]\nbond = b\n");
	for (int i = 0; i < N; i++)
		n += (size_t)sprintf(text + n, "to = 20.%d.%d.%d\n", i >> 16, i >> 8 & 255, i & 255);
	cr_assert_eq(config_load_text(&c, "x", text, n, &f), 0);
	cr_assert_eq(c.target_count, N);
	cr_assert_eq(f.count, 1); /* the secret */
	findings_free(&f);
	config_free(&c);
	n = (size_t)sprintf(text, BOND "[route:r]\nbond = b\n");
	for (int i = 0; i < N; i++)
		n += (size_t)sprintf(text + n, "to = 20.%d.%d\n", i >> 8 & 255, i & 255);
	cr_assert_eq(config_load_text(&c, "x", text, n, &f), EINVAL);
	cr_assert_eq(f.error_count, N);
	findings_free(&f);
	config_free(&c);
	free(text);
}

/* ---- what is right somewhere else ---- */

#define GIVES(value, wanted) {BOND ROUTE "to = " value "\n", "5:6 " wanted}

Test(ini, other_notations)
{
	static const struct mistake m[] = {
		GIVES("2001:db8::1:5060", "warning this is one address at any port: for port 5060 write "
			"[2001:db8::1]:5060, for the address 2001:db8::1:5060/128"),
		GIVES("fd00::7:8443", "warning this is one address at any port: for port 8443"),
		GIVES("2001:db8::1:15060", "error an IPv6 address with a port needs brackets: write "
			"[2001:db8::1]:15060"),
		GIVES("2001:db8:1:2:3:4:5:6:5060", "error an IPv6 address with a port needs brackets: write "
			"[2001:db8:1:2:3:4:5:6]:5060"),
		GIVES("_sip._udp.carrier.com", "error \"_sip._udp.carrier.com\" names SRV records, which libbond "
			"asks for by itself: write carrier.com"),
		GIVES("_sips._tcp.carrier.com:5061", "error \"_sips._tcp.carrier.com:5061\" names SRV"),
		GIVES("*._sip._tcp.a.b", "error \"*._sip._tcp.a.b\" names SRV records, which libbond asks for by "
			"itself: write a.b"),
		GIVES("10.0.0.0/255.0.0.0", "error a netmask is written as its length: write 10.0.0.0/8"),
		GIVES("10.0.0.0 255.255.0.0", "error a netmask is written as its length: write 10.0.0.0/16"),
		GIVES("10.1.0.0 netmask 255.255.255.252", "error a netmask is written as its length: write "
			"10.1.0.0/30"),
		GIVES("10.0.0.9/0.0.0.255", "error a netmask is written as its length: write 10.0.0.0/24"),
		GIVES("10.0.0.9/255.255.255.255", "error a netmask is written as its length: write 10.0.0.9"),
		GIVES("2001:db8::/ffff:ffff::", "error a netmask is written as its length: write 2001:db8::/32"),
		{BOND ROUTE "to = 10.0.0.0/255.0.255.0\n", "5:15 error \"255.0.255.0\" is not a prefix length"},
		GIVES("10.0.*.*", "error \"10.0.*.*\" is no notation of this file: write 10.0.0.0/16"),
		GIVES("10.*", "error \"10.*\" is no notation of this file: write 10.0.0.0/8"),
		GIVES("192.0.2.x", "error \"192.0.2.x\" is no notation of this file: write 192.0.2.0/24"),
		GIVES("192.0.2.", "error \"192.0.2.\" is no notation of this file: write 192.0.2.0/24"),
		GIVES("10/8", "error \"10/8\" is no notation of this file: write 10.0.0.0/8"),
		GIVES("2001:db8:*", "error \"2001:db8:*\" is no notation of this file: write 2001:db8::/32"),
		GIVES("2001:db8:1::*", "error \"2001:db8:1::*\" is no notation of this file: write "
			"2001:db8:1::/48"),
		GIVES("10.0.0.0-10.0.0.255", "error a range is written as prefixes: write 10.0.0.0/24"),
		GIVES("10.0.0.1 - 10.0.0.9", "error a range is written as prefixes: write 10.0.0.1, 10.0.0.2/31, "
			"10.0.0.4/30, 10.0.0.8/31"),
		GIVES("10.0.0.1-20", "error a range is written as prefixes: write 10.0.0.1, 10.0.0.2/31, "
			"10.0.0.4/30, 10.0.0.8/29, 10.0.0.16/30, 10.0.0.20"),
		GIVES("10.0.0.1-10.0.1.20", "error a range is written as prefixes: write 10.0.0.1, 10.0.0.2/31, "
			"10.0.0.4/30, 10.0.0.8/29, 10.0.0.16/28, 10.0.0.32/27, ..."),
		GIVES("0.0.0.0-255.255.255.255", "error a range is written as prefixes: write 0.0.0.0/0"),
		GIVES("2001:db8::-2001:db8::ffff", "error a range is written as prefixes: write 2001:db8::/112"),
		GIVES("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "error a range is written as prefixes: write "
			"::/0"),
		GIVES("10.0.0.9-10.0.0.1", "error \"10.0.0.9-10.0.0.1\" is neither an address nor a domain"),
		{BOND ROUTE "to = 2001:db8::1:5060/128, my-host.example, 1-2.example, 2001:db8::10, a_b.example\n",
			""},
		{"[bond:b]\nmember = udp:eth0:1:5060\n" ROUTE, "2:14 error an interface stands without a label: "
			"write udp:eth0:5060 for all its addresses, or one of them"},
	};
	check_all(m, COUNT(m));
}

Test(ini, pasted)
{
	static const struct mistake m[] = {
		{"socket=bond:external {\"udp:1.2.3.4:5060\", \"tcp:1.2.3.9:5060\"}\n" BOND ROUTE,
			"1:1 error this is how OpenSIPS writes a bond: here it is a section [bond:external] with "
			"a line member = udp:1.2.3.4:5060, and one for each further socket"},
		{BOND "socket = bond:external\n" ROUTE, "3:1 error this is how OpenSIPS writes a bond: here it is "
			"a section [bond:external] with a line member = udp:ADDRESS:PORT for each socket"},
		{BOND ROUTE "socket=bond:x {\n", "5:1 error this is how OpenSIPS writes a bond"},
		{BOND ROUTE "$socket_out = \"bond:external\";\n", "5:1 error this is a line of an OpenSIPS script: "
			"here a [route:NAME] says bond = external"},
		{BOND "socket = udp:1.2.3.4:5060\n" ROUTE, "3:1 error a socket of a bond is a member: write member = "
			"udp:1.2.3.4:5060"},
		{BOND "listen=tcp:1.2.3.4:5060\n" ROUTE, "3:1 error a socket of a bond is a member"},
		{BOND "bond = udp:1.2.3.4:5060\n" ROUTE, "3:1 error a socket of a bond is a member"},
		{BOND "1.2.3.4 = member\n" ROUTE, "3:1 error key and value are swapped: write member = 1.2.3.4"},
		{BOND "udp:1.2.3.4:5060 = member\n" ROUTE, "3:1 error key and value are swapped: write member = "
			"udp:1.2.3.4:5060"},
		{BOND ROUTE "carrier.com = to\n", "5:1 error key and value are swapped: write to = carrier.com"},
		{BOND ROUTE "[host]\nkamailio = program\n", "6:1 error key and value are swapped: write program = "
			"kamailio"},
		{BOND ROUTE "[host]\n0123456789abcdef = secret\n", "6:1 error key and value are swapped: write "
			"secret = ..."},
		{BOND ROUTE "member = b\n", "5:1 error a route names its bond: write bond = b"},
		{BOND "[route:r]\nbond = 10.0.0.0/8\n", "4:8 error \"10.0.0.0/8\" is a destination: write to = "
			"10.0.0.0/8, and here the name of a bond"},
		{BOND "[route:r]\nbond = udp:1.2.3.4:5060\n", "4:8 error \"udp:1.2.3.4:5060\" is a member, and a "
			"bond is called by its name"},
		{BOND ROUTE "from = 10.0.0.1\n[host]\nsecret = 0123456789abcdef\n", "5:8 error \"10.0.0.1\" is an "
			"address: `from` names the bond"},
		{BOND ROUTE "to = b\n", "5:6 warning this is taken for a domain, and there is a bond of that name"},
		{"[bond:to]\nmember = udp:eth1\n[route:r]\nbond = to\n", ""},
	};
	check_all(m, COUNT(m));
	char *out = printed(BOND ROUTE "[host]\n0123456789abcdef = secret\n",
		strlen(BOND ROUTE "[host]\n0123456789abcdef = secret\n"), true);
	cr_expect(!strstr(out, "0123"), "%s", out);
	free(out);
}

Test(ini, one_port)
{
#define TWO(a, b) "[bond:b]\nmember = " a "\nmember = " b "\n" ROUTE
	static const struct mistake m[] = {
		{TWO("tcp:10.0.0.1:5060", "tls:10.0.0.1:5060"), "3:10 warning tls and tcp (line 2) on "
			"10.0.0.1:5060: one port speaks one of them"},
		{TWO("wss:10.0.0.1:5061", "tls:10.0.0.1"), "3:10 warning tls and wss (line 2) on 10.0.0.1:5061"},
		{TWO("tcp:10.0.0.1:80", "ws:10.0.0.1"), "3:10 warning ws and tcp (line 2) on 10.0.0.1:80"},
		{TWO("tcp:eth1", "tls:eth1:5060"), "3:10 warning tls and tcp (line 2) on 10.0.0.1:5060"},
		{TWO("tcp:10.0.0.1:5060", "udp:10.0.0.1:5060"), ""},
		{TWO("tcp:10.0.0.1:5060", "tls:10.0.0.1:5061"), ""},
		{TWO("tls:10.0.0.1:5061", "sctp:10.0.0.1:5061"), ""},
	};
	check_all(m, COUNT(m));
}

/* ---- secrets that keep nothing ---- */

#define MAKE "head -c 24 /dev/urandom | base64"

Test(ini, weak_secrets)
{
	static const struct mistake m[] = {
		{BOND ROUTE "[host]\nsecret = short\n", "6:10 warning this secret has 5 bytes, so that it can be "
			"guessed: at least 16, by " MAKE},
		{BOND ROUTE "[host]\nsecret = 1\n", "6:10 warning this secret has 1 byte, so"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcde\n", "6:10 warning this secret has 15 bytes"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\n", ""},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\nsecret = old\n", "7:10 warning this secret has 3"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\n  old\n", "7:3 warning this secret has 3"},
		{BOND ROUTE "[host]\nsecret = aaaaaaaaaaaaaaaaaaaa\n", "6:10 warning this secret can be guessed: make "
			"one by " MAKE},
		{BOND ROUTE "[host]\nsecret = change-this-to-32-random-letters\n", "6:10 warning this secret is "
			"published, in libbond's own examples: make your own by " MAKE},
		/* cut by what inih takes for a comment */
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef ;ghijklmn\n", "6:27 warning the secret ends here, "
			"after 16 bytes: a ';' behind a blank begins a comment"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\t; and more\n", "6:27 warning the secret ends here"},
		{BOND ROUTE "[host]\nsecret = a ;0123456789abcdef\n", "6:10 warning this secret has 1 byte\n"
			"6:12 warning the secret ends here, after 1 byte: a ';'"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\n 0123456789abcdeg ;x\n", "7:19 warning the secret "
			"ends here"},
		{BOND ROUTE "[host]\nsecret = 0123456789;abcdef\n", ""},
		{BOND ROUTE "[host]\nsecret = ;0123456789abcdef\n", "6:1 error secret has no value"},
		{BOND ROUTE "[host]\nsecret = 0123456789abcdef\nprogram = a ;b\n", ""},
	};
	check_all(m, COUNT(m));
}

/* Whatever stands for a secret in what is published with libbond. */
Test(ini, published_secrets)
{
	static const char *const files[] = {"README.md", "config/bond.ini", "config/article.ini",
		"config/article-inout.ini", "config/kamailio.ini", "config/opensips.ini",
		"config/asterisk.ini", "config/baresip.ini", "config/freeswitch.ini",
		"config/linphone.ini", "config/sipp.ini", "config/one-socket.ini",
		"config/bond.ini.5", "shim/libbond.8", "config/guide.md", "scripts/fleet/kubernetes.yaml",
		"shim/bondctl.1", "scripts/bondrun.1"};
	size_t found = 0;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *text = malloc(1 << 20);
		FILE *in = fopen(files[i], "r");
		cr_assert(in, "%s", files[i]);
		size_t n = fread(text, 1, (1 << 20) - 1, in);
		text[n] = 0;
		fclose(in);
		size_t here = 0;
		for (char *s = text; (s = strstr(s, "secret")); s += 6) {
			char *value = s + 6 + strspn(s + 6, " \t"), ini[400];
			if (*value++ != '=')
				continue;
			value += strspn(value, " \t");
			size_t size = strcspn(value, " \t\n`");
			if (!size || strncmp(value, "Ar ", 3) == 0 || strchr("%.", *value))
				continue; /* a place for one */
			snprintf(ini, sizeof(ini), BOND ROUTE "[host]\nsecret = %.*s\n", (int)size, value);
			check(ini, strlen(ini), "6:10 warning this secret is published");
			here++;
		}
		/* and each says how to make one */
		cr_expect(!here || strstr(text, MAKE), "%s", files[i]);
		found += here;
		free(text);
	}
	cr_expect_geq(found, 8);
}

/* ---- printing ---- */

static char *printed_as(const char *text, size_t n, const char *file)
{
	char *out;
	size_t size;
	struct config c;
	struct findings f;
	FILE *stream = open_memstream(&out, &size);
	config_load_text(&c, file, text, n, &f);
	findings_print(&f, file, stream, true);
	fclose(stream);
	findings_free(&f);
	config_free(&c);
	return out;
}

static size_t count_of(const char *text, const char *word)
{
	size_t count = 0;
	for (; (text = strstr(text, word)); text++)
		count++;
	return count;
}

Test(ini, many_errors)
{
	static const struct {
		size_t errors;
		const char *rest; /* NULL: all are shown */
	} cases[] = {{1, NULL}, {49, NULL}, {50, NULL}, {51, "bond.ini: 1 more error is not shown\n"},
		{52, "bond.ini: 2 more errors are not shown\n"},
		{5000, "bond.ini: 4950 more errors are not shown\n"}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = malloc(100 + cases[i].errors * 20);
		size_t n = (size_t)sprintf(text, BOND ROUTE);
		for (size_t k = 0; k < cases[i].errors; k++)
			n += (size_t)sprintf(text + n, "to = a..%zu\n", k);
		char *out = printed_as(text, n, "bond.ini");
		size_t shown = cases[i].errors < 50 ? cases[i].errors : 50;
		cr_expect_eq(count_of(out, ": error: "), shown, "%zu errors", cases[i].errors);
		cr_expect_eq(count_of(out, "not shown"), cases[i].rest != NULL);
		cr_expect(!cases[i].rest || strstr(out, cases[i].rest), "%s", out + strlen(out) - 60);
		free(out);
		free(text);
	}
	/* of the other kinds likewise */
	char text[8000];
	size_t n = (size_t)sprintf(text, BOND ROUTE);
	for (int k = 0; k < 60; k++)
		n += (size_t)sprintf(text + n, "to = 10.%d.0.1/16\n", k);
	char *out = printed_as(text, n, "bond.ini");
	cr_expect_eq(count_of(out, ": warning: "), 50);
	cr_expect(strstr(out, "bond.ini: 11 more warnings are not shown\n"), "%s", out);
	free(out);
}

/* Nothing that a terminal obeys, whatever stands in the file or its name. */
Test(ini, nothing_to_obey)
{
	static const char *const obeyed[] = {"\033[2J", "\a", "\b", "\r", "\x7f", "\x9b" "31m", "\x90",
		"\xc2\x9b" "31m", "\xc2\x80", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\xa8",
		"\xff\xfe", "\xc0\x9b", "\xe0\x80\x9b", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"};
	static const char *const places[] = {"[bond:b%s]\n", BOND ROUTE "to = 10.0.%s0.1\n",
		BOND ROUTE "t%so = 10.0.0.1\n", BOND "[route:r%s]\n", BOND ROUTE "%s", "[%s\n",
		BOND ROUTE "from = a%s\n", "[bond:b]\nmember = udp:eth%s:5060\n",
		"[bond:b]\nmember = u%sdp:eth1:5060\n", BOND ROUTE "[host]\nunknown = %s\n",
		BOND ROUTE "to = a, ;%s\n 10.0.0.300\n", BOND ROUTE "[host]\nprogram = /bin/%s/\n",
		("[bond:b]\nmember = udp:eth1 device d%s\n" ROUTE)};
	for (size_t i = 0; i < COUNT(obeyed); i++)
		for (size_t k = 0; k < COUNT(places); k++) {
			char text[300], file[40];
			int n = snprintf(text, sizeof(text), places[k], obeyed[i]);
			snprintf(file, sizeof(file), "bo%snd.ini", obeyed[i]);
			char *out = printed_as(text, (size_t)n, file);
			for (unsigned char *s = (unsigned char *)out; *s; s++) {
				cr_expect(*s == '\n' || (*s >= ' ' && *s < 0x7f), "%zu %zu: %02x in %s", i, k,
					*s, out);
			}
			cr_expect(strstr(out, "bo\\x"), "%s", out);
			free(out);
		}
	/* letters stay, and the mark stands under what is meant */
	static const char umlaut[] = BOND ROUTE "to = b\xc3\xbc" "cher.example, \x01x\n";
	char *out = printed_as(umlaut, sizeof(umlaut) - 1, "b\xc3\xbc.ini");
	cr_expect(strstr(out, "b\xc3\xbc.ini:5:23: error: a control character (0x01)"), "%s", out);
	cr_expect(strstr(out, "\n    to = b\xc3\xbc" "cher.example, \\x01x\n                         ^~~~\n"),
		"%s", out);
	free(out);
}
