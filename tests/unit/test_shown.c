/* SPDX-License-Identifier: MIT */
/* shown: pairs that the host was shown and the wire knows, and what edits make of them: a client socket
 * that leaves by any member, one that was moved, one that hears every address, a connection. */
#include "sip.h"

#include "sip/shown.h"

static struct shown_table table;
static struct addr local[2];

static struct addr at(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(&a, text, strlen(text)) == 0);
	return a;
}

static void show(enum transport t, const char *shown, const char *real)
{
	struct shown_pair pair = {at(shown), at(real)};

	shown_keep(&table, t, &pair);
}

static const struct names *client_names(void)
{
	static struct names names;

	names = *host_names();
	local[0] = at("10.0.0.1");
	local[1] = at("2001:db8:a::1");
	names.shown = &table;
	names.local = local;
	names.local_count = COUNT(local);
	return &names;
}

Test(shown, pairs)
{
	struct shown_pair pair;
	struct addr a = at("10.0.0.1:40000"), any = at("0.0.0.0:40000");

	cr_expect(!shown_find(NULL, TRANSPORT_UDP, &a, &pair));
	cr_expect(!shown_find(&table, TRANSPORT_UDP, &a, &pair));
	show(TRANSPORT_UDP, "10.0.0.1:40000", "0.0.0.0:40000");
	cr_assert(shown_find(&table, TRANSPORT_UDP, &a, &pair));
	cr_expect(addr_equal(&pair.real, &any));
	cr_expect(!shown_find(&table, TRANSPORT_TCP, &a, &pair), "of the other transport");
	a.port++;
	cr_expect(!shown_find(&table, TRANSPORT_UDP, &a, &pair), "of another port");
	a = at("1.2.3.4:40000");
	unsigned next = 0;
	cr_assert(shown_find_real(&table, TRANSPORT_UDP, &a, &next, &pair), "any member's");
	cr_expect(!shown_find_real(&table, TRANSPORT_UDP, &a, &next, &pair), "no other");
	cr_expect(addr_equal(&pair.shown, &(struct addr){0}) == false);
	show(TRANSPORT_UDP, "10.0.0.1:40000", "1.2.3.5:40001");
	a = at("10.0.0.1:40000");
	cr_assert(shown_find(&table, TRANSPORT_UDP, &a, &pair));
	cr_expect_eq(pair.real.port, 40001, "the latest holds");
	a = at("[2001:db8::7]:50000");
	show(TRANSPORT_UDP, "[::]:50000", "[::]:50000");
	cr_expect(shown_find(&table, TRANSPORT_UDP, &a, &pair), "any of that family");
	a = at("10.9.9.9:50000");
	cr_expect(shown_find(&table, TRANSPORT_UDP, &a, &pair), ":: may stand for IPv4 too");
}

/* One connection, and what was shown of it before and behind its move: each name comes back. */
Test(shown, several)
{
	struct shown_pair pair;
	struct addr m = at("1.2.3.9:45001");
	unsigned next = 0, found = 0;

	show(TRANSPORT_TCP, "10.0.0.1:45001", "1.2.3.9:45001");
	show(TRANSPORT_TCP, "10.0.0.1:44000", "1.2.3.9:45001");
	show(TRANSPORT_TCP, "0.0.0.0:44001", "1.2.3.9:45001");
	show(TRANSPORT_TCP, "10.0.0.1:44000", "1.2.3.9:45001");
	while (shown_find_real(&table, TRANSPORT_TCP, &m, &next, &pair)) {
		cr_assert(next <= 12);
		found |= pair.shown.port == 45001 ? 1u : pair.shown.port == 44000 ? 2u : 4u;
		cr_expect_eq(pair.real.port, 45001);
	}
	cr_expect_eq(found, 7);
}

/* More than the table holds: the latest are there, each whole. */
Test(shown, bounded)
{
	struct shown_pair pair;
	unsigned found = 0, latest = 0, room = CACHE_WAYS << SHOWN_BITS, many = 4 * room;

	for (unsigned i = 0; i < many; i++) {
		struct addr a = at("10.0.0.1:40000"), m = at("1.2.3.4:40000");
		a.ip[13] = m.ip[13] = (uint8_t)(i >> 16);
		a.ip[14] = m.ip[14] = (uint8_t)(i >> 8);
		a.ip[15] = m.ip[15] = (uint8_t)i;
		shown_keep(&table, TRANSPORT_TCP, &(struct shown_pair){a, m});
	}
	for (unsigned i = 0; i < many; i++) {
		struct addr a = at("10.0.0.1:40000");
		a.ip[13] = (uint8_t)(i >> 16);
		a.ip[14] = (uint8_t)(i >> 8);
		a.ip[15] = (uint8_t)i;
		if (!shown_find(&table, TRANSPORT_TCP, &a, &pair))
			continue;
		found++;
		latest += i >= many - 1000;
		cr_assert(memcmp(pair.real.ip + 13, a.ip + 13, 3) == 0, "another's pair");
	}
	cr_expect(found > room / 2 && found <= room);
	cr_expect(latest > 900, "%u of the latest 1000", latest);
}

