/* SPDX-License-Identifier: MIT */
/* A piece is what becomes one record. Where the stream stands is kept behind it before the library gets
 * it: a text that is kept means that exactly this is still to be written. */
#include "out.h"

#include "preload/stream/bytes_out.h"
#include "preload/renew.h"
#include "preload/trace/packet.h"
#include "room.h"
#include "tell.h"

#define PIECE_SIZE 16384 /* of a record (RFC 8446 5.1) */
#define PIECES_OUT 168   /* more than EDIT_SPLICES splices make of WRITER_PIECES */

/* One write of the host. */
struct tls_writer {
	struct writer w;
	const struct bond_tls_call *call;
	const char *p;
	size_t n;
	size_t done;  /* of n */
	bool partial; /* the host takes it that a part is written */
	bool refused; /* it must not be written */
	struct kept_text *text;
	struct tls_tell *tell; /* or NULL */
};

/* Tells of the piece, all of which the library has got. */
static void tell(const struct tls_writer *o, size_t whole)
{
	const struct kept_text *t = o->text;
	bool known = o->p && t->done + t->host <= o->n; /* which the call before was of */

	tls_tell_left(
		o->tell, &o->w.p, text_bytes(this_host.segment.texts, o->text), t, whole, known ? o->p + t->done : NULL, o->n - t->done);
}

/* Gives the piece to the library. <= 0: what the host gets. */
static long write_piece(struct tls_writer *o)
{
	struct kept_text *t = o->text;
	const char *bytes = text_bytes(this_host.segment.texts, t);
	size_t whole = t->from + t->n;

	if (unlikely(o->tell))
		o->tell->at = packet_clock();
	while (t->n) {
		long went = o->call->real->write(o->call->tls, bytes + t->from, t->n);
		if (went <= 0)
			return went;
		common_tally(&o->w.p, TALLY_BYTES, (uint64_t)went);
		t->from += (uint32_t)went;
		t->n -= (uint32_t)went;
	}
	if (unlikely(o->tell))
		tell(o, whole);
	o->done = t->done + t->host;
	t->from = 0;
	t->done = o->done;
	t->host = 0;
	return 1;
}

/* Puts into the text what the next portion becomes, as far as it is one piece. */
static void make_piece(struct tls_writer *o, const struct bytes_out *out)
{
	struct writer *w = &o->w;
	struct iovec iov[PIECES_OUT];
	char *to = text_bytes(this_host.segment.texts, o->text);
	size_t count, wire = out->wire < PIECE_SIZE ? out->wire : PIECE_SIZE, n = 0;

	if (websocket_is(&w->p) && w->p.ws.message < wire && !(w->p.ws.n && w->p.step.sent))
		o->text->message = (uint32_t)w->p.ws.message;
	writer_trim(w, w->p.step.bytes + out->loose);
	count = bytes_out_iovec(w, to, iov, PIECES_OUT); /* of a frame, the first stands there */
	for (size_t i = 0; i < count && n < wire; i++) {
		size_t size = iov[i].iov_len < wire - n ? iov[i].iov_len : wire - n;
		if (iov[i].iov_base != to)
			memcpy(to + n, iov[i].iov_base, size);
		n += size;
	}
	o->text->n = (uint32_t)n;
}

static void note_edited(const struct tls_writer *o)
{
	const struct passage *p = &o->w.p;

	if (unlikely(o->tell))
		o->tell->line->verdict.edited |= p->step.edit.fields;
	common_count(COUNTER_EDITED, p->step.edit.count != 0);
	common_tally(p, TALLY_EDITED, p->step.edit.count != 0);
}

