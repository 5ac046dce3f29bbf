/* SPDX-License-Identifier: MIT */
/* Where the parts of a SIP message stand (RFC 3261 7, 20, 25): views only, nothing is copied.
 * PURE: no socket, no log, no allocation; async-signal-safe. Takes any bytes, needs no NUL, never
 * reads outside the n bytes given. */
#ifndef BOND_SCAN_H
#define BOND_SCAN_H

#include "config/question.h"
#include "scan_start.h"

/* Where the text (of length bytes, from 2 on) first stands in p, or NULL. Of its bytes those at rare and
 * behind are looked for: the pair that messages have least. As memmem(), in a third of the time. */
const char *scan_find(const char *p, size_t n, const char *text, size_t length, size_t rare);

static inline bool scan_contains(const char *p, size_t n, const char *text, size_t length, size_t rare)
{
	return scan_find(p, n, text, length, rare) != NULL;
}

/* The next hop that a request names (RFC 3261 16.6): the top Route where that is a loose one, else
 * the Request-URI; `maddr` wins over the host. False: p is no request or names none (tel:). via_route
 * may be NULL. */
bool scan_next_hop(const char *p, size_t n, struct next_hop *nh, bool *via_route);

enum header {
	HEADER_OTHER,
	HEADER_VIA,
	HEADER_ROUTE,
	HEADER_RECORD_ROUTE,
	HEADER_PATH,
	HEADER_SERVICE_ROUTE,
	HEADER_CONTACT,
	HEADER_FROM,
	HEADER_TO,
	HEADER_CALL_ID,
	HEADER_CSEQ,
	HEADER_CONTENT_LENGTH
};

/* A header field with its folded lines. */
struct scan_row {
	enum header header;
	struct span name;  /* empty if the row has no colon */
	struct span value; /* folds included, white space around it left out */
	struct span whole; /* from the first byte of the name to behind the line end */
};

/* Splits one row, its folded lines and line end included. */
void scan_row(struct span whole, struct scan_row *row);

/* Where a walk over the header fields stands. */
struct scan_walk {
	const char *p;
	const char *end;
	const char *body; /* NULL until the empty line was met */
	char line_end;    /* LF, or CR where a CR alone ended the start line */
};

/* Starts a walk behind the start line of a message, or else the first line; false if there is no line
 * end. */
bool scan_walk_start(struct scan_walk *w, const char *p, size_t n);

/* The same of a message that scan_kind() took apart. */
void scan_walk_from(struct scan_walk *w, const char *p, size_t n, const struct scan_start *start);

/* The next header field; false at the empty line (then w->body is set) or at the message's end. */
bool scan_walk_next(struct scan_walk *w, struct scan_row *row);

/* Reads a Content-Length: false if it is anything but digits, or over 2^32 - 1. */
bool scan_length(struct span value, uint32_t *length);

/* The method of a CSeq value; empty if there is none. */
struct span scan_cseq_method(struct span value);

/* Name and number of the start line, and the first of each field that decides something. A field
 * that is not there is empty. */
struct scan_message {
	bool request;
	uint16_t status;    /* of a response; 0 if it is not three digits from 100 on */
	struct span line;   /* the start line, its line end included, without what is in front */
	struct span method; /* of the request line; of a response, that of its CSeq */
	struct span uri;    /* as scan_request_uri(); empty in a response */
	struct span via[2]; /* the first two values */
	struct span route;  /* the first value */
	struct span from;
	struct span to;
	struct span call_id;
	struct span cseq;
	struct span content_length;
	size_t head;        /* bytes before the body; 0 = the empty line is missing */
};

/* One pass over the head of a message; false if it is not SIP. */
bool scan_message(const char *p, size_t n, struct scan_message *m);

/* The value of ;branch of a Via value; empty if there is none. */
struct span scan_branch(struct span via);

/* The Request-URI of a request line, white space and <> around it left out. */
bool scan_request_uri(const char *p, size_t n, struct span *uri);

#endif
