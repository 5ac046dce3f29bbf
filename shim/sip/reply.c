/* SPDX-License-Identifier: MIT */
/* Called by the hooks that receive, for `unknown = 403`. */
#include "reply.h"

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

/* A Via value without what a server fills in. */
static void put_unfilled(struct out *o, struct span value, struct span params)
{
	static const char *const names[] = {"received", "rport"};
	const char *end = value.p + value.n;
	const char *at = value.p;

	for (;;) {
		struct field_param param;
		struct span next = {end, 0};
		for (size_t i = 0; i < 2; i++) {
			if (field_param(params, names[i], &param) && param.whole.p < next.p)
				next = param.whole;
		}
		put(o, span_between(at, next.p));
		if (next.n == 0)
			break;
		at = next.p + next.n;
		params = span_between(at, end);
	}
}

/* The top Via as a server fills it in (RFC 3261 18.2.1, RFC 3581 4). */
static bool put_top_via(struct out *o, struct span value, const struct addr *source,
	struct addr *to)
{
	struct field_via v;
	struct field_param rport;
	struct addr bare = *source;
	char text[ADDR_TEXT_MAX];

	bare.scope = 0; /* has no place in SIP */
	if (!field_via(value, &v))
		return false;
	bool wants_port = field_param(v.params, "rport", &rport);
	put_unfilled(o, value, v.params);
	put_text(o, ";received=");
	put(o, (struct span){text, addr_print_host(&bare, text)});
	if (wants_port) {
		put_text(o, ";rport=");
		put_number(o, source->port);
	}
	*to = *source;
	if (!wants_port)
		to->port = v.by.number ? v.by.number
				       : field_default_port(transport_parse(v.transport.p, v.transport.n));
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
