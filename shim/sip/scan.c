/* SPDX-License-Identifier: MIT */
/* SIP messages as spans. Called by the hooks on bytes that the host sends or reads. */
#include "scan.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool scan_request_uri(const char *p, size_t n, struct span *uri)
{
	struct scan_start start;

	if (scan_kind(p, n, &start) != SCAN_REQUEST)
		return false;
	*uri = start.uri;
	return true;
}

#if defined(__SSE2__)
/* A bit for each of the 32 bytes from q on that is a and is followed by b. */
static inline unsigned long pairs(const char *q, __m128i a, __m128i b)
{
	const __m128i *here = (const __m128i *)q, *behind = (const __m128i *)(q + 1);
	__m128i low = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(here), a),
		_mm_cmpeq_epi8(_mm_loadu_si128(behind), b));
	__m128i high = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(here + 1), a),
		_mm_cmpeq_epi8(_mm_loadu_si128(behind + 1), b));

	if (!_mm_movemask_epi8(_mm_or_si128(low, high)))
		return 0;
	return (unsigned)_mm_movemask_epi8(low) | (unsigned long)_mm_movemask_epi8(high) << 16;
}

/* The first pair from q on, or NULL; there are 33 bytes in front of end. */
static const char *find_pair(const char *q, const char *end, const char pair[2])
{
	const __m128i a = _mm_set1_epi8(pair[0]), b = _mm_set1_epi8(pair[1]);
	const char *last = end - 33;
	unsigned long found;

	for (; q <= last; q += 32) {
		if ((found = pairs(q, a, b)))
			return q + scan_lowest(found);
	}
	if (q >= end)
		return NULL;
	found = pairs(last, a, b) >> (q - last);
	return found ? q + scan_lowest(found) : NULL;
}
#endif

const char *scan_find(const char *p, size_t n, const char *text, size_t length, size_t rare)
{
#if defined(__SSE2__)
	const char *q = p + rare, *end = p + n;

	if (n >= rare + 33) {
		for (; (q = find_pair(q, end, text + rare)) != NULL; q++) {
			if ((size_t)(end - q) >= length - rare &&
				memcmp(q - rare, text, length) == 0)
				return q - rare;
		}
		return NULL;
	}
#else
	(void)rare;
#endif
	return memmem(p, n, text, length);
}

static enum header header_of(struct span name)
{
	static const uint8_t compact[26] = {['v' - 'a'] = HEADER_VIA, ['m' - 'a'] = HEADER_CONTACT,
		['f' - 'a'] = HEADER_FROM, ['t' - 'a'] = HEADER_TO, ['i' - 'a'] = HEADER_CALL_ID,
		['l' - 'a'] = HEADER_CONTENT_LENGTH};
	static const struct {
		char name[15];
		uint8_t header;
	} by_length[15][3] = {
		[2] = {{"to", HEADER_TO}},
		[3] = {{"via", HEADER_VIA}},
		[4] = {{"from", HEADER_FROM}, {"cseq", HEADER_CSEQ}, {"path", HEADER_PATH}},
		[5] = {{"route", HEADER_ROUTE}},
		[7] = {{"contact", HEADER_CONTACT}, {"call-id", HEADER_CALL_ID}},
		[12] = {{"record-route", HEADER_RECORD_ROUTE}},
		[13] = {{"service-route", HEADER_SERVICE_ROUTE}},
		[14] = {{"content-length", HEADER_CONTENT_LENGTH}},
	};

	if (name.n == 1) {
		unsigned letter = (unsigned)(name.p[0] | 0x20) - 'a';
		return letter < 26 ? (enum header)compact[letter] : HEADER_OTHER;
	}
	if (name.n >= 15)
		return HEADER_OTHER;
	for (size_t i = 0; i < 3 && by_length[name.n][i].header; i++) {
		if (field_is_n(name, by_length[name.n][i].name, name.n))
			return (enum header)by_length[name.n][i].header;
	}
	return HEADER_OTHER;
}

void scan_row(struct span whole, struct scan_row *row)
{
	const char *p = whole.p;
	const char *stop = p + whole.n;
	const char *colon = p;

	while (colon != stop && *colon != ':' && *colon != '\n')
		colon++;
	row->whole = whole;
	if (colon == stop || *colon != ':') {
		row->header = HEADER_OTHER;
		row->name = span_between(p, p);
		row->value = field_trim(whole);
	} else {
		const char *name_end = colon;
		while (name_end != p && is_blank(name_end[-1]))
			name_end--;
		row->name = span_between(p, name_end);
		row->header = header_of(row->name);
		row->value = field_trim(span_between(colon + 1, stop));
	}
}

void scan_walk_from(struct scan_walk *w, const char *p, size_t n, const struct scan_start *start)
{
	*w = (struct scan_walk){p + start->end, p + n, NULL, start->cr ? '\r' : '\n'};
}

bool scan_walk_start(struct scan_walk *w, const char *p, size_t n)
{
	struct scan_start start;
	enum scan_kind kind = scan_kind(p, n, &start);

	if (kind != SCAN_REQUEST && kind != SCAN_RESPONSE) {
		const char *lf = n ? memchr(p, '\n', n) : NULL;
		if (!lf)
			return false;
		start.end = (size_t)(lf + 1 - p);
		start.cr = false;
	}
	scan_walk_from(w, p, n, &start);
	return true;
}