/* Looks at what the host gives from done on, up to a piece. False: its memory cannot be read. */
static bool look(struct tls_writer *o, bool first)
{
	struct iovec one = {(void *)(uintptr_t)(o->p + o->done), o->n - o->done};
	struct writer *w = &o->w;
	struct bytes_out out;

	if (!writer_open(w, &one, 1))
		return false;
	w->takes = true;
	w->most = PIECE_SIZE;
	memset(&w->p.state, 0, offsetof(struct stream_state, held));
	bool found = common_find(&w->p);
	websocket_find(&w->p);
	if (!found && !websocket_is(&w->p) && !common_is_sip(&w->p))
		websocket_begins(&w->p, one.iov_base, one.iov_len);
	if (websocket_is(&w->p))
		side_fill(&w->p.ends, false, &w->p.side);
	if (found && first)
		bytes_out_resume(w);
	w->p.state.peer = stream_peer(&w->p.ends.at->peer);
	o->text->message = websocket_is(&w->p) ? TEXT_NO_MESSAGE : TEXT_STREAM;
	if (unlikely(o->tell))
		tls_tell_begins(o->tell, &w->p);
	for (bool more = true; more && !o->text->n;) {
		if (!bytes_out_next(w, &out))
			continue;
		o->refused = w->p.step.refused && websocket_is(&w->p);
		if (o->refused)
			break;
		if (out.wire) {
			make_piece(o, &out);
			note_edited(o);
		}
		more = bytes_out_went(w, &out, o->text->n);
	}
	websocket_end(&w->p);
	if (w->p.ws.other)
		texts_leave_alone(this_host.segment.texts, w->p.key);
	o->text->done = o->done;
	o->text->host = w->done - w->own;
	return true;
}

/* Ends the connection; what the host's write returns then. */
static long shut(struct tls_writer *o)
{
	long result;

	common_count(COUNTER_SHUT, 1);
	common_say(&o->w.p, websocket_unread);
	tls_shut(&o->w.p, o->call);
	common_drop(&o->w.p);
	return tls_is_shut(&o->w.p, o->call, &result) ? result : o->call->real->write(o->call->tls, o->p, o->n);
}

static bool is_something_else(struct tls_writer *o)
{
	struct iovec one = {(void *)(uintptr_t)o->p, o->n};

	if (!writer_open(&o->w, &one, 1) || common_find(&o->w.p) || !bytes_out_is_something_else(&o->w))
		return false;
	common_note_break(&o->w.p);
	texts_leave_alone(this_host.segment.texts, o->w.p.key);
	return true;
}

/* The connection is not looked at any more: whether that may go. */
static bool may_answer(struct tls_writer *o)
{
	struct iovec one = {(void *)(uintptr_t)o->p, o->n};

	return !o->n || websocket_may_answer(&o->w.p.ends, &one, 1);
}

/* Writes what the library has not taken yet, and then all that follows, or as much as a record has. */
static long write_all(struct tls_writer *o)
{
	bool first = !o->text->n;
	long went = first ? 1 : write_piece(o);

	while (went > 0 && o->done < o->n && !(o->partial && o->done >= PIECE_SIZE)) {
		o->w.p.ends.rules = renew_rules();
		side_fill(&o->w.p.ends, false, &o->w.p.side);
		if (!look(o, first))
			return o->call->real->write(o->call->tls, o->p + o->done, o->n - o->done);
		if (o->refused)
			return shut(o);
		first = false;
		went = write_piece(o);
	}
	if (went <= 0)
		return went;
	return (long)(o->done < o->n || !o->n ? o->done : o->n);
}

bool tls_out(const struct bond_tls_call *call, const struct side_ends *ends, const void *p, size_t n,
	long *result)
{
	struct tls_writer o = {.call = call, .p = p, .n = n};
	struct passage *at = &o.w.p;
	struct trace_in line;
	struct tls_tell tell;

	tell.line = trace_in_begin(&line);
	tell.call = call;
	o.tell = tell.line ? &tell : NULL;
	common_begin(at, -1, ends, false);
	if (tls_is_shut(at, call, result))
		return true;
	o.text = texts_find(this_host.segment.texts, at->key);
	if (!o.text && (!n || texts_is_left_alone(this_host.segment.texts, at->key) || is_something_else(&o))) {
		if (may_answer(&o))
			return false;
		*result = shut(&o);
		return true;
	}
	if ((ends->bits & FD_STEERED) && !common_is_sip(at))
		side_keep_shown(&at->ends, TRANSPORT_TLS);
	if (!o.text)
		o.text = tls_room(at);
	if (!o.text) {
		if (!tls_room_none(at, call))
			return false;
		if (!tls_is_shut(at, call, result))
			*result = call->real->write(call->tls, p, n);
		return true;
	}
	o.partial = call->real->prepare(call->tls);
	*result = write_all(&o);
	text_keep(this_host.segment.texts, o.text);
	if (unlikely(o.tell))
		tls_tell_written(o.tell, at, p, n, *result);
	return true;
}
