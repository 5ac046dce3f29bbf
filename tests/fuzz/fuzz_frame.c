/* SPDX-License-Identifier: MIT */
/* libFuzzer target of frame and stream: three bytes choose a side and portions, the rest is a stream.
 * However it is cut, on the way in and on the way out, the same bytes come out. */
#include <stdint.h>

#include "sip/stream.h"
#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t run(const struct edit_side *side, char *p, size_t n, uint32_t seed, char *out,
	struct stream *s)
{
	static struct stream_step step;
	static char part[16384 + EDIT_TEXT];
	size_t at = 0, seen = seed ? 0 : n, length = 0;

	memset(s, 0, sizeof(*s));
	for (;;) {
		seed = seed * 1103515245 + 12345;
		if (seen < n)
			seen += 1 + (seed >> 16) % 61;
		if (seen > n)
			seen = n;
		/* an exact copy of what is there */
		char *there = malloc(seen - at + 1);
		memcpy(there, p + at, seen - at);
		stream_feed(s, side, there, seen - at, seen == n, &step);
		expect(step.bytes <= seen - at);
		size_t whole = fuzz_edited(&step.edit, there, step.bytes, part);
		expect(whole == step.wire);
		size_t wire = s->frame.broken || seen == n ? step.wire : (seed >> 8) % (step.wire + 1);
		memcpy(out + length, part, wire);
		length += wire;
		size_t bytes = stream_take(s, side, there, seen - at, seen == n, &step, wire);
		free(there);
		expect(bytes <= seen - at && (wire == whole || at + bytes < n));
		at += bytes;
		if (seen == n && (at == n || (bytes == 0 && wire == 0)))
			break;
	}
	/* what is left never got its end */
	memcpy(out + length, p + at, n - at);
	return length + n - at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3 || size > 8192)
		return 0;
	size_t n = size - 3;
	char *p = malloc(n + 1);
	char *a = malloc(4 * n + 65536), *b = malloc(4 * n + 65536);
	struct stream sa, sb;
	struct edit_side side = fuzz_side(data[0], data[1], data[0] & 64 ? "X-Bond" : "");

	memcpy(p, data + 3, n);
	size_t an = run(&side, p, n, 0, a, &sa);
	size_t bn = run(&side, p, n, data[2] + 1U, b, &sb);
	/* A message that is too much for one edit, or breaks the rules, in portions may have been
	 * edited in part before that was seen, and what follows it may be found again elsewhere. */
	if (!sa.unedited && !sb.unedited && !sa.breaks && !sb.breaks) {
		expect(an == bn && memcmp(a, b, an) == 0);
		expect(sa.messages == sb.messages);
	}
	if (sa.breaks)
		expect(sb.breaks);
	free(p);
	free(a);
	free(b);
	return 0;
}
