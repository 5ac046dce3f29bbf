/* SPDX-License-Identifier: MIT */
/* Framing by Content-Length (RFC 3261 18.3). */
#include "frame.h"

static enum frame_piece pass(size_t n, size_t *size)
{
	*size = n;
	return n ? FRAME_RAW : FRAME_MORE;
}

static enum frame_piece broken(struct frame *f, enum frame_broken why, size_t n, size_t *size)
{
	f->broken = (uint8_t)why;
	f->lost = FRAME_FOR_GOOD;
	return pass(n, size);
}

void frame_break(struct frame *f)
{
	if (!f->broken)
		f->broken = FRAME_GIVEN_UP;
	f->lost = FRAME_FOR_GOOD;
}

void frame_lose(struct frame *f, enum frame_broken why)
{
	*f = (struct frame){.broken = (uint8_t)why, .lost = FRAME_LOST_IN_HEAD, .in_row = 1};
}

bool frame_may_be_length(const char *p, size_t n)
{
	static const char name[] = "content-length";
	size_t same = 0;

	while (same < n && same < sizeof(name) - 1 && (p[same] | 0x20) == name[same])
		same++;
	if (!same && (p[0] | 0x20) == 'l')
		same = 1;
	else if (same < sizeof(name) - 1)
		return same == n;
	while (same < n && (p[same] == ' ' || p[same] == '\t'))
		same++;
	return same == n || p[same] == ':';
}

void frame_give_up(struct frame *f, const char *p, size_t n)
{
	if (!f->in_head && f->lost != FRAME_LOST_IN_HEAD) {
		frame_lose(f, FRAME_GIVEN_UP);
		return;
	}
	if (frame_may_be_length(p, n))
		frame_break(f);
	else
		frame_pass_row(f);
}

/* The size of the field at p with its folded lines; 0 = its end is not there. */
static size_t row_size(const char *p, size_t n)
{
	size_t stop = 0;

	do {
		const char *lf = memchr(p + stop, '\n', n - stop);
		if (!lf || (stop = (size_t)(lf + 1 - p)) == n)
			return 0;
	} while (p[stop] == ' ' || p[stop] == '\t');
	return stop;
}

/* False: it is no number, or differs from another of that head. */
static bool read_length(struct frame *f, const struct scan_row *row)
{
	uint32_t length;

	if (!scan_length(row->value, &length) || (f->has_length && length != f->length))
		return false;
	f->has_length = 1;
	f->length = length;
	return true;
}

static size_t rest_of_row(struct frame *f, const char *p, size_t n);

/* The end of a head that nobody reads. */
static enum frame_piece end_lost(struct frame *f, size_t n, size_t *size)
{
	f->lost = FRAME_LOST_BETWEEN;
	f->raw = f->has_length ? f->length : 0;
	f->has_length = 0;
	return pass(n, size);
}

/* A piece of such a head: only its Content-Length matters. */
static enum frame_piece lost_row(struct frame *f, const char *p, size_t n, size_t *size)
{
	struct scan_row row;
	size_t rest = f->in_row && n ? rest_of_row(f, p, n) : 0;

	if (rest || !n)
		return pass(rest, size);
	if (p[0] == '\n')
		return end_lost(f, 1, size);
	if (p[0] == '\r' && (n == 1 || p[1] == '\n'))
		return n == 1 ? FRAME_MORE : end_lost(f, 2, size);
	size_t stop = row_size(p, n);
	if (!stop && frame_may_be_length(p, n))
		return n < FRAME_START_MAX ? FRAME_MORE : broken(f, FRAME_BAD_LENGTH, n, size);
	if (!stop) {
		f->in_row = 1;
		return pass(rest_of_row(f, p, n), size);
	}
	scan_row((struct span){p, stop}, &row);
	if (row.header == HEADER_CONTENT_LENGTH && !read_length(f, &row))
		return broken(f, FRAME_BAD_LENGTH, n, size);
	return pass(stop, size);
}

/* No start line: what it is passes as a head. n: as far as it was looked at, there may be no more. */
static enum frame_piece lose(struct frame *f, enum frame_broken why, const char *p, size_t n,
	size_t *size)
{
	frame_lose(f, f->broken ? (enum frame_broken)f->broken : why);
	return lost_row(f, p, n, size);
}

/* Whether a word is, or may become, one that a start line in small letters begins with. */
static bool is_small_start(const char *p, size_t n)
{
	static const char words[][10] = {"sip/", "ack", "bye", "cancel", "info", "invite",
		"message", "notify", "options", "prack", "publish", "refer", "register",
		"subscribe", "update"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);
		if (field_is_n((struct span){p, n < length ? n : length}, words[i],
			    n < length ? n : length))
			return n <= length || i == 0;
	}
	return false;
}

