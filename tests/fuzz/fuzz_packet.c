/* SPDX-License-Identifier: MIT */
/* libFuzzer target of packet: any bytes as a record; what is read lies in it, and is written as a capture
 * and drawn. */
#include <stdlib.h>

#include "ctl/ladder.h"
#include "ctl/pcapng.h"

static void in_record(const char *text, size_t length, const char *p, size_t n)
{
	if (length > n || text < p || text > p + n - length)
		abort();
}

static void draw(const struct packet_view *v, size_t n)
{
	static FILE *out;
	struct ladder_style style = {.width = (unsigned)(20 + n % 200), .utf8 = n & 1, .svg = n & 2, .zone = 3600};

	if (!out)
		out = fopen("/dev/null", "w");
	struct ladder *l = ladder_open(out, &style);
	if (!l)
		return;
	for (int i = 0; i < 3; i++)
		ladder_put(l, v);
	ladder_close(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* an exact copy, for the sanitizer to see the first byte too far */
	char *p = malloc(n ? n : 1);
	struct packet_view v;
	struct pcapng out;

	memcpy(p, data, n);
	if (packet_read(&v, p, n)) {
		for (int i = 0; i < PACKET_TEXTS; i++)
			in_record(v.texts[i], v.packet.texts[i], p, n);
		in_record(v.wire, v.packet.wire, p, n);
		if (v.host_n)
			in_record(v.host, v.host_n, p, n);
		if (pcapng_open(&out, "/dev/null", n & 1) == 0) {
			pcapng_put(&out, &v);
			pcapng_put(&out, &v);
			pcapng_close(&out);
		}
		draw(&v, n);
	}
	free(p);
	return 0;
}
