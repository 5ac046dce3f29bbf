/* SPDX-License-Identifier: MIT */
/* Which fields of a leaving message are the host's own, and what they become. Everything else stays
 * as it is (RFC 3261 16.3). Called by edit.c. */
#include "rename.h"

#include "mark.h"
#include "name_prepare.h"
#include "shown_name.h"

#define MARKS_MAX 32

/* ";bond=" and the token that restores what the name replaces. */
static void put_token(const struct edit_side *side, const struct name *own, enum name_form form,
	bool port, struct edit *e)
{
	char token[TOKEN_LENGTH];

	token_write_by(side->names, side->key, own, form, port, token);
	splice_put_text(e, ";bond=");
	splice_put(e, token, sizeof(token));
}

static void rename_host(const char *row, const struct field_host *h, const struct name *to,
	uint16_t default_port, struct edit *e)
{
	splice_host(e, row, h, to, to->given.n ? FORM_GIVEN : FORM_PLAIN,
		names_shows_port(to, default_port, h->number != 0));
}

/* A token says whether there was a port, not with how many zeros. */
static bool comes_back(const struct field_host *h)
{
	return h->port.n == 0 || h->port.p[0] != '0';
}

/* The name of a socket that is no listener. */
static void plain_name(const struct edit_side *side, const struct addr *at, uint16_t port,
	enum transport t, struct name *to)
{
	*to = (struct name){.addr = *at, .transport = (uint8_t)t, .owner = NAMES_ANY, .port = port};
	to->addr.port = port;
	names_prepare_one(side->names, to);
}

/* What the wire calls it, in a message that leaves by the name `by`. */
static void real_name(const struct edit_side *side, const struct shown_name *shown,
	const struct name *by, struct name *to)
{
	const struct addr *at = addr_is_any(&shown->real) ? &by->addr : &shown->real;

	plain_name(side, at, shown->real.port, (enum transport)shown->own.transport, to);
}

/* What is promised to peers: the title, or the flow where nobody listens under it. */
static const struct name *promised(const struct edit_side *side, const struct name *to,
	struct name *room)
{
	if (!side->flow_port || to != side->title)
		return to;
	plain_name(side, &to->addr, side->flow_port, (enum transport)to->transport, room);
	return room;
}

/* The name of the socket that sends, as the host wrote it. */
static const struct name *own_via(const struct edit_side *side, const struct field_host *by,
	uint16_t default_port, enum name_form *form, struct shown_name *shown)
{
	const struct name *own = NULL;

	if (side->client_port && shown_name_own(side->names, by, default_port,
			(enum transport)side->transport, form, shown) &&
		shown->real.port == side->client_port)
		return &shown->own;
	if (side->made)
		own = names_own(side->names, by, default_port, NAMES_ANY, side->transport, form);
	else if (side->socket != NAMES_ANY || !side->client_port)
		own = names_own(side->names, by, default_port, side->socket, TRANSPORT_NONE, form);
	return own;
}

/* A mark of this host's goes on in the form that proves nothing to it in a request: what a peer has seen
 * it cannot send. */
static void seal_via(const struct edit_side *side, const char *row, struct span value,
	struct edit *e)
{
	struct field_via v;
	struct field_param param;
	struct token_mark mark;
	char token[TOKEN_LENGTH];

	if (!field_via(value, &v) || !field_param(v.params, "bond-in", &param) ||
		!token_mark_read(side->names, param.value, mark_bound(&v), &mark) || mark.sealed)
		return;
	token_mark_seal(&mark, param.value, token);
	splice_cut(e, row, param.value);
	splice_put(e, token, sizeof(token));
}