/* Whether a start line may begin so, as far as it is there: what waits for the rest of it is held back.
 * So binary protocols are told by their first byte, those in small letters by their first word. */
static bool may_start(const char *p, size_t n)
{
	size_t word = 0;

	if ((unsigned char)*p >= 0x7f)
		return false;
	while (word < n && word < FRAME_START_MAX && !scan_is_white(p[word])) {
		if ((unsigned char)p[word] < ' ')
			return false;
		word++;
	}
	return (unsigned char)*p < 'a' || memchr(p, '\n', n) || is_small_start(p, word);
}

static enum frame_piece start(struct frame *f, const char *p, size_t n, size_t *size)
{
	size_t lead = 0;

	while (lead < n && (!p[lead] || scan_is_white(p[lead])))
		lead++;
	if (lead || n == 0)
		return pass(lead, size);
	if (!may_start(p, n))
		return lose(f, FRAME_NOT_SIP, p, 1, size);
	const char *lf = memchr(p, '\n', n < FRAME_START_MAX ? n : FRAME_START_MAX);
	if (!lf)
		return n < FRAME_START_MAX ? FRAME_MORE : lose(f, FRAME_TOO_LONG, p, FRAME_START_MAX, size);
	*size = (size_t)(lf + 1 - p);
	if (!scan_request_line(p, *size) && !scan_is_response(p, *size))
		return lose(f, FRAME_NOT_SIP, p, *size, size);
	*f = (struct frame){.in_head = 1, .head = (uint32_t)*size};
	return FRAME_START;
}

void frame_pass_row(struct frame *f)
{
	f->in_row = 1;
}

/* The rest of a field that passes in portions; 0 = it is over. */
static size_t rest_of_row(struct frame *f, const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		if (f->in_row == 2 && p[at] != ' ' && p[at] != '\t') {
			f->in_row = 0;
			break;
		}
		const char *lf = memchr(p + at, '\n', n - at);
		f->in_row = lf ? 2 : 1;
		at = lf ? (size_t)(lf + 1 - p) : n;
	}
	f->head += (uint32_t)at;
	return at;
}

enum frame_piece frame_end_row(struct frame *f, const char *p, size_t n, struct scan_row *row)
{
	scan_row((struct span){p, n}, row);
	if (row->header == HEADER_CONTENT_LENGTH && !read_length(f, row))
		return FRAME_MORE;
	f->head += (uint32_t)n;
	f->in_row = 2;
	return FRAME_ROW;
}

static enum frame_piece end(struct frame *f, size_t n, size_t *size)
{
	*size = n;
	f->in_head = 0;
	if (f->has_length) {
		f->raw = f->length;
	} else {
		f->broken = FRAME_NO_LENGTH;
		f->lost = FRAME_LOST_BETWEEN;
	}
	return FRAME_END;
}

/* A head that became too long: the rest of it passes. */
static enum frame_piece too_long(struct frame *f, const char *p, size_t n, size_t *size)
{
	f->broken = FRAME_TOO_LONG;
	f->lost = FRAME_LOST_IN_HEAD;
	f->in_head = 0;
	return lost_row(f, p, n, size);
}

enum frame_piece frame_next(struct frame *f, const char *p, size_t n, size_t *size,
	struct scan_row *row)
{
	*size = 0;
	if (f->raw) {
		enum frame_piece piece = pass(n < f->raw ? n : (size_t)f->raw, size);
		f->raw -= *size;
		return piece;
	}
	if (frame_is_for_good(f))
		return pass(n, size);
	if (f->lost == FRAME_LOST_IN_HEAD)
		return lost_row(f, p, n, size);
	if (!f->in_head)
		return start(f, p, n, size);
	if (f->in_row && n) {
		size_t rest = rest_of_row(f, p, n);
		if (rest && f->head > FRAME_HEAD_MAX) {
			f->broken = FRAME_TOO_LONG;
			f->lost = FRAME_LOST_IN_HEAD;
			f->in_head = 0;
		}
		if (rest)
			return pass(rest, size);
	}
	if (n && p[0] == '\n')
		return end(f, 1, size);
	if (n >= 2 && p[0] == '\r' && p[1] == '\n')
		return end(f, 2, size);
	size_t stop = row_size(p, n);
	if (!stop)
		return f->head + n < FRAME_HEAD_MAX ? FRAME_MORE : too_long(f, p, n, size);
	if (f->head + stop > FRAME_HEAD_MAX)
		return too_long(f, p, n, size);
	scan_row((struct span){p, stop}, row);
	if (row->header == HEADER_CONTENT_LENGTH && !read_length(f, row))
		return broken(f, FRAME_BAD_LENGTH, n, size);
	f->head += (uint32_t)stop;
	*size = stop;
	return FRAME_ROW;
}
