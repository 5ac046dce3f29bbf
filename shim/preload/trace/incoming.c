/* SPDX-License-Identifier: MIT */
/* Finds the Call-IDs in what came in. */
#include "incoming.h"

#include "arguments.h"
#include "config/select.h"
#include "constants.h"
#include "messages.h"
#include "notices.h"
#include "preload/process.h"
#include "report.h"
#include "sip/edit.h"

#define WORTH_A_LINE (EDIT_NAMES | EDIT_FORGED | EDIT_HEADER)

void trace_in_start(struct trace_in *t)
{
	trace_begin(&t->mark);
	t->verdict = (struct verdict)VERDICT_EMPTY;
	call_ids_start(&t->call_ids);
}

static void note_message(struct trace_in *t, const char *p, size_t n)
{
	struct scan_walk w;
	struct scan_row row;

	if (!scan_walk_start(&w, p, n))
		return;
	while (scan_walk_next(&w, &row)) {
		if (row.header == HEADER_CALL_ID) {
			call_ids_add(&t->call_ids, row.value);
			return;
		}
	}
}

void trace_in_refused(struct trace_in *t, enum why why, enum action action, const char *p, size_t n)
{
	if (!t)
		return;
	t->verdict.why = why;
	t->verdict.action = action;
	note_message(t, p, n);
}

/* The member that the message came in at, SELECT_NONE = none, or not known. */
static uint32_t member_of(const struct rules *r, const struct edit_side *side)
{
	const struct names *n = side->names;
	const struct name *at = side->arrived;

	if (!at)
		return SELECT_NONE;
	if (at >= n->members && at < n->members + n->member_count)
		return (uint32_t)(at - n->members);
	return r ? rules_member_at(r, &at->addr, at->transport) : SELECT_NONE;
}

static bool note_restored(struct trace_in *t, uint16_t fields, const struct edit_side *side)
{
	if (!t || !(fields & WORTH_A_LINE))
		return false;
	t->verdict.why = WHY_RESTORED;
	t->verdict.edited |= fields;
	t->verdict.how.member = member_of(t->verdict.rules, side);
	return true;
}

void trace_in_restored(struct trace_in *t, uint16_t fields, const struct edit_side *side, const char *p,
	size_t n)
{
	if (note_restored(t, fields, side))
		note_message(t, p, n);
}

void trace_in_streamed(struct trace_in *t, uint16_t fields, const struct edit_side *side,
	const struct stream *at, const char *p, size_t done, size_t n)
{
	struct frame f = at->frame;
	struct scan_row row;
	size_t size;

	if (!note_restored(t, fields, side))
		return;
	for (size_t i = at->skip; i < n; i += size) {
		enum frame_piece piece = frame_next(&f, p + i, n - i, &size, &row);
		if (piece == FRAME_MORE || (piece == FRAME_START && i >= done))
			break;
		if (piece == FRAME_ROW && row.header == HEADER_CALL_ID)
			call_ids_add(&t->call_ids, row.value);
	}
}

static bool start(struct trace_in *t, struct report *r, const char *name, int fd, long ret,
	struct about *about)
{
	if (!t)
		return false;
	notices_say();
	about->call_ids = &t->call_ids;
	if (t->verdict.why == WHY_NOTHING ||
		!report_start(r, &t->mark, name, fd, ret, &t->verdict, about))
		return false;
	r->line.filled = ret > 0 ? (size_t)ret : 0;
	return true;
}

static void finish(struct report *r)
{
	report_result(r, false);
	report_write(r);
}

/* A call that goes on behind what was refused is a new one. */
static void end(struct trace_in *t)
{
	if (t && t->verdict.why != WHY_NOTHING)
		trace_in_start(t);
}

void trace_in_bytes(struct trace_in *t, const char *name, int fd, const void *buf, size_t len, int flags,
	const void *from, const socklen_t *fromlen, socklen_t room, long ret)
{
	struct msghdr one = {.msg_name = (void *)(uintptr_t)from, .msg_namelen = from ? room : 0};
	struct about about = {.one = &one};
	struct report r;

	if (start(t, &r, name, fd, ret, &about)) {
		line_text(&r.line, ", ");
		arguments_string(&r.line, buf, ret >= 0 && (size_t)ret < len ? (size_t)ret : len);
		line_text(&r.line, ", ");
		line_unsigned(&r.line, len);
		if (strcmp(name, "read") != 0) {
			line_text(&r.line, ", ");
			constants_message_flags(&r.line, flags);
			line_text(&r.line, ", ");
			report_answer(&r.line, from, fromlen, room);
		}
		finish(&r);
	}
	end(t);
}

void trace_in_message(struct trace_in *t, const char *name, int fd, const struct msghdr *msg, int flags,
	long ret)
{
	struct about about = {.one = msg};
	struct report r;

	if (start(t, &r, name, fd, ret, &about)) {
		line_text(&r.line, ", ");
		if (strcmp(name, "readv") == 0) {
			arguments_iovec(&r.line, msg->msg_iov, msg->msg_iovlen);
			line_text(&r.line, ", ");
			line_unsigned(&r.line, msg->msg_iovlen);
		} else {
			messages_msghdr(&r.line, msg);
			line_text(&r.line, ", ");
			constants_message_flags(&r.line, flags);
		}
		finish(&r);
	}
	end(t);
}

void trace_in_messages(struct trace_in *t, int fd, const struct mmsghdr *msgs, unsigned count, int flags,
	long ret)
{
	struct about about = {.several = msgs, .count = ret > 0 ? (unsigned)ret : 0};
	struct report r;

	if (start(t, &r, "recvmmsg", fd, ret, &about)) {
		line_text(&r.line, ", ");
		messages_mmsghdr(&r.line, msgs, ret > 0 ? (unsigned)ret : 0, ret);
		line_text(&r.line, ", ");
		line_unsigned(&r.line, count);
		line_text(&r.line, ", ");
		constants_message_flags(&r.line, flags);
		line_text(&r.line, ", NULL");
		finish(&r);
	}
	end(t);
}
