/* SPDX-License-Identifier: MIT */
/* Where the parts of a SIP message stand (RFC 3261 7, 20, 25): views only, nothing is copied.
 * PURE: no socket, no log, no allocation; async-signal-safe. Takes any bytes, needs no NUL, never
 * reads outside the n bytes given. */
#ifndef BOND_SCAN_H
#define BOND_SCAN_H

#include "../../config/match.h"
#include "field.h"

#if defined(__SSE2__)
#include <emmintrin.h>

/* The number of the lowest bit that is set, in a whole register, as the builtin does not give it. */
static inline unsigned long scan_lowest(unsigned long bits)
{
	unsigned long number;

	__asm__("bsfq %1, %0" : "=r"(number) : "r"(bits) : "cc");
	return number;
}
#endif

/* Exact form of scan_is_request(), for every length and method. */
bool scan_request_line(const char *p, size_t n) __attribute__((visibility("hidden")));

/* Whether no SIP message and no keep-alive begins with that byte: RTP's, and small letters. Every
 * method that IANA lists is in capitals, and `invite` is not INVITE (RFC 3261 7.1). */
static inline bool scan_is_foreign(char c)
{
	return (unsigned char)c >= 'a';
}

/* The usual request line, recognised without a call, in a message of at least 64 bytes: 33 to 64 of
 * them that end in SP SIP/2.0 CRLF, and no method in SI (nor a status line). False says nothing. */
static inline __attribute__((always_inline)) bool scan_is_usual_line(const char *p)
{
#if defined(__SSE2__)
	__m128i lf = _mm_set1_epi8('\n');
	__m128i first = _mm_loadu_si128((const __m128i *)p);
	__m128i second = _mm_loadu_si128((const __m128i *)(p + 16));

	if (__builtin_expect(_mm_movemask_epi8(_mm_or_si128(
				     _mm_cmpeq_epi8(first, lf), _mm_cmpeq_epi8(second, lf))),
		    0))
		return false;
	unsigned long ends = (unsigned)_mm_movemask_epi8(
		_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(p + 32)), lf));
	if (!ends) {
		ends = (unsigned long)_mm_movemask_epi8(_mm_cmpeq_epi8(
			_mm_loadu_si128((const __m128i *)(p + 48)), lf)) << 16;
		if (!ends)
			return false;
	}
	const char *end = p + scan_lowest(ends); /* 32 bytes before the line's */
	return memcmp(end + 24, "SIP/2.0\r", 8) == 0 && end[23] == ' ' && memcmp(p, "SI", 2) != 0;
#else
	(void)p;
	return false;
#endif
}

/* Whether p starts with `Method SP Request-URI SP SIP/2.0` and CRLF or LF (RFC 3261 7.1); the
 * version in any case. What stands between method and version is not judged. */
static inline bool scan_is_request(const char *p, size_t n)
{
	return (n >= 64 && !scan_is_foreign(p[0]) && scan_is_usual_line(p)) ||
		scan_request_line(p, n);
}

/* Whether p starts with a status line (RFC 3261 7.2). */
static inline bool scan_is_response(const char *p, size_t n)
{
	return n >= 8 && (p[0] | 0x20) == 's' && (p[1] | 0x20) == 'i' && (p[2] | 0x20) == 'p' &&
		memcmp(p + 3, "/2.0 ", 5) == 0;
}

/* Whether the text (of length bytes, from 2 on) stands anywhere in p. Of its bytes those at rare and
 * behind are looked for: the pair that messages have least. As memmem(), in a third of the time. */
bool scan_contains(const char *p, size_t n, const char *text, size_t length, size_t rare);

/* The code of a status line; 0 if it is not three digits from 100 on. */
uint16_t scan_status(const char *p, size_t n);

/* Whether p is what keeps a flow open: CRLF or CRLFCRLF (RFC 5626 3.5.1), 1 to 4 NULs, or a STUN
 * binding request (RFC 5389 6, RFC 3489 11.1). */
bool scan_is_keepalive(const char *p, size_t n);

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
};

/* Starts a walk behind the start line; false if there is no line end. */
bool scan_walk_start(struct scan_walk *w, const char *p, size_t n);

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
	uint16_t status;    /* of a response, as scan_status() */
	struct span line;   /* the start line, its line end included */
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
