/* SPDX-License-Identifier: MIT */
/* A head is decided line by line, and what hangs on its rest waits for that. */
#include "bytes_in.h"

#include "preload/turn.h"
#include "sip/reply.h"
#include "sip/strip.h"
#include "wants.h"
#include "ws_message.h"

#define PIECES_OUT 136 /* more than EDIT_SPLICES splices make of one */

/* How many bytes may be decided line by line. A request's top Via waits for the whole head: what is
 * written into it hangs on the Route fields behind it. Marks in it are put together on the way. */
static size_t decidable(const struct stream *s, char *p, size_t n)
{
	struct frame f = s->frame;
	bool open = s->at.request && !s->at.via;
	size_t at = s->skip, size, via = SIZE_MAX;
	struct scan_row row;
	struct span value;

	while (at < n) {
		switch (frame_next(&f, p + at, n - at, &size, &row)) {
		case FRAME_MORE:
			return f.in_head && via < n ? via : n;
		case FRAME_START:
			open = scan_request_line(p + at, size);
			break;
		case FRAME_ROW:
			if (open && row.header == HEADER_VIA && field_value(&row.value, &value)) {
				strip_gather(p + (value.p - p), value.n);
				via = at;
				open = false;
			}
			break;
		case FRAME_END:
			via = SIZE_MAX;
			break;
		case FRAME_RAW:
			break;
		}
		at += size;
	}
	return f.in_head && !f.broken && via < n ? via : n; /* a broken head has no end to wait for */
}

void bytes_in_side(struct passage *p)
{
	side_fill(&p->ends, true, &p->side);
	if (p->ends.rules->marks && p->state.stream.at.dialog && p->side.arrived)
		p->side.mark = true;
}

void bytes_in_feed(struct passage *p, size_t n)
{
	common_feed(p, n);
	if (p->step.edit.dialog && p->ends.rules->marks && !p->side.mark && p->side.arrived) {
		p->side.mark = true;
		common_feed(p, n);
	}
}

/* So little of it is no message that could wait for more. */
static bool begins_websocket(struct passage *p, size_t n)
{
	return n >= sizeof("GET ") - 1 && !common_is_sip(p) && !side_must_be_sip(&p->ends) &&
		websocket_begins(p, p->bytes, n);
}

void bytes_in_decide(struct passage *p, char *own, size_t n)
{
	if (websocket_is(p) || begins_websocket(p, n))
		bytes_in_feed(p, n);
	else
		bytes_in_feed(p, decidable(&p->state.stream, own, n));
}

/* Whether a message, or a line end between two, may begin with that byte: every method that IANA
 * lists is in capitals. */
static bool may_begin(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '\r' || c == '\n';
}

bool bytes_in_is_something_else(const struct passage *p)
{
	return !websocket_is(p) && stream_is_between(&p->state.stream) &&
		(!may_begin(p->bytes[0]) ||
			(p->step.after.frame.broken == FRAME_NOT_SIP && !p->step.after.messages)) &&
		!common_is_sip(p);
}

bool bytes_in_must_not(const struct passage *p)
{
	bool record = p->bytes[0] >= 0x14 && p->bytes[0] <= 0x17; /* of TLS: of frames there are none such */

	return side_must_be_sip(&p->ends) ||
		(side_must_be_http(&p->ends) && !record && !stream_begins_text(p->bytes, p->n));
}

const char *bytes_in_why_other(const struct passage *p)
{
	return side_must_be_sip(&p->ends)
		? "what is no SIP came to a listener for SIP over TCP; the connection is shut"
		: "what is neither SIP nor HTTP came to a listener for WebSocket; the connection is shut";
}

bool bytes_in_start_is_kept(const struct passage *p, size_t n)
{
	return p->side.bond.n && stream_is_between(&p->state.stream) && scan_is_request(p->bytes, n);
}

void bytes_in_give_up(struct passage *p)
{
	struct stream *s = &p->state.stream;

	if (websocket_is(p)) {
		p->ws.give_up = true;
		s->unedited++;
		return;
	}
	frame_give_up(&s->frame, p->bytes, p->n);
	s->breaks += s->frame.broken != FRAME_SOUND;
}

void bytes_in_end(struct passage *p)
{
	if (websocket_is(p))
		p->ws.give_up = true;
	else
		frame_break(&p->state.stream.frame);
}

