/* SPDX-License-Identifier: MIT */
/* edit: which fields change on the way out and in, and that nothing else does. In the tables '|' is a
 * line end and T the token of the name that stood there. */
#include "sip.h"

#include <errno.h>

#include "sip/mark.h"
#include "sip/script.h"

/* Writes a table's text as a message. */
static void message(struct text *t, const char *rows)
{
	t->n = 0;
	for (; *rows; rows++) {
		if (*rows == '|')
			text_add(t, "\r\n", 2);
		else
			text_add(t, rows, 1);
	}
	text_add(t, "\r\n", 2);
	text_print(t, "Via: SIP/2.0/UDP 10.0.0.1;bond-in=body\r\nContact: <sip:10.0.0.1>\r\n");
}

/* The text with every token of the own name replaced by T, that of another by F, a mark by M. */
static void readable(const struct text *from, struct text *to)
{
	const struct names *n = host_names();

	to->n = 0;
	for (size_t i = 0; i < from->n;) {
		const char *p = from->p + i;
		bool mark = strncmp(p, ";bond-in=", 9) == 0;
		size_t skip = mark ? 9 : 6;
		struct span token = {p + skip, TOKEN_LENGTH};
		struct token_mark m;
		enum name_form form;
		bool port;
		if (strncmp(p, ";bond", 5) == 0 && from->n - i >= skip + TOKEN_LENGTH) {
			const struct name *own = token_read(n, token, &form, &port);
			if (!mark && own) {
				text_print(to, ";bond=T%u%s", own->owner, own->given.n ? "a" : "");
				i += skip + TOKEN_LENGTH;
				continue;
			}
			if (mark && token_mark_read(n, token, text_span("z1"), &m)) {
				text_print(to, ";bond-in=M");
				if (m.dialog)
					text_print(to, "%u", m.dialog->owner);
				i += skip + TOKEN_LENGTH;
				continue;
			}
		}
		text_add(to, p, 1);
		i++;
	}
}

static void check(const struct edit_side *side, const char *rows, const char *wanted,
	unsigned fields, size_t row)
{
	static struct text in, out, plain, want;
	struct edit e;

	message(&in, rows);
	message(&want, wanted ? wanted : rows);
	cr_assert_eq(edit_message(side, in.p, in.n, 0, &e), 0);
	edited(&e, in.p, in.n, &out);
	readable(&out, &plain);
	cr_expect_str_eq(plain.p, want.p, "row %zu:\n%s\nwanted\n%s", row, plain.p, want.p);
	if (wanted)
		cr_expect_eq(e.fields, fields, "row %zu: %#x, wanted %#x", row, e.fields, fields);
	else
		cr_expect_eq(e.count, 0, "row %zu: no splice for nothing", row);
}

