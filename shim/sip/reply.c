/* SPDX-License-Identifier: MIT */
/* The 403, see reply.h. Called by the hooks that receive, for `unknown = 403`. */
#include "reply.h"

#include "edit.h"

struct out {
	char *p;
	size_t n;
	size_t room; /* n beyond room: it did not fit */
};

static void put(struct out *o, struct span s)
{
	if (o->n + s.n <= o->room)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

static void put_text(struct out *o, const char *text)
{
	put(o, (struct span){text, strlen(text)});
}

static void put_number(struct out *o, unsigned v)
{
	char text[10];
	size_t n = sizeof(text);

	do {
		text[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(o, (struct span){text + n, sizeof(text) - n});
}

/* s without the first parameters of these names. */
static void put_without(struct out *o, struct span s, struct span params, const char *name,
	const char *other)
{
	struct field_param a, b;
	bool has_a = field_param(params, name, &a);

	if (other && field_param(params, other, &b) && (!has_a || b.whole.p < a.whole.p)) {
		put(o, span_between(s.p, b.whole.p));
		const char *behind = b.whole.p + b.whole.n;
		s = span_between(behind, s.p + s.n);
		put_without(o, s, s, name, NULL);
		return;
	}
	if (has_a) {
		put(o, span_between(s.p, a.whole.p));
		const char *behind = a.whole.p + a.whole.n;
		s = span_between(behind, s.p + s.n);
		if (other) {
			put_without(o, s, s, other, NULL);
			return;
		}
	}
	put(o, s);
}

/* The top Via as a server fills it in (RFC 3261 18.2.1, RFC 3581 4). */
static bool put_top_via(struct out *o, struct span value, const struct addr *source,
	struct addr *to)
{
	struct field_via v;
	struct field_param rport;
	char text[ADDR_TEXT_MAX];

	if (!field_via(value, &v))
		return false;
	bool wants_port = field_param(v.params, "rport", &rport);
	put_without(o, value, v.params, "received", "rport");
	put_text(o, ";received=");
	put(o, (struct span){text, addr_print_host(source, text)});
	if (wants_port) {
		put_text(o, ";rport=");
		put_number(o, source->port);
	}
	*to = *source;
	if (!wants_port)
		to->port = v.by.number ? v.by.number
				       : edit_default_port(transport_parse(v.transport.p, v.transport.n));
	return true;
}

static bool put_vias(struct out *o, const char *p, size_t n, const struct addr *source,
	struct addr *to)
{
	struct scan_walk w;
	struct scan_row row;
	struct span value;
	bool top = true;

	if (!scan_walk_start(&w, p, n))
		return false;
	while (scan_walk_next(&w, &row)) {
		if (row.header != HEADER_VIA)
			continue;
		while (field_value(&row.value, &value)) {
			put_text(o, "Via: ");
			if (!top)
				put(o, value);
			else if (!put_top_via(o, value, source, to))
				return false;
			top = false;
			put_text(o, "\r\n");
		}
	}
	return !top;
}

/* The same for every copy of the request. */
static void put_tag(struct out *o, const struct scan_message *m, const struct prf_key *key)
{
	struct span from_tag = field_tag(m->from);
	struct span branch = scan_branch(m->via[0]);
	uint64_t parts[3] = {prf(key, m->call_id.p, m->call_id.n), prf(key, from_tag.p, from_tag.n),
		prf(key, branch.p, branch.n)};
	uint64_t tag = prf(key, parts, sizeof(parts));
	char text[16];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "0123456789abcdef"[tag >> 4 * i & 15];
	put_text(o, ";tag=");
	put(o, (struct span){text, sizeof(text)});
}

static void put_field(struct out *o, const char *name, struct span value)
{
	put_text(o, name);
	put(o, value);
}

size_t reply_403(const char *p, size_t n, const struct prf_key *key, const struct addr *source,
	char *buf, size_t room, struct addr *to)
{
	struct out o = {buf, 0, room < n ? room : n};
	struct scan_message m;

	if (!scan_message(p, n, &m) || !m.request || field_is(m.method, "ack") || !m.cseq.n ||
		!m.from.n || !m.to.n || !m.call_id.n)
		return 0;
	put_text(&o, "SIP/2.0 403 Forbidden\r\n");
	if (!put_vias(&o, p, n, source, to))
		return 0;
	put_field(&o, "From: ", m.from);
	put_field(&o, "\r\nTo: ", m.to);
	if (!field_tag(m.to).n)
		put_tag(&o, &m, key);
	put_field(&o, "\r\nCall-ID: ", m.call_id);
	put_field(&o, "\r\nCSeq: ", m.cseq);
	put_text(&o, "\r\nContent-Length: 0\r\n\r\n");
	return o.n <= o.room ? o.n : 0;
}
