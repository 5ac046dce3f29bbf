/* SPDX-License-Identifier: MIT */
/* Frames are unmasked in room of the pool: what is told of a WebSocket is its messages. */
#include "tell.h"

#include "base/pieces.h"
#include "preload/stream/ws_message.h"
#include "preload/trace/packet.h"
#include "preload/trace/trace.h"
#include "sip/scan.h"

#define PIECES_TOLD 168

/* The ends, as what it carries has them: wss inside of frames. */
static struct side_ends ends_of(const struct passage *p, bool frames)
{
	struct side_ends e = p->ends;

	e.transport = frames ? TRANSPORT_WSS : TRANSPORT_TLS;
	return e;
}

/* A message of a frame, in room of the pool, which who asks for it gives back; NULL = there is none of SIP. */
struct message {
	struct scratch *room;
	size_t n, whole; /* bytes that are there, and that there are by its frame: of a fragment more than that */
};

/* What is there of the text of the frame that begins at q; false: it is none of SIP. It may be unmasked where it
 * stands. */
static bool read_text(struct message *m, const char *q, size_t n)
{
	char *to = m->room->bytes;
	struct ws_frame f;

	if (ws_frame_read(q, n, &f) != WS_FRAME_READ || (f.opcode != WS_TEXT && f.opcode != WS_BINARY))
		return false;
	m->n = ws_message_text(q, n, &f, to, sizeof(m->room->bytes));
	m->whole = f.last ? (size_t)f.length : m->n + 1; /* how much follows nobody knows here */
	return scan_is_request(to, m->n) || scan_is_response(to, m->n);
}

/* That of a frame which stands in pieces. */
static struct message message_of(const struct iovec *iov, size_t count)
{
	struct message m = {.room = scratch_take()};
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += iov[i].iov_len;
	n = m.room ? scratch_gather(m.room, iov, count, n < sizeof(m.room->bytes) ? n : sizeof(m.room->bytes)) : 0;
	if (n && read_text(&m, m.room->bytes, n))
		return m;
	scratch_give(m.room);
	return (struct message){.room = NULL};
}

/* One as it is on the wire, and as the host has it, if that is known to be another one. Both are given back. */
static void put_message(const struct packet_clear *c, const struct message *wire, const struct message *host)
{
	if (wire->room) {
		bool same = !host->room || (wire->n == host->n && memcmp(wire->room->bytes, host->room->bytes, host->n) == 0);
		struct iovec one = {wire->room->bytes, wire->n}, other = {same ? NULL : host->room->bytes, host->n};
		struct packet_bytes as_host = {&other, 1, host->whole};
		packet_inside(c, &(struct packet_bytes){&one, 1, wire->whole}, same ? NULL : &as_host);
	}
	scratch_give(wire->room);
	scratch_give(host->room);
}

void tls_tell_begins(struct tls_tell *t, const struct passage *p)
{
	t->held_n = p->state.held_n;
	memcpy(t->held, p->state.held, t->held_n);
}

/* Of a body that goes by later pieces: it is the host's own. */
static void add_body(struct message *wire, const struct message *host)
{
	size_t more = wire->whole - wire->n;

	if (!wire->room || !host->room || host->n != host->whole || more > host->n || wire->whole > sizeof(wire->room->bytes))
		return;
	memcpy(wire->room->bytes + wire->n, host->room->bytes + host->n - more, more);
	wire->n = wire->whole;
}

/* What the host wrote of it stands behind what is held, up to left bytes, all that the host gives. */
static void tell_frame_left(struct tls_tell *t, const struct packet_clear *c, const char *frame, size_t n, const char *host,
	size_t left)
{
	struct iovec wire = {(void *)(uintptr_t)frame, n},
		     own[2] = {{t->held, t->held_n}, {(void *)(uintptr_t)host, host ? left : 0}};
	struct message message = message_of(&wire, 1), written = {.room = NULL};

	if (message.room && host)
		written = message_of(own, 2);
	add_body(&message, &written);
	put_message(c, &message, &written);
}

void tls_tell_left(struct tls_tell *t, const struct passage *p, const char *bytes, const struct kept_text *text,
	size_t whole, const char *host, size_t left)
{
	bool frames = text->message != TEXT_STREAM;
	const struct side_ends ends = ends_of(p, frames);
	struct verdict v = VERDICT_EMPTY;
	struct packet_clear c = {.call = t->call->real->writes, .ends = &ends, .verdict = &v, .seen = true, .at = t->at};
	struct iovec wire = {(void *)(uintptr_t)bytes, whole}, own = {(void *)(uintptr_t)host, text->host};

	if (!packet_wanted() || text->message == TEXT_NO_MESSAGE)
		return;
	packet_route(&v, &ends);
	v.edited = t->line->verdict.edited;
	if (frames)
		tell_frame_left(t, &c, bytes + text->message, whole - text->message, host, left);
	else
		packet_inside(&c, &(struct packet_bytes){&wire, 1, whole},
			host ? &(struct packet_bytes){&own, 1, text->host} : NULL);
	t->held_n = 0;
}