/* A request as the host writes it, what the wire must show of it, and what an echo must bring back. T
 * is where a token stands. */
static const struct {
	const char *what;
	enum transport transport;
	uint16_t client_port;
	int title;
	const char *own, *wire;
} requests[] = {
	{"widened: any member", TRANSPORT_UDP, 40000, EXT_UDP,
		"Via: SIP/2.0/UDP 10.0.0.1:40000;branch=z1\r\nContact: <sip:u@10.0.0.1:40000>\r\n",
		"Via: SIP/2.0/UDP 1.2.3.4:40000;branch=z1;bond=T\r\nContact: <sip:u@1.2.3.4:40000;bond=T>\r\n"},
	{"widened: a member with a name has it for its own port alone", TRANSPORT_UDP, 40000, EXT_AS,
		"Via: SIP/2.0/UDP 10.0.0.1:40000;branch=z1\r\nContact: <sip:u@10.0.0.1:40000>\r\n",
		"Via: SIP/2.0/UDP 1.2.3.5:40000;branch=z1;bond=T\r\nContact: <sip:u@1.2.3.5:40000;bond=T>\r\n"},
	{"moved, and the port changed", TRANSPORT_UDP, 41007, EXT_UDP,
		"Via: SIP/2.0/UDP 10.0.0.1:41000;branch=z1\r\nContact: <sip:u@10.0.0.1:41000;ob>\r\n",
		"Via: SIP/2.0/UDP 1.2.3.4:41007;branch=z1;bond=T\r\nContact: <sip:u@1.2.3.4:41007;ob;bond=T>\r\n"},
	{"of every address, IPv6", TRANSPORT_UDP, 50000, EXT_UDP6,
		"Via: SIP/2.0/UDP [2001:DB8:A::1]:50000;branch=z1\r\nContact: <sip:u@[2001:db8:a::1]:50000>\r\n",
		"Via: SIP/2.0/UDP [2001:db8:b::1]:50000;branch=z1;bond=T\r\n"
		"Contact: <sip:u@[2001:db8:b::1]:50000;bond=T>\r\n"},
	{"of every address, but not of this machine", TRANSPORT_UDP, 50000, EXT_UDP6,
		"Via: SIP/2.0/UDP [2001:db8:a::2]:50000;branch=z1\r\nContact: <sip:u@[2001:db8:a::2]:50000>\r\n",
		NULL},
	{"another client socket's Via is not this one's", TRANSPORT_UDP, 40001, EXT_UDP,
		"Via: SIP/2.0/UDP 10.0.0.1:40000;branch=z1\r\nContact: <sip:u@10.0.0.1:40000>\r\n",
		"Via: SIP/2.0/UDP 10.0.0.1:40000;branch=z1\r\nContact: <sip:u@1.2.3.4:40000;bond=T>\r\n"},
	{"a connection", TRANSPORT_TCP, 45000, EXT_TCP,
		"Via: SIP/2.0/TCP 10.0.0.1:45000;branch=z1\r\nContact: <sip:u@10.0.0.1:45000;transport=tcp>\r\n",
		"Via: SIP/2.0/TCP 1.2.3.9:45000;branch=z1;bond=T\r\n"
		"Contact: <sip:u@1.2.3.9:45000;transport=tcp;bond=T>\r\n"},
	{"a connection that names a client socket", TRANSPORT_TCP, 45000, EXT_TCP,
		"Via: SIP/2.0/TCP 10.0.0.1:45000;branch=z1\r\nContact: <sip:u@10.0.0.1:40000;transport=udp>\r\n",
		"Via: SIP/2.0/TCP 1.2.3.9:45000;branch=z1;bond=T\r\n"
		"Contact: <sip:u@1.2.3.4:40000;transport=udp;bond=T>\r\n"},
	{"a connection, as it was called before it was moved", TRANSPORT_TCP, 45000, EXT_TCP,
		"Via: SIP/2.0/TCP 10.0.0.1:44000;branch=z1\r\nContact: <sip:u@10.0.0.1:44000;transport=tcp>\r\n",
		"Via: SIP/2.0/TCP 1.2.3.9:45000;branch=z1;bond=T\r\n"
		"Contact: <sip:u@1.2.3.9:45000;transport=tcp;bond=T>\r\n"},
	{"a socket that nobody knows", TRANSPORT_UDP, 0, EXT_UDP,
		"Via: SIP/2.0/UDP 10.0.0.1:40009;branch=z1\r\nContact: <sip:u@10.0.0.1:40009>\r\n", NULL},
};

static void hide_tokens(const struct text *from, struct text *to)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++) {
		text_add(to, from->p + i, 1);
		if (i >= 5 && memcmp(from->p + i - 5, ";bond=", 6) == 0) {
			text_print(to, "T");
			i += TOKEN_LENGTH;
		}
	}
}

static void show_all(void)
{
	show(TRANSPORT_UDP, "10.0.0.1:40000", "0.0.0.0:40000");
	show(TRANSPORT_UDP, "10.0.0.1:41000", "1.2.3.4:41007");
	show(TRANSPORT_UDP, "[::]:50000", "[::]:50000");
	show(TRANSPORT_TCP, "10.0.0.1:45000", "1.2.3.9:45000");
	show(TRANSPORT_TCP, "10.0.0.1:44000", "1.2.3.9:45000");
}

