/* SPDX-License-Identifier: MIT */
/* libFuzzer target of ws_head and ws_frame: one byte chooses portions, the rest is a head, and a frame.
 * However it is cut, it says the same; what is read of a frame is written the same. */
#include <stdint.h>

#include "names.h"
#include "wire/ws_frame.h"
#include "wire/ws_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ws_head_is head(const char *p, size_t n, uint32_t seed, size_t *used)
{
	enum ws_head_is is = WS_HEAD_MORE;
	struct ws_head h = {0};

	for (*used = 0; *used < n && is == WS_HEAD_MORE;) {
		size_t portion = n - *used, now;
		seed = seed * 1103515245 + 12345;
		if (seed && portion > 1 + (seed >> 16) % 61)
			portion = 1 + (seed >> 16) % 61;
		char *there = malloc(portion);
		memcpy(there, p + *used, portion);
		is = ws_head_feed(&h, there, portion, &now);
		free(there);
		expect(now <= portion && (now == portion || is != WS_HEAD_MORE));
		*used += now;
	}
	return is;
}

static void frame(const char *p, size_t n)
{
	enum ws_frame_is last = WS_FRAME_MORE;
	struct ws_frame f = {0};

	for (size_t i = 0; i <= n && i <= WS_FRAME_HEAD_MAX + 2; i++) {
		char *there = malloc(i + 1);
		memcpy(there, p, i);
		enum ws_frame_is is = ws_frame_read(there, i, &f);
		free(there);
		expect(last == WS_FRAME_MORE || is == last);
		last = is;
	}
	if (last != WS_FRAME_READ)
		return;
	char to[WS_FRAME_HEAD_MAX];
	struct ws_frame again;
	size_t size = ws_frame_write(&f, f.length, to);
	expect(size <= f.head_n && size == ws_frame_size(&f, f.length));
	expect(ws_frame_read(to, size, &again) == WS_FRAME_READ && again.head_n == size);
	expect(again.length == f.length && again.masked == f.masked && again.opcode == f.opcode &&
		again.last == f.last && memcmp(again.key, f.key, sizeof(f.key)) == 0);
	expect(size < f.head_n || memcmp(to, p, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t one, two;

	if (size < 1 || size > 20000)
		return 0;
	const char *p = (const char *)data + 1;
	enum ws_head_is is = head(p, size - 1, 0, &one);
	expect(head(p, size - 1, data[0] + 1U, &two) == is && one == two);
	frame(p, size - 1);
	return 0;
}
