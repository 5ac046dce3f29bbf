/* SPDX-License-Identifier: MIT */
#include "ws_frame.h"

#include <string.h>

#define FIN 0x80
#define RSV 0x70
#define MASK 0x80
#define SHORT_MAX 125 /* of a length in seven bits, and of control frames */

static uint64_t number(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

static bool is_none(const struct ws_frame *f, unsigned first)
{
	bool control = f->opcode >= WS_CLOSE;

	return (first & RSV) || (f->opcode > WS_BINARY && !control) || f->opcode > WS_PONG ||
		(control && !f->last);
}

enum ws_frame_is ws_frame_read(const char *p, size_t n, struct ws_frame *f)
{
	const unsigned char *b = (const unsigned char *)p;

	if (n < 1)
		return WS_FRAME_MORE;
	*f = (struct ws_frame){.opcode = b[0] & 15, .last = b[0] & FIN};
	if (is_none(f, b[0]))
		return WS_FRAME_NONE;
	if (n < 2)
		return WS_FRAME_MORE;
	unsigned length = b[1] & 127;
	size_t more = length == 127 ? 8 : length == 126 ? 2 : 0;
	f->masked = b[1] & MASK;
	f->head_n = (uint8_t)(2 + more + (f->masked ? sizeof(f->key) : 0));
	if (f->opcode >= WS_CLOSE && length > SHORT_MAX)
		return WS_FRAME_NONE;
	if (n >= 3 && length == 127 && (b[2] & 0x80))
		return WS_FRAME_NONE;
	if (n < f->head_n)
		return WS_FRAME_MORE;
	f->length = more ? number(b + 2, more) : length;
	if (f->masked)
		memcpy(f->key, b + 2 + more, sizeof(f->key));
	return WS_FRAME_READ;
}

static size_t more_of(uint64_t length)
{
	return length > 65535 ? 8 : length > SHORT_MAX ? 2 : 0;
}

size_t ws_frame_size(const struct ws_frame *f, uint64_t length)
{
	return 2 + more_of(length) + (f->masked ? sizeof(f->key) : 0);
}

size_t ws_frame_write(const struct ws_frame *f, uint64_t length, char *p)
{
	size_t more = more_of(length), n = 2 + more;

	p[0] = (char)((f->last ? FIN : 0) | f->opcode);
	p[1] = (char)((f->masked ? MASK : 0) | (more == 8 ? 127 : more ? 126 : (int)length));
	for (size_t i = 0; i < more; i++)
		p[2 + i] = (char)(length >> 8 * (more - 1 - i));
	if (f->masked) {
		memcpy(p + n, f->key, sizeof(f->key));
		n += sizeof(f->key);
	}
	return n;
}

void ws_frame_mask(const struct ws_frame *f, uint64_t at, char *p, size_t n)
{
	uint64_t key;
	size_t i = 0;

	if (!f->masked)
		return;
	for (size_t k = 0; k < sizeof(key); k++)
		((uint8_t *)&key)[k] = f->key[(at + k) & 3];
	for (; i + sizeof(key) <= n; i += sizeof(key)) {
		uint64_t eight;
		memcpy(&eight, p + i, sizeof(eight));
		eight ^= key;
		memcpy(p + i, &eight, sizeof(eight));
	}
	for (; i < n; i++)
		p[i] ^= (char)f->key[(at + i) & 3];
}

void ws_frame_turn(struct ws_frame *f, int64_t grows)
{
	uint8_t key[sizeof(f->key)];

	for (unsigned i = 0; i < sizeof(key); i++)
		key[(i + (uint64_t)grows) & 3] = f->key[i];
	memcpy(f->key, key, sizeof(key));
}