/* A request's top Via (RFC 3261 18.1.1). The transport stays what the host says: it is the same. */
static void rename_via(const struct edit_side *side, const char *row, struct span value,
	bool marked, struct edit *e)
{
	struct field_via v;
	struct field_param param;
	enum name_form form;
	struct shown_name shown;
	struct name real;
	const struct name *own = NULL;
	uint16_t default_port = 0;

	if (field_via(value, &v) && !field_param(v.params, "bond", &param) &&
		field_is_closed(v.params) && comes_back(&v.by)) {
		default_port = field_default_port(transport_parse(v.transport.p, v.transport.n));
		own = own_via(side, &v.by, default_port, &form, &shown);
	}
	/* a wildcard listener's own choice may have been the right one */
	if (!own || names_is(side->title, &v.by, default_port)) {
		e->fields |= own ? 0 : EDIT_VIA_FOREIGN;
		if (marked)
			seal_via(side, row, value, e);
		return;
	}
	const struct name *to = side->title;
	if (own == &shown.own) {
		real_name(side, &shown, side->title, &real);
		if (addr_equal(&shown.own.addr, &real.addr))
			return;
		to = &real;
	}
	rename_host(row, &v.by, to, default_port, e);
	if (marked)
		seal_via(side, row, value, e);
	splice_cut(e, row, (struct span){value.p + value.n, 0});
	put_token(side, own, form, v.by.number != 0, e);
	e->fields |= EDIT_VIA;
}

/* ;bond= at the end of the URI's own parameters. A bare URI has none: what follows it belongs to the
 * field, where a Contact's parameters do not reach the peer's requests. It is put into <> then. */
static void rename_uri(const struct edit_side *side, const char *row, struct span value,
	const struct field_address *a, const struct field_uri *u, const struct name *own,
	enum name_form form, const struct name *to, bool wrap, struct edit *e)
{
	const char *end = a->uri.p + a->uri.n;

	wrap &= a->bare;
	if (wrap) {
		splice_cut(e, row, (struct span){a->uri.p, 0});
		splice_put_text(e, "<");
	}
	rename_host(row, &u->at, to, field_default_port(field_uri_transport(u)), e);
	const char *behind = u->headers.n ? u->headers.p : end;
	if (a->bare && !wrap)
		behind = value.p + value.n;
	splice_cut(e, row, (struct span){behind, 0});
	put_token(side, own, form, u->at.number != 0, e);
	if (wrap) {
		splice_cut(e, row, (struct span){end, 0});
		splice_put_text(e, ">");
	}
}

/* A URI to which a parameter can be added. */
static bool read_uri(struct span value, struct field_address *a, struct field_uri *u)
{
	struct field_param param;

	return field_address(value, a) && field_uri(a->uri, u) &&
		!field_param(u->params, "bond", &param) &&
		!(a->bare && field_param(a->params, "bond", &param)) &&
		field_is_closed(u->params) && (!a->bare || field_is_closed(a->params)) &&
		comes_back(&u->at);
}

static bool is_member(const struct edit_side *side, const struct name *name)
{
	return name >= side->names->members &&
		name < side->names->members + side->names->member_count;
}

/* The member of the title's bond that carries that transport to the same peers, heard by the host if that
 * is asked: on the title's own address rather than on another. NULL: there is none. */
static const struct name *member_by(const struct edit_side *side, enum transport t, bool heard)
{
	const struct name *found = NULL;

	for (size_t i = 0; is_member(side, side->title) && i < side->names->member_count; i++) {
		const struct name *m = &side->names->members[i];
		struct addr same = m->addr;
		if (m->owner != side->title->owner || m->transport != t ||
			m->addr.family != side->title->addr.family ||
			(heard && !names_hears(side->names, t, &m->addr)))
			continue;
		same.port = side->title->addr.port;
		if (addr_equal(&same, &side->title->addr))
			return m;
		found = found ? found : m;
	}
	return found;
}

/* By what the peers of the title reach, by another transport than its own, what the host calls own: the bond's
 * member, or else that very socket, if it is heard at the title's address. NULL: by nothing. */
