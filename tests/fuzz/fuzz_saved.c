/* SPDX-License-Identifier: MIT */
/* libFuzzer target of saved: any bytes as a log or a capture that was written earlier, drawn in the terminal and as
 * SVG. */
#include <stdlib.h>

#include "ctl/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct saved s;
	static FILE *out;
	struct ladder_style style = {.width = (unsigned)(20 + n % 200), .utf8 = n & 1, .svg = n & 2, .zone = 3600};

	if (!out)
		out = fopen("/dev/null", "w");
	FILE *in = n ? fmemopen((void *)(uintptr_t)data, n, "r") : NULL;
	struct ladder *l = in ? ladder_open(out, &style) : NULL;
	if (l) {
		saved_read(&s, in, l, style.zone);
		ladder_close(l);
	}
	if (in)
		fclose(in);
	return 0;
}
