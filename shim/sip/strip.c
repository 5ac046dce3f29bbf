/* SPDX-License-Identifier: MIT */
/* Called where a message arrives, and by the send path for a copy of the host's. */
#include "strip.h"

#include "script.h"

static const char mark[] = ";bond-in";

bool strip_has_private(const struct names *n, bool marks, const char *p, size_t size)
{
	for (const char *at = p, *end = p + size; n->header.n && at < end; at++) {
		if ((at == p || at[-1] == '\n' || at[-1] == '\r' || !at[-1]) &&
			script_begins(n, at, end))
			return true;
	}
	return marks && scan_contains(p, size, mark, sizeof(mark) - 1, 5);
}

/* Moves the parameters that are no marks to the front; their length. What is moved lies in front of
 * what is still looked at. */
static size_t keep_params(char *params, size_t size)
{
	char *at = params, *end = params + size;
	struct field_param param;
	size_t kept = 0;

	for (;;) {
		bool found = field_param(span_between(at, end), mark + 1, &param);
		size_t piece = found ? (size_t)(param.whole.p - at) : (size_t)(end - at);
		memmove(params + kept, at, piece);
		kept += piece;
		if (!found)
			return kept;
		at = params + (param.whole.p - params) + param.whole.n;
	}
}

static void disguise_params(char *params, size_t size)
{
	char *at = params, *end = params + size;
	struct field_param param;

	while (field_param(span_between(at, end), mark + 1, &param)) {
		char *whole = params + (param.whole.p - params);
		for (size_t i = 1; i < param.whole.n && whole[i] != '='; i++)
			whole[i] = 'x';
		at = whole + param.whole.n;
	}
}

void strip_gather(char *value, size_t size)
{
	struct field_via v;
	struct field_param param;

	if (!field_via((struct span){value, size}, &v) || !field_param(v.params, mark + 1, &param))
		return;
	char *params = value + (v.params.p - value);
	size_t kept = keep_params(params, v.params.n), room = v.params.n - kept;
	memset(params + kept, 'x', room);
	memcpy(params + kept, mark, sizeof(mark) - 1);
	if (room >= sizeof(mark))
		params[kept + sizeof(mark) - 1] = '=';
}

/* A walk that writes behind itself. */
struct strip {
	char *p;
	size_t kept;  /* bytes at p that stay */
	bool via;     /* the topmost one is behind us */
	bool keep_size;
};

static void keep(struct strip *s, struct span piece)
{
	memmove(s->p + s->kept, piece.p, piece.n);
	s->kept += piece.n;
}

static void strip_via(struct strip *s, const struct scan_row *row)
{
	struct span rest = row->value, value;
	struct field_via v;

	if (!field_value(&rest, &value)) {
		keep(s, row->whole);
		return;
	}
	s->via = true;
	if (!field_via(value, &v)) {
		keep(s, row->whole);
		return;
	}
	char *params = s->p + (v.params.p - s->p);
	const char *behind = v.params.p + v.params.n;
	size_t kept = v.params.n;
	if (s->keep_size)
		disguise_params(params, v.params.n);
	else
		kept = keep_params(params, v.params.n);
	keep(s, span_between(row->whole.p, params + kept));
	keep(s, span_between(behind, row->whole.p + row->whole.n));
}

static size_t strip(const struct names *n, char *p, size_t size, bool keep_size)
{
	struct strip s = {.p = p, .keep_size = keep_size};
	struct scan_walk w;
	struct scan_row row;
	bool out;

	if (!scan_walk_start(&w, p, size))
		return size;
	keep(&s, span_between(p, w.p));
	while (scan_walk_next(&w, &row)) {
		if (script_field(n, &row, &out)) {
			if (keep_size) {
				memset(p + (row.name.p - p), 'x', row.name.n);
				keep(&s, row.whole);
			}
		} else if (row.header == HEADER_VIA && !s.via) {
			strip_via(&s, &row);
		} else {
			keep(&s, row.whole);
		}
	}
	keep(&s, span_between(w.p, p + size)); /* the empty line and the body */
	return s.kept;
}

size_t strip_message(const struct names *n, char *p, size_t size)
{
	return strip(n, p, size, false);
}

void strip_disguise(const struct names *n, char *p, size_t size)
{
	strip(n, p, size, true);
}