/* Of a start line: up to the first colon behind the method. */
static size_t start_of_line(const char *p, size_t n)
{
	bool bits = true;
	size_t at = 0;

	while (at < n && p[at] != '\r' && p[at] != '\n') {
		if (p[at] == ' ')
			bits = false;
		if (p[at++] == ':' && !bits)
			break;
	}
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Of a Via: up to its sent-by. */
static size_t start_of_via(const char *p, size_t at, size_t n)
{
	for (int slashes = 0; slashes < 2; slashes += p[at++] == '/')
		if (at == n || !(field_is_token(p[at]) || is_blank(p[at]) || p[at] == '/'))
			return at;
	while (at < n && is_blank(p[at]))
		at++;
	while (at < n && field_is_token(p[at]))
		at++;
	while (at < n && is_blank(p[at]))
		at++;
	return at;
}

/* Of a header field: its name, and of the value what stands before the first host in it. */
static size_t start_of_row(const struct passage *w, const char *p, size_t n)
{
	const struct names *names = w->side.names;
	size_t line = 0, at;
	struct scan_row row;

	if (w->state.stream.at.request && !w->state.stream.at.told && w->side.bond.n)
		return 0; /* a field comes before it */
	if (names->header.n && (p[0] | 0x20) == (names->header.p[0] | 0x20))
		return 0; /* it may be removed */
	if (p[0] == '\r')
		return 1;
	while (line < n && p[line] != '\r' && p[line] != '\n')
		line++;
	const char *colon = memchr(p, ':', line);
	if (!colon)
		return line;
	scan_row((struct span){p, n}, &row);
	at = (size_t)(colon + 1 - p);
	if (row.header == HEADER_CSEQ || row.header == HEADER_CONTENT_LENGTH)
		return line;
	if (row.header == HEADER_VIA)
		return start_of_via(p, at, line);
	while (at < line && p[at] != ':')
		at++;
	return at;
}

size_t bytes_in_beginning(const struct passage *p)
{
	const struct stream *s = &p->state.stream;
	size_t n = p->n < sizeof(p->state.given) ? p->n : sizeof(p->state.given);

	if (websocket_is(p) || s->rest_n || s->skip || s->sent || s->frame.raw || frame_is_for_good(&s->frame))
		return 0;
	if (s->frame.in_head)
		return start_of_row(p, p->bytes, n);
	return s->frame.lost == FRAME_LOST_IN_HEAD ? n : start_of_line(p->bytes, n);
}

/* Where a request stands in frames, and its text. */
static size_t request_in_frame(struct passage *p, struct span *text)
{
	if (!p->ws.room)
		p->ws.room = scratch_wait();
	if (!p->ws.room)
		return SIZE_MAX;
	text->p = p->ws.room->bytes;
	return websocket_request(p, p->ws.room->bytes, sizeof(p->ws.room->bytes), &text->n);
}

size_t bytes_in_request(struct passage *p)
{
	struct frame f = p->state.stream.frame;
	size_t at = p->state.stream.skip, size;
	struct scan_row row;
	struct span text;

	if (websocket_is(p))
		return request_in_frame(p, &text);
	for (; at < p->n; at += size) {
		enum frame_piece piece = frame_next(&f, p->bytes + at, p->n - at, &size, &row);
		if (piece == FRAME_MORE)
			break;
		if (piece == FRAME_START && scan_is_request(p->bytes + at, size))
			return at;
	}
	return SIZE_MAX;
}

bool bytes_in_has_head(struct passage *p, struct span *text)
{
	size_t size;

	*text = (struct span){p->bytes, p->n};
	if (websocket_is(p))
		return request_in_frame(p, text) != 0 || ws_message_head(text->p, text->n, &size);
	return memmem(p->bytes, p->n, "\r\n\r\n", 4) || memmem(p->bytes, p->n, "\n\n", 2);
}

size_t bytes_in_answer(struct passage *p, char *to, size_t room)
{
	size_t before = websocket_is(p) ? WS_FRAME_HEAD_MAX : 0;
	struct span request;
	struct addr ignored;

	bytes_in_has_head(p, &request);
	size_t n = reply_403(request.p, request.n, &p->ends.rules->keys[0], &p->ends.at->peer, to + before,
		room - before, &ignored);
	return n && before ? websocket_wrap(p, to, n) : n;
}

/* Copies wire bytes from at on to the host's buffers. */
static void copy_out(struct bytes_room *to, const char *p, size_t n)
{
	size_t skip = to->got;

	to->got += n;
	if (to->only_count)
		return;
	for (size_t i = 0; i < to->count && n; i++) {
		const struct iovec *piece = &to->iov[i];
		if (skip >= piece->iov_len) {
			skip -= piece->iov_len;
			continue;
		}
		size_t size = piece->iov_len - skip < n ? piece->iov_len - skip : n;
		memcpy((char *)piece->iov_base + skip, p, size);
		p += size;
		n -= size;
		skip = 0;
	}
}

size_t bytes_in_deliver(const struct passage *p, struct bytes_room *to)
{
	struct iovec in = {(void *)(uintptr_t)p->bytes, p->step.bytes}, out[PIECES_OUT];
	size_t count = websocket_is(p) ? websocket_iovec(p, &in, 1, out, PIECES_OUT)
				       : stream_iovec(&p->step, &in, 1, out, PIECES_OUT);
	size_t wire = 0;
	size_t given = p->state.given_n > p->step.sent ? p->state.given_n - p->step.sent : 0;

	for (size_t i = 0; i < count && to->got < to->size; i++) {
		const char *piece = out[i].iov_base;
		size_t size = out[i].iov_len, skip = given < size ? given : size;
		given -= skip;
		wire += skip;
		size -= skip;
		if (size > to->size - to->got)
			size = to->size - to->got;
		copy_out(to, piece + skip, size);
		wire += size;
	}
	return wire;
}

void bytes_in_count(const struct passage *p, size_t wire)
{
	const struct edit *e = &p->step.edit;

	common_count(COUNTER_EDITED, e->count && wire);
	common_count(COUNTER_FOREIGN, e->foreign);
	common_count(COUNTER_FORGED, (e->fields & EDIT_FORGED) != 0);
	common_tally(p, TALLY_RESTORED, e->count && wire && (e->fields & EDIT_NAMES));
	common_tally(p, TALLY_FOREIGN, e->foreign);
	common_tally(p, TALLY_FORGED, (e->fields & EDIT_FORGED) != 0);
}

void bytes_in_turn(const struct passage *p)
{
	if (websocket_is(p) && !p->state.stream.messages)
		return; /* what passes between two */
	turn_end();
	if (!p->state.stream.at.request)
		return;
	turn_set(p->ends.rules, p->side.arrived);
	turn_came_by(p->ends.at->cookie);
}

void bytes_in_settle(struct passage *p)
{
	const struct stream *s = &p->state.stream;
	bool over = frame_is_for_good(&s->frame) && !s->rest_n && !s->skip;

	if (!common_settle(p, s->breaks, over) || over)
		streams_break(this_host.segment.streams, p->key);
}
