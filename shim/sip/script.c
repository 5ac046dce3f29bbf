/* SPDX-License-Identifier: MIT */
/* Knows NAME-In and NAME-Out by the configured name. */
#include "script.h"

bool script_field(const struct names *n, const struct scan_row *row, bool *out)
{
	struct span name = row->name;
	size_t stem = n->header.n;

	if (stem == 0 || row->header != HEADER_OTHER || name.n < stem + 3)
		return false;
	struct span suffix = {name.p + stem, name.n - stem};
	*out = field_is(suffix, "-out");
	return (*out || field_is(suffix, "-in")) &&
		field_equal((struct span){name.p, stem}, n->header);
}

bool script_begins(const struct names *n, const char *p, const char *end)
{
	size_t stem = n->header.n;

	if ((size_t)(end - p) < stem + 3 || !field_equal((struct span){p, stem}, n->header))
		return false;
	p += stem;
	return field_is_n((struct span){p, 3}, "-in", 3) ||
		(end - p >= 4 && field_is_n((struct span){p, 4}, "-out", 4));
}

bool script_hides(const struct names *n, struct span row)
{
	const char *p = row.p, *end = p + row.n;

	while (n->header.n && (p = memchr(p, '\r', (size_t)(end - p))) && ++p != end) {
		if (script_begins(n, p, end))
			return true;
	}
	return false;
}

struct span script_wish(const struct names *n, const char *p, size_t size)
{
	struct span wish = {NULL, 0};
	struct scan_walk w;
	struct scan_row row;
	bool out;

	if (!scan_walk_start(&w, p, size))
		return wish;
	while (scan_walk_next(&w, &row)) {
		if (script_field(n, &row, &out) && out)
			wish = row.value;
	}
	return wish;
}
