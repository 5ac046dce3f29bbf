/* SPDX-License-Identifier: MIT */
/* libFuzzer target of hello: a byte chooses portions, the rest is the beginning of a direction. However it is cut
 * the same comes of it, at the same byte; and a random is one that stands there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* At how many bytes it was decided. */
static size_t run(struct hello *h, const uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t at = 0, part; at < n; at += part) {
		seed = seed * 1103515245 + 12345;
		part = seed ? 1 + (seed >> 16) % 61 : 1;
		part = part < n - at ? part : n - at;
		uint8_t *exact = malloc(part);
		memcpy(exact, p + at, part);
		enum hello_state state = hello_feed(h, exact, part);
		free(exact);
		if (state != h->state)
			abort();
		if (state != HELLO_READING)
			return at + part;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const uint8_t *p = data + 1;
	size_t n = size - 1, at = 0;
	struct hello one = {0}, all = {0}, some = {0};

	while (at < n && one.state == HELLO_READING)
		hello_feed(&one, p + at++, 1);
	hello_feed(&all, p, n);
	size_t end = run(&some, p, n, data[0]);
	if (one.state != all.state || one.state != some.state || end < at)
		abort();
	if (one.state == HELLO_READING && memcmp(&one, &all, sizeof(one)) != 0)
		abort();
	if (one.state != HELLO_CLIENT && one.state != HELLO_SERVER)
		return 0;
	if (memcmp(one.head, all.head, sizeof(one.head)) != 0 || memcmp(one.head, some.head, sizeof(one.head)) != 0)
		abort();
	if (one.head[0] != (one.state == HELLO_CLIENT ? 1 : 2) || hello_random(&one)[31] != p[at - 1])
		abort();
	return 0;
}
