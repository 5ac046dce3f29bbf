/* SPDX-License-Identifier: MIT */
/* Files of packets: pcapng (draft-ietf-opsawg-pcapng) and pcap (draft-ietf-opsawg-pcap), of either byte order. */
#include <stdlib.h>
#include <string.h>

#include "saved_packet.h"

#define BLOCK_MAX (16u << 20)
#define PACKET_MAX (4u << 20)
#define INTERFACES_MAX 64
#define COMMENT_MAX 65536
#define SECOND INT64_C(1000000000)

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, SIMPLE_PACKET = 3, ENHANCED_PACKET = 6 };
enum { OPT_END, OPT_COMMENT, EPB_FLAGS = 2, IF_NAME = 2, SHB_USERAPPL = 4, IF_TSRESOL = 9 };

struct interface {
	unsigned link;
	unsigned char resolution; /* if_tsresol */
	bool host; /* bondctl --both wrote what is on the other one as the host had it */
};

struct reader {
	struct saved *s;
	struct saved_packets packets;
	bool swapped, ours; /* in the other byte order; written by bondctl */
	struct interface interfaces[INTERFACES_MAX];
	unsigned interface_count;
	uint8_t *block;
	size_t room;
	char comments[2][COMMENT_MAX];
};

static uint32_t swap32(const struct reader *r, uint32_t n)
{
	return r->swapped ? __builtin_bswap32(n) : n;
}

static uint32_t get32(const struct reader *r, const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return swap32(r, n);
}

static uint16_t get16(const struct reader *r, const uint8_t *p)
{
	uint16_t n;

	memcpy(&n, p, sizeof(n));
	return r->swapped ? __builtin_bswap16(n) : n;
}

static bool need(struct reader *r, size_t n)
{
	if (n <= r->room)
		return true;
	uint8_t *more = realloc(r->block, n);
	if (!more) {
		r->s->why = "there is no memory for it";
		return false;
	}
	r->block = more;
	r->room = n;
	return true;
}

/* The next option of those at p[*at..n); false: there is none. */
static bool next_option(const struct reader *r, const uint8_t *p, size_t n, size_t *at, unsigned *code, const uint8_t **value,
	size_t *length)
{
	if (n - *at < 4)
		return false;
	*code = get16(r, p + *at);
	*length = get16(r, p + *at + 2);
	*value = p + *at + 4;
	if (*code == OPT_END || *length > n - *at - 4)
		return false;
	*at += 4 + (*length + 3) / 4 * 4;
	if (*at > n)
		*at = n;
	return true;
}

static void read_section(struct reader *r, const uint8_t *p, size_t n)
{
	const uint8_t *value;
	size_t at = 16, length;
	unsigned code;

	r->interface_count = 0;
	r->ours = false;
	while (n > at && next_option(r, p, n, &at, &code, &value, &length))
		r->ours = r->ours || (code == SHB_USERAPPL && length > 8 && memcmp(value, "bondctl ", 8) == 0);
}

static void read_interface(struct reader *r, const uint8_t *p, size_t n)
{
	struct interface to = {.resolution = 6};
	const uint8_t *value;
	size_t at = 8, length;
	unsigned code;

	if (n < 8 || r->interface_count == INTERFACES_MAX)
		return;
	to.link = get16(r, p);
	while (next_option(r, p, n, &at, &code, &value, &length)) {
		if (code == IF_TSRESOL && length >= 1)
			to.resolution = value[0];
		to.host = to.host || (r->ours && code == IF_NAME && length == 4 && memcmp(value, "host", 4) == 0);
	}
	r->interfaces[r->interface_count++] = to;
}

/* In nanoseconds. */
static int64_t time_of(uint64_t units, unsigned char resolution)
{
	__uint128_t time = (__uint128_t)units * (uint64_t)SECOND;

	if (resolution & 0x80) {
		time >>= resolution & 0x7f;
	} else {
		for (unsigned i = 0; i < resolution && i < 30; i++)
			time /= 10;
	}
	return time > INT64_MAX / 2 ? 0 : (int64_t)time;
}

static void read_options(struct reader *r, struct saved_packet *packet, const uint8_t *p, size_t n)
{
	const uint8_t *value;
	size_t at = 0, length;
	unsigned code, comments = 0;

	r->comments[0][0] = r->comments[1][0] = 0;
	while (next_option(r, p, n, &at, &code, &value, &length)) {
		if (code == EPB_FLAGS && length == 4)
			packet->way = (get32(r, value) & 3) == 1 ? SAVED_ARRIVED : (get32(r, value) & 3) == 2 ? SAVED_LEFT
				: SAVED_WAY_UNKNOWN;
		if (code == OPT_COMMENT && r->ours && comments < 2) {
			memcpy(r->comments[comments], value, length < COMMENT_MAX ? length : COMMENT_MAX - 1);
			r->comments[comments++][length < COMMENT_MAX ? length : COMMENT_MAX - 1] = 0;
		}
	}
}