/* The line of a call of that name. */
static void print(struct tls_tell *t, const char *name, const struct side_ends *e, const void *host, size_t n, long result)
{
	struct trace_clear c = {.name = name,
		.websocket = e->transport == TRANSPORT_WSS,
		.v6 = e->bits & FD_V6,
		.local = &e->at->local,
		.peer = &e->at->peer,
		.text = host,
		.n = result > 0 ? (size_t)result : 0,
		.len = n,
		.call_ids = &t->line->call_ids};
	struct iovec one = {(void *)(uintptr_t)host, c.n};
	struct message m = {.room = NULL};

	if (c.websocket)
		m = message_of(&one, 1);
	if (m.room) {
		c.text = m.room->bytes;
		c.n = m.n;
	}
	if (t->line->verdict.why != WHY_RESTORED && c.websocket)
		call_ids_of_message(&t->line->call_ids, c.text, c.n);
	else if (t->line->verdict.why != WHY_RESTORED && c.n)
		call_ids_of_stream(&t->line->call_ids, c.text, c.n);
	trace_inside(&t->line->mark, &c, result > 0 ? result : 0, &t->line->verdict);
	scratch_give(m.room);
}

void tls_tell_written(struct tls_tell *t, const struct passage *p, const void *host, size_t n, long result)
{
	struct verdict *v = &t->line->verdict;
	const struct side_ends ends = ends_of(p, websocket_is(p) && p->state.ws.phase == WS_FRAMES);
	uint16_t edited = v->edited;

	if (result <= 0 || !host) /* what the library says of it is its own */
		return;
	packet_route(v, &ends);
	v->edited = edited;
	print(t, t->call->real->writes, &ends, host, n, result);
}

/* Whether a message of a frame begins to be delivered with that many bytes of the step. */
static bool begins_message(const struct passage *p, size_t wire)
{
	if (p->ws.message == SIZE_MAX)
		return false;
	return p->ws.n ? wire && !p->step.sent : wire > p->ws.message;
}

/* What is said of what arrives now, between these ends. */
static struct packet_clear arriving(const struct tls_tell *t, const struct side_ends *ends)
{
	return (struct packet_clear){.call = t->call->real->reads,
		.ends = ends,
		.verdict = &t->line->verdict,
		.arrived = true,
		.seen = true,
		.at = packet_clock()};
}

static void tell_frame_arrives(struct tls_tell *t, const struct passage *p)
{
	struct iovec in = {(void *)(uintptr_t)p->bytes, p->step.bytes}, out[PIECES_TOLD], frame = in;
	const struct side_ends ends = ends_of(p, true);
	struct packet_clear c = arriving(t, &ends);
	struct message read = {.room = NULL};

	frame.iov_base = (char *)in.iov_base + p->ws.message;
	frame.iov_len -= p->ws.message;
	struct message message = message_of(&frame, 1);
	if (message.room && p->ws.n)
		read = message_of(out, websocket_iovec(p, &in, 1, out, PIECES_TOLD));
	put_message(&c, &message, &read);
}

void tls_tell_arrives(struct tls_tell *t, const struct passage *p, size_t wire)
{
	struct trace_in *line = t->line;

	line->verdict.rules = p->ends.rules;
	if (!websocket_is(p)) {
		trace_in_streamed(line, wire ? p->step.edit.fields : 0, &p->side, &p->state.stream, p->bytes, p->step.bytes,
			p->n);
		return;
	}
	if (!begins_message(p, wire))
		return;
	struct scratch *room = p->ws.n ? scratch_take() : NULL;
	if (room)
		trace_in_restored(line, p->step.edit.fields, &p->side, room->bytes,
			websocket_made(p, room->bytes, sizeof(room->bytes)));
	scratch_give(room);
	if (packet_wanted())
		tell_frame_arrives(t, p);
}

void tls_tell_arrived(struct tls_tell *t, const struct passage *p, size_t bytes, const struct bytes_room *to, size_t got)
{
	const struct side_ends ends = ends_of(p, false);
	struct iovec in = {(void *)(uintptr_t)p->bytes, bytes}, out[PIECES_TOLD];
	struct packet_bytes host = {out, 0, to->got - got};

	if (!packet_wanted())
		return;
	struct packet_clear c = arriving(t, &ends);
	host.count = pieces_slice(to->iov, to->count, got, host.n, out, PIECES_TOLD);
	packet_inside(&c, &(struct packet_bytes){&in, 1, bytes}, &host);
}

void tls_tell_refused(struct tls_tell *t, struct passage *p, enum why why, const char *answer, size_t n)
{
	bool frames = websocket_is(p);
	const struct side_ends ends = ends_of(p, frames);
	struct packet_clear c = {.call = t->call->real->writes, .ends = &ends, .verdict = &t->line->verdict, .at = packet_clock()};
	struct iovec sent = {(void *)(uintptr_t)answer, n}, came;
	struct span text = {p->bytes, p->n};

	if (why == WHY_UNKNOWN)
		bytes_in_has_head(p, &text);
	trace_in_refused(t->line, why, n ? ACTION_ANSWER_SHUT : ACTION_SHUT, text.p, text.n);
	if (!packet_wanted() || why != WHY_UNKNOWN)
		return;
	struct verdict v = t->line->verdict;
	came = (struct iovec){(void *)(uintptr_t)text.p, text.n};
	if (n && !frames) {
		packet_inside(&c, &(struct packet_bytes){&sent, 1, n}, NULL);
	} else if (n) {
		struct message m = message_of(&sent, 1);
		put_message(&c, &m, &(struct message){.room = NULL});
	}
	c.call = t->call->real->reads;
	c.arrived = true;
	c.verdict = &v;
	packet_inside(&c, &(struct packet_bytes){&came, 1, text.n}, NULL);
}

void tls_tell_read(struct tls_tell *t, const struct passage *p, const void *host, size_t n, long result)
{
	const struct side_ends ends = ends_of(p, websocket_is(p) && p->state.ws.phase == WS_FRAMES);

	if (t->line->verdict.why == WHY_NOTHING)
		return;
	print(t, t->call->real->reads, &ends, host, n, result);
}