/* wanted NULL: unchanged. title -1: none. */
static const struct {
	uint16_t socket;
	int title;
	const char *rows, *wanted;
	unsigned fields;
} leaving[] = {
	/* top Via */
	{H_UDP, EXT_UDP, "BYE sip:a@10.0.0.1 SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z1|",
		"BYE sip:a@10.0.0.1 SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4:5060;branch=z1;bond=T0|", EDIT_VIA},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|v :SIP/2.0/UDP 10.0.0.1 , SIP/2.0/UDP 10.0.0.1|",
		"BYE sip:a SIP/2.0|v :SIP/2.0/UDP 1.2.3.4;bond=T0 , SIP/2.0/UDP 10.0.0.1|", EDIT_VIA},
	{H_UDP, EXT_AS, "BYE sip:a SIP/2.0|Via: SIP / 2.0/ UDP|  10.0.0.1 : 5060|\t; rport |Via: x|",
		"BYE sip:a SIP/2.0|Via: SIP / 2.0/ UDP|  sip.ext.example : 5062|\t; rport;bond=T0 |Via: x|",
		EDIT_VIA},
	{H_UDP, EXT_AS, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP sip.ext.example:5062;bond=T0|", EDIT_VIA},
	{H_UDP, EXT_AS_PLAIN, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP plain.ext.example;branch=z1;bond=T0|", EDIT_VIA},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP [2001:DB8:F::1]:5065|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4:5060;bond=T0a|", EDIT_VIA},
	{H_UDP, EXT_UDP6, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP sip.host.example:5060;i=1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP [2001:db8:b::1]:5060;i=1;bond=T0a|", EDIT_VIA},
	{H_UDP6, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP [2001:DB8:A:0:0:0:0:1]:5060|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4:5060;bond=T3|", EDIT_VIA},
	{H_TCP, EXT_TCP, "BYE sip:a SIP/2.0|Via: SIP/2.0/TCP 10.0.0.1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/TCP 1.2.3.9;bond=T1|", EDIT_VIA},
	{H_TCP, EXT_TCP, "BYE sip:a SIP/2.0|Via: SIP/2.0/udp 10.0.0.1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/udp 1.2.3.9;bond=T1|", EDIT_VIA},
	{H_TCP, EXT_TCP_AS, "BYE sip:a SIP/2.0|Via: SIP/2.0/TCP 10.0.0.1|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/TCP tcp.ext.example:5099;bond=T1|", EDIT_VIA},
	{H_NAMED, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP adv.host.example:5090|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4:5060;bond=T7a|", EDIT_VIA},
	{H_WILD, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1:5080|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4:5060;bond=T5|", EDIT_VIA},
	/* not own */
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1:5070|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.11|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/TLS 10.0.0.1|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1;bond=abc|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1;x=\"|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1:05060|", NULL, 0},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Contact: <sip:10.0.0.1;x=<y>|", NULL, 0},
	{H_UDP, EXT_UDP, "BYE sip:a SIP/2.0|Via: garbage|Via: SIP/2.0/UDP 10.0.0.1|", NULL, 0},
	{H_UDP, -1, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1|Contact: <sip:10.0.0.1>|", NULL, 0},
	{H_UDP, EXT_UDP, "SIP/2.0 200 OK|Via: SIP/2.0/UDP 10.0.0.1|", NULL, 0},
	/* Record-Route: the topmost own one of the transport */
	{H_UDP, EXT_UDP,
		"SIP/2.0 200 OK|Record-Route: <sip:x;lr>,<sip:10.0.0.1;lr=on;r2=on> , <sip:10.0.0.1;lr>|"
		"Record-Route: <sip:10.0.0.1;lr>|",
		"SIP/2.0 200 OK|Record-Route: <sip:x;lr>,<sip:1.2.3.4;lr=on;r2=on;bond=T0> , "
		"<sip:10.0.0.1;lr>|Record-Route: <sip:10.0.0.1;lr>|",
		EDIT_RECORD_ROUTE},
	{H_TCP, EXT_TCP,
		"INVITE sip:a SIP/2.0|record-route: <sip:10.0.0.1;r2=on;lr>|"
		"RECORD-ROUTE:|  <sip:10.0.0.1:5060;transport=TCP;r2=on;lr>;x=y|",
		"INVITE sip:a SIP/2.0|record-route: <sip:10.0.0.1;r2=on;lr>|"
		"RECORD-ROUTE:|  <sip:1.2.3.9:5060;transport=TCP;r2=on;lr;bond=T1>;x=y|",
		EDIT_RECORD_ROUTE},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Record-Route: <sip:10.0.0.1;transport=tcp;lr>|", NULL, 0},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Record-Route: <sips:10.0.0.1:5060;lr>|", NULL, 0},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Record-Route: sip:10.0.0.1;lr|",
		"INVITE sip:a SIP/2.0|Record-Route: sip:1.2.3.4;lr;bond=T0|", EDIT_RECORD_ROUTE},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Record-Route: \"<sip:10.0.0.1>\" <sip:u@10.0.0.1?x=y>|",
		"INVITE sip:a SIP/2.0|Record-Route: \"<sip:10.0.0.1>\" <sip:u@1.2.3.4;bond=T0?x=y>|",
		EDIT_RECORD_ROUTE},
	/* one entry for both sides, written before the transport was known */
	{H_TCP, EXT_TCP, "INVITE sip:a SIP/2.0|Record-Route: <sip:10.0.0.1;lr>|Record-Route: <sip:10.0.0.1;lr>|",
		"INVITE sip:a SIP/2.0|Record-Route: <sip:1.2.3.4;lr;bond=T0>|Record-Route: <sip:10.0.0.1;lr>|",
		EDIT_RECORD_ROUTE},
	{H_TCP, EXT_TCP, "INVITE sip:a SIP/2.0|Record-Route: <sip:10.0.0.1;lr;r2=on>, <sip:10.0.0.1;lr;r2=on>|",
		NULL, 0},
	{H_TCP, EXT_TCP, "INVITE sip:a SIP/2.0|Record-Route: <sip:x;lr>|Record-Route: <sip:10.0.0.1;lr>|", NULL, 0},
	{H_TCP, EXT_TCP, "SIP/2.0 200 OK|Record-Route: <sip:10.0.0.1;lr>|", NULL, 0},
	{H_TCP6, EXT_UDP6, "INVITE sip:a SIP/2.0|Record-Route: <sip:[2001:db8:a::1];lr>|", NULL, 0},
	{H_UDP, EXT_UDP, "REGISTER sip:a SIP/2.0|Path: <sip:10.0.0.1:5060;lr;received=\"sip:z;>,\">|",
		"REGISTER sip:a SIP/2.0|Path: <sip:1.2.3.4:5060;lr;received=\"sip:z;>,\";bond=T0>|",
		EDIT_PATH},
	{H_UDP, EXT_UDP, "SIP/2.0 200 OK|Service-Route: <sip:10.0.0.1;lr>|CSeq: 1 REGISTER|",
		"SIP/2.0 200 OK|Service-Route: <sip:1.2.3.4;lr;bond=T0>|CSeq: 1 REGISTER|",
		EDIT_SERVICE_ROUTE},
	/* Contact */
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|m: \"x, y\" <sip:u;p@10.0.0.1;ob>;+sip.instance=\"<z>\"|",
		"INVITE sip:a SIP/2.0|m: \"x, y\" <sip:u;p@1.2.3.4;ob;bond=T0>;+sip.instance=\"<z>\"|",
		EDIT_CONTACT},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Contact: sip:u@10.0.0.1:5060;expires=3, <sip:10.0.0.1:5070>|",
		"INVITE sip:a SIP/2.0|Contact: <sip:u@1.2.3.4:5060;bond=T0>;expires=3, "
		"<sip:1.2.3.4:5060;bond=T4>|",
		EDIT_CONTACT},
	{H_UDP, EXT_UDP, "REGISTER sip:a SIP/2.0|Contact: *|", NULL, 0},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Contact: <sip:u@1.2.3.4>, <tel:+1>, <sip:u@other>|", NULL,
		0},
	{H_UDP, EXT_UDP, "INVITE sip:a SIP/2.0|Contact: <sip:u@10.0.0.1;transport=tcp>|",
		"INVITE sip:a SIP/2.0|Contact: <sip:u@1.2.3.9;transport=tcp;bond=T1>|", EDIT_CONTACT},
	{H_UDP, EXT_UDP, "SIP/2.0 200 OK|Contact: <sip:u@10.0.0.1>|CSeq: 1 INVITE|",
		"SIP/2.0 200 OK|Contact: <sip:u@1.2.3.4;bond=T0>|CSeq: 1 INVITE|", EDIT_CONTACT},
	{H_UDP, EXT_UDP, "SIP/2.0 200 OK|Contact: <sip:u@10.0.0.1>|CSeq: 1 REGISTER|", NULL, 0},
	{H_UDP, EXT_UDP, "SIP/2.0 200 OK|CSeq: 1 REGISTER|Contact: <sip:u@10.0.0.1>|", NULL, 0},
	{H_UDP, EXT_UDP, "SIP/2.0 302 Moved|Contact: <sip:u@10.0.0.1>|CSeq: 1 INVITE|", NULL, 0},
	/* never */
	{H_UDP, EXT_UDP,
		"INVITE sip:10.0.0.1 SIP/2.0|Route: <sip:10.0.0.1;lr>|From: <sip:10.0.0.1>;tag=1|"
		"To: <sip:10.0.0.1>|Refer-To: <sip:10.0.0.1>|Replaces: 10.0.0.1|P-Asserted-Identity: "
		"<sip:10.0.0.1>|Authorization: Digest uri=\"sip:10.0.0.1\"|Call-ID: a@10.0.0.1|",
		NULL, 0},
	/* what never crosses the wire */
	{H_UDP, -1, "SIP/2.0 200 OK|Via: SIP/2.0/UDP a;branch=z;bond-in=abcdefghij;received=1.1.1.1|"
		    "Via: SIP/2.0/UDP b;bond-in=abcdefghij|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP a;branch=z;received=1.1.1.1|"
		"Via: SIP/2.0/UDP b;bond-in=abcdefghij|",
		EDIT_UNMARK},
	{H_UDP, -1, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;bond-in=abcdefghij|", NULL, 0},
	{H_UDP, -1, "BYE sip:a SIP/2.0|X-Bond-In: x|A: 1|x-bond-OUT  :|  external|X-Bond: z|X-Bond-Inn: z|",
		"BYE sip:a SIP/2.0|A: 1|X-Bond: z|X-Bond-Inn: z|", EDIT_HEADER},
};