static const struct name *title_by(const struct edit_side *side, const struct name *own, enum transport t,
	bool heard, struct name *room)
{
	const struct name *found = member_by(side, t, heard);
	struct addr at = side->title->addr;

	if (found || own->transport != t || !is_member(side, side->title))
		return found;
	at.port = own->addr.port;
	if (!names_hears(side->names, t, &at))
		return NULL;
	plain_name(side, &at, at.port, t, room);
	return room;
}

/* Whether an entry of another transport than the message's is for both sides of the host, which chose the
 * transport as it sent (RFC 3261 18.1.1: what is too large for UDP): it is the topmost, and no half of two. Else
 * it is the caller's. */
static bool is_for_both(const struct edit_progress *at, const struct field_uri *u, bool topmost)
{
	struct field_param param;

	return topmost && at->request && !field_param(u->params, "r2", &param);
}

/* The topmost entry that is the sending socket's: with one for each side of the host, the next one
 * belongs to the other side (RFC 3261 16.6 step 4). */
static void rename_route(const struct edit_side *side, struct edit_progress *at,
	const struct scan_row *row, uint16_t field, struct edit *e)
{
	struct span rest = row->value;
	struct span value;
	struct field_address a;
	struct field_uri u;
	struct name room;
	enum name_form form;

	while (!(at->once & field) && field_value(&rest, &value)) {
		bool topmost = !(at->met & field);
		at->met |= field;
		if (!read_uri(value, &a, &u))
			continue;
		uint16_t default_port = field_default_port(field_uri_transport(&u));
		enum transport t = field_uri_transport_by(&u, side->transport);
		bool other = t != side->transport;
		if (other && !is_for_both(at, &u, topmost))
			continue;
		/* a connection of the host's may have been made from another socket than this message's */
		const struct name *own = names_own(side->names, &u.at, default_port,
			side->made || other ? NAMES_ANY : side->socket, t, &form);
		const struct name *to = NULL;
		if (own)
			to = other ? title_by(side, own, t, true, &room) : promised(side, side->title, &room);
		if (!to)
			continue;
		at->once |= field;
		if (names_is(to, &u.at, default_port))
			break;
		rename_uri(side, row->whole.p, value, &a, &u, own, form, to, false, e);
		e->fields |= field;
	}
}

/* Whether the peer reaches the host by that name as it stands: it is that of the socket by which the
 * message leaves, or of another member of its bond. */
static bool stands(const struct edit_side *side, const struct name *own)
{
	if (addr_equal(&own->addr, &side->title->addr) && !side->title->given.n)
		return true;
	if (!is_member(side, side->title))
		return false;
	for (size_t i = 0; i < side->names->member_count; i++) {
		const struct name *m = &side->names->members[i];
		if (m->owner == side->title->owner && addr_equal(&m->addr, &own->addr))
			return true;
	}
	return false;
}

/* Where a Contact names another transport than the one that carries it, the same bond's member of
 * that transport is what the peer can reach. Without a word it means UDP (RFC 3263 4.1), by which no
 * connection is used again: a member that is heard by UDP is of more use than the flow. */
static const struct name *contact_title(const struct edit_side *side, const struct field_uri *u,
	const struct name *own, struct name *room)
{
	struct field_param param;
	const struct name *to = side->title;
	enum transport t = field_uri_transport_by(u, side->transport);
	bool said = u->sips || field_param(u->params, "transport", &param);

	if (t == to->transport || !(said || side->flow_port))
		return to;
	const struct name *other = own ? title_by(side, own, t, !said, room) : member_by(side, t, !said);
	return other ? other : to;
}

static void rename_contact(const struct edit_side *side, const struct scan_row *row,
	struct edit *e)
{
	struct span rest = row->value;
	struct span value;
	struct field_address a;
	struct field_uri u;
	struct shown_name shown;
	struct name real, room;
	enum name_form form, form_shown;

