/* SPDX-License-Identifier: MIT */
/* Messages by their Call-IDs: of datagrams at once, of streams when they are whole. */
#include "ladder.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "config/model.h"
#include "config/terminal.h"
#include "ladder_call.h"
#include "ladder_svg.h"
#include "ladder_ws.h"
#include "sip/scan.h"

#define CALLS_MAX 1024
#define STREAMS_MAX 256
#define STREAM_BYTES LADDER_WS_BYTES /* of a message, or a frame, that is not whole yet */
#define QUIET 1000000000    /* nanoseconds until a block ends */
#define FORGET (600 * INT64_C(1000000000)) /* a call of which nothing is heard */
#define WIDTH_USUAL 80

/* One direction of a connection. */
struct stream {
	struct stream *next;
	struct addr from, to;
	char *bytes;
	size_t n;
	struct ladder_ws ws;
};

struct ladder {
	FILE *out;
	struct ladder_style style;
	struct ladder_svg svg; /* where style says so */
	struct ladder_counts counts;
	struct ladder_call *calls; /* the one that was heard of last is the first */
	unsigned call_count;
	struct stream *streams; /* so */
	unsigned stream_count;
};

void ladder_find_style(struct ladder_style *style, FILE *out)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	time_t now = time(NULL);
	struct tm local;

	style->utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	if (locale)
		freelocale(locale);
	style->width = columns ? (unsigned)atoi(columns) : 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
		style->width = size.ws_col;
	if (style->width < 20 || style->width > 1000)
		style->width = WIDTH_USUAL;
	style->zone = localtime_r(&now, &local) ? local.tm_gmtoff : 0;
}

struct ladder *ladder_open(FILE *out, const struct ladder_style *style)
{
	struct ladder *l = calloc(1, sizeof(*l));

	if (l) {
		l->out = out;
		l->style = *style;
	}
	if (l && style->svg && !ladder_svg_start(&l->svg)) {
		free(l);
		return NULL;
	}
	return l;
}

static void draw(struct ladder *l, struct ladder_call *c)
{
	const struct ladder_style *s = &l->style;
	bool begins = c->message_count && c->messages[0].at == c->first, fits = true;

	if (!c->message_count)
		return;
	if (c->number <= s->skip || (s->most && c->number - s->skip > s->most)) {
		ladder_call_drop(c);
		return;
	}
	if (s->svg)
		fits = ladder_svg_draw(&l->svg, s, c);
	else
		ladder_draw(l->out, s, c);
	if (fits)
		l->counts.drawn += begins;
	else
		(*(begins ? &l->counts.left : &l->counts.parts))++;
}

struct ladder_counts ladder_count(const struct ladder *l)
{
	return l->counts;
}

bool ladder_tell(const struct ladder *l, const char *file)
{
	const struct ladder_counts *c = &l->counts;
	const char *colon = file ? ": " : "";

	file = file ? file : "";
	if (!c->left && !c->parts) {
		if ((l->style.skip || l->style.most) && c->drawn < c->calls)
			terminal_printf(stderr, "bondctl: %s%s%" PRIu64 " of %" PRIu64 " calls are drawn\n", file, colon, c->drawn,
				c->calls);
		return true;
	}
	terminal_printf(stderr, "bondctl: %s%sthe picture ends behind %" PRIu64 " call%s, as renderers take %d pixels; left out ", file,
		colon, c->drawn, c->drawn == 1 ? "" : "s", LADDER_SVG_MOST);
	if (c->left)
		fprintf(stderr, "are %" PRIu64 " more%s", c->left, c->parts ? ", and " : ": ");
	if (c->parts)
		fprintf(stderr, "%s %" PRIu64 " later parts of calls: ", c->left ? "" : "are", c->parts);
	if (*file)
		fprintf(stderr, "draw the next with --skip %" PRIu64 ", or one with --call-id\n", l->style.skip + c->drawn);
	else
		fputs("trace fewer by a filter, or with --pcap, of which bondctl ladder draws some\n", stderr);
	return false;
}

static void drop_last_call(struct ladder *l)
{
	struct ladder_call **at = &l->calls;

	while ((*at)->next)
		at = &(*at)->next;
	draw(l, *at);
	free(*at);
	*at = NULL;
	l->call_count--;
}

/* The call of that Call-ID, in front of the others; NULL: no memory, or it is none that is asked for. */
static struct ladder_call *call_of(struct ladder *l, struct span id)
{
	struct ladder_call **at = &l->calls, *c;
	char text[sizeof(c->id)];
	size_t n = id.n < sizeof(text) ? id.n : sizeof(text) - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = id.p[i] > ' ' && id.p[i] <= '~' ? id.p[i] : '?';
	text[n] = 0;
	if (l->style.call_id && (strlen(l->style.call_id) != id.n || strncmp(id.p, l->style.call_id, id.n) != 0))
		return NULL;
	while ((c = *at) && strcmp(c->id, text) != 0)
		at = &c->next;
	if (c) {
		*at = c->next;
	} else {
		if (l->call_count >= CALLS_MAX)
			drop_last_call(l);
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		memcpy(c->id, text, n + 1);
		c->number = ++l->counts.calls;
		l->call_count++;
	}
	c->next = l->calls;
	l->calls = c;
	return c;
}

static void add(struct ladder *l, const struct packet_view *v, const char *p, size_t n,
	const struct scan_message *m)
{
	struct ladder_call *c = call_of(l, m->call_id);

	if (!c)
		return;
	ladder_call_add(c, v, m, p, n);
	if (c->message_count == LADDER_MESSAGES)
		draw(l, c);
}

