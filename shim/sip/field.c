/* SPDX-License-Identifier: MIT */
/* Values, parameters, addresses, URIs and Vias as spans. */
#include "field.h"

/* One bit a character. */
static const uint32_t token_bits[8] = {0, 0x03ff6ca2, 0x87fffffe, 0x47ffffff, 0, 0, 0, 0};

bool field_is_token(char c)
{
	unsigned char u = (unsigned char)c;

	return token_bits[u >> 5] >> (u & 31) & 1;
}

/* White space of a folded value. */
static bool is_space(char c)
{
	return (unsigned char)c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool same(const char *p, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(p[i]) != word[i])
			return false;
	}
	return true;
}

bool field_is_n(struct span s, const char *word, size_t n)
{
	return s.n == n && same(s.p, word, n);
}

bool field_equal(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

struct span field_trim(struct span s)
{
	const char *p = s.p;
	const char *end = p + s.n;

	while (p != end && is_space(*p))
		p++;
	while (end != p && is_space(end[-1]))
		end--;
	return span_between(p, end);
}

/* Behind a quoted string that starts at p, or end. */
static const char *skip_quoted(const char *p, const char *end)
{
	for (p++; p != end; p++) {
		if (*p == '\\' && end - p > 1)
			p++;
		else if (*p == '"')
			return p + 1;
	}
	return end;
}

/* Behind a <...> that starts at p, or end. */
static const char *skip_angle(const char *p, const char *end)
{
	while (p != end && *p != '>')
		p = *p == '"' ? skip_quoted(p, end) : p + 1;
	return p == end ? end : p + 1;
}

/* The first wanted byte outside quotes and <>, or end. */
static const char *find_outside(const char *p, const char *end, char wanted)
{
	/* mostly it is not there at all */
	if (p == end || !memchr(p, wanted, (size_t)(end - p)))
		return end;
	while (p != end && *p != wanted) {
		if (*p == '"')
			p = skip_quoted(p, end);
		else if (*p == '<')
			p = skip_angle(p, end);
		else
			p++;
	}
	return p;
}

bool field_value(struct span *rest, struct span *value)
{
	while (rest->n) {
		const char *end = rest->p + rest->n;
		const char *comma = find_outside(rest->p, end, ',');
		*value = field_trim(span_between(rest->p, comma));
		*rest = comma == end ? span_between(end, end) : span_between(comma + 1, end);
		if (value->n)
			return true;
	}
	return false;
}

bool field_param(struct span params, const char *name, struct field_param *param)
{
	const char *end = params.p + params.n;
	const char *p = find_outside(params.p, end, ';');
	size_t name_n = strlen(name);

	while (p != end) {
		const char *next = find_outside(p + 1, end, ';');
		struct span one = field_trim(span_between(p + 1, next));
		/* the name's length decides most parameters at once */
		if (one.n >= name_n && same(one.p, name, name_n)) {
			struct span rest = field_trim((struct span){one.p + name_n, one.n - name_n});
			if (rest.n == 0 || rest.p[0] == '=') {
				param->value = rest.n ? field_trim((struct span){rest.p + 1, rest.n - 1})
						      : rest;
				param->whole = span_between(p, one.p + one.n);
				return true;
			}
		}
		p = next;
	}
	return false;
}

bool field_is_closed(struct span s)
{
	bool quoted = false;
	bool angle = false;

	if (s.n == 0 || (!memchr(s.p, '"', s.n) && !memchr(s.p, '<', s.n)))
		return true;
	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s.p[i] == '<' || s.p[i] == '>'))
			angle = s.p[i] == '<';
	}
	return !quoted && !angle;
}

bool field_address(struct span value, struct field_address *a)
{
	const char *end = value.p + value.n;
	const char *open = value.p;

	while (open != end && *open != '<')
		open = *open == '"' ? skip_quoted(open, end) : open + 1;
	a->bare = open == end;
	if (!a->bare) {
		const char *behind = skip_angle(open, end);
		if (behind[-1] != '>' || behind - open < 2)
			return false;
		a->uri = field_trim(span_between(open + 1, behind - 1));
		a->params = span_between(find_outside(behind, end, ';'), end);
	} else {
		const char *semicolon = find_outside(value.p, end, ';');
		a->uri = field_trim(span_between(value.p, semicolon));
		a->params = span_between(semicolon, end);
	}
	return a->uri.n > 0;
}

