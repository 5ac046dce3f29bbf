/* SPDX-License-Identifier: MIT */
/* The head of a WebSocket frame (RFC 6455 5.2), and the mask of a client's (5.3).
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_WIRE_WS_FRAME_H
#define BOND_WIRE_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_FRAME_HEAD_MAX 14

enum ws_opcode { WS_CONTINUATION, WS_TEXT, WS_BINARY, WS_CLOSE = 8, WS_PING, WS_PONG };

struct ws_frame {
	uint8_t opcode;  /* enum ws_opcode */
	bool last;       /* FIN: the message ends with it */
	bool masked;
	uint8_t key[4];  /* of the mask */
	uint8_t head_n;  /* bytes of the head */
	uint64_t length; /* of the payload */
};

enum ws_frame_is {
	WS_FRAME_MORE, /* the head is not all there */
	WS_FRAME_READ,
	WS_FRAME_NONE  /* no frame of RFC 6455 without extensions: where it ends is not known */
};

/* Reads the head of a frame that begins at p, of which n bytes are there. */
enum ws_frame_is ws_frame_read(const char *p, size_t n, struct ws_frame *f);

/* The size of the head that a frame has with that length; writes it to p (WS_FRAME_HEAD_MAX). Lengths
 * are written in as few bytes as they need (RFC 6455 5.2). */
size_t ws_frame_size(const struct ws_frame *f, uint64_t length);
size_t ws_frame_write(const struct ws_frame *f, uint64_t length, char *p);

/* Masks or unmasks n bytes, of which the first stands at that place of the payload. */
void ws_frame_mask(const struct ws_frame *f, uint64_t at, char *p, size_t n);

/* The payload grows by so many bytes, negative: shrinks, in front of bytes that stay masked as they are: the
 * key is turned so that it unmasks them where they stand then. */
void ws_frame_turn(struct ws_frame *f, int64_t grows);

#endif
