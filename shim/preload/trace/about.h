/* SPDX-License-Identifier: MIT */
/* What a call has to do with: the Call-IDs of the messages that it sends, and who is at the other end. The
 * host's memory is read as arguments.h says. Async-signal-safe. */
#ifndef BOND_TRACE_ABOUT_H
#define BOND_TRACE_ABOUT_H

#include <sys/socket.h>

#include "mark.h"
#include "wants.h"

/* One message, or several. */
struct about {
	const struct msghdr *one;
	const struct mmsghdr *several;
	unsigned count;                  /* of several */
	int made;                        /* 1 + the connection that the call made of fd, 0 = none */
	const struct call_ids *call_ids; /* that were found as they came in, or NULL */
};

/* Fills in the peers and Call-IDs of the call, the latter in *ids. a may be NULL; fd: -1 = none. l: whether
 * the arguments are trusted. */
void about_look(const struct about *a, const struct trace_mark *m, int fd, const struct line *l,
	struct call_ids *ids, struct wants_call *call);

#endif
