/* SPDX-License-Identifier: MIT */
/* edit: whatever the host wrote comes back to it byte by byte. Messages are generated; the peer that
 * echoes them writes rows and values in its own way, adds received and rport, mirrors Record-Route as
 * Route in either order, calls a Contact, adds :5060, writes IPv6 and tokens in capitals. */
#include "rounds.h"
#include "sip.h"

#include "sip/mark.h"

#define MESSAGES 20000

static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	return next_random(&seed) % sides;
}

static const char *pick(const char *const *from, size_t count)
{
	return from[dice((uint32_t)count)];
}

#define PICK(...) \
	pick((const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

static const char *line_end;

static void begin_row(struct text *t, const char *name)
{
	text_print(t, "%s", name);
	for (char *p = t->p + t->n - strlen(name); *p; p++) {
		if (dice(8) == 0 && *p >= 'a' && *p <= 'z')
			*p -= 32;
	}
	text_print(t, "%s", PICK(": ", ": ", ": ", ":", " :", "\t:  "));
	if (dice(12) == 0)
		text_print(t, "%s ", line_end);
}

static void end_row(struct text *t)
{
	text_print(t, "%s%s", PICK("", "", "", " ", "\t"), line_end);
}

/* Between two values: a comma, or another row. */
static void next_value(struct text *t, const char *name)
{
	if (dice(2)) {
		text_print(t, "%s", PICK(",", ", ", " , "));
		if (dice(6) == 0)
			text_print(t, "%s\t", line_end);
	} else {
		end_row(t);
		begin_row(t, name);
	}
}

/* One of the listener's names in some writing, with or without its port. */
static void own_host(struct text *t, uint16_t owner, bool via)
{
	const struct names *n = host_names();
	const struct name *own;
	char host[NAMES_HOST_MAX];

	do
		own = &n->own[dice((uint32_t)n->own_count)];
	while (own->owner != owner || addr_is_any(&own->addr));
	enum name_form form = own->given.n ? FORM_GIVEN
		: own->addr.family == AF_INET6 ? (enum name_form)dice(6) : FORM_PLAIN;
	size_t length = names_host(own, form, host);
	text_print(t, "%.*s", (int)length, host);
	if (own->port != 5060 || dice(2))
		text_print(t, "%s%u", via && dice(20) == 0 ? " : " : ":", own->port);
}

static void own_uri(struct text *t, uint16_t owner, enum transport transport, const char *user)
{
	text_print(t, "sip:%s", user);
	own_host(t, owner, false);
	if (transport == TRANSPORT_TCP)
		text_print(t, ";transport=%s", PICK("tcp", "TCP"));
	else if (dice(10) == 0)
		text_print(t, ";transport=udp");
}

static void route_params(struct text *t)
{
	for (uint32_t i = dice(4); i > 0; i--)
		text_print(t, "%s", PICK(";ftag=a1", ";r2=on", ";did=\"x;y>,z\"", ";vsf=AB--", ";x="));
	text_print(t, "%s", PICK(";lr", ";lr", ";lr=on", ""));
}

struct side {
	uint16_t socket;
	enum transport transport;
	const struct name *title;
};

static const struct {
	uint16_t socket;
	int titles[4];
} sockets[] = {
	{H_UDP, {EXT_UDP, EXT_AS, EXT_UDP6, EXT_AS_PLAIN}}, {H_UDP6, {EXT_UDP, EXT_AS, EXT_UDP6, EXT_AS_PLAIN}},
	{H_5070, {EXT_UDP, EXT_AS, EXT_UDP6, EXT_AS_PLAIN}}, {H_NAMED, {EXT_UDP, EXT_AS, EXT_UDP6, EXT_AS_PLAIN}},
	{H_WILD, {EXT_AS, EXT_UDP6, EXT_AS_PLAIN, EXT_UDP6}}, {H_TCP, {EXT_TCP, EXT_TCP_AS, EXT_TCP, EXT_TCP}},
	{H_TCP6, {EXT_TCP, EXT_TCP_AS, EXT_TCP, EXT_TCP_AS}},
};

static const char *method;

static void foreign_uri(struct text *t)
{
	text_print(t, "<sip:%s;lr>", PICK("192.0.2.7", "p.example.net:5070", "[2001:db8:c::9]",
		"u@10.0.0.11", "10.0.0.1:5999"));
}

static void record_route(struct text *t, const struct side *s, bool request, const char *name)
{
	uint32_t before = request ? 0 : dice(3);

	begin_row(t, name);
	while (before--) {
		foreign_uri(t);
		next_value(t, name);
	}
	text_print(t, "%s<", PICK("", "", "\"a <b>, c\" "));
	own_uri(t, s->socket, s->transport, "");
	route_params(t);
	text_print(t, ">%s", PICK("", "", ";x=y"));
	if (dice(2)) {
		next_value(t, name);
		text_print(t, "<");
		own_uri(t, H_5070, TRANSPORT_UDP, "");
		text_print(t, ";r2=on;lr>");
	}
	for (uint32_t i = dice(3); i > 0; i--) {
		next_value(t, name);
		foreign_uri(t);
	}
	end_row(t);
}

static void contact(struct text *t, const struct side *s)
{
	const char *name = PICK("Contact", "m");

	begin_row(t, name);
	if (dice(12) == 0) {
		text_print(t, "*");
	} else {
		bool bare = dice(4) == 0;
		text_print(t, "%s%s", bare ? "" : PICK("", "\"x\" ", "\"<sip:10.0.0.1>;, \" "),
			bare ? "" : "<");
		own_uri(t, s->socket, s->transport, PICK("", "bob@", "a;b=c%20?d@", "+1:pw@"));
		if (!bare)
			text_print(t, "%s%s>", PICK("", ";ob", ";gr=urn:x", ";x=y;z"),
				PICK("", "", "?a=b&c=d"));
		text_print(t, "%s", PICK("", ";expires=60", ";+sip.instance=\"<urn:uuid:1>\";q=0.5"));
		if (dice(4) == 0) {
			next_value(t, name);
			foreign_uri(t);
		}
	}
	end_row(t);
}

static void generate(struct text *t, const struct side *s, bool request)
{
	const char *via = PICK("Via", "v");

	line_end = PICK("\r\n", "\r\n", "\r\n", "\n", "\r");
	method = PICK("INVITE", "REGISTER", "SUBSCRIBE", "BYE", "INVITE");
	t->n = 0;
	text_print(t, "%s", PICK("", "", "", "\r\n\r\n", "\n", " ", "\t \r\n "));
	if (dice(20) == 0)
		text_add(t, "\0\0\r\n\0", 5);
	if (request)
		text_print(t, "%s%s%ssip:%s@10.0.0.1%s%s%s%s", PICK("", "", "(", "@/\xe9"), method,
			PICK(" ", " ", "  ", "\t"), PICK("a", "b;c", "b;c \xff"), PICK(" ", " ", "\t"),
			PICK("SIP/2.0", "SIP/2.0", "sip/2.0", "SIP/2.00", "SIP/2.0xyz", "SIP / 2.0"),
			PICK("", "", " ", "\t", " \t "), line_end);
	else
		text_print(t, "%s%s%s", PICK("SIP/2.0 ", "SIP/2.0 ", "sip/2.0\t", "SIP/2.00  "),
			PICK("200 OK", "180 Ringing", "183 "), line_end);
	if (dice(3) == 0)
		text_print(t, "X-First: <sip:10.0.0.1>%s", line_end);
	begin_row(t, via);
	if (request) {
		text_print(t, "SIP%s/2.0/%s ", dice(20) ? "" : " ",
			s->transport == TRANSPORT_TCP ? "TCP" : "UDP");
		own_host(t, s->socket, true);
		text_print(t, "%sbranch=z9hG4bK%u%s", PICK(";", ";", " ; "), dice(1000000),
			PICK("", ";rport", ";i=1;alias"));
	} else {
		text_print(t, "SIP/2.0/UDP 192.0.2.8:5066;branch=z9hG4bKx;received=1.1.1.1");
	}
	for (uint32_t i = dice(3); i > 0; i--) {
		next_value(t, via);
		text_print(t, "SIP/2.0/UDP %s;branch=z9hG4bKy", PICK("192.0.2.9", "10.0.0.1:5060"));
	}
	end_row(t);
	bool early_cseq = dice(2);
	if (early_cseq)
		text_print(t, "CSeq: 1 %s%s", method, line_end);
	if (dice(4))
		record_route(t, s, request, "Record-Route");
	if (dice(3) == 0)
		text_print(t, "From: <sip:10.0.0.1>;tag=1%sTo: sip:10.0.0.1:5060%s", line_end, line_end);
	if (strcmp(method, "REGISTER") == 0)
		record_route(t, s, request, request ? "Path" : "Service-Route");
	if (dice(4))
		contact(t, s);
	if (dice(3) == 0)
		text_print(t, "Refer-To: <sip:10.0.0.1>%sFolded: a%s <sip:10.0.0.1>%s", line_end,
			line_end, line_end);
	if (!early_cseq)
		text_print(t, "CSeq: 1 %s%s", method, line_end);
	text_print(t, "%sVia: SIP/2.0/UDP 10.0.0.1%sContact: <sip:10.0.0.1>", line_end, line_end);
}

/* Every value of one header field. */
struct values {
	size_t count;
	struct span value[32];
};

static void values_of(const struct text *t, enum header header, struct values *v)
{
	struct scan_walk w;
	struct scan_row row;
	struct span value;

	v->count = 0;
	cr_assert(scan_walk_start(&w, t->p, t->n));
	while (scan_walk_next(&w, &row)) {
		while (row.header == header && field_value(&row.value, &value)) {
			cr_assert(v->count < COUNT(v->value));
			v->value[v->count++] = value;
		}
	}
}

static void put_values(struct text *t, const char *name, const struct values *v)
{
	if (v->count == 0)
		return;
	begin_row(t, name);
	for (size_t i = 0; i < v->count; i++) {
		if (i)
			next_value(t, name);
		text_add(t, v->value[i].p, v->value[i].n);
	}
	end_row(t);
}

/* What a server answers: the same rows for the same dice. */
static void answer(struct text *t, const struct text *to)
{
	struct values v;
	struct field_address a;

	t->n = 0;
	text_print(t, "SIP/2.0 200 OK%s", line_end);
	values_of(to, HEADER_VIA, &v);
	begin_row(t, "Via");
	for (size_t i = 0; i < v.count; i++) {
		struct field_via via;
		if (i)
			next_value(t, "Via");
		cr_assert(field_via(v.value[i], &via));
		if (i == 0 && dice(2)) {
			/* parameters of its own in front */
			text_add(t, v.value[i].p, v.value[i].n - via.params.n);
			text_print(t, ";received=192.0.2.44;rport=5099");
			text_add(t, via.params.p, via.params.n);
		} else {
			text_add(t, v.value[i].p, v.value[i].n);
			if (i == 0)
				text_print(t, "%s", PICK("", ";rport=5060;received=1.2.3.4"));
		}
	}
	end_row(t);
	text_print(t, "CSeq: 1 %s%s", method, line_end);
	values_of(to, HEADER_RECORD_ROUTE, &v);
	put_values(t, "Record-Route", &v);
	values_of(to, HEADER_PATH, &v);
	put_values(t, "Path", &v);
	values_of(to, HEADER_SERVICE_ROUTE, &v);
	put_values(t, "Service-Route", &v);
	values_of(to, HEADER_CONTACT, &v);
	if (strcmp(method, "REGISTER") == 0) {
		for (size_t i = 0; i < v.count; i++) {
			cr_assert(field_address(v.value[i], &a));
			begin_row(t, "Contact");
			text_print(t, "<%.*s>;expires=%u", (int)a.uri.n, a.uri.p, dice(100));
			end_row(t);
		}
	}
	text_print(t, "%s", line_end);
}

/* A request within the dialog that m opened: its Contact is called, its Record-Route is the route
 * from `first` on, or backwards up to it. */
static void callback(struct text *t, const struct text *m, bool backwards, size_t first)
{
	struct values v, route;
	struct field_address a;
	struct span uri = text_span("sip:nobody@192.0.2.1");

	t->n = 0;
	values_of(m, HEADER_CONTACT, &v);
	if (v.count && v.value[0].p[0] != '*') {
		cr_assert(field_address(v.value[0], &a));
		uri = a.uri;
		struct field_uri u;
		if (field_uri(uri, &u))
			uri.n -= u.headers.n;
	}
	text_print(t, "BYE %.*s SIP/2.0%s", (int)uri.n, uri.p, line_end);
	values_of(m, HEADER_RECORD_ROUTE, &v);
	route.count = 0;
	for (size_t i = 0; i < v.count; i++) {
		size_t from = backwards ? v.count - 1 - i : i;
		if (backwards ? from <= first : from >= first)
			route.value[route.count++] = v.value[from];
	}
	put_values(t, "Route", &route);
	begin_row(t, "Via");
	text_print(t, "SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKpeer");
	end_row(t);
	text_print(t, "%s", line_end);
}

/* What peers do to URIs on their way; the host's own must not be written so. */
static void mangle(struct text *t)
{
	static struct text out;
	bool capitals = dice(2), ports = dice(2), long_v6 = dice(2);

	out.n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const char *p = t->p + i;
		bool uri = i && (p[-1] == ':' || p[-1] == '@');
		if (long_v6 && strncmp(p, "[2001:db8:b::1]", 15) == 0) {
			text_print(&out, "[2001:DB8:B:0:0:0:0:1]");
			i += 14;
			p += 15;
		} else if (ports && uri && strncmp(p, "1.2.3.4", 7) == 0 && strchr(";>? ", p[7])) {
			text_print(&out, "1.2.3.4:5060");
			i += 6;
		} else if (capitals && strncmp(p, ";bond=", 6) == 0) {
			text_print(&out, ";Bond=");
			for (size_t k = 0; k < TOKEN_LENGTH; k++)
				text_print(&out, "%c", p[6 + k] & ~(p[6 + k] >= 'a' ? 32 : 0));
			i += 5 + TOKEN_LENGTH;
		} else {
			text_add(&out, p, 1);
		}
	}
	t->n = 0;
	text_add(t, out.p, out.n);
}

/* Splices lie in fields that may be the host's own, and nowhere else. */
static void check_splices(const struct edit *e, const struct text *m)
{
	struct scan_walk w;
	struct scan_row row;

	for (size_t i = 0; i < e->count; i++) {
		bool found = false;
		cr_assert(scan_walk_start(&w, m->p, m->n));
		while (scan_walk_next(&w, &row)) {
			size_t start = (size_t)(row.value.p - m->p);
			if (e->splices[i].offset < start ||
				e->splices[i].offset + e->splices[i].cut > start + row.value.n)
				continue;
			found = row.header == HEADER_VIA || row.header == HEADER_RECORD_ROUTE ||
				row.header == HEADER_PATH || row.header == HEADER_SERVICE_ROUTE ||
				row.header == HEADER_CONTACT;
			cr_expect_eq(e->splices[i].row, (size_t)(row.whole.p - m->p));
		}
		cr_assert(found, "%s", m->p);
	}
}

/* The number of the topmost Record-Route value that the edit changed; SIZE_MAX: none. */
static size_t changed_route(const struct text *before, const struct text *after)
{
	struct values a, b;

	values_of(before, HEADER_RECORD_ROUTE, &a);
	values_of(after, HEADER_RECORD_ROUTE, &b);
	cr_assert_eq(a.count, b.count);
	for (size_t i = 0; i < a.count; i++) {
		if (a.value[i].n != b.value[i].n || memcmp(a.value[i].p, b.value[i].p, a.value[i].n))
			return i;
	}
	return SIZE_MAX;
}

Test(roundtrip, what_the_host_wrote_comes_back)
{
	static struct text m, out, want, echo, back;
	static struct edit e;
	struct scan_message scanned;
	struct scan_walk w;
	size_t edits[16] = {0};

	seed = 20240501;
	for (int i = 0; i < rounds(MESSAGES); i++) {
		size_t k = dice(COUNT(sockets));
		const struct names *n = host_names();
		struct side s = {.socket = sockets[k].socket};
		s.title = &n->members[sockets[k].titles[dice(4)]];
		s.transport = (enum transport)s.title->transport;
		bool request = dice(2);
		generate(&m, &s, request);
		struct edit_side side = side_out(s.socket, s.title);
		int err = edit_message(&side, m.p, m.n, 0, &e);
		cr_assert_eq(err, 0, "%d: %s", err, m.p);
		cr_assert(!request || (e.fields & EDIT_VIA), "%s", m.p);
		check_splices(&e, &m);
		edited(&e, m.p, m.n, &out);
		cr_assert(scan_message(out.p, out.n, &scanned) && scanned.head);
		cr_assert(!memmem(out.p + scanned.head, out.n - scanned.head, "bond", 4));
		for (int bit = 0; bit < 16; bit++)
			edits[bit] += e.fields >> bit & 1;

		struct edit_side in = side_in(s.socket, s.title);
		if (request) {
			uint32_t same = seed;
			answer(&want, &m);
			seed = same;
			answer(&echo, &out);
			mangle(&echo);
			cr_assert_eq(edit_message(&in, echo.p, echo.n, 0, &e), 0);
			edited(&e, echo.p, echo.n, &back);
			cr_assert(back.n == want.n && memcmp(back.p, want.p, want.n) == 0,
				"message %d:\n%s\nedited\n%s\nechoed\n%s\nback\n%s\nwanted\n%s", i, m.p,
				out.p, echo.p, back.p, want.p);
		}
		size_t first = changed_route(&m, &out);
		if (first == SIZE_MAX)
			first = request ? 0 : SIZE_MAX - 1;
		uint32_t same = seed;
		callback(&want, &m, !request, first);
		seed = same;
		callback(&echo, &out, !request, first);
		mangle(&echo);
		cr_assert_eq(edit_message(&in, echo.p, echo.n, 0, &e), 0);
		edited(&e, echo.p, echo.n, &back);
		cr_assert(back.n == want.n && memcmp(back.p, want.p, want.n) == 0,
			"message %d:\n%s\nedited\n%s\nechoed\n%s\nback\n%s\nwanted\n%s", i, m.p, out.p,
			echo.p, back.p, want.p);

		/* and bond-in names the listener whose name came back */
		struct token_mark mark;
		uint16_t restored = e.fields & (EDIT_URI | EDIT_ROUTE);
		in.mark = true;
		cr_assert_eq(edit_message(&in, echo.p, echo.n, 0, &e), 0);
		edited(&e, echo.p, echo.n, &back);
		static struct text relayed;
		relayed.n = 0;
		cr_assert(scan_walk_start(&w, back.p, back.n));
		text_print(&relayed, "BYE sip:a SIP/2.0%sVia: SIP/2.0/UDP x%s%s", line_end, line_end, w.p);
		cr_assert(scan_message(relayed.p, relayed.n, &scanned));
		cr_assert(mark_read(n, scanned.via[1], &mark));
		cr_assert_eq(mark.arrived, s.title);
		cr_assert_eq(mark.dialog != NULL, restored != 0, "%s", back.p);
		if (restored & EDIT_ROUTE)
			cr_assert_eq(mark.dialog->owner, s.socket, "%u, not %u:\n%s\n%s", mark.dialog->owner,
				s.socket, m.p, back.p);
	}
	/* the generator reached what it is for */
	for (int bit = 0; bit < 7; bit++) {
		if (1 << bit != EDIT_URI && 1 << bit != EDIT_ROUTE)
			cr_assert(edits[bit] > (size_t)rounds(MESSAGES) / 20, "field %d: %zu", bit, edits[bit]);
	}
}

/* Every message of RFC 4475, sent by whom its top Via names, and redirected with all its own rows, Contacts included. */
Test(roundtrip, rfc4475)
{
	static const char *const files[] = {"badaspec", "badbranch", "baddate", "baddn", "badinv01",
		"badvers", "bcast", "bext01", "bigcode", "clerr", "cparam01", "cparam02", "dblreq",
		"esc01", "esc02", "escnull", "escruri", "insuf", "intmeth", "inv2543", "invut",
		"longreq", "ltgtruri", "lwsdisp", "lwsruri", "lwsstart", "mcl01", "mismatch01",
		"mismatch02", "mpart01", "multi01", "ncl", "noreason", "novelsc", "quotbal", "regaut01",
		"regbadct", "regescrt", "scalar02", "scalarlg", "sdp01", "semiuri", "test",
		"transports", "trws", "unkscm", "unksm2", "unreason", "wsinv", "zeromf"};
	static struct text m, out, want, echo, back;
	static struct edit e;
	int with_via = 0;

	for (size_t i = 0; i < COUNT(files); i++) {
		char path[256];
		snprintf(path, sizeof(path), "tests/data/rfc4475/%s.dat", files[i]);
		FILE *f = fopen(path, "rb");
		cr_assert(f, "%s", path);
		m.n = fread(m.p, 1, sizeof(m.p) - 1, f);
		m.p[m.n] = 0;
		fclose(f);

		struct name own[2];
		struct name member = name_of("203.0.113.9:5062", TRANSPORT_UDP, 0);
		struct names n = {.own = own, .members = &member, .member_count = 1, .key_count = 1};
		struct scan_message s;
		struct field_via via;
		bool has_via = scan_message(m.p, m.n, &s) && s.via[0].n && field_via(s.via[0], &via);
		if (has_via) {
			enum transport t = transport_parse(via.transport.p, via.transport.n);
			own[0] = name_of("10.0.0.1:5060", t, 0);
			own[0].given = via.by.host;
			own[0].port = via.by.number ? via.by.number : field_default_port(t);
			own[1] = own[0];
			own[1].transport = t == TRANSPORT_UDP ? TRANSPORT_TCP : TRANSPORT_UDP;
			n.own_count = 2;
			member.transport = (uint8_t)t;
		}
		names_prepare(&n);
		struct edit_side side = {.names = &n, .transport = has_via ? own[0].transport
				: TRANSPORT_UDP, .title = &member};
		int err = edit_message(&side, m.p, m.n, 0, &e);
		cr_assert_eq(err != 0, !scan_is_request(m.p, m.n) && !scan_is_response(m.p, m.n), "%s",
			path);
		if (err)
			continue;
		edited(&e, m.p, m.n, &out);
		cr_expect_eq((e.fields & EDIT_VIA) != 0, has_via && s.request, "%s: %#x", path, e.fields);
		if (!s.request)
			continue;
		with_via += has_via;
		/* all rows mirrored, the Route that arrives being nobody's */
		want.n = echo.n = 0;
		text_print(&want, "SIP/2.0 302 Moved\r\n");
		text_add(&want, m.p + s.line.n, m.n - s.line.n);
		text_print(&echo, "SIP/2.0 302 Moved\r\n");
		text_add(&echo, out.p + s.line.n, out.n - s.line.n);
		struct edit_side in = {.names = &n, .transport = side.transport, .in = true,
			.arrived = &member};
		cr_assert_eq(edit_message(&in, echo.p, echo.n, 0, &e), 0);
		edited(&e, echo.p, echo.n, &back);
		cr_expect(back.n == want.n && memcmp(back.p, want.p, want.n) == 0, "%s:\n%s\nwanted\n%s",
			path, back.p, want.p);
	}
	cr_expect(with_via > 30, "%d", with_via);
}