Test(edit, leaving)
{
	for (size_t i = 0; i < COUNT(leaving); i++) {
		struct edit_side side = side_out(leaving[i].socket,
			leaving[i].title < 0 ? NULL : &host_names()->members[leaving[i].title]);
		check(&side, leaving[i].rows, leaving[i].wanted, leaving[i].fields, i);
	}
}

/* A request on a return path leaves by the listener whose name its dialog knows. */
Test(edit, leaving_on_a_return_path)
{
	struct edit_side side = side_out(M_UDP, &host_names()->own[0]);

	check(&side,
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 1.2.3.4;branch=z1|Record-Route: <sip:1.2.3.4;lr>|"
		"Contact: <sip:1.2.3.4>, <sip:10.0.0.1>|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP 10.0.0.1;branch=z1;bond=T2|"
		"Record-Route: <sip:10.0.0.1;lr;bond=T2>|Contact: <sip:10.0.0.1;bond=T2>, <sip:10.0.0.1>|",
		EDIT_VIA | EDIT_RECORD_ROUTE | EDIT_CONTACT, 0);
}

/* RFC 7118 8: above TLS, too, URIs say transport=ws. Not so on a socket of another transport. */
Test(edit, websocket_above_tls)
{
	static const char rows[] = "SIP/2.0 200 OK|Record-Route: <sip:10.0.0.1:8443;transport=ws;lr>|"
				   "CSeq: 1 INVITE|Contact: <sip:u@10.0.0.1:8443;transport=%s>|";
	static const struct {
		enum transport socket;
		const char *contact;
		bool edited;
	} cases[] = {{TRANSPORT_WSS, "ws", true}, {TRANSPORT_WSS, "wss", true}, {TRANSPORT_WS, "ws", true},
		{TRANSPORT_TLS, "ws", false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct text in, out, back;
		static char filled[500];
		struct name own = name_of("10.0.0.1:8443", cases[i].socket, 0);
		struct name member = name_of("1.2.3.4:8443", cases[i].socket, EXTERNAL);
		struct names n = {.own = &own, .own_count = 1, .members = &member, .member_count = 1, .key_count = 1};
		struct edit_side side = {.names = &n, .transport = (uint8_t)cases[i].socket, .title = &member};
		struct edit e;

		names_prepare(&n);
		snprintf(filled, sizeof(filled), rows, cases[i].contact);
		message(&in, filled);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		edited(&e, in.p, in.n, &out);
		bool both = strstr(out.p, "Route: <sip:1.2.3.4:8443;") && strstr(out.p, "u@1.2.3.4:8443;");
		cr_expect_eq(both, cases[i].edited, "case %zu:\n%s", i, out.p);
		if (!cases[i].edited)
			continue;
		side = (struct edit_side){
			.names = &n, .transport = (uint8_t)cases[i].socket, .in = true, .arrived = &member};
		cr_assert_eq(edit_message(&side, out.p, out.n, 0, &e), 0);
		edited(&e, out.p, out.n, &back);
		cr_expect(strstr(back.p, "Route: <sip:10.0.0.1:8443;transport=ws;lr>"), "case %zu:\n%s", i, back.p);
	}
}

Test(edit, foreign_top_via_is_reported)
{
	struct edit_side side = side_out(H_UDP, &host_names()->members[EXT_UDP]);
	struct edit e;
	const char *bye = "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n";

	cr_assert_eq(edit_message(&side, bye, strlen(bye), 0, &e), 0);
	cr_expect_eq(e.fields, EDIT_VIA_FOREIGN);
}

/* In these a token stands as {OWNER[a]FORM PORT}; what it was before is what comes out. */
static void with_tokens(struct text *t, const char *rows)
{
	const struct names *n = host_names();
	static struct text raw;

	message(&raw, rows);
	t->n = 0;
	for (const char *p = raw.p; *p; p++) {
		char token[TOKEN_LENGTH];
		if (*p != '{') {
			text_add(t, p, 1);
			continue;
		}
		const struct name *own = NULL;
		bool alias = p[2] == 'a';
		for (size_t i = n->own_count; i-- > 0;) {
			if (n->own[i].owner == p[1] - '0' && (n->own[i].given.n != 0) == alias)
				own = &n->own[i];
		}
		cr_assert_not_null(own);
		p += 2 + alias;
		token_write(n, own, alias ? FORM_GIVEN : (enum name_form)(p[0] - '0'), p[1] == 'p',
			token);
		text_add(t, token, sizeof(token));
		p += 2;
	}
}

static const struct {
	uint16_t socket;
	int arrived; /* member, -1: the listener itself */
	bool as_member;
	const char *rows, *wanted;
	unsigned fields;
} arriving[] = {
	/* R-URI and Route */
	{H_UDP, EXT_UDP, false, "BYE sip:u@1.2.3.4:5060;bond={00n};ob SIP/2.0|",
		"BYE sip:u@10.0.0.1;ob SIP/2.0|", EDIT_URI},
	{H_UDP, EXT_UDP, false, "BYE sip:u@1.2.3.4;Bond={00p} SIP/2.0|",
		"BYE sip:u@10.0.0.1:5060 SIP/2.0|", EDIT_URI},
	{H_UDP, EXT_UDP6, false, "BYE sip:[2001:DB8:B:0:0::1]:5060;bond={35n}?a=b SIP/2.0|",
		"BYE sip:[2001:0DB8:000A:0000:0000:0000:0000:0001]?a=b SIP/2.0|", EDIT_URI},
	{H_UDP, EXT_AS, false, "BYE sip:a SIP/2.0|Route: <sip:SIP.ext.example:5062;lr;bond={0a0n}>|",
		"BYE sip:a SIP/2.0|Route: <sip:sip.host.example;lr>|", EDIT_ROUTE},
	{H_UDP, EXT_UDP, false,
		"BYE sip:a SIP/2.0|Route: <sip:1.2.3.4;r2=on;bond={00n};lr>,|  <sip:10.0.0.1;r2=on;lr>|"
		"Route: <sip:1.2.3.4;bond={00p}>, <sip:proxy;lr>, <sip:1.2.3.4;bond={00n}>|",
		"BYE sip:a SIP/2.0|Route: <sip:10.0.0.1;r2=on;lr>,|  <sip:10.0.0.1;r2=on;lr>|"
		"Route: <sip:10.0.0.1:5060>, <sip:proxy;lr>, <sip:1.2.3.4;bond=T0>|",
		EDIT_ROUTE},
	/* only beside our names */
	{H_UDP, EXT_UDP, false, "BYE sip:u@1.2.3.44;bond={00n} SIP/2.0|Route: <sip:x;bond={00n}>|",
		"BYE sip:u@1.2.3.44;bond=T0 SIP/2.0|Route: <sip:x;bond=T0>|", 0},
	{H_UDP, EXT_UDP, false, "BYE sip:u@1.2.3.4;bond=abcdefghij SIP/2.0|", NULL, 0},
	{H_UDP, EXT_UDP, false, "BYE sip:u@1.2.3.4 SIP/2.0|Route: <sip:1.2.3.4;lr>|", NULL, 0},
	/* a member that the host does not know */
	{H_UDP, EXT_AS, true, "BYE sip:u@sip.ext.example:5062 SIP/2.0|Route: <sip:1.2.3.5:5062;lr>|",
		"BYE sip:u@10.0.0.1:5060 SIP/2.0|Route: <sip:10.0.0.1:5060;lr>|", EDIT_URI | EDIT_ROUTE},
	{H_UDP, EXT_AS, true, "BYE sip:a SIP/2.0|Route: <sip:10.0.0.1;lr>, <sip:1.2.3.5:5062;lr>,<sip:x>|",
		"BYE sip:a SIP/2.0|Route: <sip:10.0.0.1;lr>, <sip:10.0.0.1:5060;lr>,<sip:x>|", EDIT_ROUTE},
	{H_UDP, EXT_AS, true, "BYE sip:u@1.2.3.5:5062;bond=abcdefghij SIP/2.0|",
		"BYE sip:u@10.0.0.1:5060;bond=abcdefghij SIP/2.0|", EDIT_URI},
	{H_UDP, EXT_AS, true, "BYE sip:u@1.2.3.4 SIP/2.0|Route: <sip:x>, <sip:1.2.3.5:5062>|", NULL, 0},
	{H_UDP, EXT_AS, false, "BYE sip:u@1.2.3.5:5062 SIP/2.0|", NULL, 0},
	/* a request's other fields */
	{H_UDP, EXT_UDP, false,
		"BYE sip:a SIP/2.0|Record-Route: <sip:1.2.3.4;bond={00n}>|Contact: <sip:1.2.3.4;bond={00n}>|"
		"To: <sip:1.2.3.4;bond={00n}>|Via: SIP/2.0/UDP 1.2.3.4;bond={00n}|",
		"BYE sip:a SIP/2.0|Record-Route: <sip:1.2.3.4;bond=T0>|Contact: <sip:1.2.3.4;bond=T0>|"
		"To: <sip:1.2.3.4;bond=T0>|Via: SIP/2.0/UDP 1.2.3.4;bond=T0|",
		0},
	/* responses */
	{H_UDP, EXT_UDP, false,
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 1.2.3.4:5060;branch=z1;received=9.9.9.9;bond={00n};rport=7 ,"
		"SIP/2.0/UDP 1.2.3.4;bond={00n}|Record-Route: <sip:x>,<sip:1.2.3.4;bond={00n};lr>|"
		"Record-Route: <sip:1.2.3.4;lr;bond={40p}>|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 10.0.0.1;branch=z1;received=9.9.9.9;rport=7 ,"
		"SIP/2.0/UDP 1.2.3.4;bond=T0|Record-Route: <sip:x>,<sip:10.0.0.1;lr>|"
		"Record-Route: <sip:10.0.0.1:5070;lr>|",
		EDIT_VIA | EDIT_RECORD_ROUTE},
	{M_UDP, EXT_UDP, false, "SIP/2.0 200 OK|Via: SIP/2.0/UDP 1.2.3.4:5060;bond={00n};branch=z1|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 1.2.3.4:5060;branch=z1|", EDIT_VIA},
	{M_UDP, EXT_AS, false, "SIP/2.0 200 OK|Via: SIP/2.0/UDP sip.ext.example:5062;bond={00p}|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 1.2.3.4:5060|", EDIT_VIA},
	{H_TCP, EXT_TCP, false, "SIP/2.0 200 OK|Via: SIP/2.0/UDP 1.2.3.9;bond={10n}|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 10.0.0.1|", EDIT_VIA},
	{H_NAMED, EXT_AS, false, "SIP/2.0 200 OK|Via: SIP/2.0/UDP sip.ext.example:5062;bond={00n}|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP adv.host.example:5090|", EDIT_VIA},
	{H_UDP, EXT_UDP, false, "SIP/2.0 200 OK|Via: SIP/2.0/UDP 9.9.9.9;bond={00n}|",
		"SIP/2.0 200 OK|Via: SIP/2.0/UDP 9.9.9.9;bond=T0|", 0},
	{H_UDP, EXT_UDP, false,
		"SIP/2.0 200 OK|Path: <sip:1.2.3.4;lr;bond={00n}>|Service-Route: <sip:1.2.3.4;bond={00n}>|"
		"CSeq: 1 REGISTER|Contact: sip:x, <sip:u@1.2.3.4;bond={00p}>;expires=3|",
		"SIP/2.0 200 OK|Path: <sip:10.0.0.1;lr>|Service-Route: <sip:10.0.0.1>|CSeq: 1 REGISTER|"
		"Contact: sip:x, <sip:u@10.0.0.1:5060>;expires=3|",
		EDIT_PATH | EDIT_SERVICE_ROUTE | EDIT_CONTACT},
	{H_UDP, EXT_UDP, false, "SIP/2.0 200 OK|m: <sip:1.2.3.4;bond={00n}>|CSeq: 1 REGISTER|",
		"SIP/2.0 200 OK|m: <sip:10.0.0.1>|CSeq: 1 REGISTER|", EDIT_CONTACT},
	{H_UDP, EXT_UDP, false, "SIP/2.0 302 Moved|CSeq: 1 INVITE|Contact: <sip:1.2.3.4;bond={00n}>|",
		"SIP/2.0 302 Moved|CSeq: 1 INVITE|Contact: <sip:10.0.0.1>|", EDIT_CONTACT},
	{H_UDP, EXT_UDP, false, "SIP/2.0 200 OK|CSeq: 1 INVITE|Contact: <sip:1.2.3.4;bond={00n}>|",
		"SIP/2.0 200 OK|CSeq: 1 INVITE|Contact: <sip:1.2.3.4;bond=T0>|", 0},
	/* forged */
	{H_UDP, EXT_UDP, false, "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP x ;bond-in=1;branch=z1; BOND-IN = 2|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP x ;branch=z1|", EDIT_FORGED},
	{H_UDP, EXT_UDP, false, "BYE sip:a SIP/2.0|X-Bond-In: internal|v: SIP/2.0/UDP x|X-BOND-out: y|",
		"BYE sip:a SIP/2.0|v: SIP/2.0/UDP x|", EDIT_HEADER},
};

Test(edit, arriving)
{
	static struct text in, out, plain, want;
	const struct names *n = host_names();

	for (size_t i = 0; i < COUNT(arriving); i++) {
		struct edit_side side = side_in(arriving[i].socket, &n->members[arriving[i].arrived]);
		struct edit e;
		side.as_member = arriving[i].as_member;
		with_tokens(&in, arriving[i].rows);
		message(&want, arriving[i].wanted ? arriving[i].wanted : arriving[i].rows);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		edited(&e, in.p, in.n, &out);
		readable(&out, &plain);
		cr_expect_str_eq(plain.p, want.p, "row %zu:\n%s\nwanted\n%s", i, plain.p, want.p);
		cr_expect_eq(e.fields, arriving[i].fields, "row %zu: %#x", i, e.fields);
	}
}

Test(edit, foreign_tokens_are_counted)
{
	struct edit_side side = side_in(H_UDP, &host_names()->members[EXT_UDP]);
	struct edit e;
	const char *bye = "BYE sip:1.2.3.4;bond=abcdefghij SIP/2.0\r\nRoute: <sip:1.2.3.4;bond=x>\r\n\r\n";

	cr_assert_eq(edit_message(&side, bye, strlen(bye), 0, &e), 0);
	cr_expect_eq(e.foreign, 2);
	cr_expect_eq(e.count, 0);
}

static const struct {
	const char *rows, *wanted;
	unsigned fields;
} marked[] = {
	{"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP x;branch=z1 , SIP/2.0/UDP y|Via: SIP/2.0/UDP z|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP x;branch=z1;bond-in=M , SIP/2.0/UDP y|"
		"Via: SIP/2.0/UDP z|",
		EDIT_MARK},
	{"BYE sip:a SIP/2.0|v:|  SIP/2.0/UDP x;bond-in=1;branch=z1;bond-in=2|\t|",
		"BYE sip:a SIP/2.0|v:|  SIP/2.0/UDP x;branch=z1;bond-in=M|\t|", EDIT_MARK | EDIT_FORGED},
	{"BYE sip:1.2.3.4;bond={40p} SIP/2.0|Via: SIP/2.0/UDP x;branch=z1|",
		"BYE sip:10.0.0.1:5070 SIP/2.0|Via: SIP/2.0/UDP x;branch=z1;bond-in=M4|",
		EDIT_MARK | EDIT_URI},
	{"BYE sip:1.2.3.4;bond={40p} SIP/2.0|Via: SIP/2.0/UDP x;branch=z1|"
	 "Route: <sip:1.2.3.4;bond={00n}>, <sip:1.2.3.4;bond={40p}>|",
		"BYE sip:10.0.0.1:5070 SIP/2.0|Via: SIP/2.0/UDP x;branch=z1;bond-in=M0|"
		"Route: <sip:10.0.0.1>, <sip:10.0.0.1:5070>|",
		EDIT_MARK | EDIT_URI | EDIT_ROUTE},
	{"SIP/2.0 200 OK|Via: SIP/2.0/UDP x;branch=z1|", NULL, 0},
	{"BYE sip:a SIP/2.0|Via: x|", NULL, 0},
};

Test(edit, marking)
{
	static struct text in, out, plain, want;
	const struct names *n = host_names();

	for (size_t i = 0; i < COUNT(marked); i++) {
		struct edit_side side = side_in(M_UDP, &n->members[EXT_UDP]);
		struct edit e;
		side.mark = true;
		with_tokens(&in, marked[i].rows);
		message(&want, marked[i].wanted ? marked[i].wanted : marked[i].rows);
		cr_assert_eq(edit_message(&side, in.p, in.n, 0, &e), 0);
		edited(&e, in.p, in.n, &out);
		readable(&out, &plain);
		cr_expect_str_eq(plain.p, want.p, "row %zu:\n%s\nwanted\n%s", i, plain.p, want.p);
		cr_expect_eq(e.fields, marked[i].fields, "row %zu: %#x", i, e.fields);

		/* what a proxy makes of it: its own Via on top */
		static struct text sent;
		sent.n = 0;
		struct scan_message m;
		struct token_mark mark;
		const char *via = strstr(out.p, "BYE") ? strchr(out.p, '\n') + 1 : NULL;
		if (!via || !(e.fields & EDIT_MARK))
			continue;
		text_add(&sent, out.p, (size_t)(via - out.p));
		text_print(&sent, "Via: SIP/2.0/UDP 10.0.0.1;branch=z2\r\n%s", via);
		cr_assert(scan_message(sent.p, sent.n, &m));
		cr_expect(mark_read(n, m.via[1], &mark), "row %zu", i);
		cr_expect(addr_equal(&mark.arrived->addr, &n->members[EXT_UDP].addr));
		/* in the top Via, or under another branch, it is nobody's word */
		cr_assert(scan_message(out.p, out.n, &m));
		cr_expect(!mark_read(n, m.via[1], &mark));
	}
}

Test(edit, mark_keeps_to_the_room)
{
	struct edit_side side = side_in(M_UDP, &host_names()->members[EXT_UDP]);
	struct edit e;
	const char *bye = "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z1\r\n\r\n";
	size_t n = strlen(bye);

	side.mark = true;
	cr_assert_eq(edit_message(&side, bye, n, n + 19, &e), 0);
	cr_expect_eq(e.fields, EDIT_MARK);
	cr_expect_eq(e.grows, 19);
	cr_assert_eq(edit_message(&side, bye, n, n + 18, &e), 0);
	cr_expect_eq(e.fields, EDIT_NO_ROOM);
	cr_expect_eq(e.grows, 0);
}

Test(edit, tells_the_script)
{
	struct edit_side side = side_in(M_UDP, &host_names()->members[EXT_UDP]);
	struct edit e;
	struct text out;
	static const char *const messages[][2] = {
		{"BYE sip:a SIP/2.0\r\nX-Bond-In: internal\r\nA: 1\r\nB: 2\r\n\r\n",
			"BYE sip:a SIP/2.0\r\nX-Bond-In: external\r\nA: 1\r\nB: 2\r\n\r\n"},
		{"BYE sip:a SIP/2.0\nA: 1\n\n", "BYE sip:a SIP/2.0\nX-Bond-In: external\nA: 1\n\n"},
		{"SIP/2.0 200 OK\r\nA: 1\r\nX-Bond-In: internal\r\n\r\n",
			"SIP/2.0 200 OK\r\nA: 1\r\n\r\n"},
	};

	side.bond = text_span("external");
	for (size_t i = 0; i < COUNT(messages); i++) {
		cr_assert_eq(edit_message(&side, messages[i][0], strlen(messages[i][0]), 0, &e), 0);
		edited(&e, messages[i][0], strlen(messages[i][0]), &out);
		cr_expect_str_eq(out.p, messages[i][1]);
	}
}

Test(edit, wish_of_the_script)
{
	const struct names *n = host_names();
	static const char *const rows[][2] = {
		{"BYE sip:a SIP/2.0\r\nX-Bond-Out: internal\r\nx-bond-out  :\r\n external \r\n\r\n",
			"external"},
		{"BYE sip:a SIP/2.0\r\nX-Bond-In: internal\r\n\r\nX-Bond-Out: x\r\n", ""},
		{"BYE sip:a SIP/2.0\r\nX-Bond-Out: \r\n\r\n", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span wish = script_wish(n, rows[i][0], strlen(rows[i][0]));
		cr_expect(wish.n == strlen(rows[i][1]) &&
			(!wish.n || memcmp(wish.p, rows[i][1], wish.n) == 0));
	}
}

Test(edit, too_much_is_refused_whole)
{
	struct edit_side side = side_out(H_UDP, NULL);
	struct edit e;
	static struct text t;

	text_print(&t, "BYE sip:a SIP/2.0\r\n");
	for (int i = 0; i < EDIT_SPLICES; i++)
		text_print(&t, "X-Bond-Out: %d\r\nA: 1\r\n", i);
	cr_expect_eq(edit_message(&side, t.p, t.n, 0, &e), 0);
	text_print(&t, "X-Bond-Out: x\r\n\r\n");
	cr_expect_eq(edit_message(&side, t.p, t.n, 0, &e), E2BIG);
	cr_expect_eq(edit_message(&side, "TEST", 4, 0, &e), EINVAL);
	cr_expect_eq(edit_message(&side, "GET / HTTP/1.1\r\n\r\n", 18, 0, &e), EINVAL);
}

Test(edit, over_several_buffers)
{
	struct edit_side side = side_out(H_UDP, &host_names()->members[EXT_AS]);
	struct edit e;
	struct text whole;
	const char *bye = "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z1\r\n"
			  "X-Bond-Out: external\r\nContact: <sip:10.0.0.1>\r\n\r\nbody";
	size_t n = strlen(bye);

	cr_assert_eq(edit_message(&side, bye, n, 0, &e), 0);
	edited(&e, bye, n, &whole);
	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b += 7) {
			struct iovec in[4] = {{(char *)bye, a}, {(char *)bye + a, b - a},
				{(char *)bye + b, 0}, {(char *)bye + b, n - b}};
			struct iovec out[2 * EDIT_SPLICES + 5];
			static struct text joined;
			joined.n = 0;
			size_t count = splice_iovec(&e, in, 4, out, COUNT(out));
			for (size_t i = 0; i < count; i++)
				text_add(&joined, out[i].iov_base, out[i].iov_len);
			cr_assert_str_eq(joined.p, whole.p);
			cr_expect_eq(splice_iovec(&e, in, 4, out, count - 1), 0);
		}
	}
}
