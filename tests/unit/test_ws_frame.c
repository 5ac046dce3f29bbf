/* SPDX-License-Identifier: MIT */
/* ws_frame: heads of all sizes, as far as they are there; what is no frame; masks. */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/ws_frame.h"

static const uint64_t lengths[] = {0, 1, 124, 125, 126, 127, 255, 256, 65534, 65535, 65536, 65537, 1 << 24,
	UINT64_C(1) << 40, INT64_MAX};

Test(ws_frame, what_is_written_is_read)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (int masked = 0; masked < 2; masked++) {
			struct ws_frame f = {WS_TEXT, true, masked, {1, 2, 3, 4}, 0, 0}, g;
			uint64_t length = lengths[i];
			char p[WS_FRAME_HEAD_MAX];
			size_t n = ws_frame_write(&f, length, p);

			cr_assert_eq(n, (length > 65535 ? 10u : length > 125 ? 4u : 2u) + (masked ? 4 : 0));
			cr_assert_eq(n, ws_frame_size(&f, length));
			for (size_t k = 0; k < n; k++)
				cr_assert_eq(ws_frame_read(p, k, &g), WS_FRAME_MORE);
			cr_assert_eq(ws_frame_read(p, n, &g), WS_FRAME_READ);
			cr_assert_eq(g.length, length);
			cr_assert_eq(g.head_n, n);
			cr_assert_eq(g.masked, masked);
			cr_assert(g.last && g.opcode == WS_TEXT);
			cr_assert(!masked || memcmp(g.key, f.key, 4) == 0);
		}
	}
}

static const struct {
	const char *p;
	size_t n;
	enum ws_frame_is is;
} heads[] = {
	{"\x01\x00", 2, WS_FRAME_READ}, /* a message's first fragment */
	{"\x00\x00", 2, WS_FRAME_READ},
	{"\x80\x7e\x00\x05", 4, WS_FRAME_READ}, /* in more bytes than it needs */
	{"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x05", 10, WS_FRAME_READ},
	{"\x88\x7d", 2, WS_FRAME_READ},
	{"\x89\x00", 2, WS_FRAME_READ},
	{"\x8a\x80\x01\x02\x03\x04", 6, WS_FRAME_READ},
	/* RSV, opcodes that there are none of: known by the first byte */
	{"\xc1", 1, WS_FRAME_NONE},
	{"\xa1", 1, WS_FRAME_NONE},
	{"\x91", 1, WS_FRAME_NONE},
	{"\x83", 1, WS_FRAME_NONE},
	{"\x87", 1, WS_FRAME_NONE},
	{"\x8b", 1, WS_FRAME_NONE},
	{"\x8f", 1, WS_FRAME_NONE},
	{"INVITE", 6, WS_FRAME_NONE},
	/* control frames in fragments, or long ones */
	{"\x09", 1, WS_FRAME_NONE},
	{"\x89\x7e", 2, WS_FRAME_NONE},
	{"\x88\xff", 2, WS_FRAME_NONE},
	/* longer than 63 bits */
	{"\x81\x7f\x80", 3, WS_FRAME_NONE},
	{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, WS_FRAME_NONE},
};

Test(ws_frame, heads)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct ws_frame f;

		for (size_t k = 0; k < heads[i].n && heads[i].is == WS_FRAME_READ; k++)
			cr_expect_eq(ws_frame_read(heads[i].p, k, &f), WS_FRAME_MORE, "%zu: %zu bytes", i, k);
		cr_expect_eq(ws_frame_read(heads[i].p, heads[i].n, &f), heads[i].is, "%zu", i);
	}
}

Test(ws_frame, masks)
{
	struct ws_frame f = {WS_TEXT, true, true, {0x37, 0xfa, 0x21, 0x3d}, 0, 0};
	char p[100], q[100];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (char)(i * 7);
	for (size_t at = 0; at < 9; at++) {
		for (size_t n = 0; n < sizeof(p) - at; n++) {
			memcpy(q, p, sizeof(q));
			ws_frame_mask(&f, at, q + at, n);
			for (size_t i = 0; i < sizeof(q); i++)
				cr_assert_eq(q[i], i < at || i >= at + n ? p[i] : (char)(p[i] ^ f.key[i & 3]));
		}
	}
	memcpy(q, "Hello", 5); /* RFC 6455 5.7 */
	ws_frame_mask(&f, 0, q, 5);
	cr_expect_eq(memcmp(q, "\x7f\x9f\x4d\x51\x58", 5), 0);
	f.masked = false;
	ws_frame_mask(&f, 0, q, 5);
	cr_expect_eq(memcmp(q, "\x7f\x9f\x4d\x51\x58", 5), 0);
}

/* What stands behind an edit is unmasked where it stands then; what grew and shrank again has its key. */
Test(ws_frame, a_key_that_is_turned)
{
	for (int grows = -9; grows <= 9; grows++) {
		struct ws_frame f = {WS_TEXT, true, true, {1, 2, 3, 4}, 0, 0}, turned = f;
		char p[20] = "the body", q[20];

		memcpy(q, p, sizeof(q));
		ws_frame_mask(&f, 30, q, sizeof(q));
		ws_frame_turn(&turned, grows);
		ws_frame_mask(&turned, (uint64_t)(30 + grows), q, sizeof(q));
		cr_expect_eq(memcmp(p, q, sizeof(p)), 0, "by %d", grows);
		ws_frame_turn(&turned, -grows);
		cr_expect_eq(memcmp(turned.key, f.key, sizeof(f.key)), 0);
	}
}