	while (field_value(&rest, &value)) {
		if (!read_uri(value, &a, &u))
			continue;
		enum transport t = field_uri_transport_by(&u, side->transport);
		uint16_t default_port = field_default_port(field_uri_transport(&u));
		const struct name *own = names_own(side->names, &u.at, default_port, NAMES_ANY, t, &form);
		const struct name *to = contact_title(side, &u, own, &room);
		/* a client socket by UDP may have the number of a listener's port by TCP */
		if (!(own && own->transport == t) &&
			shown_name_own(side->names, &u.at, default_port, t, &form_shown, &shown)) {
			form = form_shown;
			real_name(side, &shown, to, &real);
			own = addr_equal(&shown.own.addr, &real.addr) ? NULL : &shown.own;
			to = &real;
		} else {
			to = promised(side, to, &real);
		}
		if (!own || (own != &shown.own && stands(side, own)))
			continue;
		rename_uri(side, row->whole.p, value, &a, &u, own, form, to, true, e);
		e->fields |= EDIT_CONTACT;
	}
}

/* Whether the CSeq among the fields that follow is of a REGISTER. */
static bool register_follows(struct span rest)
{
	/* the fields behind end as the one in front of them */
	struct scan_walk w = {rest.p, rest.p + rest.n, NULL, rest.p[-1] == '\r' ? '\r' : '\n'};
	struct scan_row row;

	while (scan_walk_next(&w, &row)) {
		if (row.header == HEADER_CSEQ)
			return field_is(scan_cseq_method(row.value), "register");
	}
	return false;
}

/* A redirection's Contacts are others', and those of a registrar's answer its clients'. */
static bool contact_is_own(const struct edit_progress *at, struct span rest)
{
	if (at->request)
		return true;
	if (at->status >= 300 && at->status < 400)
		return false;
	return at->cseq ? at->cseq != 1 : !register_follows(rest);
}

/* A request's Vias, of which the topmost is the host's. */
static void rename_vias(const struct edit_side *side, struct edit_progress *at,
	const struct scan_row *row, struct edit *e)
{
	static const char mark[] = "bond-in";
	struct span rest = row->value;
	struct span value;
	bool marked = !side->unmarked && scan_contains(rest.p, rest.n, mark, sizeof(mark) - 1, 4);

	if (!at->via && side->title) {
		if (!field_value(&rest, &value))
			return;
		at->via = true;
		rename_via(side, row->whole.p, value, marked, e);
	}
	while (marked && field_value(&rest, &value))
		seal_via(side, row->whole.p, value, e);
}

static void unmark_via(const struct edit_side *side, struct edit_progress *at,
	const struct scan_row *row, struct edit *e)
{
	/* a host has one there; in a stream, more than fit an edit would stop it */
	size_t most = side->transport == TRANSPORT_UDP ? SIZE_MAX : MARKS_MAX;
	struct span rest = row->value;
	struct span value;
	struct field_via v;

	if (at->via || !field_value(&rest, &value))
		return;
	at->via = true;
	if (field_via(value, &v) && splice_cut_params(e, row->whole.p, v.params, "bond-in", most))
		e->fields |= EDIT_UNMARK;
}

void rename_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct span rest, struct edit *e)
{
	switch (row->header) {
	case HEADER_VIA:
		if (at->request)
			rename_vias(side, at, row, e);
		else
			unmark_via(side, at, row, e);
		break;
	case HEADER_RECORD_ROUTE:
		if (side->title)
			rename_route(side, at, row, EDIT_RECORD_ROUTE, e);
		break;
	case HEADER_PATH:
		if (side->title)
			rename_route(side, at, row, EDIT_PATH, e);
		break;
	case HEADER_SERVICE_ROUTE:
		if (side->title)
			rename_route(side, at, row, EDIT_SERVICE_ROUTE, e);
		break;
	case HEADER_CONTACT:
		if (side->title && contact_is_own(at, rest))
			rename_contact(side, row, e);
		break;
	default:
		break;
	}
}
