/* SPDX-License-Identifier: MIT */
/* Comments are left out, strings are not: modules and sockets stand in them. */
#include "check_host.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/build.h"

struct host_file {
	struct findings *f;
	const struct config *c;
	struct check_listeners *heard;
	const struct route *from;    /* the first with `from`, NULL = none */
	const struct route *streams; /* the first of them that takes connections */
	const char *line;
	struct word text; /* the line without comments, of the same length */
	uint32_t number;
	bool comment; /* goes on from the line before */
	bool host;    /* something was found that only such hosts have */
};

__attribute__((format(printf, 3, 4))) static void warn(
	struct host_file *h, struct word w, const char *format, ...)
{
	struct place place = {.line = h->number, .column = (uint16_t)(w.s - h->text.s + 1)};
	char *text;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		findings_add(h->f, FINDING_WARNING, place, w.n, h->line, h->text.n, text);
	va_end(args);
}

/* What comes in there is hidden. */
static void warn_unseen(struct host_file *h, struct word w, const char *what)
{
	warn(h, w, "%s: where route %s could take it, %s; decide by `to` or `socket`", what,
		h->from->name, arrivals_fate(h->c, h->from));
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* ---- words that mean that `from` cannot be known, or a datagram not be steered ---- */

enum matters { ALWAYS, WITH_HIDDEN_WS, WITH_STREAMS };
enum form { SETTING, MODULE, CALL }; /* a setting counts where it is not off */

#define SUSPENDED "a request that is suspended may go on elsewhere"

static const struct hint {
	const char *name;
	enum form form;
	enum matters matters;
	const char *text;
} hints[] = {
	{"udp4_raw", SETTING, ALWAYS,
		"datagrams leave by a raw socket, which libbond does not see: from the host's own address "
		"and by its own name; write 0 here"},
	{"udp_receiver_mode", SETTING, WITH_STREAMS,
		"threads read what comes in by UDP, and other processes handle it; write 0 here"},
	{"proto_tcp.so", MODULE, WITH_STREAMS,
		"OpenSIPS 4.0 and later opens connections in other threads than those that read requests"},
	{"async", CALL, WITH_STREAMS, SUSPENDED},
	{"t_suspend", CALL, WITH_STREAMS, SUSPENDED},
	{"async_route", CALL, WITH_STREAMS, SUSPENDED},
	{"async_ms_route", CALL, WITH_STREAMS, SUSPENDED},
	{"async_task_route", CALL, WITH_STREAMS, SUSPENDED},
	{"websocket.so", MODULE, WITH_HIDDEN_WS, "what comes in by WebSockets cannot be seen"},
	{"proto_ws.so", MODULE, WITH_HIDDEN_WS, "what comes in by WebSockets cannot be seen"},
};

/* What stands behind "=", if it is not how one says no. */
static bool is_set(struct word rest)
{
	static const char *const off[] = {"0", "no", "off", "false"};
	rest = word_trim(rest);
	if (rest.n == 0 || *rest.s != '=')
		return false;
	rest = word_trim((struct word){rest.s + 1, rest.n - 1});
	struct word value = {rest.s, 0};
	while (value.n < rest.n && (is_word(value.s[value.n]) || value.s[value.n] == '-'))
		value.n++;
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		if (word_is(value, off[i]))
			return false;
	return value.n != 0;
}

/* The place of a whole word in the line; .s NULL = it is not there. */
static struct word find_word(struct word line, const char *name)
{
	size_t n = strlen(name);
	const char *at = line.s, *end = line.s + line.n;
	while ((at = memmem(at, (size_t)(end - at), name, n)) != NULL) {
		if ((at == line.s || !is_word(at[-1])) && (at + n == end || !is_word(at[n])))
			return (struct word){at, n};
		at += n;
	}
	return (struct word){NULL, 0};
}

static bool is_call(struct word rest)
{
	rest = word_trim(rest);
	return rest.n && *rest.s == '(';
}

static bool has_form(enum form form, struct word w, struct word line)
{
	struct word rest = {w.s + w.n, (size_t)(line.s + line.n - w.s) - w.n};
	return form == MODULE || (form == SETTING ? is_set(rest) : is_call(rest));
}

static void look_at_words(struct host_file *h)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const struct hint *hint = &hints[i];
		struct word w = find_word(h->text, hint->name);
		if (!w.s || !has_form(hint->form, w, h->text))
			continue;
		if (hint->matters == ALWAYS)
			warn(h, w, "%s", hint->text);
		else if (hint->matters == WITH_HIDDEN_WS && h->from && !config_sees(h->c, TRANSPORT_WS))
			warn_unseen(h, w, hint->text);
		else if (hint->matters == WITH_STREAMS && h->streams)
			warn(h, w, "%s: for connections that are opened then `from` of route %s is not "
				"known, %s; decide them by `to` or `socket`",
				hint->text, h->streams->name, arrivals_fate(h->c, h->streams));
	}
}

