/* SPDX-License-Identifier: MIT */
/* What no frame begins like is not taken for one: letters, CRLF and records of TLS have bits or opcodes that there are
 * none of. */
#include "ladder_ws.h"

#include <stdlib.h>
#include <string.h>

#include "sip/scan.h"
#include "wire/ws_frame.h"
#include "wire/ws_head.h"

#define LOOK 256 /* bytes of a message that tell whether it is SIP */
#define ENOUGH 16

static bool is_message(const struct ws_frame *f)
{
	return f->opcode == WS_TEXT || f->opcode == WS_BINARY;
}

/* Whether the connection begins, or goes on behind what is missing, with a frame of SIP. *more: that is not to be told
 * yet. */
static bool begins_frames(const char *p, size_t n, bool *more)
{
	char text[LOOK];
	struct ws_frame f;
	enum ws_frame_is is = ws_frame_read(p, n, &f);

	*more = is == WS_FRAME_MORE;
	if (is != WS_FRAME_READ || !is_message(&f))
		return false;
	size_t there = n - f.head_n;
	there = there < f.length ? there : (size_t)f.length;
	*more = there < ENOUGH && there < f.length;
	there = there < LOOK ? there : LOOK;
	memcpy(text, p + f.head_n, there);
	ws_frame_mask(&f, 0, text, there);
	return scan_is_request(text, there) || scan_is_response(text, there);
}

/* A head of HTTP; false: it is none that a WebSocket begins with. */
static bool take_handshake(struct ladder_ws *w, const char *p, size_t n, size_t *used)
{
	struct ws_head h = {0};
	enum ws_head_is is;

	if (!n || !ws_head_begins(p, n))
		return false;
	is = ws_head_feed(&h, p, n, used);
	if (is == WS_HEAD_MORE) {
		*used = 0;
		return true;
	}
	w->frames = is == WS_HEAD_ASKS || is == WS_HEAD_ANSWERS || is == WS_HEAD_UNREAD;
	return w->frames;
}

static bool add(struct ladder_ws *w, const struct ws_frame *f, const char *p)
{
	size_t n = (size_t)f->length;
	char *more = n > LADDER_WS_BYTES - w->n ? NULL : realloc(w->message, w->n + n + 1);

	if (!more)
		return false;
	w->message = more;
	memcpy(more + w->n, p, n);
	ws_frame_mask(f, 0, more + w->n, n);
	w->n += n;
	return true;
}

static enum ladder_ws_is take_frame(struct ladder_ws *w, const char *p, size_t n, size_t *used)
{
	struct ws_frame f;
	enum ws_frame_is is = ws_frame_read(p, n, &f);

	if (is == WS_FRAME_NONE) {
		ladder_ws_end(w);
		*used = n;
		return LADDER_WS_MORE;
	}
	if (is == WS_FRAME_MORE || f.length > n - f.head_n)
		return LADDER_WS_MORE;
	*used = f.head_n + (size_t)f.length;
	if (!is_message(&f) && f.opcode != WS_CONTINUATION)
		return LADDER_WS_MORE; /* control frames may stand between fragments */
	if (is_message(&f)) {
		w->begun = true;
		w->n = 0;
	}
	w->begun = w->begun && add(w, &f, p + f.head_n);
	bool whole = w->begun && f.last;
	w->begun = w->begun && !f.last;
	return whole ? LADDER_WS_MESSAGE : LADDER_WS_MORE;
}

enum ladder_ws_is ladder_ws_take(struct ladder_ws *w, const char *p, size_t n, size_t *used)
{
	bool more;

	*used = 0;
	if (w->frames)
		return take_frame(w, p, n, used);
	if (take_handshake(w, p, n, used))
		return LADDER_WS_MORE;
	w->frames = begins_frames(p, n, &more);
	if (w->frames)
		return take_frame(w, p, n, used);
	return more ? LADDER_WS_MORE : LADDER_WS_NONE;
}

void ladder_ws_end(struct ladder_ws *w)
{
	free(w->message);
	*w = (struct ladder_ws){.frames = false};
}
