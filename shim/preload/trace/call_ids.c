/* SPDX-License-Identifier: MIT */
#include "call_ids.h"

#include "sip/frame.h"

static bool is_noted(const struct call_ids *ids, const char *p, size_t n)
{
	for (size_t at = 0; at < ids->size; at += strlen(ids->text + at) + 1) {
		if (strlen(ids->text + at) == n && !memcmp(ids->text + at, p, n))
			return true;
	}
	return false;
}

void call_ids_add(struct call_ids *ids, struct span id)
{
	size_t room = sizeof(ids->text) - ids->size;
	size_t size = strnlen(id.p, id.n);

	ids->cut = ids->cut || size >= room;
	size = size < room ? size : room ? room - 1 : 0;
	if (!size || is_noted(ids, id.p, size))
		return;
	memcpy(ids->text + ids->size, id.p, size);
	ids->text[ids->size + size] = '\0';
	ids->size += (uint16_t)(size + 1);
}

void call_ids_of_message(struct call_ids *ids, const char *p, size_t n)
{
	struct scan_message m;

	if (scan_message(p, n, &m) && m.call_id.n)
		call_ids_add(ids, m.call_id);
}

void call_ids_of_stream(struct call_ids *ids, const char *p, size_t n)
{
	struct frame f = {0};
	struct scan_row row;
	size_t size;

	for (size_t i = 0; i < n; i += size) {
		enum frame_piece piece = frame_next(&f, p + i, n - i, &size, &row);
		if (piece == FRAME_MORE || f.broken)
			break;
		if (piece == FRAME_ROW && row.header == HEADER_CALL_ID)
			call_ids_add(ids, row.value);
	}
}

void call_ids_print(const struct call_ids *ids, struct line *l)
{
	if (ids->size)
		line_text(l, ", Call-ID");
	for (size_t at = 0; at < ids->size; at += strlen(ids->text + at) + 1) {
		line_char(l, ' ');
		line_quoted(l, ids->text + at, strlen(ids->text + at));
	}
	if (ids->cut)
		line_text(l, "...");
}
