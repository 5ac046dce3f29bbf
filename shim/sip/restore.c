/* SPDX-License-Identifier: MIT */
/* What an arriving message says of the host by a member's name becomes the host's own name. Only what
 * carries a valid token is touched, save for members that the host knows nothing of. Called by edit.c. */
#include "restore.h"

#include "mark.h"
#include "shown_name.h"

/* Stands for a name that is in no table, where it does not matter which. */
static const struct name client;

/* A name of one of the host's sockets that are no listeners. */
static bool restore_client(const struct edit_side *side, const char *row, const struct field_host *h,
	enum transport t, uint16_t default_port, const struct field_param *param, struct edit *e)
{
	enum name_form form;
	struct shown_name shown;
	bool port;

	if (!shown_name_restore(side->names, h, default_port, t, param->value, &form, &port,
		    &shown))
		return false;
	splice_host(e, row, h, &shown.own, form, port);
	splice_cut(e, row, param->whole);
	return true;
}

/* The host's name in a URI with our token, which is cut out; NULL: there is none, or not ours. */
static const struct name *restore_uri(const struct edit_side *side, const char *row,
	const struct field_uri *u, struct span field_params, struct edit *e)
{
	struct field_param param;
	enum name_form form;
	bool port;

	if (!field_param(u->params, "bond", &param) && !field_param(field_params, "bond", &param))
		return NULL;
	enum transport t = field_uri_transport_by(u, side->transport);
	uint16_t default_port = field_default_port(field_uri_transport(u));
	bool us = names_us(side->names, &u->at, default_port) ||
		shown_name_is_real(side->names, &u->at, default_port, t);
	const struct name *own = us ? token_read(side->names, param.value, &form, &port) : NULL;
	if (own) {
		splice_host(e, row, &u->at, own, form, port);
		splice_cut(e, row, param.whole);
		return own;
	}
	if (restore_client(side, row, &u->at, t, default_port, &param, e))
		return &client;
	e->foreign += us;
	return NULL;
}

static const struct name *restore_value(const struct edit_side *side, const char *row,
	struct span value, struct field_uri *u, bool *is_uri, struct edit *e)
{
	struct field_address a;

	*is_uri = field_address(value, &a) && field_uri(a.uri, u);
	if (!*is_uri)
		return NULL;
	return restore_uri(side, row, u, a.bare ? a.params : (struct span){value.p, 0}, e);
}

/* Whether the message came to m, and h is what m or one before it at that address was called. */
static bool means_arrival(const struct edit_side *side, const struct name *m,
	const struct field_host *h, uint16_t default_port)
{
	const struct names *n = side->names;

	if (names_reaches(m, h, default_port))
		return true;
	for (size_t i = n->member_count; i < n->member_count + n->member_past; i++) {
		if (n->members[i].transport == m->transport && n->members[i].given.n &&
			addr_equal(&n->members[i].addr, &m->addr) && names_is(&n->members[i], h, default_port))
			return true;
	}
	return false;
}

/* Calls the host by its own name where a peer calls it by that of a member it does not know. */
static bool rename_member(const struct edit_side *side, const char *row, const struct field_uri *u,
	struct edit *e)
{
	uint16_t default_port = field_default_port(field_uri_transport(u));
	const struct name *m = side->arrived;
	enum name_form form;

	if (!side->as_member || !m || !means_arrival(side, m, &u->at, default_port))
		return false;
	if (names_own(side->names, &u->at, default_port, NAMES_ANY, TRANSPORT_NONE, &form))
		return false; /* the host knows itself by it */
	const struct name *own = names_first(side->names, side->socket, &m->addr);
	if (!own)
		return false;
	splice_host(e, row, &u->at, own, own->given.n ? FORM_GIVEN : FORM_PLAIN,
		names_shows_port(own, default_port, u->at.number != 0));
	return true;
}

static void set_dialog(const struct edit_side *side, struct edit_progress *at,
	const struct name *own, bool by_route)
{
	if (own == &client || (at->dialog && (at->dialog_by_route || !by_route)))
		return;
	at->dialog = (uint16_t)(own - side->names->own + 1);
	at->dialog_by_route = by_route;
}

void restore_start(const struct edit_side *side, struct edit_progress *at,
	const struct scan_start *start, struct edit *e)
{
	struct field_uri u;
	const char *line = start->method.p;

	if (field_uri(start->uri, &u)) {
		const struct name *own =
			restore_uri(side, line, &u, (struct span){start->uri.p, 0}, e);
		if (own)
			set_dialog(side, at, own, false);
		if (own || rename_member(side, line, &u, e))
			e->fields |= EDIT_URI;
	}
}

/* NAME-In goes in front of the first field. It takes that field's first byte with it: a transfer that
 * ends behind it ends within the field, which is then not looked at again. */
static void tell_script(const struct edit_side *side, const struct scan_row *row, struct edit *e)
{
	const char *p = row->whole.p;
	const char *end = p + row->whole.n;

	splice_cut(e, p, (struct span){p, 1});
	splice_put(e, side->names->header.p, side->names->header.n);
	splice_put_text(e, "-In: ");
	splice_put(e, side->bond.p, side->bond.n);
	if (row->whole.n >= 2 && end[-2] == '\r')
		splice_put_text(e, "\r\n");
	else if (end[-1] == '\r') /* of a message without LF */
		splice_put_text(e, "\r");
	else
		splice_put_text(e, "\n");
	splice_put(e, p, 1);
	e->fields |= EDIT_TOLD;
}

/* Where the token goes is settled now, what it says when the dialog's name is known. */
static void mark_via(const struct edit_side *side, const char *row, struct span value,
	struct edit *e)
{
	static const char blank[TOKEN_LENGTH + 1] = "..........";
	struct field_via v;