static bool is_host(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '.' || c == '-' ||
		c == '_';
}

/* White space at p, if spaced says that it may stand there. */
static const char *skip_space(const char *p, const char *end, bool spaced)
{
	while (spaced && p != end && is_space(*p))
		p++;
	return p;
}

/* Reads host[:port] at p; behind it must come the end, white space, ';', or '?' in a URI. */
static bool read_host(const char *p, const char *end, bool via, struct field_host *h)
{
	const char *stop = p;

	h->v6 = p != end && *p == '[';
	if (h->v6) {
		stop = memchr(p, ']', (size_t)(end - p));
		if (!stop)
			return false;
		h->host = span_between(p + 1, stop);
		stop++;
	} else {
		while (stop != end && is_host(*stop))
			stop++;
		h->host = span_between(p, stop);
	}
	if (h->host.n == 0)
		return false;
	h->number = 0;
	h->port = span_between(stop, stop);
	const char *colon = skip_space(stop, end, via);
	if (colon != end && *colon == ':') {
		uint32_t port = 0;
		const char *digit = skip_space(colon + 1, end, via);
		const char *first = digit;
		while (digit != end && is_digit(*digit) && port <= UINT16_MAX)
			port = port * 10 + (uint32_t)(*digit++ - '0');
		if (digit == first || port == 0 || port > UINT16_MAX)
			return false;
		h->number = (uint16_t)port;
		h->port = span_between(first, digit);
		stop = digit;
	}
	h->whole = span_between(p, stop);
	return stop == end || *stop == ';' || (*stop == '?' && !via) || is_space(*stop);
}

bool field_uri(struct span text, struct field_uri *u)
{
	const char *end = text.p + text.n;
	const char *start;

	if (text.n > 4 && same(text.p, "sip:", 4)) {
		u->sips = false;
		start = text.p + 4;
	} else if (text.n > 5 && same(text.p, "sips:", 5)) {
		u->sips = true;
		start = text.p + 5;
	} else {
		return false;
	}
	/* An '@' that no host follows belongs to a user part that should have escaped it. */
	const char *at = memchr(start, '@', (size_t)(end - start));
	while (at && !read_host(at + 1, end, false, &u->at))
		at = memchr(at + 1, '@', (size_t)(end - at - 1));
	if (!at && !read_host(start, end, false, &u->at))
		return false;
	u->user = span_between(start, at ? at : start);
	const char *rest = u->at.whole.p + u->at.whole.n;
	const char *question = rest == end ? NULL : memchr(rest, '?', (size_t)(end - rest));
	u->params = span_between(rest, question ? question : end);
	u->headers = span_between(question ? question : end, end);
	return true;
}

enum transport field_uri_transport(const struct field_uri *u)
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

enum transport field_uri_transport_by(const struct field_uri *u, enum transport by)
{
	enum transport t = field_uri_transport(u);

	return t == TRANSPORT_WS && by == TRANSPORT_WSS ? TRANSPORT_WSS : t;
}

uint16_t field_default_port(enum transport t)
{
	return t == TRANSPORT_NONE ? 5060 : transport_default_port(t);
}

/* Passes over a word of token characters and the '/' behind it, with white space. */
static const char *skip_part(const char *p, const char *end)
{
	while (p != end && field_is_token(*p))
		p++;
	p = skip_space(p, end, true);
	return p != end && *p == '/' ? skip_space(p + 1, end, true) : NULL;
}

bool field_via(struct span value, struct field_via *v)
{
	const char *end = value.p + value.n;
	const char *p = skip_part(value.p, end); /* SIP */

	if (p)
		p = skip_part(p, end); /* 2.0 */
	if (!p)
		return false;
	const char *transport = p;
	while (p != end && field_is_token(*p))
		p++;
	v->transport = span_between(transport, p);
	const char *host = skip_space(p, end, true);
	if (v->transport.n == 0 || host == p || !read_host(host, end, true, &v->by))
		return false;
	const char *behind = skip_space(v->by.whole.p + v->by.whole.n, end, true);
	if (behind != end && *behind != ';')
		return false;
	v->params = span_between(behind, end);
	return true;
}

struct span field_tag(struct span value)
{
	struct field_address a;
	struct field_param tag;

	if (field_address(value, &a) && field_param(a.params, "tag", &tag))
		return tag.value;
	return span_between(value.p, value.p);
}