/* Goes on to the next row and says where it stands. */
static inline bool walk_on(struct scan_walk *w, struct span *whole)
{
	const char *p = w->p;
	const char *end = w->end;

	if (w->body || p == end)
		return false;
	if (p[0] == '\n' || (p[0] == '\r' && ((end - p >= 2 && p[1] == '\n') || w->line_end == '\r'))) {
		w->body = p + (p[0] == '\r' && end - p >= 2 && p[1] == '\n' ? 2 : 1);
		return false;
	}
	do {
		const char *stop = memchr(p, w->line_end, (size_t)(end - p));
		p = stop ? stop + 1 : end;
		if (stop && w->line_end == '\r' && p != end && *p == '\n')
			p++;
	} while (p != end && is_blank(*p));
	*whole = span_between(w->p, p);
	w->p = p;
	return true;
}

bool scan_walk_next(struct scan_walk *w, struct scan_row *row)
{
	struct span whole;

	if (!walk_on(w, &whole))
		return false;
	scan_row(whole, row);
	return true;
}

bool scan_length(struct span value, uint32_t *length)
{
	uint64_t number = 0;

	if (value.n == 0)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value.p[i] - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*length = (uint32_t)number;
	return true;
}

struct span scan_cseq_method(struct span value)
{
	const char *p = value.p;
	const char *end = p + value.n;

	while (p != end && *p >= '0' && *p <= '9')
		p++;
	struct span method = field_trim(span_between(p, end));
	for (size_t i = 0; i < method.n; i++) {
		if (!field_is_token(method.p[i]))
			return span_between(end, end);
	}
	return method;
}

bool scan_message(const char *p, size_t n, struct scan_message *m)
{
	struct scan_walk w;
	struct scan_row row;
	struct span value;
	struct scan_start start;
	const struct span none = {p, 0};
	enum scan_kind kind = scan_kind(p, n, &start);

	if (kind != SCAN_REQUEST && kind != SCAN_RESPONSE)
		return false;

	*m = (struct scan_message){.line = none, .method = none, .uri = none, .via = {none, none},
		.route = none, .from = none, .to = none, .call_id = none, .cseq = none,
		.content_length = none};
	m->request = kind == SCAN_REQUEST;
	m->status = start.status;
	m->method = start.method;
	m->uri = start.uri;
	m->line = span_between(p + start.lead, p + start.end);
	scan_walk_from(&w, p, n, &start);
	while (scan_walk_next(&w, &row)) {
		struct span *kept = NULL;
		switch (row.header) {
		case HEADER_VIA:
			while (!m->via[1].n && field_value(&row.value, &value))
				m->via[m->via[0].n != 0] = value;
			break;
		case HEADER_ROUTE:
			if (!m->route.n && field_value(&row.value, &value))
				m->route = value;
			break;
		case HEADER_FROM:
			kept = &m->from;
			break;
		case HEADER_TO:
			kept = &m->to;
			break;
		case HEADER_CALL_ID:
			kept = &m->call_id;
			break;
		case HEADER_CSEQ:
			kept = &m->cseq;
			break;
		case HEADER_CONTENT_LENGTH:
			kept = &m->content_length;
			break;
		default:
			break;
		}
		if (kept && !kept->n)
			*kept = row.value;
	}
	if (!m->request)
		m->method = scan_cseq_method(m->cseq);
	m->head = w.body ? (size_t)(w.body - p) : 0;
	return true;
}

struct span scan_branch(struct span via)
{
	struct field_via v;
	struct field_param branch;

	if (field_via(via, &v) && field_param(v.params, "branch", &branch))
		return branch.value;
	return span_between(via.p, via.p);
}

static bool names_hop(const struct field_uri *u, struct next_hop *nh)
{
	struct span host = u->at.host;
	struct field_param maddr;

	if (field_param(u->params, "maddr", &maddr) && maddr.value.n) {
		host = maddr.value;
		if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
			host = (struct span){host.p + 1, host.n - 2};
	}
	nh->host = host.p;
	nh->host_len = host.n;
	nh->port = u->at.number;
	return true;
}

/* The first value of the first Route row; false if there is none. */
static bool top_route(struct scan_walk *w, struct span *value)
{
	struct scan_row row;
	struct span whole;

	while (walk_on(w, &whole)) {
		if ((whole.p[0] | 0x20) != 'r') /* it has no compact form */
			continue;
		scan_row(whole, &row);
		if (row.header == HEADER_ROUTE && field_value(&row.value, value))
			return true;
	}
	return false;
}

bool scan_next_hop(const char *p, size_t n, struct next_hop *nh, bool *via_route)
{
	struct scan_start start;
	struct scan_walk w;
	struct span route;
	struct field_param lr;
	struct field_address address;
	struct field_uri u;

	if (scan_kind(p, n, &start) != SCAN_REQUEST)
		return false;
	scan_walk_from(&w, p, n, &start);
	if (top_route(&w, &route)) {
		if (!field_address(route, &address) || !field_uri(address.uri, &u))
			return false;
		if (field_param(u.params, "lr", &lr)) {
			if (via_route)
				*via_route = true;
			return names_hop(&u, nh);
		}
	}
	if (via_route)
		*via_route = false;
	return field_uri(start.uri, &u) && names_hop(&u, nh);
}
