/* SPDX-License-Identifier: MIT */
/* frame: where messages and fields begin and end, for every way in which a stream can be cut. */
#include "sip.h"

#include "sip/frame.h"

/* S start line, R field, E empty line, r raw bytes (runs of them as one), ! broken, . wants more. */
static void shape_of(const char *p, size_t n, size_t portion, char *shape, struct frame *f)
{
	struct scan_row row;
	size_t size, seen = 0, at = 0, out = 0;

	memset(f, 0, sizeof(*f));
	while (at < n || seen < n) {
		seen = seen + portion < n ? seen + portion : n;
		for (;;) {
			enum frame_piece piece = frame_next(f, p + at, seen - at, &size, &row);
			cr_assert(size <= seen - at);
			if (piece == FRAME_MORE)
				break;
			cr_assert(size > 0);
			at += size;
			char c = "?rSRE"[piece];
			if (f->broken)
				c = '!';
			if (out == 0 || (c != 'r' && c != '!') || shape[out - 1] != c)
				shape[out++] = c;
		}
		if (seen == n)
			break;
	}
	if (at < n)
		shape[out++] = '.';
	shape[out] = 0;
}

static const struct {
	const char *stream, *shape;
	enum frame_broken broken;
} streams[] = {
	{"", "", FRAME_SOUND},
	{"\r\n\r\n\r\n", "r", FRAME_SOUND},
	{"BYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "SRE", FRAME_SOUND},
	{"\r\n\nBYE sip:a SIP/2.0\nContent-Length :\n 3\n\nabcSIP/2.0 200 OK\r\nl:0\r\nA: b\r\n\tc\r\n\r\n"
	 "\r\n\r\nBYE sip:a SIP/2.0\r\n",
		"rSRErSRREr" "S", FRAME_SOUND},
	{"BYE sip:a SIP/2.0\r\nl: 3\r\nContent-Length: 3\r\n\r\nabc", "SRREr", FRAME_SOUND},
	{"BYE sip:a SIP/2.0\r\nl: 3\r\n\r\nab", "SREr", FRAME_SOUND},
	{"BYE sip:a SIP/2.0\r\nl: 3\r\n", "S.", FRAME_SOUND},
	{"BYE sip:a SIP/2.0", ".", FRAME_SOUND},
	/* broken */
	{"BYE sip:a SIP/2.0\r\nA: b\r\n\r\nabc\r\n", "SR!", FRAME_NO_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl: 3\r\nl: 4\r\n\r\nabc", "SR!", FRAME_BAD_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl: -1\r\n\r\nabc", "S!", FRAME_BAD_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl: +1\r\n\r\nabc", "S!", FRAME_BAD_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl:\r\n\r\nabc", "S!", FRAME_BAD_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl: 4294967296\r\n\r\nabc", "S!", FRAME_BAD_LENGTH},
	{"GET / HTTP/1.1\r\n\r\n", "!", FRAME_NOT_SIP},
	{"\x16\x03\x01 tls", "!", FRAME_NOT_SIP},
	{"BYE sip:a SIP/2.0\r\nl: 1\r\n\r\na\1BYE sip:a SIP/2.0\r\n", "SREr!", FRAME_NOT_SIP},
	{"\x80YE sip:a SIP/2.0\r\n", "!", FRAME_NOT_SIP},
	{"B\1YE sip:a SIP/2.0\r\n", "!", FRAME_NOT_SIP},
	{"invited sip:a SIP/2.0", "!", FRAME_NOT_SIP},
	/* odd, and SIP */
	{" \t\r\n BYE sip:a SIP/2.0 \r\nl: 0\r\n\r\n", "rSRE", FRAME_SOUND},
	{"bye sip:a SIP/2.0\t\r\nl: 1\r\n\r\naB(e\xe9 sip:a SIP/2.00\r\r\nl: 0\r\n\r\n", "SRErSRE", FRAME_SOUND},
	{"SIP/2.0xyz\t200 OK\r\nl: 0\r\n\r\n", "SRE", FRAME_SOUND},
	/* and found again: behind a length, or where a start line follows a head without one */
	{"BYE sip:a SIP/2.0\r\nA: b\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "SR!SRE", FRAME_SOUND},
	{"BYE sip:a SIP/2.0\r\nA: b\r\n\r\n\r\nSIP/2.0 200 OK\r\nl: 0\r\n\r\n", "SR!SRE", FRAME_SOUND},
	{"(BYE\r\nl: 40\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n01234567890BYE sip:a SIP/2.0\r\n",
		"!S", FRAME_SOUND},
	{"(BYE\r\nA: b\r\n c\r\ncontent-LENGTH \t:\r\n 2\r\nl:2\r\nlength: 9\r\nContent-Lengths: 9\r\n\r\n"
	 "abBYE sip:a SIP/2.0\r\n", "!S", FRAME_SOUND},
	{"(BYE\nl: 1\n\nx\r\n\r\n(BYE\r\nl: 1\r\n\r\nxBYE sip:a SIP/2.0\r\n", "!S", FRAME_SOUND},
	{"(BYE\r\nA: b\r\n\r\nx\r\ny\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "!SRE", FRAME_SOUND},
	{"(BYE\r\nl: x\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "!", FRAME_BAD_LENGTH},
	{"(BYE\r\nl: 1\r\nl: 2\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "!", FRAME_BAD_LENGTH},
	{"BYE sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nBYE sip:a SIP/2.0\r\nl: 0\r\n\r\n", "SR!", FRAME_BAD_LENGTH},
};

Test(frame, pieces)
{
	for (size_t i = 0; i < COUNT(streams); i++) {
		size_t n = strlen(streams[i].stream);
		for (size_t portion = 1; portion <= n + 1; portion++) {
			char shape[256];
			struct frame f;
			shape_of(streams[i].stream, n, portion, shape, &f);
			cr_expect_str_eq(shape, streams[i].shape, "stream %zu in %zus: %s", i, portion, shape);
			cr_expect_eq(f.broken, streams[i].broken, "stream %zu", i);
		}
	}
}

Test(frame, rows_are_whole)
{
	const char *stream = "BYE sip:a SIP/2.0\r\nVia: a\r\n b\r\nl: 0\r\n\r\n";
	struct frame f = {0};
	struct scan_row row;
	size_t size;
	const char *p = stream;

	cr_assert_eq(frame_next(&f, p, strlen(p), &size, &row), FRAME_START);
	p += size;
	cr_expect_eq(frame_next(&f, p, strlen("Via: a\r\n"), &size, &row), FRAME_MORE, "a fold may follow");
	cr_expect_eq(frame_next(&f, p, strlen("Via: a\r\n b\r\n"), &size, &row), FRAME_MORE);
	cr_assert_eq(frame_next(&f, p, strlen("Via: a\r\n b\r\nl"), &size, &row), FRAME_ROW);
	cr_expect_eq(row.header, HEADER_VIA);
	cr_expect_eq(size, strlen("Via: a\r\n b\r\n"));
	p += size;
	cr_assert_eq(frame_next(&f, p, strlen(p), &size, &row), FRAME_ROW);
	p += size;
	cr_expect_eq(frame_next(&f, p, 1, &size, &row), FRAME_MORE, "CR alone");
	cr_expect(!frame_is_between(&f));
	cr_expect_eq(frame_next(&f, p, 2, &size, &row), FRAME_END);
	cr_expect(frame_is_between(&f));
}

Test(frame, a_field_may_pass_in_portions)
{
	const char *stream = "Subject: a long\r\n one\r\n\tis it\r\nl: 0\r\n\r\n";
	size_t n = strlen(stream);
	size_t field = (size_t)(strstr(stream, "l: 0") - stream);

	for (size_t first = 9; first < field; first++) {
		for (size_t portion = 1; portion < n; portion++) {
			struct frame f = {.in_head = 1};
			struct scan_row row;
			size_t size, at = 0, seen = first;
			enum frame_piece piece = frame_next(&f, stream, seen, &size, &row);
			cr_assert_eq(piece, FRAME_MORE);
			frame_pass_row(&f);
			for (;;) {
				piece = frame_next(&f, stream + at, seen - at, &size, &row);
				if (piece == FRAME_RAW)
					at += size;
				else if (piece == FRAME_MORE && seen < n)
					seen = seen + portion < n ? seen + portion : n;
				else
					break;
			}
			cr_assert_eq(piece, FRAME_ROW, "first %zu, portion %zu", first, portion);
			cr_assert_eq(at, field);
			cr_assert_eq(row.header, HEADER_CONTENT_LENGTH);
		}
	}
}

Test(frame, heads_are_bounded)
{
	static char long_line[FRAME_START_MAX + 1];
	static struct text t;
	struct frame f = {0};
	struct scan_row row;
	size_t size;

	cr_expect_eq(frame_next(&f, "sip/2.0xyz", 10, &size, &row), FRAME_MORE);
	cr_expect_eq(frame_next(&f, "invite", 6, &size, &row), FRAME_MORE);
	cr_expect_eq(frame_next(&f, "a", 1, &size, &row), FRAME_MORE);
	cr_expect_eq(frame_next(&f, "at", 2, &size, &row), FRAME_RAW, "no method begins so");
	cr_expect_eq(f.broken, FRAME_NOT_SIP);
	f = (struct frame){0};
	memset(long_line, 'A', sizeof(long_line));
	cr_expect_eq(frame_next(&f, long_line, FRAME_START_MAX - 1, &size, &row), FRAME_MORE);
	cr_expect_eq(frame_next(&f, long_line, FRAME_START_MAX, &size, &row), FRAME_RAW);
	cr_expect_eq(f.broken, FRAME_TOO_LONG);

	f = (struct frame){0};
	text_print(&t, "BYE sip:a SIP/2.0\r\n");
	while (t.n < FRAME_HEAD_MAX - 100)
		text_print(&t, "A: 0123456789\r\n");
	const char *p = t.p;
	enum frame_piece piece;
	while ((piece = frame_next(&f, p, (size_t)(t.p + t.n - p), &size, &row)) != FRAME_MORE)
		p += size;
	cr_expect_eq(f.broken, FRAME_SOUND);
	size_t rows = 0;
	while (frame_next(&f, "A: 0123456789\r\nA", 16, &size, &row) == FRAME_ROW)
		rows++;
	cr_expect_eq(f.broken, FRAME_TOO_LONG);
	cr_expect(rows < 10);

	f = (struct frame){.in_head = 1};
	frame_pass_row(&f);
	for (size_t n = 0; n <= FRAME_HEAD_MAX && !f.broken; n += FRAME_START_MAX)
		cr_expect_eq(frame_next(&f, long_line, FRAME_START_MAX, &size, &row), FRAME_RAW);
	cr_expect_eq(f.broken, FRAME_TOO_LONG);
}

Test(frame, given_up_is_for_good)
{
	struct frame f = {0};
	struct scan_row row;
	size_t size;

	frame_break(&f);
	cr_expect_eq(frame_next(&f, "BYE sip:a SIP/2.0\r\n", 19, &size, &row), FRAME_RAW);
	cr_expect_eq(size, 19);
	cr_expect_eq(f.broken, FRAME_GIVEN_UP);
	f.broken = FRAME_NO_LENGTH;
	frame_break(&f);
	cr_expect_eq(f.broken, FRAME_NO_LENGTH);
}
