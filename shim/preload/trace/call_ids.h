/* SPDX-License-Identifier: MIT */
/* The Call-IDs of the messages of one call, as its line has them. Async-signal-safe. */
#ifndef BOND_TRACE_CALL_IDS_H
#define BOND_TRACE_CALL_IDS_H

#include <sys/uio.h>

#include "line.h"
#include "sip/scan.h"

#define CALL_IDS_MAX 160 /* bytes of them that are shown, in one line */

struct call_ids {
	uint16_t size;
	bool cut;
	char text[CALL_IDS_MAX]; /* a NUL behind each */
};

static inline void call_ids_start(struct call_ids *ids)
{
	ids->size = 0;
	ids->cut = false;
}

/* Adds one, if it is not there yet: a message of several reads, or a second one of its dialog, is named
 * once. */
void call_ids_add(struct call_ids *ids, struct span id);

/* The one of the datagram p[0..n), if that is SIP and has one. */
void call_ids_of_message(struct call_ids *ids, const char *p, size_t n);

/* Those of what begins in p[0..n), a portion of a connection. */
void call_ids_of_stream(struct call_ids *ids, const char *p, size_t n);

/* ", Call-ID "a" "b"", or nothing. */
void call_ids_print(const struct call_ids *ids, struct line *l);

#endif