/* ---- listeners ---- */

static bool in_a_bond(const struct config *c, enum transport t, const struct addr *a)
{
	for (size_t i = 0; i < c->member_count; i++)
		if (c->members[i].transport == t && addr_equal(&c->members[i].addr, a))
			return true;
	return false;
}

/* The first word of a value, without quotes. */
static struct word first_word(struct word w)
{
	size_t n = 0;
	while (w.n && (*w.s == '"' || *w.s == '\''))
		w = (struct word){w.s + 1, w.n - 1};
	while (n < w.n && !isspace((unsigned char)w.s[n]) && !strchr(";\"'}", w.s[n]))
		n++;
	return (struct word){w.s, n};
}

/* The same; of a name or an interface it is not known where that is. */
static void note_listener(struct host_file *h, struct word value)
{
	struct word w = first_word(value);
	const char *colon = memchr(w.s, ':', w.n);
	size_t n = colon ? (size_t)(colon - w.s) : 0;
	enum transport t = transport_parse(w.s, n);
	struct addr a;

	if (t == TRANSPORT_SCTP)
		return;
	if (t != TRANSPORT_NONE)
		w = (struct word){colon + 1, w.n - n - 1};
	if (addr_parse(&a, w.s, w.n) != 0) {
		h->heard->unclear = true;
		return;
	}
	if (!a.port)
		a.port = transport_default_port(t == TRANSPORT_NONE ? TRANSPORT_UDP : t);
	if (t == TRANSPORT_UDP || t == TRANSPORT_NONE)
		check_listeners_add(h->heard, true, &a);
	if (t != TRANSPORT_UDP)
		check_listeners_add(h->heard, false, &a);
}

/* TRANSPORT:HOST[:PORT] and what follows it. Without a transport it is of all that the host speaks. */
static void look_at_listener(struct host_file *h, struct word value)
{
	struct word w = first_word(value);
	const char *colon = memchr(w.s, ':', w.n);
	size_t n = colon ? (size_t)(colon - w.s) : 0;
	enum transport t = transport_parse(w.s, n);
	char what[60];
	struct addr a;
	if (t == TRANSPORT_NONE)
		return;
	if (!config_sees(h->c, t)) {
		snprintf(what, sizeof(what), "what comes in over %s cannot be seen", transport_names[t]);
		warn_unseen(h, w, what);
		return;
	}
	if (addr_parse(&a, colon + 1, w.n - n - 1) != 0 || addr_scope(&a) == ADDR_LOOPBACK ||
		addr_is_any(&a))
		return;
	if (!a.port)
		a.port = transport_default_port(t);
	if (!in_a_bond(h->c, t, &a))
		warn(h, w, "it is a member of no bond: what comes in there meets no `from`, so that a later "
			"route takes it; in the bond that is meant write member = %.*s", (int)w.n, w.s);
}

