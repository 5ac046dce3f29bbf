/* SPDX-License-Identifier: MIT */
/* Lines of a trace have the beginning of each message, its ends, the verdict, and its Call-ID: a message is made of
 * that. A line is gone through once; what stands in quotes is no more than text. */
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "saved.h"
#include "segment/packet.h"

#define SEVERAL 64  /* messages of one call */
#define WAITING 256 /* lines */
#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

/* Pieces of a line; strings are without their quotes, escaped as they are there. */
struct piece {
	const char *p;
	size_t n;
};

struct line {
	int64_t at;
	struct piece call, descriptor, messages[SEVERAL], ids[SEVERAL], verdict;
	unsigned message_count, id_count, peer_count;
	struct addr peers[SEVERAL];
	bool failed;
	int64_t took;
};

static bool begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* Whether that stands right before p. */
static bool follows(const char *first, const char *p, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(p - first) >= n && memcmp(p - n, what, n) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, one of which must be there, up to that value. */
static bool number(const char **p, const char *end, long most, long *n)
{
	const char *from = *p;

	for (*n = 0; *p < end && is_digit(**p) && *n <= most; ++*p)
		*n = *n * 10 + (**p - '0');
	return *p > from && *n <= most;
}

/* ---- times ---- */

/* Of the line before, and what was added to it, as it may go over midnight. */
struct day {
	int64_t last, added;
};

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(long year, long month, long day)
{
	long y = year - (month <= 2), era = y / 400, yoe = y - era * 400;
	long doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool take_char(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	++*p;
	return true;
}

/* "2026-11-28T"; false: there is none, and p stays. */
static bool take_date(const char **p, const char *end, int64_t *days)
{
	const char *at = *p;
	long year, month, day;

	if (!number(&at, end, 9999, &year) || !take_char(&at, end, '-') || !number(&at, end, 12, &month) ||
		!take_char(&at, end, '-') || !number(&at, end, 31, &day) || !take_char(&at, end, 'T'))
		return false;
	*days = days_of(year, month, day);
	*p = at;
	return true;
}

/* "12:00:01.123456 ", with a date and "+01:00" before the blank. */
static bool take_time(struct saved *s, const char **p, const char *end, struct day *day, int64_t *time)
{
	long hour, minute, second, fraction = 0, east = s->zone;
	int64_t days = 0, scale = SECOND;
	bool date = take_date(p, end, &days);

	if (!number(p, end, 23, &hour) || !take_char(p, end, ':') || !number(p, end, 59, &minute) ||
		!take_char(p, end, ':') || !number(p, end, 60, &second))
		return false;
	if (take_char(p, end, '.')) {
		const char *from = *p;
		if (!number(p, end, 999999999, &fraction))
			return false;
		for (const char *c = from; c < *p; c++)
			scale /= 10;
	}
	if (date && *p < end && (**p == '+' || **p == '-')) {
		long sign = *(*p)++ == '-' ? -1 : 1, hours, minutes;
		if (!number(p, end, 23, &hours) || !take_char(p, end, ':') || !number(p, end, 59, &minutes))
			return false;
		east = sign * (hours * 3600 + minutes * 60);
	}
	*time = ((days * 86400 + hour * 3600 + minute * 60 + second - east) * SECOND) + fraction * (scale ? scale : 1);
	if (!date) { /* it may go over midnight */
		if (*time + day->added < day->last - DAY / 2)
			day->added += DAY;
		*time += day->added;
		day->last = *time;
	}
	return take_char(p, end, ' ');
}

/* ---- the pieces ---- */

/* The end of a string that begins at p; end: it has none. */
static const char *end_of_string(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p < end ? p : end;
}

/* One in the arguments: an address, or the beginning of a message. */
static void take_string(struct line *l, const char *first, const char *p, size_t n, long port)
{
	struct addr a;

	if (!follows(first, p - 1, "inet_addr(") && !follows(first, p - 1, "inet_pton(AF_INET6, ")) {
		if (l->message_count < SEVERAL)
			l->messages[l->message_count++] = (struct piece){p, n};
		return;
	}
	if (l->peer_count == SEVERAL || addr_parse(&a, p, n) != 0)
		return;
	a.port = (uint16_t)port;
	l->peers[l->peer_count++] = a;
}

/* "12.000034>", in nanoseconds. */
static int64_t duration(const char *p, const char *end)
{
	long seconds, micro;

	if (!number(&p, end, 1000000, &seconds) || !take_char(&p, end, '.') || !number(&p, end, 999999, &micro))
		return 0;
	return seconds * SECOND + micro * 1000;
}

/* Behind the name of the call. */
static void take_pieces(struct line *l, const char *p, const char *end)
{
	const char *first = p;
	bool ids = false;
	long port = 0;

	while (p < end) {
		if (*p == '"') {
			const char *close = end_of_string(p + 1, end);
			if (ids && l->id_count < SEVERAL)
				l->ids[l->id_count++] = (struct piece){p + 1, (size_t)(close - p - 1)};
			else if (!ids && !l->verdict.p)
				take_string(l, first, p + 1, (size_t)(close - p - 1), port);
			p = close < end ? close + 1 : end;
		} else if (begins(p, end, "port=htons(")) {
			p += 11;
			if (!number(&p, end, 65535, &port))
				port = 0;
		} else if (!l->verdict.p && begins(p, end, ") = -")) {
			l->failed = true;
			p += 5;
		} else if (!l->verdict.p && end - p > 4 && p[0] == ' ' && p[1] == '<' && is_digit(p[2])) {
			l->took = duration(p + 2, end);
			p += 3;
		} else if (!l->verdict.p && begins(p, end, " ! ")) {
			p += 3;
			l->verdict = (struct piece){p, (size_t)(end - p)};
		} else if (begins(p, end, ", Call-ID ")) {
			ids = true;
			if (l->verdict.p)
				l->verdict.n = (size_t)(p - l->verdict.p);
			p += 10;
		} else {
			p++;
		}
	}
}

/* Whether it is a call that reads, or one that writes: they begin so. */
static bool is_call(const struct line *l, const char *const *words)
{
	for (; *words; words++)
		if (begins(l->call.p, l->call.p + l->call.n, *words))
			return true;
	return false;
}

static const char *const reads[] = {"recv", "read", "SSL_read", "gnutls_record_recv", "wolfSSL_read", "mbedtls_ssl_read", NULL};
static const char *const writes[] = {"send", "write", "SSL_write", "gnutls_record_send", "wolfSSL_write", "mbedtls_ssl_write",
	NULL};

/* "[pid 812] TIME CALL(7<UDP:[10.0.0.1:5060->10.0.0.2:5060]>, ...", of a TLS library without the number */
static bool read_line(struct saved *s, struct line *l, const char *p, const char *end, struct day *day)
{
	long fd;

	*l = (struct line){0};
	if (begins(p, end, "[pid ")) {
		p = memchr(p, ']', (size_t)(end - p));
		if (!p || ++p == end || *p++ != ' ')
			return false;
	}
	if (!take_time(s, &p, end, day, &l->at))
		return false;
	l->call.p = p;
	while (p < end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || is_digit(*p) || *p == '_'))
		p++;
	l->call.n = (size_t)(p - l->call.p);
	if (!l->call.n || !take_char(&p, end, '('))
		return false;
	if (!begins(p, end, "<") && !number(&p, end, INT32_MAX, &fd))
		return false;
	if (p < end && *p == '<') {
		const char *close = memchr(p, '>', (size_t)(end - p));
		while (close && close > p && close[-1] == '-') /* "->" */
			close = memchr(close + 1, '>', (size_t)(end - close - 1));
		if (!close)
			return false;
		l->descriptor.p = p + 1;
		l->descriptor.n = (size_t)(close - p - 1);
		p = close;
	}
	take_pieces(l, p, end);
	if (is_call(l, reads)) /* the call may have waited for it */
		l->at += l->took;
	return l->message_count && l->id_count && (is_call(l, reads) || (is_call(l, writes) && !l->failed));
}

/* ---- a message of it ---- */

/* "UDPv6:[[::1]:5060->[::2]:5060]" */
static void read_descriptor(const struct line *l, struct packet *m, struct addr *own, struct addr *peer)
{
	const char *p = l->descriptor.p, *end = p + l->descriptor.n, *open, *arrow;

	enum transport t = l->descriptor.n > 3 ? transport_parse(p, 3) : TRANSPORT_NONE;
	m->transport = (uint8_t)(t == TRANSPORT_NONE ? TRANSPORT_UDP : t);
	*own = *peer = (struct addr){0};
	open = p ? memchr(p, '[', l->descriptor.n) : NULL;
	if (!open || end[-1] != ']')
		return;
	open++;
	end--;
	arrow = memmem(open, (size_t)(end - open), "->", 2);
	if (addr_parse(own, open, (size_t)((arrow ? arrow : end) - open)) != 0)
		*own = (struct addr){0};
	if (arrow && addr_parse(peer, arrow + 2, (size_t)(end - arrow - 2)) != 0)
		*peer = (struct addr){0};
}

static void set_text(struct packet_view *v, enum packet_text which, const char *p, size_t n)
{
	v->texts[which] = p;
	v->packet.texts[which] = (uint16_t)(n < PACKET_NAME_MAX ? n : PACKET_NAME_MAX);
}

/* "external udp:1.2.3.4:5060 fd 9, route carriers": the member, and the word before it. */
static void read_verdict(const struct line *l, struct packet_view *v, struct addr *member)
{
	const char *p = l->verdict.p, *before = NULL, *route;
	size_t n, before_n = 0;

	*member = (struct addr){0};
	if (!p)
		return;
	const char *end = p + l->verdict.n;
	for (; p < end; p += n + (p + n < end)) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		n = (size_t)((space ? space : end) - p);
		size_t bare = n && p[n - 1] == ',' ? n - 1 : n;
		const char *colon = memchr(p, ':', bare);
		enum transport t = colon ? transport_parse(p, (size_t)(colon - p)) : TRANSPORT_NONE;
		if (t != TRANSPORT_NONE && addr_parse(member, colon + 1, bare - (size_t)(colon + 1 - p)) == 0) {
			v->packet.transport = (uint8_t)t;
			if (before)
				set_text(v, PACKET_BOND, before, before_n);
			break;
		}
		before = p;
		before_n = n;
	}
	route = memmem(l->verdict.p, l->verdict.n, "route ", 6);
	if (route) {
		route += 6;
		const char *comma = memchr(route, ',', (size_t)(end - route));
		set_text(v, PACKET_ROUTE, route, (size_t)((comma ? comma : end) - route));
	}
	if (memmem(l->verdict.p, l->verdict.n, "dropped", 7) || memmem(l->verdict.p, l->verdict.n, "answered 403", 12))
		v->packet.flags |= PACKET_UNSEEN;
}

