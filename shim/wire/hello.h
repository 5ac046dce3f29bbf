/* SPDX-License-Identifier: MIT */
/* The beginning of one direction of a TLS connection (RFC 8446 5.1, 4.1.2 and 4.1.3; RFC 5246 6.2.1, 7.4.1):
 * records, up to the hello that has a random which is one. What comes before it is passed over: alerts,
 * ChangeCipherSpec, a HelloRequest, and of TLS 1.3 a HelloRetryRequest. A hello may lie in several records,
 * and the bytes come in any portions. Anything else, and so SSLv2's form of a hello, ends it: nothing is
 * known then. PURE; async-signal-safe. */
#ifndef BOND_WIRE_HELLO_H
#define BOND_WIRE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELLO_HEAD 38 /* bytes of a hello up to the end of its random */
#define HELLO_BEFORE_MAX 65536 /* bytes before that, in records and hellos that are passed over */

enum hello_state {
	HELLO_READING, /* zeroed is at the start */
	HELLO_CLIENT,  /* head has the hello's: a ClientHello's, */
	HELLO_SERVER,  /* or a ServerHello's */
	HELLO_NONE     /* there is none */
};

struct hello {
	uint8_t state;    /* enum hello_state */
	uint8_t record_n; /* bytes of `record` that are there; 5: its body is being read */
	uint8_t head_n;   /* so */
	uint8_t record[5];
	uint16_t record_left;  /* bytes of its body to come */
	uint32_t message_left; /* bytes of the hello to come that is passed over */
	uint32_t before;       /* bytes so far */
	uint8_t head[HELLO_HEAD];
};

/* Goes on by the n bytes that come next. What it is by then. */
enum hello_state hello_feed(struct hello *h, const void *p, size_t n);

/* The random of HELLO_CLIENT and HELLO_SERVER: 32 bytes. */
static inline const uint8_t *hello_random(const struct hello *h)
{
	return h->head + HELLO_HEAD - 32;
}

#endif