/* "listen = ...", "socket = ...", "bind = ..." of a block, at the beginning of a line or block. */
static void look_at_listeners(struct host_file *h)
{
	struct word line = h->text;
	static const char *const keys[] = {"listen", "socket", "bind"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct word w = find_word(line, keys[i]), rest;
		bool first = w.s != NULL;
		for (const char *s = line.s; first && s < w.s; s++)
			first = isspace((unsigned char)*s) ||
				(i == 2 && (is_word(*s) || strchr("={;.", *s)));
		if (!first)
			continue;
		rest = word_trim((struct word){w.s + w.n, (size_t)(line.s + line.n - w.s) - w.n});
		if (rest.n == 0 || *rest.s != '=')
			continue;
		h->host = true;
		rest = word_trim((struct word){rest.s + 1, rest.n - 1});
		note_listener(h, rest);
		if (h->from)
			look_at_listener(h, rest);
	}
}

/* ---- the text ---- */

/* Blanks out what is commented. */
static void strip_comments(struct host_file *h, char *s, size_t n)
{
	char quote = 0;
	for (size_t i = 0; i < n; i++) {
		bool pair = i + 1 < n && s[i + 1] == (h->comment ? '/' : '*');
		if (quote) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == quote)
				quote = 0;
		} else if (pair && s[i] == (h->comment ? '*' : '/')) {
			h->comment = !h->comment;
			s[i++] = ' ';
			s[i] = ' ';
		} else if (h->comment) {
			s[i] = ' ';
		} else if (s[i] == '"' || s[i] == '\'') {
			quote = s[i];
		} else if (s[i] == '#' || (s[i] == '/' && i + 1 < n && s[i + 1] == '/')) {
			memset(s + i, ' ', n - i);
		}
	}
}

/* "route {", "route[NAME] {". */
static bool has_route(struct word line)
{
	struct word w = find_word(line, "route"), rest;
	if (!w.s)
		return false;
	rest = word_trim((struct word){w.s + w.n, (size_t)(line.s + line.n - w.s) - w.n});
	return rest.n && (*rest.s == '{' || *rest.s == '[');
}

static void look_at(struct host_file *h, char *room, size_t n)
{
	static const char *const signs[] = {"loadmodule", "request_route", "mpath"};
	memcpy(room, h->line, n);
	strip_comments(h, room, n);
	h->text = (struct word){room, n};
	h->host = h->host || has_route(h->text);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		h->host = h->host || find_word(h->text, signs[i]).s;
	look_at_words(h);
	look_at_listeners(h);
}

/* NULL: errno, 0 = it is no plain file. */
static FILE *open_plain(const char *file)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fdopen(fd, "r");
	close(fd);
	errno = 0;
	return NULL;
}

static void find_routes(struct host_file *h)
{
	for (size_t i = 0; i < h->c->route_count; i++) {
		const struct route *r = &h->c->routes[i];
		if (!r->from_count)
			continue;
		if (!h->from)
			h->from = r;
		if (!h->streams && arrivals_take_connections(h->c, r))
			h->streams = r;
	}
}

void check_host(struct findings *f, const struct config *c, const char *file, struct check_listeners *heard)
{
	struct host_file h = {.f = f, .c = c, .heard = heard};
	char *line = NULL, *room = NULL, *more;
	size_t size = 0;
	ssize_t n;
	FILE *in = open_plain(file);
	if (!in) {
		findings_say(f, FINDING_ERROR, "%s", errno ? strerror(errno) : "this is no plain file");
		return;
	}
	*heard = (struct check_listeners){.count = 0};
	find_routes(&h);
	while ((n = getline(&line, &size, in)) >= 0 && (more = realloc(room, size)) != NULL) {
		room = more;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		h.line = line;
		h.number++;
		look_at(&h, room, (size_t)n);
	}
	if (ferror(in))
		findings_say(f, FINDING_ERROR, "it cannot be read to its end");
	else if (!h.host)
		findings_say(f, FINDING_WARNING, "nothing in it is of Kamailio or OpenSIPS, whose "
						"configurations alone are looked at");
	findings_sort(f);
	free(room);
	free(line);
	fclose(in);
}
