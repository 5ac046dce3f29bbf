/* SPDX-License-Identifier: MIT */
/* What a message begins with, and what it is by that: as lenient as the most lenient host, since what
 * one host takes for a request must not pass as something else. tests/data/starts.tsv says who takes
 * what. PURE: no socket, no log, no allocation; async-signal-safe. Never reads outside the n bytes. */
#ifndef BOND_SCAN_START_H
#define BOND_SCAN_START_H

#include "base/likely.h"
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

/* White space of a start line: folds and line ends included. */
static inline bool scan_is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum scan_kind { SCAN_OTHER, SCAN_REQUEST, SCAN_RESPONSE, SCAN_KEEPALIVE };

/* Of a request or a response. */
struct scan_start {
	size_t lead;        /* bytes in front of the start line: line ends, blanks, NULs */
	size_t end;         /* where the first header field begins, counted from the same place */
	bool cr;            /* a CR alone ends the start line, and so the fields */
	uint16_t status;    /* of a response; 0 if it is not three digits from 100 on */
	struct span method; /* empty in a response */
	struct span uri;    /* between method and version, white space and <> around it left out */
};

/* The one definition, for datagrams in both directions (RFC 3261 7.1, 7.2, RFC 5626 3.5.1, RFC 8489 5).
 * A request: after any line ends, blanks and NULs, a line (of folded ones if it must be) that starts
 * with a method and ends with a version behind a blank. Method: any bytes but white space. Version:
 * SIP in any case, a slash, and any bytes but white space. A response: SIP/2.0, blanks and three
 * digits; or, where it is no request, another version and any digit. Which packets carry SIP inside
 * (HEP) is no request. */
enum scan_kind scan_kind(const char *p, size_t n, struct scan_start *start)
	__attribute__((visibility("hidden")));

/* The same without the quick look, and with what the other kinds are not asked. */
bool scan_request_line(const char *p, size_t n) __attribute__((visibility("hidden")));

/* Whether p starts with a status line (RFC 3261 7.2). */
bool scan_is_response(const char *p, size_t n) __attribute__((visibility("hidden")));

/* Whether p is what keeps a flow open: CRLF or CRLFCRLF (RFC 5626 3.5.1), 1 to 4 NULs, or a STUN
 * binding request (RFC 5389 6, RFC 3489 11.1). */
bool scan_is_keepalive(const char *p, size_t n);

/* Whether p is a STUN message of any kind: with the magic cookie (RFC 8489 5), or a binding request or
 * its answer without (RFC 3489 11.1). */
bool scan_is_stun(const char *p, size_t n);

/* Nothing that begins with a small letter or an 8-bit byte (RTP's), and has no space among its first
 * 16 bytes, is a SIP message or a keep-alive: part of the definition, as it is what is told soonest. */
static inline bool scan_is_foreign(const char *p, size_t n)
{
	return n && (unsigned char)p[0] >= 'a' && !memchr(p, ' ', n < 16 ? n : 16);
}

/* For the same without a call: the most that a byte may be to count. With 0 as the first of them
 * nothing is foreign. */
struct scan_most {
	unsigned char bytes[16];
} __attribute__((aligned(16)));

#define SCAN_MOST \
	{{'a', 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}}

/* p: at least 16 bytes. */
static inline __attribute__((always_inline)) bool scan_is_foreign_16(
	const char *p, const struct scan_most *most)
{
#if defined(__SSE2__)
	const __m128i is = _mm_setr_epi8('a', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
		' ', ' ', ' ', ' ');
	__m128i bytes = _mm_min_epu8(_mm_loadu_si128((const __m128i *)p),
		*(const __m128i *)(const void *)most);

	/* the first is at least 'a', and none of the others a space */
	return _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, is)) == 1;
#else
	return most->bytes[0] && scan_is_foreign(p, 16);
#endif
}

/* The usual request line, recognised without a call, in a message of at least 64 bytes that is not
 * foreign: 33 to 64 of them that end in SP SIP/2.0 CRLF, nothing in front, and no method in SI (nor a
 * status line). False says nothing. */
static inline __attribute__((always_inline)) bool scan_is_usual_line(const char *p)
{
#if defined(__SSE2__)
	__m128i lf = _mm_set1_epi8('\n');
	__m128i first = _mm_loadu_si128((const __m128i *)p);
	__m128i second = _mm_loadu_si128((const __m128i *)(p + 16));
	uint16_t two;

	if (unlikely(_mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(first, lf), _mm_cmpeq_epi8(second, lf)))))
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
	memcpy(&two, p, sizeof(two));
	return memcmp(end + 24, "SIP/2.0\r", 8) == 0 && end[23] == ' ' &&
		(unsigned char)p[0] > ' ' && (two | 0x2020) != ('s' | 'i' << 8);
#else
	(void)p;
	return false;
#endif
}

static inline bool scan_is_request(const char *p, size_t n)
{
	return (n >= 64 && !scan_is_foreign(p, n) && scan_is_usual_line(p)) ||
		scan_request_line(p, n);
}

#endif
