/* SPDX-License-Identifier: MIT */
#include "saved.h"

#include <string.h>

void saved_put(struct saved *s, struct packet_view *v, const uint8_t *bytes, size_t n)
{
	v->wire = v->host = (const char *)bytes;
	v->packet.wire = v->packet.wire_whole = (uint32_t)n;
	v->host_n = n;
	ladder_put(s->ladder, v);
}

bool saved_bytes(struct saved *s, void *to, size_t n)
{
	char *p = to;

	for (; n && s->head_at < s->head_n; n--)
		*p++ = (char)s->head[s->head_at++];
	return fread(p, 1, n, s->in) == n;
}

/* By gzip, zstd, xz, bzip2. */
static bool is_compressed(const unsigned char *p, size_t n)
{
	static const char heads[][5] = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xfd\x37zX", "BZh"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (n >= strlen(heads[i]) && memcmp(p, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

void saved_read(struct saved *s, FILE *in, struct ladder *ladder, long zone)
{
	static const unsigned char pcapng[] = {0x0a, 0x0d, 0x0d, 0x0a};
	static const unsigned char pcap[][4] = {{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1},
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}};

	*s = (struct saved){.in = in, .ladder = ladder, .zone = zone, .link = -1};
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
	if (is_compressed(s->head, s->head_n)) {
		s->why = "it is compressed: give it to \"bondctl ladder -\" by what unpacks it, as zcat, zstdcat or xzcat";
		return;
	}
	saved_lines(s);
}
