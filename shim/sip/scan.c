/* SPDX-License-Identifier: MIT */
/* SIP messages as spans; see scan.h. Called by the hooks on bytes that the host sends or reads. */
#include "scan.h"

#define VERSION "sip/2.0"

/* RFC 3261 25.1, token: one bit a character. */
static const uint32_t token_bits[8] = {0, 0x03ff6ca2, 0x87fffffe, 0x47ffffff, 0, 0, 0, 0};

static bool is_token(unsigned char c)
{
	return token_bits[c >> 5] >> (c & 31) & 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* White space of a folded value. */
static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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

bool scan_is(struct span s, const char *word)
{
	return strlen(word) == s.n && same(s.p, word, s.n);
}

static struct span between(const char *from, const char *to)
{
	return (struct span){from, (size_t)(to - from)};
}

static struct span trim(struct span s)
{
	while (s.n && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Splits a request line; uri is what stands between the first space and the last. The end is looked
 * at first: what is not SIP is told by it soonest. */
static bool request_line(const char *p, size_t n, struct span *uri)
{
	size_t method = 1;

	if (n < sizeof("M u " VERSION) || !is_token((unsigned char)p[0]) || scan_is_foreign(p[0]))
		return false;
	const char *end = memchr(p, '\n', n);
	if (!end)
		return false;
	if (end > p && end[-1] == '\r')
		end--;
	const char *version = end - (sizeof(VERSION) - 1);
	/* a method, a space, at least one byte of URI, a space */
	if (version - p < 4 || version[-1] != ' ' || !same(version, VERSION, sizeof(VERSION) - 1))
		return false;
	while (is_token((unsigned char)p[method]))
		method++;
	if (p[method] != ' ' || version - p < (ptrdiff_t)method + 3)
		return false;
	*uri = between(p + method + 1, version - 1);
	return true;
}

bool scan_request_line(const char *p, size_t n)
{
	struct span uri;

	return request_line(p, n, &uri);
}

bool scan_request_uri(const char *p, size_t n, struct span *uri)
{
	if (!request_line(p, n, uri))
		return false;
	*uri = trim(*uri);
	if (uri->n >= 2 && uri->p[0] == '<' && uri->p[uri->n - 1] == '>')
		*uri = trim((struct span){uri->p + 1, uri->n - 2});
	return true;
}

bool scan_is_keepalive(const char *p, size_t n)
{
	if (n == 2 || n == 4) {
		if (memcmp(p, "\r\n\r\n", n) == 0)
			return true;
	}
	if (n >= 1 && n <= 4)
		return memcmp(p, "\0\0\0", n) == 0;
	if (n < 20 || p[0] != 0 || p[1] != 1)
		return false;
	return (size_t)((unsigned char)p[2] << 8 | (unsigned char)p[3]) == n - 20;
}

bool scan_walk_start(struct scan_walk *w, const char *p, size_t n)
{
	const char *lf = n ? memchr(p, '\n', n) : NULL;

	if (!lf)
		return false;
	w->p = lf + 1;
	w->end = p + n;
	w->body = NULL;
	return true;
}

static enum header header_of(struct span name)
{
	static const struct {
		const char *name;
		enum header header;
		char compact;
	} known[] = {
		{"via", HEADER_VIA, 'v'},
		{"route", HEADER_ROUTE, 0},
		{"record-route", HEADER_RECORD_ROUTE, 0},
		{"path", HEADER_PATH, 0},
		{"service-route", HEADER_SERVICE_ROUTE, 0},
		{"contact", HEADER_CONTACT, 'm'},
		{"from", HEADER_FROM, 'f'},
		{"to", HEADER_TO, 't'},
		{"call-id", HEADER_CALL_ID, 'i'},
		{"cseq", HEADER_CSEQ, 0},
		{"content-length", HEADER_CONTENT_LENGTH, 'l'},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (name.n == 1 ? lower(name.p[0]) == known[i].compact
				: scan_is(name, known[i].name))
			return known[i].header;
	}
	return HEADER_OTHER;
}

bool scan_walk_next(struct scan_walk *w, struct scan_row *row)
{
	const char *p = w->p;
	const char *end = w->end;

	if (w->body || p == end)
		return false;
	if (p[0] == '\n' || (end - p >= 2 && p[0] == '\r' && p[1] == '\n')) {
		w->body = p + (p[0] == '\n' ? 1 : 2);
		return false;
	}
	const char *stop = p;
	do {
		const char *lf = memchr(stop, '\n', (size_t)(end - stop));
		stop = lf ? lf + 1 : end;
	} while (stop != end && is_blank(*stop));

	const char *name_end = p;
	while (name_end != stop && is_token((unsigned char)*name_end))
		name_end++;
	const char *colon = name_end;
	while (colon != stop && is_blank(*colon))
		colon++;
	row->whole = between(p, stop);
	if (colon == stop || *colon != ':') {
		row->header = HEADER_OTHER;
		row->name = between(p, p);
		row->value = trim(row->whole);
	} else {
		row->name = between(p, name_end);
		row->header = header_of(row->name);
		row->value = trim(between(colon + 1, stop));
	}
	w->p = stop;
	return true;
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

/* The first byte of set outside quotes and <>, or end. */
static const char *find_outside(const char *p, const char *end, char wanted)
{
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

bool scan_value(struct span *rest, struct span *value)
{
	while (rest->n) {
		const char *end = rest->p + rest->n;
		const char *comma = find_outside(rest->p, end, ',');
		*value = trim(between(rest->p, comma));
		*rest = comma == end ? between(end, end) : between(comma + 1, end);
		if (value->n)
			return true;
	}
	return false;
}

bool scan_param(struct span params, const char *name, struct span *value)
{
	const char *end = params.p + params.n;
	const char *p = find_outside(params.p, end, ';');

	while (p != end) {
		const char *next = find_outside(p + 1, end, ';');
		struct span one = between(p + 1, next);
		const char *equals = one.n ? memchr(one.p, '=', one.n) : NULL;
		if (scan_is(trim(between(one.p, equals ? equals : next)), name)) {
			*value = equals ? trim(between(equals + 1, next)) : between(next, next);
			return true;
		}
		p = next;
	}
	return false;
}

bool scan_address(struct span value, struct scan_address *a)
{
	const char *end = value.p + value.n;
	const char *open = value.p;

	while (open != end && *open != '<')
		open = *open == '"' ? skip_quoted(open, end) : open + 1;
	if (open != end) {
		const char *behind = skip_angle(open, end);
		if (behind[-1] != '>' || behind - open < 2)
			return false;
		a->uri = trim(between(open + 1, behind - 1));
		a->params = between(find_outside(behind, end, ';'), end);
	} else {
		/* without <> the parameters are the field's own */
		const char *semicolon = find_outside(value.p, end, ';');
		a->uri = trim(between(value.p, semicolon));
		a->params = between(semicolon, end);
	}
	return a->uri.n > 0;
}

static bool is_host(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
		c == '-' || c == '_';
}

/* Reads host[:port] at p up to a byte that may follow it. */
static bool read_hostport(const char *p, const char *end, struct scan_uri *u)
{
	const char *stop = p;

	u->v6 = p != end && *p == '[';
	if (u->v6) {
		stop = memchr(p, ']', (size_t)(end - p));
		if (!stop)
			return false;
		u->host = between(p + 1, stop);
		stop++;
	} else {
		while (stop != end && is_host(*stop))
			stop++;
		u->host = between(p, stop);
	}
	if (u->host.n == 0)
		return false;
	u->port = 0;
	if (stop != end && *stop == ':') {
		uint32_t port = 0;
		const char *digit = stop + 1;
		while (digit != end && *digit >= '0' && *digit <= '9' && port <= UINT16_MAX)
			port = port * 10 + (uint32_t)(*digit++ - '0');
		if (digit == stop + 1 || port > UINT16_MAX)
			return false;
		u->port = (uint16_t)port;
		stop = digit;
	}
	u->hostport = between(p, stop);
	return stop == end || *stop == ';' || *stop == '?' || is_space(*stop);
}

bool scan_uri(struct span text, struct scan_uri *u)
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
	while (at && !read_hostport(at + 1, end, u))
		at = memchr(at + 1, '@', (size_t)(end - at - 1));
	if (!at && !read_hostport(start, end, u))
		return false;
	u->user = between(start, at ? at : start);
	const char *rest = u->hostport.p + u->hostport.n;
	const char *question = rest == end ? NULL : memchr(rest, '?', (size_t)(end - rest));
	u->params = between(rest, question ? question : end);
	u->headers = between(question ? question : end, end);
	return true;
}

static bool names_hop(const struct scan_uri *u, struct next_hop *nh)
{
	struct span host = u->host;
	struct span maddr;

	if (scan_param(u->params, "maddr", &maddr) && maddr.n) {
		host = maddr;
		if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
			host = (struct span){host.p + 1, host.n - 2};
	}
	nh->host = host.p;
	nh->host_len = host.n;
	nh->port = u->port;
	return true;
}

/* The first value of the first Route row; false if there is none. */
static bool top_route(const char *p, size_t n, struct span *value)
{
	struct scan_walk w;
	struct scan_row row;

	if (!scan_walk_start(&w, p, n))
		return false;
	while (scan_walk_next(&w, &row)) {
		if (row.header == HEADER_ROUTE && scan_value(&row.value, value))
			return true;
	}
	return false;
}

bool scan_next_hop(const char *p, size_t n, struct next_hop *nh, bool *via_route)
{
	struct span text;
	struct span route;
	struct span lr;
	struct scan_address address;
	struct scan_uri u;

	if (!scan_request_uri(p, n, &text))
		return false;
	if (top_route(p, n, &route)) {
		if (!scan_address(route, &address) || !scan_uri(address.uri, &u))
			return false;
		if (scan_param(u.params, "lr", &lr)) {
			if (via_route)
				*via_route = true;
			return names_hop(&u, nh);
		}
	}
	if (via_route)
		*via_route = false;
	return scan_uri(text, &u) && names_hop(&u, nh);
}
