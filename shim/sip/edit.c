/* SPDX-License-Identifier: MIT */
/* The walk over a message, for datagrams at once and for streams field by field. */
#include "edit.h"

#include <errno.h>

#include "rename.h"
#include "restore.h"
#include "script.h"

static bool begin_message(const struct edit_side *side, struct edit_progress *at, enum scan_kind kind,
	const struct scan_start *start, struct edit *e)
{
	if (kind != SCAN_REQUEST && kind != SCAN_RESPONSE)
		return false;
	at->request = kind == SCAN_REQUEST;
	at->status = start->status;
	if (side->in && !side->bare && at->request)
		restore_start(side, at, start, e);
	return true;
}

bool edit_start(const struct edit_side *side, struct edit_progress *at, struct span line,
	struct edit *e)
{
	struct scan_start start;
	enum scan_kind kind = scan_kind(line.p, line.n, &start);

	return begin_message(side, at, kind, &start, e);
}

void edit_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct span rest, struct edit *e)
{
	bool out;

	if (row->header == HEADER_CSEQ && !at->cseq)
		at->cseq = field_is(scan_cseq_method(row->value), "register") ? 1 : 2;
	if (script_field(side->names, row, &out)) {
		splice_cut(e, row->whole.p, row->whole);
		e->fields |= EDIT_HEADER;
	} else if (script_hides(side->names, row->whole)) {
		e->full = true;
	} else if (side->bare && (row->header != HEADER_VIA || (side->in && !at->request))) {
		return;
	} else if (side->in) {
		restore_row(side, at, row, e);
	} else {
		rename_row(side, at, row, rest, e);
	}
}

void edit_finish(const struct edit_side *side, const struct edit_progress *at, struct edit *e)
{
	e->dialog |= at->dialog != 0;
	if (e->mark)
		restore_finish(side, at, e);
}

bool edit_cares(const struct edit_side *side, const struct scan_row *row)
{
	bool out;

	switch (row->header) {
	case HEADER_VIA:
	case HEADER_ROUTE:
	case HEADER_RECORD_ROUTE:
	case HEADER_PATH:
	case HEADER_SERVICE_ROUTE:
	case HEADER_CONTACT:
	case HEADER_CSEQ:
		return true;
	default:
		return script_field(side->names, row, &out);
	}
}

/* Of a response that leaves as the host wrote it only the mark in the topmost Via goes. */
static bool is_of_top_via(const struct edit_side *side, const struct edit_progress *at)
{
	return !at->request && !side->in && !side->title && !side->names->header.n;
}

static void end_behind_via(struct scan_walk *w)
{
	struct scan_walk ahead = *w;
	struct scan_row row;
	struct span value;

	while (scan_walk_next(&ahead, &row)) {
		if (row.header == HEADER_VIA && field_value(&row.value, &value)) {
			w->end = ahead.p;
			break;
		}
	}
}

int edit_message(const struct edit_side *side, const char *p, size_t n, size_t room, struct edit *e)
{
	struct edit_progress at = {0};
	struct scan_walk w;
	struct scan_row row;

	struct scan_start start;
	enum scan_kind kind = scan_kind(p, n, &start);

	splice_begin(e, p);
	if (n > INT32_MAX || !begin_message(side, &at, kind, &start, e))
		return EINVAL;
	scan_walk_from(&w, p, n, &start);
	if (is_of_top_via(side, &at))
		end_behind_via(&w);
	while (scan_walk_next(&w, &row))
		edit_row(side, &at, &row, span_between(w.p, w.end), e);
	edit_finish(side, &at, e);
	if (room && e->mark && (int64_t)n + e->grows > (int64_t)room) {
		struct edit_side unmarked = *side;
		unmarked.mark = false;
		int err = edit_message(&unmarked, p, n, 0, e);
		e->fields |= EDIT_NO_ROOM;
		return err;
	}
	return e->full ? E2BIG : 0;
}
