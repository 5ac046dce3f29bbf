/* SPDX-License-Identifier: MIT */
/* The definition of what is a SIP message. */
#include "scan_start.h"

#define LONE_CR_MAX 8192 /* bytes of a start line that a CR alone ends */

/* The last run of bytes without white space in front of end; empty if there is none. */
static struct span last_word(const char *from, const char *end)
{
	while (end != from && scan_is_white(end[-1]))
		end--;
	const char *p = end;
	while (p != from && !scan_is_white(p[-1]))
		p--;
	return span_between(p, end);
}

static bool begins(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && field_is_n((struct span){s.p, n}, word, n);
}

/* Where the version at the line's end begins, NULL = there is none: SIP/2.0 and what else hosts take for
 * it, with blanks around the slash, too, or right behind a URI. */
static const char *find_version(struct span line)
{
	const char *usual = line.p + line.n - strlen(" SIP/2.0\r\n");

	if (line.n > 10 && memcmp(usual, " SIP/2.0\r\n", 10) == 0)
		return usual + 1;
	struct span word = last_word(line.p, line.p + line.n);
	struct span before = last_word(line.p, word.p);

	if (begins(word, "sip/"))
		return word.p;
	if (word.n && word.p[0] == '/' && field_is(before, "sip"))
		return before.p;
	if (field_is(before, "sip/"))
		return before.p;
	if (field_is(before, "/")) {
		before = last_word(line.p, before.p);
		return field_is(before, "sip") ? before.p : NULL;
	}
	if (word.n > 7 && field_is_n((struct span){word.p + word.n - 7, 7}, "sip/2.0", 7) &&
		memchr(word.p, ':', word.n))
		return word.p + word.n - 7;
	return NULL;
}

/* A packet of a capture agent (HEP 1, 2 and 3): a header of fixed bytes, then a message. */
static bool is_capture(const char *p, struct span method)
{
	const unsigned char *b = (const unsigned char *)p;

	if (method.n >= 64 && (memcmp(p, "HEP3", 4) == 0 || memcmp(p, "EEP1", 4) == 0))
		return memchr(method.p, 0, method.n) != NULL;
	return method.n > 16 && (b[0] == 1 || b[0] == 2) && (b[2] == 2 || b[2] == 10) &&
		(b[3] == 6 || b[3] == 17 || b[3] == 132);
}

/* Without white space and <> around it. */
static struct span bare(struct span uri)
{
	if (uri.n >= 2 && uri.p[0] == '<' && uri.p[uri.n - 1] == '>')
		return field_trim((struct span){uri.p + 1, uri.n - 2});
	return uri;
}

static bool is_request(const char *p, struct span line, struct scan_start *start)
{
	const char *version = find_version(line);
	size_t method = 0;

	if (!version)
		return false;
	while (method < line.n &&
		((unsigned char)line.p[method] > ' ' || !scan_is_white(line.p[method])))
		method++;
	if (line.p + method >= version)
		return false;
	start->method = (struct span){line.p, method};
	start->uri = bare(field_trim(span_between(line.p + method, version)));
	return !is_capture(p, start->method);
}

/* Three digits; what behind them could still be one of them is none. */
static uint16_t status_of(const char *p, const char *end)
{
	unsigned status = 0;

	for (int i = 0; i < 3; i++, p++) {
		if (p == end || *p < '0' || *p > '9')
			return 0;
		status = status * 10 + (unsigned)(*p - '0');
	}
	if (p != end && *p >= '0' && *p <= '9')
		return 0;
	return status >= 100 ? (uint16_t)status : 0;
}

/* What no host takes for a request, whatever stands behind it. */
static bool is_status_line(struct span line)
{
	const char *p = line.p;

	if (line.n < 12 || !begins(line, "sip/2.0 ") || !scan_is_white(p[11]))
		return false;
	for (int i = 8; i < 11; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
	}
	return true;
}