static void drop_stream(struct ladder *l, struct stream **at)
{
	struct stream *s = *at;

	*at = s->next;
	ladder_ws_end(&s->ws);
	free(s->bytes);
	free(s);
	l->stream_count--;
}

/* The direction that v goes on with, in front of the others; NULL: no memory. */
static struct stream *stream_of(struct ladder *l, const struct packet_view *v)
{
	struct stream **at = &l->streams, *s;

	while ((s = *at) && !(addr_equal(&s->from, &v->packet.from) && addr_equal(&s->to, &v->packet.to))) {
		if (!s->next && l->stream_count >= STREAMS_MAX) {
			drop_stream(l, at);
			break;
		}
		at = &s->next;
	}
	if (s && *at == s) {
		*at = s->next;
	} else {
		s = calloc(1, sizeof(*s));
		if (!s)
			return NULL;
		s->from = v->packet.from;
		s->to = v->packet.to;
		l->stream_count++;
	}
	s->next = l->streams;
	l->streams = s;
	return s;
}

/* Takes a whole message from the front; false: there is none. What is no SIP is dropped. */
static bool take_message(struct ladder *l, const struct packet_view *v, struct stream *s)
{
	struct scan_message m;
	uint32_t length = 0;
	size_t lead = 0;

	while (lead < s->n && (s->bytes[lead] == '\r' || s->bytes[lead] == '\n'))
		lead++;
	s->n -= lead;
	memmove(s->bytes, s->bytes + lead, s->n);
	if (!s->n || !(memmem(s->bytes, s->n, "\r\n\r\n", 4) || memmem(s->bytes, s->n, "\n\n", 2)))
		return false;
	if (!scan_message(s->bytes, s->n, &m) || !m.head) {
		s->n = 0;
		return false;
	}
	if (m.content_length.n && !scan_length(m.content_length, &length))
		length = 0;
	if (length > s->n - m.head)
		return false;
	size_t size = m.head + length;
	add(l, v, s->bytes, size, &m);
	s->n -= size;
	memmove(s->bytes, s->bytes + size, s->n);
	return true;
}

/* So, of what may be a WebSocket; true as well where something else was taken. */
static bool take(struct ladder *l, const struct packet_view *v, struct stream *s)
{
	struct packet_view of = *v;
	struct scan_message m;
	size_t used;
	enum ladder_ws_is is = ladder_ws_take(&s->ws, s->bytes, s->n, &used);

	if (is == LADDER_WS_NONE)
		return take_message(l, v, s);
	s->n -= used;
	memmove(s->bytes, s->bytes + used, s->n);
	of.packet.transport = transport_is_secure((enum transport)v->packet.transport) ? TRANSPORT_WSS : TRANSPORT_WS;
	/* each is one message, whatever its Content-Length */
	if (is == LADDER_WS_MESSAGE && scan_message(s->ws.message, s->ws.n, &m))
		add(l, &of, s->ws.message, s->ws.n, &m);
	return used != 0;
}

/* Where it goes on is not known any more. */
static void forget(struct stream *s)
{
	s->n = 0;
	ladder_ws_end(&s->ws);
}

static void put_stream(struct ladder *l, const struct packet_view *v)
{
	struct stream *s = stream_of(l, v);

	if (!s)
		return;
	if (s->n + v->packet.wire > STREAM_BYTES)
		forget(s);
	char *more = realloc(s->bytes, s->n + v->packet.wire + 1);
	if (!more)
		return;
	s->bytes = more;
	memcpy(s->bytes + s->n, v->wire, v->packet.wire);
	s->n += v->packet.wire;
	while (take(l, v, s))
		;
}

void ladder_gap(struct ladder *l, const struct addr *from, const struct addr *to)
{
	for (struct stream *s = l->streams; s; s = s->next)
		if (addr_equal(&s->from, from) && addr_equal(&s->to, to))
			forget(s);
}

void ladder_put(struct ladder *l, const struct packet_view *v)
{
	struct scan_message m;

	/* of a WebSocket inside of TLS each is one message, whatever its Content-Length */
	if (!transport_is_datagram((enum transport)v->packet.transport) && v->packet.transport != TRANSPORT_WSS)
		put_stream(l, v);
	else if (scan_message(v->wire, v->packet.wire, &m))
		add(l, v, v->wire, v->packet.wire, &m);
}

/* In the order in which they were heard of first. */
bool ladder_flush(struct ladder *l, int64_t now)
{
	bool waiting = false;

	for (;;) {
		struct ladder_call *next = NULL;
		for (struct ladder_call *c = l->calls; c; c = c->next) {
			if (c->message_count && now - c->last < QUIET)
				waiting = true;
			else if (c->message_count &&
				(!next || c->messages[0].at <= next->messages[0].at))
				next = c;
		}
		if (!next)
			break;
		draw(l, next);
	}
	while (l->calls) {
		struct ladder_call *last = l->calls;
		while (last->next)
			last = last->next;
		if (now - last->last < FORGET || last->message_count)
			break;
		drop_last_call(l);
	}
	return waiting;
}

bool ladder_close(struct ladder *l)
{
	bool good = true;

	ladder_flush(l, INT64_MAX);
	while (l->calls)
		drop_last_call(l);
	while (l->streams)
		drop_stream(l, &l->streams);
	if (l->style.svg)
		good = ladder_svg_end(&l->svg, l->out);
	free(l);
	return good;
}