/* "INVITE sip:b@x", "SIP/2.0 180 Ringing", however much of it is there, as a whole line; 0: it is no SIP. */
static int start_line(const struct piece *m, char *to, size_t size)
{
	size_t n = 0, method = 0;

	while (n < m->n && m->p[n] != '\\')
		n++;
	if (begins(m->p, m->p + n, "SIP/2.0 ") && n >= 11 && is_digit(m->p[8]))
		return snprintf(to, size, "%.*s", (int)n, m->p);
	while (method < n && m->p[method] > ' ' && m->p[method] <= '~' && m->p[method] != ':')
		method++;
	if (!method || method + 1 >= n || m->p[method] != ' ')
		return 0;
	return snprintf(to, size, "%.*s sip:x SIP/2.0", (int)method, m->p);
}

static void put_message(struct saved *s, const struct line *l, unsigned number)
{
	struct packet_view v = {.packet = {.at = l->at}};
	const struct piece *id = &l->ids[l->id_count == l->message_count ? number : 0];
	struct addr own, peer, member;
	char bytes[1200], start[300];

	for (int i = 0; i < PACKET_TEXTS; i++)
		v.texts[i] = "";
	bool came = is_call(l, reads);
	if (!start_line(&l->messages[number], start, sizeof(start)))
		return;
	/* no two of them are called the same, as what differs is not there */
	int n = snprintf(bytes, sizeof(bytes), "%s\r\nCall-ID: %.*s\r\nX: %lld.%u\r\nContent-Length: 0\r\n\r\n", start,
		(int)(id->n < 160 ? id->n : 160), id->p, (long long)l->at, number);
	read_descriptor(l, &v.packet, &own, &peer);
	read_verdict(l, &v, &member);
	if (number < l->peer_count)
		peer = l->peers[number];
	if (member.family && !transport_is_datagram((enum transport)v.packet.transport) && own.family)
		member.port = own.port; /* of a connection it is its own */
	if (!own.family)
		own = member;
	v.packet.shown = own;
	*(came ? &v.packet.to : &v.packet.from) = member.family ? member : own;
	*(came ? &v.packet.from : &v.packet.to) = peer;
	v.packet.flags |= came ? PACKET_ARRIVED : 0;
	v.wire = v.host = bytes;
	v.packet.wire = v.packet.wire_whole = (uint32_t)n;
	v.host_n = (size_t)n;
	ladder_put(s->ladder, &v);
}