/* Where a number follows a version, of any form; NULL = it does not. */
static const char *behind_version(struct span line)
{
	const char *p = line.p, *end = p + line.n;

	if (!begins(line, "sip"))
		return NULL;
	for (p += 3; p != end && (*p == ' ' || *p == '\t');)
		p++;
	if (p == end || *p != '/')
		return NULL;
	while (p != end && !scan_is_white(*p))
		p++;
	while (p != end && scan_is_white(*p))
		p++;
	return p != end && *p >= '0' && *p <= '9' ? p : NULL;
}

static enum scan_kind kind_of(const char *p, const char *from, const char *end, struct scan_start *start)
{
	struct span line = span_between(from, end);

	bool sure = (*from | 0x20) == 's' && is_status_line(line);

	start->end = (size_t)(end - p);
	if (!sure && is_request(p, line, start)) {
		start->status = 0;
		return SCAN_REQUEST;
	}
	const char *code = sure ? from + 8 : behind_version(line);
	if (!code)
		return SCAN_OTHER;
	start->status = status_of(code, end);
	start->method = start->uri = (struct span){from, 0};
	return SCAN_RESPONSE;
}

/* Behind the folded lines that follow. */
static const char *behind_folds(const char *p, const char *end)
{
	while (p && p != end && (*p == ' ' || *p == '\t')) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		p = lf ? lf + 1 : NULL;
	}
	return p;
}

/* The line to the first LF; the same with what is folded; the line to a CR. */
static enum scan_kind line_kind(const char *p, const char *from, const char *end, struct scan_start *start)
{
	const char *lf = memchr(from, '\n', (size_t)(end - from));
	enum scan_kind kind;

	start->cr = false;
	if (lf) {
		kind = kind_of(p, from, lf + 1, start);
		if (kind != SCAN_OTHER)
			return kind;
		const char *folded = behind_folds(lf + 1, end);
		if (folded && folded != lf + 1 &&
			(kind = kind_of(p, from, folded, start)) != SCAN_OTHER)
			return kind;
		end = lf;
	}
	if (end - from > LONE_CR_MAX)
		end = from + LONE_CR_MAX;
	const char *cr = memchr(from, '\r', (size_t)(end - from));
	if (!cr || cr + 1 == end)
		return SCAN_OTHER;
	start->cr = true;
	return kind_of(p, from, cr + 1, start);
}

enum scan_kind scan_kind(const char *p, size_t n, struct scan_start *start)
{
	const char *end = p + n, *from = p;
	enum scan_kind kind = SCAN_OTHER;

	if (scan_is_foreign(p, n))
		return SCAN_OTHER;
	while (from != end && (scan_is_white(*from) || !*from))
		from++;
	start->lead = (size_t)(from - p);
	if (from != end)
		kind = line_kind(p, from, end, start);
	return kind == SCAN_OTHER && scan_is_keepalive(p, n) ? SCAN_KEEPALIVE : kind;
}

bool scan_request_line(const char *p, size_t n)
{
	struct scan_start start;

	return scan_kind(p, n, &start) == SCAN_REQUEST;
}

bool scan_is_response(const char *p, size_t n)
{
	struct scan_start start;

	return scan_kind(p, n, &start) == SCAN_RESPONSE;
}

bool scan_is_keepalive(const char *p, size_t n)
{
	if ((n == 2 || n == 4) && memcmp(p, "\r\n\r\n", n) == 0)
		return true;
	if (n >= 1 && n <= 4)
		return memcmp(p, "\0\0\0", n) == 0;
	return n >= 20 && p[0] == 0 && p[1] == 1 && scan_is_stun(p, n);
}

bool scan_is_stun(const char *p, size_t n)
{
	const unsigned char *b = (const unsigned char *)p;

	if (n < 20 || b[0] > 1 || (size_t)(b[2] << 8 | b[3]) != n - 20)
		return false;
	return memcmp(p + 4, "\x21\x12\xa4\x42", 4) == 0 ||
		(b[0] == 0 ? b[1] == 1 : b[1] == 1 || b[1] == 0x11);
}
