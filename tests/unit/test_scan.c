/* SPDX-License-Identifier: MIT */
/* scan: what is a request, a response, a keep-alive; next hops; header fields; RFC 4475. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rounds.h"
#include "sip/scan.h"

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A copy whose last byte is the last of a page: reading beyond it is a crash. */
static const char *at_page_end(const char *text, size_t n)
{
	static char *area;
	const size_t size = 1 << 18;

	if (!area) {
		area = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + size, 4096, PROT_NONE) == 0);
	}
	cr_assert(n <= size);
	return memcpy(area + size - n, text, n);
}

/* Bytes of a literal, NULs included. */
#define TEXT(literal) literal, sizeof(literal) - 1

enum line { NO, YES };

static const struct {
	const char *text;
	size_t n;
	enum line line;
} lines[] = {
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SIP/2.0\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SIP/2.0\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 sip/2.0\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SiP/2.0\n"), YES},
	{TEXT("invite sip:bob@203.0.113.9:5060 SIP/2.0\r\n"), YES},
	{TEXT("ACK a:b SIP/2.0\r\n"), YES},
	{TEXT("A b SIP/2.0\n"), YES},
	{TEXT("OPTIONS sip:[2001:db8::7]:5060;transport=tcp SIP/2.0\r\n"), YES},
	{TEXT("!a-Z0.%*_+`'~ tel:+1 SIP/2.0\r\n"), YES},
	{TEXT("INVITE  sip:user@example.com  SIP/2.0\r\n"), YES},
	{TEXT("INVITE sip:user@example.com; lr SIP/2.0\r\n"), YES},
	{TEXT("AVERYLONGMETHODNAMEOFMORETHANSIXTEEN sip:a@b SIP/2.0\r\n"), YES},
	{TEXT("ABCDEFGHIJKLMNOP sip:bob@203.0.113.9:5060 SIP/2.0\r\n"), YES},
	{TEXT("ABCDEFGHIJKLMNOPQ sip:bob@203.0.113.9:50 SIP/2.0\r\n"), YES},
	{TEXT("ABCDEFGHIJKLMNOP(sip:bob@203.0. :5060 SIP/2.0\r\n"), YES},
	{TEXT("ABCDEFGHIJKLMNOP(123456789012345 sip:x SIP/2.0\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SIP/2.0"), NO},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SIP/2.1\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060 SIP/2.0\r\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060\tSIP/2.0\r\n"), YES},
	{TEXT("INVITE sip:bob@203.0.113.9:5060;xSIP/2.0\r\n"), YES},
	{TEXT("INVITE SIP/2.0\r\n"), YES},
	{TEXT("INVITE  SIP/2.0\r\n"), YES},
	{TEXT(" INVITE sip:bob@203.0.113.9 SIP/2.0\r\n"), YES},
	{TEXT("\r\nINVITE sip:bob@203.0.113.9 SIP/2.0\r\n"), YES},
	{TEXT("INV/ITE sip:bob@203.0.113.9 SIP/2.0\r\n"), YES},
	{TEXT("INV\0ITE sip:bob@203.0.113.9 SIP/2.0\r\n"), YES},
	{TEXT("INV\300ITE sip:bob@203.0.113.9 SIP/2.0\r\n"), YES},
	{TEXT("SIP/2.0 200 OK\r\n"), NO},
	{TEXT("SIP/2.0 200 SIP/2.0\r\n"), NO},
	{TEXT("GET / HTTP/1.1\r\nX: a SIP/2.0\r\n"), NO},
	{TEXT("GET /index.html HTTP/1.1\r\nX: a SIP/2.0\r\n"), NO},
	{TEXT("GET /a/longer/path/than/32/bytes.html HTTP/1.1\r\nX: a SIP/2.0\r\n"), NO},
	{TEXT("TEST"), NO},
	{TEXT(""), NO},
	{TEXT("\r\n\r\n"), NO},
	{TEXT("\0\0\0\0"), NO},
	/* DNS query, RTP, STUN binding request */
	{TEXT("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
	      "example\x03com\x00\x00\x01\x00\x01"), NO},
	{TEXT("\x80\x00\x12\x34\x00\x00\x00\xa0\xde\xad\xbe\xef\x7f\x7f\x7f\x7f"), NO},
	{TEXT("\x00\x01\x00\x00\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
		NO},
};

/* Alone, and with enough behind it for the form that looks at 64 bytes at once. */
Test(scan, request_lines)
{
	static const size_t tails[] = {0, 1, 30, 64, 1000};

	for (size_t i = 0; i < COUNT(lines); i++) {
		for (size_t k = 0; k < COUNT(tails); k++) {
			char text[2048];
			memcpy(text, lines[i].text, lines[i].n);
			memset(text + lines[i].n, 'x', tails[k]);
			size_t n = lines[i].n + tails[k];
			const char *p = at_page_end(text, n);
			cr_expect_eq(scan_request_line(p, n), lines[i].line == YES, "line %zu", i);
			cr_expect_eq(scan_is_request(p, n), lines[i].line == YES,
				"line %zu, tail %zu", i, tails[k]);
		}
	}
}

/* The line end at every place, in both forms of line end. */
Test(scan, request_lines_of_every_length)
{
	for (size_t uri = 1; uri < 200; uri++) {
		for (int lf = 0; lf < 2; lf++) {
			for (size_t tail = 0; tail < 80; tail += 13) {
				char text[512];
				size_t n = 0;
				n += (size_t)sprintf(text, "BYE ");
				memset(text + n, 'u', uri);
				n += uri;
				n += (size_t)sprintf(text + n, " SIP/2.0%s", lf ? "\n" : "\r\n");
				memset(text + n, 'y', tail);
				const char *p = at_page_end(text, n + tail);
				cr_expect(scan_is_request(p, n + tail), "uri %zu tail %zu", uri, tail);
				cr_expect(!scan_is_request(p, n - 1), "cut, uri %zu", uri);
			}
		}
	}
}

Test(scan, responses)
{
	cr_expect(scan_is_response(TEXT("SIP/2.0 200 OK\r\n")));
	cr_expect(scan_is_response(TEXT("sip/2.0 100 \r\n")));
	cr_expect(!scan_is_response(TEXT("SIP/2.0")));
	cr_expect(scan_is_response(TEXT("SIP/2.1 200 OK\r\n")));
	cr_expect(scan_is_response(TEXT("SIP/2.0\t200 OK\r\n")));
	cr_expect(!scan_is_response(TEXT("INVITE sip:a@b SIP/2.0\r\n")));
}

Test(scan, keepalives)
{
	static const struct {
		const char *text;
		size_t n;
		bool yes;
	} rows[] = {
		{TEXT("\r\n"), true},
		{TEXT("\r\n\r\n"), true},
		{TEXT("\r\n\r"), false},
		{TEXT("\r\n\r\n\r\n"), false},
		{TEXT("\n\n"), false},
		{TEXT("\0"), true},
		{TEXT("\0\0"), true},
		{TEXT("\0\0\0"), true},
		{TEXT("\0\0\0\0"), true},
		{TEXT("\0\0\0\0\0"), false},
		{TEXT("\0\0\0x"), false},
		{TEXT(""), false},
		{TEXT("x"), false},
		{TEXT("TEST"), false},
		{TEXT("\0\1\0\0\x21\x12\xa4\x42" "123456789012"), true},
		{TEXT("\0\1\0\0" "1234567890123456"), true}, /* RFC 3489: no magic cookie */
		{TEXT("\0\1\0\4\x21\x12\xa4\x42" "123456789012" "abcd"), true},
		{TEXT("\0\1\0\4\x21\x12\xa4\x42" "123456789012"), false},
		{TEXT("\0\1\0\0\x21\x12\xa4\x42" "12345678901"), false},
		{TEXT("\1\1\0\0\x21\x12\xa4\x42" "123456789012"), false}, /* an answer */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *p = at_page_end(rows[i].text, rows[i].n);
		cr_expect_eq(scan_is_keepalive(p, rows[i].n), rows[i].yes, "row %zu", i);
	}
}

/* uri NULL: the rows name it. host NULL: no next hop. */
static const struct {
	const char *uri;
	const char *rows;
	const char *host;
	uint16_t port;
	bool via_route;
} hops[] = {
	{"sip:bob@203.0.113.9:5060", "", "203.0.113.9", 5060, false},
	{"sip:203.0.113.9", "", "203.0.113.9", 0, false},
	{"sip:carrier1.com", "", "carrier1.com", 0, false},
	{"SIPS:Carrier1.com:5061", "", "Carrier1.com", 5061, false},
	{"sip:b@[2001:db8::7]:5070;transport=tcp", "", "2001:db8::7", 5070, false},
	{"sip:[2001:db8::7]", "", "2001:db8::7", 0, false},
	{"sip:b@host;maddr=203.0.113.5", "", "203.0.113.5", 0, false},
	{"sip:b@host:5070;MADDR=[2001:db8::1];lr", "", "2001:db8::1", 5070, false},
	{"sip:b@host;maddr", "", "host", 0, false},
	{"sip:b@host?maddr=x", "", "host", 0, false},
	{"sip:user;par=u%40example.net@example.com", "", "example.com", 0, false},
	{"sip:a?b/c:pass;x@example.com:5061", "", "example.com", 5061, false},
	{"sip:a@b!c@example.com", "", "example.com", 0, false},
	{"sip:a@host?Replaces=x@y", "", "host", 0, false},
	{"sip:sips%3Auser%40example.com@example.net", "", "example.net", 0, false},
	{"<sip:user@example.com>", "", "example.com", 0, false},
	{" sip:user@example.com ", "", "example.com", 0, false},
	{"sip:user@example.com; lr", "", "example.com", 0, false},
	{"tel:+3961234", "", NULL, 0, false},
	{"urn:service:sos", "", NULL, 0, false},
	{"soap.beep://192.0.2.103:3002", "", NULL, 0, false},
	{"sip:", "", NULL, 0, false},
	{"sip:b@", "", NULL, 0, false},
	{"sip:b@host:", "", NULL, 0, false},
	{"sip:b@host:70000", "", NULL, 0, false},
	{"sip:b@[2001:db8::7", "", NULL, 0, false},
	{"sip:b@2001:db8::7", "", NULL, 0, false},
	{"sip:b@h", "Route: <sip:p1.example.com;lr>\r\n", "p1.example.com", 0, true},
	{"sip:b@h", "ROUTE:<sip:p1:5070;lr=on>,<sip:p2;lr>\r\n", "p1", 5070, true},
	{"sip:b@h", "route\t : \t<sip:p1;LR;r2=on>\r\nRoute: <sip:p2;lr>\r\n", "p1", 0, true},
	{"sip:b@h", "Route:\r\n <sip:services.example.com;lr;unknown=v>\r\n",
		"services.example.com", 0, true},
	{"sip:b@h", "Route: \n\t\"P, <sip:x;lr>\" <sip:p1;lr>;x=y\n", "p1", 0, true},
	{"sip:b@h", "Route: \"q\\\"<sip:x;lr>\" <sip:p1;lr>\r\n", "p1", 0, true},
	{"sip:b@h", "Route: <sip:[2001:db8::9]:5062;lr>\r\n", "2001:db8::9", 5062, true},
	{"sip:b@h", "Route: <sip:p1;lr;maddr=192.0.2.1>\r\n", "192.0.2.1", 0, true},
	{"sip:b@h", "Route: <sip:p1;lr;received=\"sip:x;maddr=y>,z\">,<sip:p2>\r\n", "p1", 0, true},
	{"sip:b@h", "Route: , <sip:p1;lr>\r\n", "p1", 0, true},
	{"sip:b@h", "Route:\r\nRoute: <sip:p1;lr>\r\n", "p1", 0, true},
	{"sip:b@strict", "Route: <sip:p1>\r\n", "strict", 0, false},
	{"sip:b@strict", "Route: <sip:p1>;lr\r\nRoute: <sip:p2;lr>\r\n", "strict", 0, false},
	{"sip:b@h", "X-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>\r\n", "h", 0, false},
	{"sip:b@h", "Subject: x\r\n Route: <sip:p1;lr>\r\n", "h", 0, false},
	{"sip:b@h", "\r\nRoute: <sip:p1;lr>\r\n", "h", 0, false}, /* in the body */
	{"sip:b@h", "Route: <tel:+1;lr>\r\n", NULL, 0, false},
	{"tel:+1", "Route: <sip:p1;lr>\r\n", "p1", 0, true},
	{"sip:b@h", "Route: <sip:p1;lr", NULL, 0, false},
	{"sip:b@h", "R: <sip:p1;lr>\r\n", "h", 0, false},
};

Test(scan, next_hops)
{
	for (size_t i = 0; i < COUNT(hops); i++) {
		char text[1024];
		int n = snprintf(text, sizeof(text), "INVITE %s SIP/2.0\r\nVia: x\r\n%s", hops[i].uri,
			hops[i].rows);
		const char *p = at_page_end(text, (size_t)n);
		struct next_hop nh = {0};
		bool via_route = false;
		bool found = scan_next_hop(p, (size_t)n, &nh, &via_route);
		cr_expect_eq(found, hops[i].host != NULL, "row %zu", i);
		if (!found || !hops[i].host)
			continue;
		cr_expect(nh.host_len == strlen(hops[i].host) &&
				memcmp(nh.host, hops[i].host, nh.host_len) == 0,
			"row %zu: %.*s", i, (int)nh.host_len, nh.host);
		cr_expect_eq(nh.port, hops[i].port, "row %zu: port %u", i, nh.port);
		cr_expect_eq(via_route, hops[i].via_route, "row %zu", i);
	}
	struct next_hop nh;
	cr_expect(!scan_next_hop(TEXT("SIP/2.0 200 OK\r\nRoute: <sip:a;lr>\r\n\r\n"), &nh, NULL));
}

Test(scan, walk)
{
	static const char text[] =
		"INVITE sip:a@b SIP/2.0\r\n"
		"v:SIP/2.0/UDP a\r\n"
		"TO  \t:\r\n   <sip:x@y>\r\n\t;tag=1 \r\n"
		"no colon here\n"
		"i: one\n"
		"l :  3\r\n"
		"X-Empty:\r\n"
		"CSeq: 1 INVITE\r\n"
		"\r\n"
		"Via: body";
	static const struct {
		enum header header;
		const char *name;
		const char *value;
	} rows[] = {
		{HEADER_VIA, "v", "SIP/2.0/UDP a"},
		{HEADER_TO, "TO", "<sip:x@y>\r\n\t;tag=1"},
		{HEADER_OTHER, "", "no colon here"},
		{HEADER_CALL_ID, "i", "one"},
		{HEADER_CONTENT_LENGTH, "l", "3"},
		{HEADER_OTHER, "X-Empty", ""},
		{HEADER_CSEQ, "CSeq", "1 INVITE"},
	};
	struct scan_walk w;
	struct scan_row row;

	cr_assert(scan_walk_start(&w, text, sizeof(text) - 1));
	const char *next = text + strlen("INVITE sip:a@b SIP/2.0\r\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		cr_assert(scan_walk_next(&w, &row), "row %zu", i);
		cr_expect_eq(row.header, rows[i].header, "row %zu", i);
		cr_expect(row.name.n == strlen(rows[i].name) &&
			memcmp(row.name.p, rows[i].name, row.name.n) == 0, "row %zu", i);
		cr_expect(row.value.n == strlen(rows[i].value) &&
			memcmp(row.value.p, rows[i].value, row.value.n) == 0, "row %zu", i);
		cr_expect_eq(row.whole.p, next, "row %zu: rows leave no gap", i);
		next = row.whole.p + row.whole.n;
	}
	cr_expect(!scan_walk_next(&w, &row));
	cr_assert_not_null(w.body);
	cr_expect_str_eq(w.body, "Via: body");
	cr_expect(!scan_walk_next(&w, &row), "the body is not walked");
}

static void expect(struct span s, const char *want)
{
	cr_expect(s.n == strlen(want) && memcmp(s.p, want, s.n) == 0, "\"%.*s\", wanted \"%s\"",
		(int)s.n, s.p, want);
}

Test(scan, messages)
{
	static const char invite[] =
		"INVITE <sip:a@b> SIP/2.0\r\n"
		"Route: <sip:p1;lr>,<sip:p2;lr>\r\n"
		"v: SIP/2.0/UDP a;branch=z9hG4bK1 ,SIP/2.0/TCP b;branch=2;bond-in=x\r\n"
		"Via: SIP/2.0/UDP c\r\n"
		"Route: <sip:p3>\r\n"
		"t: <sip:a@b>;tag=7\r\n"
		"From: x\r\nFrom: y\r\n"
		"Call-ID: one@two\r\n"
		"CSEQ: 4  INVITE\r\n"
		"L: 3\r\n"
		"\r\n"
		"abc";
	struct scan_message m;

	cr_assert(scan_message(invite, sizeof(invite) - 1, &m));
	cr_expect(m.request);
	expect(m.line, "INVITE <sip:a@b> SIP/2.0\r\n");
	expect(m.method, "INVITE");
	expect(m.uri, "sip:a@b");
	expect(m.route, "<sip:p1;lr>");
	expect(m.via[0], "SIP/2.0/UDP a;branch=z9hG4bK1");
	expect(m.via[1], "SIP/2.0/TCP b;branch=2;bond-in=x");
	expect(scan_branch(m.via[0]), "z9hG4bK1");
	expect(m.to, "<sip:a@b>;tag=7");
	expect(m.from, "x");
	expect(m.call_id, "one@two");
	expect(m.cseq, "4  INVITE");
	expect(m.content_length, "3");
	cr_expect_eq(m.head, sizeof(invite) - 1 - 3);

	static const char bye[] = "SIP/2.0 481 x\nVia: a\nCSeq: 7 BYE\n";
	cr_assert(scan_message(bye, sizeof(bye) - 1, &m));
	cr_expect(!m.request);
	cr_expect_eq(m.status, 481);
	expect(m.method, "BYE");
	cr_expect_eq(m.head, 0, "no empty line");
	cr_expect_eq(m.via[1].n, 0);
	cr_expect(scan_message(TEXT("SIP/2.0 2000 x\r\n"), &m) && m.status == 0);
	cr_expect(scan_message(TEXT("SIP/2.0 20\r\n"), &m) && m.status == 0);
	cr_expect(!scan_message(TEXT("GET / HTTP/1.1\r\n"), &m));
}

Test(scan, lengths)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t length;
	} rows[] = {
		{"0", true, 0}, {"0017", true, 17}, {"4294967295", true, UINT32_MAX},
		{"4294967296", false, 0}, {"99999999999999999999999", false, 0}, {"-1", false, 0},
		{"+1", false, 0}, {"1 2", false, 0}, {"", false, 0}, {"1,1", false, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t length = 0;
		struct span s = {rows[i].text, strlen(rows[i].text)};
		cr_expect_eq(scan_length(s, &length), rows[i].good, "%s", rows[i].text);
		cr_expect_eq(length, rows[i].length, "%s", rows[i].text);
	}
}

