/* SPDX-License-Identifier: MIT */
#include "saved.h"

#include <string.h>

bool saved_bytes(struct saved *s, void *to, size_t n)
{
	char *p = to;

	for (; n && s->head_at < s->head_n; n--)
		*p++ = (char)s->head[s->head_at++];
	return fread(p, 1, n, s->in) == n;
}

void saved_read(struct saved *s, FILE *in, struct ladder *ladder, long zone)
{
	static const unsigned char pcapng[] = {0x0a, 0x0d, 0x0d, 0x0a};
	static const unsigned char pcap[][4] = {{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1},
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}};

	*s = (struct saved){.in = in, .ladder = ladder, .zone = zone};
	s->head_n = fread(s->head, 1, sizeof(s->head), in);
	if (s->head_n == 4 && memcmp(s->head, pcapng, 4) == 0) {
		saved_pcapng(s);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		if (s->head_n == 4 && memcmp(s->head, pcap[i], 4) == 0) {
			saved_pcap(s);
			return;
		}
	saved_lines(s);
}
