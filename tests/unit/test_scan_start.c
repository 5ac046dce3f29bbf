/* SPDX-License-Identifier: MIT */
/* scan_start: what messages begin with, by the tables of what real hosts take; the quick looks say what
 * the whole one says, for a million of mutated starts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "rounds.h"
#include "sip/scan.h"

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

#define START_MAX 1024
#define STARTS_MAX 256

struct start {
	char name[48], want[16];
	char text[START_MAX];
	size_t n;
	bool taken; /* by one host at least */
};

static struct start starts[STARTS_MAX];
static size_t start_count;

/* A copy whose last byte is the last of a page: reading beyond it is a crash. */
static const char *at_page_end(const char *text, size_t n)
{
	static char *area;
	const size_t size = 1 << 16;

	if (!area) {
		area = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + size, 4096, PROT_NONE) == 0);
	}
	cr_assert(n <= size);
	return memcpy(area + size - n, text, n);
}

static void unescape(const char *p, const char *end, struct start *s)
{
	static const char uri[] = "sip:bob@203.0.113.9:5070";
	unsigned byte;

	for (s->n = 0; p < end; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			memcpy(s->text + s->n, uri, sizeof(uri) - 1);
			s->n += sizeof(uri) - 1;
			p++;
		} else if (p[0] == '\\') {
			p++;
			if (*p == 'x' && sscanf(p + 1, "%2x", &byte) == 1)
				p += 2;
			else
				byte = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : '\\';
			s->text[s->n++] = (char)byte;
		} else {
			s->text[s->n++] = *p;
		}
		cr_assert(s->n < START_MAX - 64);
	}
}

static void read_table(const char *file, size_t columns)
{
	static char line[4096];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, file);
	FILE *f = fopen(path, "r");
	cr_assert(f, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		char *field[9] = {line};
		size_t count = 1;
		struct start *s = &starts[start_count];
		if (line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		for (char *p = line; *p && count < 9; p++) {
			if (*p == '\t') {
				*p = '\0';
				field[count++] = p + 1;
			}
		}
		cr_assert(count == columns && start_count < STARTS_MAX, "%s", line);
		snprintf(s->name, sizeof(s->name), "%.47s", field[0]);
		snprintf(s->want, sizeof(s->want), "%.15s", field[columns - 1]);
		unescape(field[1], field[1] + strlen(field[1]), s);
		for (size_t i = 2; i < columns - 1; i++)
			s->taken |= strcmp(field[i], "-") != 0;
		start_count++;
	}
	fclose(f);
}

static size_t with_rows(const struct start *s, char *text)
{
	/* as hosts were asked: what ended the start line ends the others */
	static const char rows[] =
		"Via: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK-1\r\nCSeq: 1 OPTIONS\r\n\r\n";

	memcpy(text, s->text, s->n);
	memcpy(text + s->n, rows, sizeof(rows) - 1);
	return s->n + sizeof(rows) - 1;
}

static const char *name_of(enum scan_kind kind)
{
	static const char *const names[] = {
		[SCAN_OTHER] = "closed", [SCAN_REQUEST] = "request", [SCAN_RESPONSE] = "response",
		[SCAN_KEEPALIVE] = "keepalive"};

	return names[kind];
}

static void inside(struct span s, const char *p, size_t n)
{
	cr_assert(s.p >= p && s.p + s.n <= p + n);
}

/* What must hold of any bytes; returns what they are. */
static enum scan_kind check(const char *p, size_t n, const char *what)
{
	struct scan_start start;
	struct scan_message m;
	struct scan_walk w;
	enum scan_kind kind = scan_kind(p, n, &start);
	bool sip = kind == SCAN_REQUEST || kind == SCAN_RESPONSE;
	static const struct scan_most most = SCAN_MOST;