/* The response that echoes the Via, and a request to the Contact. */
static void comes_back(const struct names *n, const char *own, const struct text *wire,
	enum transport t, size_t row)
{
	static struct text in, out, want;
	struct edit_side side = {.names = n, .transport = (uint8_t)t, .in = true, .socket = NAMES_ANY};
	const char *line_end = strstr(wire->p, "\r\n") + 2, *via = strstr(line_end, "\r\n") + 2;
	const char *uri = strstr(via, "sip:"), *uri_end = strchr(uri, '>');
	const char *own_via = strstr(own, "\r\n") + 2;
	struct edit e;

	in.n = want.n = 0;
	text_print(&in, "SIP/2.0 200 OK\r\n%.*sCSeq: 1 REGISTER\r\n\r\n", (int)(via - line_end), line_end);
	text_print(&want, "SIP/2.0 200 OK\r\n%.*sCSeq: 1 REGISTER\r\n\r\n", (int)(own_via - own), own);
	cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
	edited(&e, in.p, in.n, &out);
	cr_expect_str_eq(out.p, want.p, "%s: the Via comes back", requests[row].what);
	in.n = want.n = 0;
	text_print(&in, "BYE %.*s SIP/2.0\r\nVia: SIP/2.0/UDP 9.9.9.9\r\n\r\n", (int)(uri_end - uri), uri);
	uri = strstr(own_via, "sip:");
	text_print(&want, "BYE %.*s SIP/2.0\r\nVia: SIP/2.0/UDP 9.9.9.9\r\n\r\n",
		(int)(strchr(uri, '>') - uri), uri);
	cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
	edited(&e, in.p, in.n, &out);
	cr_expect_str_eq(out.p, want.p, "%s: the Contact comes back", requests[row].what);
}

Test(shown, edits)
{
	static struct text in, out, plain, want;
	const struct names *n = client_names();
	struct edit e;

	show_all();
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct edit_side side = {.names = n, .transport = (uint8_t)requests[i].transport,
			.socket = NAMES_ANY, .title = &n->members[requests[i].title],
			.client_port = requests[i].client_port};
		in.n = want.n = 0;
		text_print(&in, "REGISTER sip:x SIP/2.0\r\n%s\r\n", requests[i].own);
		text_print(&want, "REGISTER sip:x SIP/2.0\r\n%s\r\n",
			requests[i].wire ? requests[i].wire : requests[i].own);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		edited(&e, in.p, in.n, &out);
		hide_tokens(&out, &plain);
		cr_expect_str_eq(plain.p, want.p, "%s:\n%s", requests[i].what, plain.p);
		if (requests[i].wire)
			comes_back(n, requests[i].own, &out, requests[i].transport, i);
	}
}

/* Where nobody listens on the member of a connection its Contact names the flow, or what is heard of the
 * transport that a peer will take. */
Test(shown, promised)
{
	static const char *const contacts[][2] = {
		{"<sip:u@10.0.0.1:5060;transport=tcp>", "<sip:u@1.2.3.9:45000;transport=tcp;bond=T>"},
		{"<sip:u@10.0.0.1>", "<sip:u@1.2.3.4;bond=T>"},
		{"<sip:u@10.0.0.1;transport=udp>", "<sip:u@1.2.3.4;transport=udp;bond=T>"},
	};
	static struct text in, out, plain, want;
	const struct names *n = client_names();
	struct edit_side side = {.names = n, .transport = TRANSPORT_TCP, .made = true, .socket = H_TCP,
		.title = &n->members[EXT_TCP], .client_port = 45000, .flow_port = 45000};
	struct edit e;

	show_all();
	for (size_t i = 0; i < COUNT(contacts); i++) {
		in.n = want.n = 0;
		text_print(&in, "REGISTER sip:x SIP/2.0\r\nContact: %s\r\n\r\n", contacts[i][0]);
		text_print(&want, "REGISTER sip:x SIP/2.0\r\nContact: %s\r\n\r\n", contacts[i][1]);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		edited(&e, in.p, in.n, &out);
		hide_tokens(&out, &plain);
		cr_expect_str_eq(plain.p, want.p);
	}
}

/* A token of another socket, or none of ours, restores nothing. */
Test(shown, forged)
{
	static const char *const uris[] = {"sip:u@1.2.3.4:40000;bond=aaaaaaaaaa", "sip:u@1.2.3.4:40000",
		"sip:u@1.2.3.4:40000;bond=", "sip:u@8.8.8.8:49999;bond=aaaaaaaaaa"};
	static struct text in;
	struct edit_side side = {.names = client_names(), .transport = TRANSPORT_UDP, .in = true,
		.socket = NAMES_ANY};
	struct edit e;

	show_all();
	for (size_t i = 0; i < COUNT(uris); i++) {
		in.n = 0;
		text_print(&in, "BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP 9.9.9.9\r\n\r\n", uris[i]);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		cr_expect_eq(e.count, 0, "%s", uris[i]);
	}
}