static void put_line(struct saved *s, const struct line *l)
{
	for (unsigned i = 0; i < l->message_count; i++)
		put_message(s, l, i);
}

/* ---- the order ---- */

/* Lines are in the order of the ends of calls, of whatever process. */
struct held {
	struct held *next; /* which is older, or not newer */
	struct line line;
	char text[];
};

struct order {
	struct held *newest;
	unsigned count;
	struct day day;
};

static void put_oldest(struct saved *s, struct order *o)
{
	struct held **at = &o->newest;

	while ((*at)->next)
		at = &(*at)->next;
	put_line(s, &(*at)->line);
	free(*at);
	*at = NULL;
	o->count--;
}

static void take_line(struct saved *s, struct order *o, const char *text, size_t n)
{
	struct held *h = malloc(sizeof(*h) + n + 1), **at = &o->newest;

	if (!h) {
		s->why = "there is no memory for it";
		return;
	}
	memcpy(h->text, text, n);
	if (!read_line(s, &h->line, h->text, h->text + n, &o->day)) {
		free(h);
		return;
	}
	while (*at && (*at)->line.at > h->line.at)
		at = &(*at)->next;
	h->next = *at;
	*at = h;
	if (++o->count > WAITING)
		put_oldest(s, o);
}

void saved_lines(struct saved *s)
{
	struct order order = {0};
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	/* what was looked at is the beginning of the first line */
	FILE *first = memchr(s->head, '\n', s->head_n) ? NULL : open_memstream(&line, &room);
	if (first) {
		fwrite(s->head, 1, s->head_n, first);
		for (int c; (c = getc(s->in)) != EOF && c != '\n';)
			putc(c, first);
		if (fclose(first) == 0)
			take_line(s, &order, line, room);
		free(line);
	}
	line = NULL;
	room = 0;
	while ((n = getline(&line, &room, s->in)) > 0)
		take_line(s, &order, line, (size_t)n);
	free(line);
	while (order.newest)
		put_oldest(s, &order);
}
