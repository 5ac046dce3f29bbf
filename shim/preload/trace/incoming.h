/* SPDX-License-Identifier: MIT */
/* The trace of what comes in: a call that reads is a line where libbond refused, restored or removed
 * something of what it brought, with the Call-IDs of these messages. As trace.h; nothing is done while
 * the trace is off. */
#ifndef BOND_TRACE_INCOMING_H
#define BOND_TRACE_INCOMING_H

#include "call_ids.h"
#include "core/verdict.h"
#include "log.h"
#include "mark.h"
#include "preload/hot.h"
#include "sip/edit.h"
#include "sip/stream.h"

/* Of one call, on the caller's stack. */
struct trace_in {
	struct trace_mark mark;
	struct verdict verdict; /* WHY_NOTHING: no line */
	struct call_ids call_ids;
};

void trace_in_start(struct trace_in *t);

/* Begins a call; NULL while the trace is off. */
static inline struct trace_in *trace_in_begin(struct trace_in *t)
{
	if (likely(!(page.p.mode & HOT_TRACE)))
		return NULL;
	trace_in_start(t);
	return t;
}

/* The call brought the message p[0..n), or a part of it: what became of it. fields: EDIT_... of
 * sip/edit.h; where nothing was restored or removed there is nothing to say. t may be NULL. */
void trace_in_refused(struct trace_in *t, enum why why, enum action action, const char *p, size_t n);
void trace_in_restored(struct trace_in *t, uint16_t fields, const struct edit_side *side, const char *p,
	size_t n);

/* The same of the next bytes of a stream: `done` of them go to the host now, n are there. at: where the
 * stream stands before them. */
void trace_in_streamed(struct trace_in *t, uint16_t fields, const struct edit_side *side,
	const struct stream *at, const char *p, size_t done, size_t n);

/* Print the line, if there is one to print, and begin the next one. room: of the address before the
 * call. t may be NULL. */
void trace_in_bytes(struct trace_in *t, const char *name, int fd, const void *buf, size_t len, int flags,
	const void *from, const socklen_t *fromlen, socklen_t room,
	long ret); /* recvfrom, read */
void trace_in_message(struct trace_in *t, const char *name, int fd, const struct msghdr *msg, int flags,
	long ret); /* recvmsg, readv */
void trace_in_messages(struct trace_in *t, int fd, const struct mmsghdr *msgs, unsigned count, int flags,
	long ret);

#endif
