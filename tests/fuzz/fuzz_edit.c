/* SPDX-License-Identifier: MIT */
/* libFuzzer target of edit: two bytes choose a side, the rest is a message. An edit is well formed, and
 * what leaves comes back: the edited message, echoed as a redirection with all its fields, is restored
 * to the byte. */
#include <stdint.h>

#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the start line ends in LF: the answer's does, and how it ends says how the fields may. */
static bool is_usual(const char *p, size_t n)
{
	struct scan_walk w;

	return scan_walk_start(&w, p, n) && w.p[-1] == '\n';
}

/* The message as an answer that mirrors every field. */
static size_t echo(const char *p, size_t n, char *out)
{
	static const char status[] = "SIP/2.0 302 Moved\r\n";
	struct scan_walk w;

	if (!scan_walk_start(&w, p, n))
		return 0;
	const char *rest = w.p; /* behind the start line, however that ends */
	size_t rest_n = (size_t)(p + n - rest);

	memcpy(out, status, sizeof(status) - 1);
	memcpy(out + sizeof(status) - 1, rest, rest_n);
	return sizeof(status) - 1 + rest_n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 16384)
		return 0;
	size_t n = size - 2;
	char *p = malloc(n + 1); /* exact but for the case n = 0 */
	char *out = malloc(n + EDIT_TEXT + 64);
	char *echoed = malloc(n + EDIT_TEXT + 64);
	char *wanted = malloc(n + 64);
	static struct edit e;
	struct edit_side side = fuzz_side(data[0], data[1], data[0] & 64 ? "X-Bond" : "");

	memcpy(p, data + 2, n);
	if (edit_message(&side, p, n, data[0] & 128 ? n : 0, &e) == 0) {
		size_t length = fuzz_edited(&e, p, n, out);
		/* no claim where a URI was put into <>, or IPv6 is written in a way of its own */
		bool other = memchr(e.text, '<', e.text_n) || memmem(p, n, "2001:", 5) ||
			!is_usual(p, n);
		if (data[0] & 128 && side.in)
			expect(!(e.fields & EDIT_MARK) || length <= n);
		if (!side.in && side.title && !side.names->header.n && !other &&
			scan_request_line(p, n)) {
			struct edit_side back = side;
			back.in = true;
			back.as_member = false;
			back.arrived = side.title;
			size_t echoed_n = echo(out, length, echoed);
			size_t wanted_n = echo(p, n, wanted);
			/* nor where the host itself wrote a token */
			int err = edit_message(&back, wanted, wanted_n, 0, &e);
			other = err != 0 || e.count;
			err = edit_message(&back, echoed, echoed_n, 0, &e);
			expect(err == 0 || other);
			if (err == 0)
				length = fuzz_edited(&e, echoed, echoed_n, out);
			/* an alias comes back in the configuration's spelling */
			expect(other ||
				field_equal((struct span){out, length}, (struct span){wanted, wanted_n}));
		}
	}
	free(p);
	free(out);
	free(echoed);
	free(wanted);
	return 0;
}