/* Every message of RFC 4475: what it is, and its next hop (NULL = none, "-" = no request). */
static const struct {
	const char *file;
	const char *host;
} torture[] = {
	{"badaspec", "example.org"}, {"badbranch", "example.com"}, {"baddate", "example.com"},
	{"baddn", "example.org"}, {"badinv01", "example.com"}, {"badvers", "example.org"}, {"bcast", "="},
	{"bext01", "example.com"}, {"bigcode", "="}, {"clerr", "example.com"},
	{"cparam01", "example.com"}, {"cparam02", "example.com"}, {"dblreq", "example.com"},
	{"esc01", "example.net"}, {"esc02", "registrar.example.com"}, {"escnull", "example.com"},
	{"escruri", "example.com"}, {"insuf", "example.com"}, {"intmeth", "example.com"},
	{"inv2543", "example.com"}, {"invut", "example.com"}, {"longreq", "example.com"},
	{"ltgtruri", "example.com"}, {"lwsdisp", "example.com"}, {"lwsruri", "example.com"},
	{"lwsstart", "example.com"}, {"mcl01", "example.com"}, {"mismatch01", "example.com"},
	{"mismatch02", "example.com"}, {"mpart01", "example.org"}, {"multi01", "company.com"},
	{"ncl", "example.com"}, {"noreason", "="}, {"novelsc", NULL}, {"quotbal", "example.com"},
	{"regaut01", "example.com"}, {"regbadct", "example.com"}, {"regescrt", "example.com"},
	{"scalar02", "example.com"}, {"scalarlg", "="}, {"sdp01", "example.com"},
	{"semiuri", "example.com"}, {"test", "-"}, {"transports", "example.com"}, {"trws", "example.com"},
	{"unkscm", NULL}, {"unksm2", "example.com"}, {"unreason", "="},
	{"wsinv", "services.example.com"}, {"zeromf", "example.com"},
};