	cr_assert_eq(scan_is_request(p, n), kind == SCAN_REQUEST, "%s", what);
	cr_assert_eq(scan_request_line(p, n), kind == SCAN_REQUEST, "%s", what);
	cr_assert_eq(scan_is_response(p, n), kind == SCAN_RESPONSE, "%s", what);
	if (n >= 64 && !scan_is_foreign(p, n) && scan_is_usual_line(p))
		cr_assert_eq(kind, SCAN_REQUEST, "%s: the quick look only", what);
	if (n >= 16)
		cr_assert_eq(scan_is_foreign_16(p, &most), scan_is_foreign(p, n), "%s", what);
	if (scan_is_foreign(p, n))
		cr_assert(kind == SCAN_OTHER && !scan_is_keepalive(p, n), "%s", what);
	if (kind == SCAN_KEEPALIVE)
		cr_assert(scan_is_keepalive(p, n), "%s", what);
	cr_assert_eq(scan_message(p, n, &m), sip, "%s", what);
	if (!sip)
		return kind;
	cr_assert(start.lead < start.end && start.end <= n, "%s", what);
	for (size_t i = 0; i < start.lead; i++)
		cr_assert(!p[i] || scan_is_white(p[i]), "%s", what);
	cr_assert(scan_walk_start(&w, p, n) && w.p == p + start.end, "%s", what);
	cr_assert_eq(m.request, kind == SCAN_REQUEST, "%s", what);
	cr_assert(m.line.p == p + start.lead && m.head <= n, "%s", what);
	inside(m.line, p, n);
	inside(start.uri, p + start.lead, start.end - start.lead);
	if (kind == SCAN_REQUEST) {
		cr_assert(m.method.n && m.method.p == m.line.p, "%s", what);
		inside(m.method, p, n);
	}
	return kind;
}

/* The union of what real hosts take for requests is taken apart, or at least not taken for something
 * that passes; alone, and with rows behind it. */
Test(scan_start, as_real_hosts)
{
	char text[2 * START_MAX];
	size_t taken = 0, closed = 0;

	read_table("starts.tsv", 8);
	for (size_t i = 0; i < start_count; i++) {
		const struct start *s = &starts[i];
		size_t n = with_rows(s, text);
		enum scan_kind kind = check(at_page_end(text, n), n, s->name);
		cr_expect_str_eq(name_of(kind), s->want, "%s: %s", s->name, name_of(kind));
		if (s->taken)
			cr_expect(kind == SCAN_REQUEST || kind == SCAN_OTHER, "%s", s->name);
		taken += s->taken;
		closed += s->taken && kind == SCAN_OTHER;
		for (size_t cut = 0; cut <= n; cut++)
			check(at_page_end(text, cut), cut, s->name);
	}
	cr_expect(taken > 130, "%zu", taken);
	cr_expect_eq(closed, 9, "%zu: versions of other names, which OpenSIPS takes", closed);
}

Test(scan_start, status_lines)
{
	char text[2 * START_MAX];

	read_table("status-lines.tsv", 4);
	for (size_t i = 0; i < start_count; i++) {
		size_t n = with_rows(&starts[i], text);
		cr_expect_str_eq(name_of(check(at_page_end(text, n), n, starts[i].name)), starts[i].want,
			"%s", starts[i].name);
	}
	cr_expect(start_count > 40);
}

/* Method and Request-URI stand where they stand, the rows where they begin. */
Test(scan_start, parts)
{
	static const struct {
		const char *text, *method, *uri, *first;
	} rows[] = {
		{"\r\n\r\n BYE sip:a SIP/2.0 \r\nTo: x\r\n\r\n", "BYE", "sip:a", "To"},
		{"invite  <sip:a>\tsip/2.00\r\r\nTo: x\r\n\r\n", "invite", "sip:a", "To"},
		{"A/B@\xe9( sip:a x SIP / 2.0\nTo: x\n\n", "A/B@\xe9(", "sip:a x", "To"},
		{"BYE\r\n sip:a\r\n\tSIP/2.0\r\nTo: x\r\n\r\n", "BYE", "sip:a", "To"},
		{"BYE sip:aSIP/2.0\r\nTo: x\r\n\r\n", "BYE", "sip:a", "To"},
		{"BYE  SIP/2.0\r\nTo: x\r\n\r\n", "BYE", "", "To"},
		{"BYE sip:a SIP/2.0\rTo: x\rVia: y\r\r", "BYE", "sip:a", "To"},
	};
	struct scan_message m;
	struct scan_walk w;
	struct scan_row row;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].text);
		const char *p = at_page_end(rows[i].text, n);
		cr_assert_eq(check(p, n, rows[i].text), SCAN_REQUEST, "row %zu", i);
		cr_assert(scan_message(p, n, &m));
		cr_expect(m.method.n == strlen(rows[i].method) &&
			memcmp(m.method.p, rows[i].method, m.method.n) == 0, "row %zu", i);
		cr_expect(m.uri.n == strlen(rows[i].uri) &&
			memcmp(m.uri.p, rows[i].uri, m.uri.n) == 0, "row %zu", i);
		cr_expect_eq(m.head, n, "row %zu", i);
		cr_assert(scan_walk_start(&w, p, n) && scan_walk_next(&w, &row));
		cr_expect(row.name.n == 2 && memcmp(row.name.p, "To", 2) == 0, "row %zu", i);
		cr_expect(m.to.n == 1 && *m.to.p == 'x', "row %zu", i);
	}
}

