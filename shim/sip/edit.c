/* SPDX-License-Identifier: MIT */
/* Splices, and the walk that hands each field to its rule; see edit.h. */
#include "edit.h"

#include <errno.h>

#include "rename.h"
#include "restore.h"

void edit_begin(struct edit *e, const char *base)
{
	e->base = base;
	e->count = 0;
	e->text_n = 0;
	e->full = false;
	e->foreign = 0;
	e->fields = 0;
	e->grows = 0;
	e->dialog = false;
	e->mark = false;
}

void edit_cut(struct edit *e, const char *row, struct span cut)
{
	uint32_t offset = (uint32_t)(cut.p - e->base);
	struct splice *last = e->count ? &e->splices[e->count - 1] : NULL;

	if (last && last->offset + last->cut == offset && last->row == (uint32_t)(row - e->base)) {
		last->cut += (uint32_t)cut.n;
	} else if (e->count == EDIT_SPLICES || (last && last->offset + last->cut > offset)) {
		e->full = true;
		return;
	} else {
		e->splices[e->count++] = (struct splice){offset, (uint32_t)cut.n,
			(uint32_t)(row - e->base), e->text_n, 0};
	}
	e->grows -= (int32_t)cut.n;
}

void edit_put(struct edit *e, const char *text, size_t n)
{
	if (e->full || n > sizeof(e->text) - e->text_n) {
		e->full = true;
		return;
	}
	memcpy(e->text + e->text_n, text, n);
	e->text_n += (uint16_t)n;
	e->splices[e->count - 1].text_n += (uint16_t)n;
	e->grows += (int32_t)n;
}

static void put_port(struct edit *e, uint16_t port)
{
	char text[5];
	size_t n = sizeof(text);

	do {
		text[--n] = (char)('0' + port % 10);
		port /= 10;
	} while (port);
	edit_put(e, text + n, sizeof(text) - n);
}

void edit_host(struct edit *e, const char *row, const struct field_host *h, const struct name *name,
	enum name_form form, bool show_port)
{
	char text[NAMES_HOST_MAX];
	size_t text_n = names_host(name, form, text);
	const char *host_end = h->host.p + h->host.n + h->v6;
	struct span host = span_between(h->whole.p, host_end);
	bool had_port = h->port.n != 0;

	/* white space around the colon stands as long as there is a port */
	if (had_port && h->port.p != host_end + 1)
		show_port = true;
	if (host.n != text_n || memcmp(host.p, text, text_n) != 0) {
		edit_cut(e, row, host);
		edit_put(e, text, text_n);
	}
	if (had_port && !show_port) {
		edit_cut(e, row, span_between(host_end, h->port.p + h->port.n));
	} else if (!had_port && show_port) {
		edit_cut(e, row, (struct span){host_end, 0});
		edit_put_text(e, ":");
		put_port(e, name->port);
	} else if (had_port && h->number != name->port) {
		edit_cut(e, row, h->port);
		put_port(e, name->port);
	}
}

size_t edit_cut_params(struct edit *e, const char *row, struct span params, const char *name,
	size_t most)
{
	struct field_param param;
	size_t count = 0;

	for (; count < most && field_param(params, name, &param); count++) {
		edit_cut(e, row, param.whole);
		params = span_between(param.whole.p + param.whole.n, params.p + params.n);
	}
	return count;
}

enum transport edit_uri_transport(const struct field_uri *u)
{
	struct field_param param;
	enum transport t = TRANSPORT_UDP;
	bool written = field_param(u->params, "transport", &param);

	if (written)
		t = transport_parse(param.value.p, param.value.n);
	if (!u->sips)
		return t;
	return t == TRANSPORT_WS || t == TRANSPORT_WSS ? TRANSPORT_WSS : TRANSPORT_TLS;
}

uint16_t edit_default_port(enum transport t)
{
	return t == TRANSPORT_NONE ? 5060 : transport_default_port(t);
}

static bool is_script_header(const struct names *n, const struct scan_row *row, bool *out)
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

bool edit_is_script(const struct names *n, const struct scan_row *row)
{
	bool out;

	return is_script_header(n, row, &out);
}

/* Whether NAME-In or NAME-Out begins at p. */
static bool begins_private(const struct names *n, const char *p, const char *end)
{
	size_t stem = n->header.n;

	if ((size_t)(end - p) < stem + 3 || !field_equal((struct span){p, stem}, n->header))
		return false;
	p += stem;
	return field_is_n((struct span){p, 3}, "-in", 3) ||
		(end - p >= 4 && field_is_n((struct span){p, 4}, "-out", 4));
}

bool edit_has_private(const struct names *n, bool marks, const char *p, size_t size)
{
	static const char mark[] = ";bond-in";

	for (const char *at = p, *end = p + size; n->header.n && at < end; at++) {
		if ((at == p || at[-1] == '\n' || at[-1] == '\r' || !at[-1]) &&
			begins_private(n, at, end))
			return true;
	}
	return marks && scan_contains(p, size, mark, sizeof(mark) - 1, 5);
}

/* Whether a script's header stands behind a CR alone, which some hosts take for a line end and others
 * do not: nobody can say what it belongs to. */
static bool hides_private(const struct names *n, struct span row)
{
	const char *p = row.p, *end = p + row.n;

	while (n->header.n && (p = memchr(p, '\r', (size_t)(end - p))) && ++p != end) {
		if (begins_private(n, p, end))
			return true;
	}
	return false;
}

struct span edit_wish(const struct names *n, const char *p, size_t size)
{
	struct span wish = {NULL, 0};
	struct scan_walk w;
	struct scan_row row;
	bool out;

	if (!scan_walk_start(&w, p, size))
		return wish;
	while (scan_walk_next(&w, &row)) {
		if (is_script_header(n, &row, &out) && out)
			wish = row.value;
	}
	return wish;
}

struct span edit_bound(const struct field_via *v)
{
	struct field_param branch;

	return field_param(v->params, "branch", &branch) && branch.value.n ? branch.value : v->by.whole;
}

struct span edit_arrived_via(const struct scan_message *m)
{
	struct field_via top;
	struct field_param param;

	return field_via(m->via[0], &top) && field_param(top.params, "bond-in", &param) ? m->via[0]
											 : m->via[1];
}

bool edit_mark(const struct names *n, struct span via, struct token_mark *mark)
{
	struct field_via v;
	struct field_param param;

	return via.n && field_via(via, &v) && field_param(v.params, "bond-in", &param) &&
		token_mark_read(n, param.value, edit_bound(&v), mark);
}

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
	if (is_script_header(side->names, row, &out)) {
		edit_cut(e, row->whole.p, row->whole);
		e->fields |= EDIT_HEADER;
	} else if (hides_private(side->names, row->whole)) {
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
		return edit_is_script(side->names, row);
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

	edit_begin(e, p);
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
