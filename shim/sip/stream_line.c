/* SPDX-License-Identifier: MIT */
/* Called by stream.c. Names of fields are compared as far as they are there. */
#include "stream_line.h"

static const struct {
	char text[15];
	uint8_t n;
	uint8_t header;
} names[] = {
#define NAME(text, header) {text, sizeof(text) - 1, header}
	NAME("via", HEADER_VIA),
	NAME("v", HEADER_VIA),
	NAME("record-route", HEADER_RECORD_ROUTE),
	NAME("path", HEADER_PATH),
	NAME("service-route", HEADER_SERVICE_ROUTE),
	NAME("contact", HEADER_CONTACT),
	NAME("m", HEADER_CONTACT),
	NAME("cseq", HEADER_CSEQ),
	NAME("content-length", HEADER_CONTENT_LENGTH),
	NAME("l", HEADER_CONTENT_LENGTH),
#undef NAME
};

/* Whether text begins with the name, or is the name if that is all there. */
static bool begins(const char *text, size_t n, struct span name, bool whole)
{
	if (name.n > n || (whole && name.n != n))
		return false;
	return field_is_n(name, text, name.n);
}

static bool begins_script_header(const struct names *n, struct span name, bool whole)
{
	struct span stem = n->header;

	if (!stem.n)
		return false;
	if (name.n <= stem.n)
		return !whole && field_equal((struct span){stem.p, name.n}, name);
	struct span suffix = {name.p + stem.n, name.n - stem.n};
	return field_equal((struct span){name.p, stem.n}, stem) &&
		(begins("-in", 3, suffix, whole) || begins("-out", 4, suffix, whole));
}

static bool is_edited(const struct edit_side *side, const struct edit_progress *at,
	enum header header)
{
	if (header == HEADER_VIA)
		return !at->via && (!at->request || side->title);
	return side->title && header != HEADER_CSEQ && header != HEADER_CONTENT_LENGTH;
}

/* What the field may be whose name begins so, or is that. */
static enum line_use use_of(const struct edit_side *side, const struct edit_progress *at,
	bool untouched, struct span name, bool whole)
{
	enum line_use use = LINE_PASSES;

	if (begins_script_header(side->names, name, whole))
		return LINE_WAITS;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!begins(names[i].text, names[i].n, name, whole))
			continue;
		if (!untouched && is_edited(side, at, (enum header)names[i].header))
			return LINE_WAITS;
		if (names[i].header == HEADER_CONTENT_LENGTH || names[i].header == HEADER_CSEQ)
			use = LINE_READ;
	}
	return use;
}

/* Whether what may follow in folded lines changes nothing of the values that are there. */
static bool is_closed(const struct scan_row *row)
{
	struct span values = row->value, value = {NULL, 0};
	struct field_address a;
	struct field_uri u;
	struct field_via v;

	if (!values.n || strchr(",;=:/<\"", values.p[values.n - 1]))
		return false;
	while (row->header != HEADER_OTHER && field_value(&values, &value)) {
		if (row->header == HEADER_VIA ? !field_via(value, &v)
					      : !field_address(value, &a) || !field_uri(a.uri, &u))
			return false;
	}
	return true;
}

enum line_use line_use(const struct edit_side *side, const struct edit_progress *at, bool untouched,
	const char *p, size_t n)
{
	struct scan_row row;
	struct span name;
	bool whole = p[n - 1] == '\n';

	scan_row((struct span){p, n}, &row);
	name = row.name;
	if (!name.n) {
		if (whole)
			return LINE_WHOLE; /* a line that is no field */
		name = (struct span){p, n};
		while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
			name.n--;
		if (!name.n || *p == '\r')
			return LINE_READ; /* the empty line, maybe */
	}
	enum line_use use = use_of(side, at, untouched, name, row.name.n || name.n < n);
	if (use == LINE_WAITS)
		return whole && is_closed(&row) ? LINE_WHOLE : use;
	return whole ? LINE_WHOLE : use;
}