static void read_packet(struct reader *r, uint32_t type, const uint8_t *p, size_t n)
{
	size_t head = type == ENHANCED_PACKET ? 20 : 4;
	unsigned interface = type == ENHANCED_PACKET && n >= head ? get32(r, p) : 0;

	if (n < head || interface >= r->interface_count || r->interfaces[interface].host)
		return;
	const struct interface *i = &r->interfaces[interface];
	struct saved_packet packet = {.link = i->link, .bytes = p + head, .verdict = r->comments[0], .host = r->comments[1]};
	packet.whole = get32(r, p + (type == ENHANCED_PACKET ? 16 : 0));
	packet.n = type == ENHANCED_PACKET ? get32(r, p + 12) : packet.whole;
	if (packet.n > n - head)
		packet.n = n - head;
	size_t padded = (packet.n + 3) / 4 * 4;
	if (type == ENHANCED_PACKET)
		packet.at = time_of((uint64_t)get32(r, p + 4) << 32 | get32(r, p + 8), i->resolution);
	read_options(r, &packet, p + head + padded, padded < n - head ? n - head - padded : 0);
	saved_packet_put(r->s, &r->packets, &packet);
}

/* False: it is the last one. */
static bool read_block(struct reader *r)
{
	uint8_t head[12];
	bool section;

	size_t n = saved_bytes(r->s, head, 1) ? 1 : 0;
	if (!n)
		return false;
	if (!saved_bytes(r->s, head + 1, 11)) {
		r->s->why = "it ends within a block";
		return false;
	}
	section = memcmp(head, "\n\r\r\n", 4) == 0;
	if (section) {
		uint32_t magic;
		memcpy(&magic, head + 8, 4);
		r->swapped = magic == 0x4d3c2b1a;
		if (magic != 0x4d3c2b1a && magic != 0x1a2b3c4d)
			r->s->why = "it is no pcapng";
	}
	uint32_t type = section ? SECTION : get32(r, head), length = get32(r, head + 4);
	if (!r->s->why && (length < 12 || length > BLOCK_MAX || length % 4))
		r->s->why = "a block has a length that cannot be";
	if (r->s->why || !need(r, length))
		return false;
	/* type, length and the first word are in head; a block without a body has its length there */
	size_t body = length - 12;
	if (length == 12)
		return true;
	memcpy(r->block, head + 8, 4);
	if (!saved_bytes(r->s, r->block + 4, body)) {
		r->s->why = "it ends within a block";
		return false;
	}
	if (type == SECTION)
		read_section(r, r->block, body);
	else if (type == INTERFACE)
		read_interface(r, r->block, body);
	else if (type == ENHANCED_PACKET || type == SIMPLE_PACKET)
		read_packet(r, type, r->block, body);
	return true;
}

static struct reader *open_reader(struct saved *s)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		s->why = "there is no memory for it";
	else
		r->s = s;
	return r;
}

static void close_reader(struct reader *r)
{
	saved_packet_end(r->s, &r->packets);
	free(r->block);
	free(r);
}

void saved_pcapng(struct saved *s)
{
	struct reader *r = open_reader(s);

	if (!r)
		return;
	while (read_block(r))
		;
	close_reader(r);
}

/* False: it is the last one. */
static bool read_record(struct reader *r, unsigned link, bool nanoseconds)
{
	uint8_t head[16];

	if (!saved_bytes(r->s, head, 1))
		return false;
	if (!saved_bytes(r->s, head + 1, 15)) {
		r->s->why = "it ends within a packet";
		return false;
	}
	struct saved_packet packet = {.link = link, .n = get32(r, head + 8), .whole = get32(r, head + 12), .verdict = "",
		.host = ""};
	packet.at = get32(r, head) * SECOND + get32(r, head + 4) * INT64_C(1) * (nanoseconds ? 1 : 1000);
	if (packet.n > PACKET_MAX) {
		r->s->why = "a packet has a length that cannot be";
		return false;
	}
	if (!need(r, packet.n + 1))
		return false;
	if (!saved_bytes(r->s, r->block, packet.n)) {
		r->s->why = "it ends within a packet";
		return false;
	}
	packet.bytes = r->block;
	saved_packet_put(r->s, &r->packets, &packet);
	return true;
}

void saved_pcap(struct saved *s)
{
	struct reader *r = open_reader(s);
	uint8_t head[24];

	if (!r)
		return;
	if (!saved_bytes(s, head, sizeof(head))) {
		s->why = "it ends within its head";
		close_reader(r);
		return;
	}
	uint32_t magic = get32(r, head);
	r->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	bool nanoseconds = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
	unsigned link = get32(r, head + 20) & 0xffff;
	while (read_record(r, link, nanoseconds))
		;
	close_reader(r);
}