	if (!field_via(value, &v))
		return;
	if (splice_cut_params(e, row, v.params, "bond-in", SIZE_MAX))
		e->fields |= EDIT_FORGED;
	e->bound = mark_bound(&v);
	if (!side->mark || !side->arrived || side->bare)
		return;
	splice_cut(e, row, (struct span){value.p + value.n, 0});
	splice_put_text(e, ";bond-in=");
	e->mark_text = e->text_n;
	splice_put(e, blank, TOKEN_LENGTH);
	e->branch = e->bound;
	e->mark = !e->full;
	e->fields |= EDIT_MARK;
}

/* The table may have become shorter since the message began. */
static const struct name *dialog_of(const struct names *n, const struct edit_progress *at)
{
	return at->dialog && at->dialog <= n->own_count + n->own_past ? &n->own[at->dialog - 1] : NULL;
}

void restore_finish(const struct edit_side *side, const struct edit_progress *at, struct edit *e)
{
	struct token_mark mark = {.arrived = side->arrived,
		.dialog = dialog_of(side->names, at),
		.sealed = side->sealed && !at->dialog};

	token_mark_write(side->names, &mark, e->branch, e->text + e->mark_text);
}

/* The sent-by of a response must be that of the socket which reads it (RFC 3261 18.1.2). */
static void restore_via(const struct edit_side *side, const char *row, struct span value,
	struct edit *e)
{
	struct field_via v;
	struct field_param param;
	enum name_form form, standing;
	bool port;

	if (!field_via(value, &v) || !field_param(v.params, "bond", &param))
		return;
	enum transport t = transport_parse(v.transport.p, v.transport.n);
	uint16_t default_port = field_default_port(t);
	bool us = names_us(side->names, &v.by, default_port);
	const struct name *own = us ? token_read(side->names, param.value, &form, &port) : NULL;
	if (!own) {
		if (restore_client(side, row, &v.by, t, default_port, &param, e))
			e->fields |= EDIT_VIA;
		else
			e->foreign += us;
		return;
	}
	if (side->made || own->owner == side->socket || side->socket == NAMES_ANY) {
		splice_host(e, row, &v.by, own, form, port);
	} else if (!names_own(side->names, &v.by, default_port, side->socket, TRANSPORT_NONE,
			   &standing)) {
		/* read on another socket than it was sent from: by that one's name */
		own = names_first(side->names, side->socket,
			side->arrived ? &side->arrived->addr : NULL);
		if (own)
			splice_host(e, row, &v.by, own, own->given.n ? FORM_GIVEN : FORM_PLAIN,
				names_shows_port(own, default_port, port));
	}
	splice_cut(e, row, param.whole);
	e->fields |= EDIT_VIA;
}

/* Route: ours stand on top. One below a foreign entry is for a later passage through the host, and
 * must leave as it came. */
static void restore_routes(const struct edit_side *side, struct edit_progress *at,
	const struct scan_row *row, struct edit *e)
{
	struct span rest = row->value;
	struct span value;
	struct field_uri u;
	enum name_form form;
	bool is_uri;

	while (!at->route_over && field_value(&rest, &value)) {
		const struct name *own = restore_value(side, row->whole.p, value, &u, &is_uri, e);
		if (own) {
			set_dialog(side, at, own, true);
			e->fields |= EDIT_ROUTE;
		} else if (is_uri && rename_member(side, row->whole.p, &u, e)) {
			e->fields |= EDIT_ROUTE;
		} else if (!is_uri || !names_own(side->names, &u.at,
				field_default_port(field_uri_transport(&u)), NAMES_ANY,
				TRANSPORT_NONE, &form)) {
			at->route_over = true;
		}
	}
}

static void restore_all(const struct edit_side *side, const struct scan_row *row, uint16_t field,
	struct edit *e)
{
	struct span rest = row->value;
	struct span value;
	struct field_uri u;
	bool is_uri;

	while (field_value(&rest, &value)) {
		if (restore_value(side, row->whole.p, value, &u, &is_uri, e))
			e->fields |= field;
	}
}

void restore_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct edit *e)
{
	struct span values = row->value;
	struct span value;

	if (at->request && !at->told && side->bond.n && side->names->header.n && !side->bare)
		tell_script(side, row, e);
	at->told = true;
	switch (row->header) {
	case HEADER_VIA:
		if (at->via || !field_value(&values, &value))
			break;
		at->via = true;
		if (at->request)
			mark_via(side, row->whole.p, value, e);
		else
			restore_via(side, row->whole.p, value, e);
		break;
	case HEADER_ROUTE:
		if (at->request)
			restore_routes(side, at, row, e);
		break;
	case HEADER_RECORD_ROUTE:
		/* A request's are of earlier passages: they go on to the peer, which must be able to
		 * reach them. */
		if (!at->request)
			restore_all(side, row, EDIT_RECORD_ROUTE, e);
		break;
	case HEADER_PATH:
		if (!at->request)
			restore_all(side, row, EDIT_PATH, e);
		break;
	case HEADER_SERVICE_ROUTE:
		restore_all(side, row, EDIT_SERVICE_ROUTE, e);
		break;
	case HEADER_CALL_ID:
		e->call_id = row->value;
		break;
	case HEADER_CSEQ:
		e->cseq = row->value;
		break;
	case HEADER_CONTACT:
		/* what the host registered, or where it is told to go instead */
		if (!at->request && (at->cseq != 2 || (at->status >= 300 && at->status < 400)))
			restore_all(side, row, EDIT_CONTACT, e);
		break;
	default:
		break;
	}
}
