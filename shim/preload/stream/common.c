/* SPDX-License-Identifier: MIT */
#include "common.h"

#include "preload/hot.h"
#include "preload/tally.h"
#include "preload/trace/addresses.h"
#include "preload/trace/log.h"
#include "websocket.h"
#include "wants.h"

void common_begin(struct passage *p, int fd, const struct side_ends *ends, bool in)
{
	p->fd = fd;
	p->ends = *ends;
	p->key = stream_key(ends->at->cookie, in);
	p->last = !in;
	p->ws.room = NULL;
	p->ws.n = 0;
	p->ws.give_up = p->ws.lost = p->ws.other = p->ws.unread = false;
	memset(&p->state, 0, offsetof(struct stream_state, held));
}

void common_tally(const struct passage *p, enum tally what, uint64_t n)
{
	if (n)
		tally_member(p->ends.rules, side_member(&p->ends), what, n);
}

void common_feed(struct passage *p, size_t n)
{
	p->fed = n;
	if (websocket_is(p))
		websocket_feed(p, n);
	else
		stream_feed(&p->state.stream, &p->side, p->bytes, n, p->last, &p->step);
}

size_t common_take(struct passage *p, size_t wire)
{
	if (websocket_is(p))
		return websocket_take(p, wire);
	return stream_take(
		&p->state.stream, &p->side, p->bytes, p->fed, p->last, &p->step, wire);
}

static bool is_in(const struct passage *p)
{
	return p->key & 1;
}

static void mark_sip(const struct passage *p)
{
	if (bits_of(p->fd) & FD_SIP)
		return;
	note_mark(p->fd, FD_SIP);
	if (!streams_had_sip(this_host.segment.streams, p->key ^ 1) && side_is_accepted(&p->ends))
		common_tally(p, TALLY_ACCEPTED, 1);
	streams_note_sip(this_host.segment.streams, p->key);
}

bool common_is_sip(const struct passage *p)
{
	if (bits_of(p->fd) & FD_SIP)
		return true;
	bool had = streams_had_sip(this_host.segment.streams, p->key);
	if (had)
		note_mark(p->fd, FD_SIP);
	return had;
}

bool common_settle(struct passage *p, bool broke, bool over)
{
	struct stream *s = &p->state.stream;

	if (s->messages) {
		mark_sip(p);
		common_tally(p, is_in(p) ? TALLY_CAME_REQUESTS : TALLY_REQUESTS, s->requests);
		common_tally(p, is_in(p) ? TALLY_CAME_RESPONSES : TALLY_RESPONSES, s->messages - s->requests);
	}
	common_count(COUNTER_STREAMED, s->messages);
	common_count(COUNTER_UNEDITED, s->unedited);
	common_tally(p, is_in(p) ? TALLY_UNEDITED_ROOM : TALLY_UNEDITED_LARGE, s->unedited);
	s->messages = s->requests = s->unedited = s->breaks = 0;
	if (broke)
		common_note_break(p);
	if (!over || s->rest_n || s->skip)
		return common_keep(p);
	common_drop(p);
	return true;
}

void common_give_up(struct passage *p)
{
	common_drop(p);
	streams_break(this_host.segment.streams, p->key);
}

void common_say(const struct passage *p, const char *what)
{
	const struct fd_record *at = p->ends.at;
	struct line l;

	if (p->fd >= 0 || !(page.p.mode & HOT_TRACE)) {
		stream_say(p->fd, what);
		return;
	}
	line_start(&l);
	line_text(&l, "connection ");
	addresses_ends(&l, p->state.ws.phase == WS_FRAMES ? "WSS" : "TLS", p->ends.bits & FD_V6, &at->local, &at->peer);
	line_text(&l, ": ");
	line_text(&l, what);
	l.text[l.length] = 0;
	trace_say(l.text);
}

/* Whether nobody was told that this stream broke. */
static bool is_news(const struct passage *p)
{
	if (is_in(p))
		return streams_tell(this_host.segment.streams, p->key);
	if (streams_is_broken(this_host.segment.streams, p->key))
		return false;
	streams_break(this_host.segment.streams, p->key);
	return true;
}

void common_note_break(const struct passage *p)
{
	static const char unread[] = "a WebSocket that may be of SIP cannot be read, as it has an extension, no "
				     "subprotocol, or frames that there are none of: it passes untouched";
	static const char *const said[2][2] = {
		{"carries no SIP and passes untouched, up to a message",
			"the program sends what has no framing of SIP: it passes untouched, up to its "
			"next message"},
		{"carries no SIP and passes untouched",
			"what arrives breaks the framing of SIP and passes untouched until the next "
			"message that can be told"}};
	bool websocket = p->ws.unread || p->ws.lost, sip = websocket || common_is_sip(p);

	if (is_in(p) && !sip)
		stream_mark_plain(p->fd, &p->ends, stream_begins_text(p->bytes, p->bytes ? p->n : 0));
	else if (!is_news(p))
		return;
	common_count(sip ? COUNTER_BROKEN : COUNTER_NOT_SIP, 1);
	common_say(p, websocket ? unread : said[is_in(p)][sip]);
}
