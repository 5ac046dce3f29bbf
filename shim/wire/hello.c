/* SPDX-License-Identifier: MIT */
/* Byte counts only: of what is passed over nothing is kept, and a record's length is believed no further than
 * the records that a hello may be in go. */
#include "hello.h"

#include <string.h>

#define RECORD_HEAD 5
#define RECORD_MAX 16384
#define MESSAGE_HEAD 4
#define HELLO_LEAST 34 /* a version and a random */

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22 };
enum { HELLO_REQUEST = 0, CLIENT_HELLO = 1, SERVER_HELLO = 2 };

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const uint8_t retry[32] = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E,
	0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8,
	0x33, 0x9C};

/* Takes up to `want` bytes of p to those that are there. */
static size_t take(uint8_t *to, uint8_t *there, size_t want, const uint8_t *p, size_t n)
{
	size_t more = want - *there < n ? want - *there : n;

	memcpy(to + *there, p, more);
	*there += (uint8_t)more;
	return more;
}

/* The head of a record is there, as far as its bytes go. */
static bool is_record(const struct hello *h)
{
	uint8_t type = h->record[0];

	if (type < CHANGE_CIPHER_SPEC || type > HANDSHAKE)
		return false;
	if (h->record_n > 1 && h->record[1] != 3)
		return false;
	return h->record_n < RECORD_HEAD || (h->record[3] << 8 | h->record[4]) <= RECORD_MAX;
}

static uint32_t message_size(const struct hello *h)
{
	return (uint32_t)h->head[1] << 16 | (uint32_t)h->head[2] << 8 | h->head[3];
}

/* So of a message of the handshake. */
static bool is_hello(const struct hello *h)
{
	if (h->head[0] > SERVER_HELLO)
		return false;
	if (h->head_n < MESSAGE_HEAD)
		return true;
	if (h->head[0] == HELLO_REQUEST)
		return message_size(h) == 0;
	if (message_size(h) < HELLO_LEAST)
		return false;
	return h->head_n == MESSAGE_HEAD || h->head[MESSAGE_HEAD] == 3;
}

/* The message's beginning grew. */
static enum hello_state message(struct hello *h)
{
	if (!is_hello(h))
		return HELLO_NONE;
	if (h->head[0] == HELLO_REQUEST && h->head_n == MESSAGE_HEAD)
		h->head_n = 0;
	if (h->head_n < HELLO_HEAD)
		return HELLO_READING;
	if (h->head[0] == CLIENT_HELLO)
		return HELLO_CLIENT;
	if (memcmp(hello_random(h), retry, sizeof(retry)) != 0)
		return HELLO_SERVER;
	h->message_left = message_size(h) - HELLO_LEAST;
	h->head_n = 0;
	return HELLO_READING;
}

/* The next bytes of a record's body; how many were dealt with. */
static size_t body(struct hello *h, const uint8_t *p, size_t n)
{
	size_t want = h->head_n < MESSAGE_HEAD ? MESSAGE_HEAD : HELLO_HEAD;

	if (n > h->record_left)
		n = h->record_left;
	if (h->record[0] == HANDSHAKE && h->message_left) {
		n = n < h->message_left ? n : h->message_left;
		h->message_left -= (uint32_t)n;
	} else if (h->record[0] == HANDSHAKE) {
		n = take(h->head, &h->head_n, want, p, n);
		h->state = message(h);
	}
	h->record_left -= (uint16_t)n;
	return n;
}

static size_t head(struct hello *h, const uint8_t *p, size_t n)
{
	n = take(h->record, &h->record_n, RECORD_HEAD, p, n);
	if (!is_record(h))
		h->state = HELLO_NONE;
	else if (h->record_n == RECORD_HEAD)
		h->record_left = (uint16_t)(h->record[3] << 8 | h->record[4]);
	return n;
}

enum hello_state hello_feed(struct hello *h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t at = 0, done; at < n && h->state == HELLO_READING; at += done) {
		done = h->record_n < RECORD_HEAD ? head(h, p + at, n - at) : body(h, p + at, n - at);
		if (h->record_n == RECORD_HEAD && !h->record_left)
			h->record_n = 0;
		h->before += (uint32_t)done;
		if (h->before > HELLO_BEFORE_MAX && h->state == HELLO_READING)
			h->state = HELLO_NONE;
	}
	return (enum hello_state)h->state;
}