/* What carries SIP, and what looks like a keep-alive, but a host reads as a request. */
Test(scan_start, wrapped)
{
	static char hep[200] = "HEP3\0\xa0\0\0\0\1\0\7\2";
	static const char stun[] = "\0\1\0\x3c\x21\x12\xa4\x42INVITE sip:a@b.example SIP/2.0\r\n"
				   "Via: SIP/2.0/UDP x;branch=z9hG4bK-12\r\n\r\n";
	static const char hep1[] = "\1\x10\2\x11\0\1\0\2\3\4\5\6\7\x0b\x0e\x0f" "ACK sip:a SIP/2.0\r\n";

	memset(hep + 13, 1, 80);
	strcpy(hep + 93, "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n");
	cr_expect_eq(check(at_page_end(hep, 160), 160, "HEP 3"), SCAN_OTHER);
	cr_expect_eq(check(at_page_end(hep1, sizeof(hep1) - 1), sizeof(hep1) - 1, "HEP 1"), SCAN_OTHER);
	size_t n = sizeof(stun) - 1;
	cr_assert_eq(n - 20, 0x3c, "%zu", n);
	cr_expect(scan_is_stun(stun, n));
	cr_expect_eq(check(at_page_end(stun, n), n, "STUN"), SCAN_REQUEST, "a request goes before");
}

static uint32_t seed = 4711;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static size_t mutate(char *text, size_t n)
{
	static const char bytes[] = "\r\n \t\0\xff\x80/SsIi2.0aAzZ(@:;=<>\x01\x20\x7f";
	size_t at = dice(n < 96 ? (uint32_t)n : 96), some = 1 + dice(12);
	char with = bytes[dice(sizeof(bytes) - 1)];

	switch (dice(5)) {
	case 0: /* another byte */
		text[at] = with;
		return n;
	case 1: /* one more */
		memmove(text + at + 1, text + at, n - at);
		text[at] = with;
		return n + 1;
	case 2: /* some less */
		if (some > n - at)
			some = n - at;
		memmove(text + at, text + at + some, n - at - some);
		return n - some;
	case 3: /* a piece twice */
		if (some > n - at)
			some = n - at;
		memmove(text + at + some, text + at, n - at);
		return n + some;
	default: /* a version, a line end somewhere */
		memcpy(text + at, dice(2) ? " SIP/2.0\r\n" : "\r\n SIP/", dice(8));
		return n;
	}
}

Test(scan_start, the_quick_look_is_the_whole)
{
	static char text[4 * START_MAX];
	static char what[START_MAX];
	size_t kinds[4] = {0}, quick = 0;
#ifdef __SSE2__
	const size_t quick_least = 10000;
#else
	const size_t quick_least = 0; /* there is none here */
#endif

	read_table("starts.tsv", 8);
	read_table("status-lines.tsv", 4);
	for (int round = 0; round < rounds(1000000); round++) {
		size_t n = with_rows(&starts[dice((uint32_t)start_count)], text);
		for (uint32_t i = 1 + dice(6); i > 0 && n; i--)
			n = mutate(text, n);
		snprintf(what, sizeof(what), "round %d: %.60s", round, text);
		const char *p = at_page_end(text, n);
		kinds[check(p, n, what)]++;
		quick += n >= 64 && !scan_is_foreign(p, n) && scan_is_usual_line(p);
	}
	cr_expect(kinds[SCAN_OTHER] > 10000 && kinds[SCAN_REQUEST] > 10000 &&
			kinds[SCAN_RESPONSE] > 10000 && quick >= quick_least,
		"%zu %zu %zu %zu", kinds[0], kinds[1], kinds[2], quick);
}