Test(scan, rfc4475)
{
	static char text[1 << 17];

	for (size_t i = 0; i < COUNT(torture); i++) {
		char path[256];
		snprintf(path, sizeof(path), "%s/rfc4475/%s.dat", TEST_DATA, torture[i].file);
		FILE *f = fopen(path, "rb");
		cr_assert(f, "%s", path);
		size_t n = fread(text, 1, sizeof(text), f);
		fclose(f);
		cr_assert(n > 0 && n < sizeof(text));
		const char *p = at_page_end(text, n);
		const char *want = torture[i].host;
		bool plain = !want || (want[0] != '-' && want[0] != '=');
		cr_expect_eq(scan_is_request(p, n), plain, "%s", path);
		cr_expect_eq(scan_is_response(p, n), want && want[0] == '=', "%s", path);
		struct next_hop nh;
		bool found = scan_next_hop(p, n, &nh, NULL);
		cr_expect_eq(found, want && plain, "%s", path);
		if (found && want)
			cr_expect(nh.host_len == strlen(want) &&
				memcmp(nh.host, want, nh.host_len) == 0, "%s: %.*s", path,
				(int)nh.host_len, nh.host);
		/* every prefix, so that no read passes the end */
		for (size_t cut = 0; cut < n && cut < 400; cut++) {
			p = at_page_end(text, cut);
			scan_is_request(p, cut);
			scan_next_hop(p, cut, &nh, NULL);
		}
	}
}

/* Few letters, so that the pair, its halves and the text stand everywhere, also over the ends. */
Test(scan, contains_as_memmem)
{
	static const char *const texts[] = {";bond-in=", "bond", "-i", "aa", "a-i-i", "----"};
	unsigned seed = 7, found = 0;

	for (int round = 0; round < rounds(20000); round++) {
		static const char letters[] = ";bond-in=aai-";
		char m[200];
		size_t n = (size_t)rand_r(&seed) % sizeof(m);
		const char *text = texts[round % 6];
		size_t length = strlen(text), rare = (size_t)rand_r(&seed) % (length - 1);
		for (size_t i = 0; i < n; i++)
			m[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		if (rand_r(&seed) % 2 && n >= length)
			memcpy(m + (size_t)rand_r(&seed) % (n - length + 1), text, length);
		const char *p = at_page_end(m, n);
		bool has = memmem(p, n, text, length) != NULL;
		cr_expect_eq(scan_contains(p, n, text, length, rare), has, "%s in %.*s", text,
			(int)n, p);
		found += has;
	}
	cr_expect((int)found > rounds(5000) && (int)found < rounds(19000), "%u", found);
}
