/* SPDX-License-Identifier: MIT */
/* field: values of a row, parameters, addresses, URIs, Vias. */
#include <criterion/criterion.h>

#include "sip/field.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) ((struct span){literal, sizeof(literal) - 1})

static struct span text(const char *s)
{
	return (struct span){s, strlen(s)};
}

static void expect(struct span s, const char *want, const char *of)
{
	cr_expect(s.n == strlen(want) && memcmp(s.p, want, s.n) == 0, "\"%.*s\", wanted \"%s\", of %s",
		(int)s.n, s.p, want, of);
}

Test(field, values)
{
	struct span rest =
		TEXT(" <sip:a,b;x=\">,\">, \"c,d\\\",\" <sip:e>;f=\"g,h;i=1\" , ,\r\n j ");
	static const char *const values[] = {
		"<sip:a,b;x=\">,\">", "\"c,d\\\",\" <sip:e>;f=\"g,h;i=1\"", "j"};
	struct span value;

	for (size_t i = 0; i < COUNT(values); i++) {
		cr_assert(field_value(&rest, &value));
		expect(value, values[i], "the row");
	}
	cr_expect(!field_value(&rest, &value));
}

Test(field, parameters)
{
	static const struct {
		const char *params, *name, *value, *whole;
	} rows[] = {
		{";a=1; B = \"x;c=2\" ;lr;c=;d", "a", "1", ";a=1"},
		{";a=1; B = \"x;c=2\" ;lr;c=;d", "b", "\"x;c=2\"", "; B = \"x;c=2\""},
		{";a=1; B = \"x;c=2\" ;lr;c=;d", "lr", "", ";lr"},
		{";a=1; B = \"x;c=2\" ;lr;c=;d", "c", "", ";c="},
		{";a=1; B = \"x;c=2\" ;lr;c=;d", "d", "", ";d"},
		{";bond-in=1;bond=2", "bond", "2", ";bond=2"},
		{";bonds=1;BOND\r\n =\t2 ", "bond", "2", ";BOND\r\n =\t2"},
		{" ;a", "a", "", ";a"},
		{";a=<x;b=1>;b=2", "b", "2", ";b=2"},
		{";a=\"x;b=1", "b", NULL, NULL},
		{"", "a", NULL, NULL},
		{"b", "b", NULL, NULL},
		{";ab=1", "a", NULL, NULL},
		{";a =1", "ab", NULL, NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_param param;
		bool found = field_param(text(rows[i].params), rows[i].name, &param);
		cr_expect_eq(found, rows[i].value != NULL, "row %zu", i);
		if (found && rows[i].value) {
			expect(param.value, rows[i].value, rows[i].params);
			expect(param.whole, rows[i].whole, rows[i].params);
		}
	}
}

Test(field, closed)
{
	static const char *const closed[] = {"", ";a=\"<\"", ";a=<\">\">", "\"\\\"\"", "a>b", "<a<b>", "\\<>"};
	static const char *const open[] = {"\"", ";a=\"\\\"", "<", "<\">", "<>\"x", "\"\\"};

	for (size_t i = 0; i < COUNT(closed); i++)
		cr_expect(field_is_closed(text(closed[i])), "%s", closed[i]);
	for (size_t i = 0; i < COUNT(open); i++)
		cr_expect(!field_is_closed(text(open[i])), "%s", open[i]);
}

Test(field, addresses)
{
	static const struct {
		const char *value, *uri, *params;
		bool bare;
	} rows[] = {
		{"<sip:a@b;x=1>;y=2", "sip:a@b;x=1", ";y=2", false},
		{"\"A <x>; B\" <sip:a@b> ; y", "sip:a@b", "; y", false},
		{"\"A \\\" <x>\"<sip:a@b>", "sip:a@b", "", false},
		{"< sip:a@b >", "sip:a@b", "", false},
		{"<sip:a;received=\"sip:x>;y\">;q=1", "sip:a;received=\"sip:x>;y\"", ";q=1", false},
		{"sip:a@b;x=1", "sip:a@b", ";x=1", true},
		{"sip:a@b", "sip:a@b", "", true},
		{"*", "*", "", true},
		{"<sip:a", NULL, NULL, false},
		{"<", NULL, NULL, false},
		{"", NULL, NULL, false},
		{";x", NULL, NULL, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_address a;
		bool found = field_address(text(rows[i].value), &a);
		cr_expect_eq(found, rows[i].uri != NULL, "row %zu", i);
		if (found && rows[i].uri) {
			expect(a.uri, rows[i].uri, rows[i].value);
			expect(a.params, rows[i].params, rows[i].value);
			cr_expect_eq(a.bare, rows[i].bare);
		}
	}
}

Test(field, uris)
{
	static const struct {
		const char *uri, *user, *host, *whole, *params, *headers;
		uint16_t port;
		bool sips, v6;
	} rows[] = {
		{"sip:b@h:5060;x?y=1;z", "b", "h", "h:5060", ";x", "?y=1;z", 5060, false, false},
		{"SIPS:h", "", "h", "h", "", "", 0, true, false},
		{"sip:a;b?c@[2001:db8::1]:5061", "a;b?c", "2001:db8::1", "[2001:db8::1]:5061", "", "",
			5061, false, true},
		{"sip:a@b!c@h;x", "a@b!c", "h", "h", ";x", "", 0, false, false},
		{"sip:h;x=a@", "", "h", "h", ";x=a@", "", 0, false, false},
		{"tel:1", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:h:0", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:h:65536", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:h:", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:[::1", NULL, NULL, NULL, NULL, NULL, 0, false, false},
		{"sip:[]", NULL, NULL, NULL, NULL, NULL, 0, false, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_uri u;
		bool found = field_uri(text(rows[i].uri), &u);
		cr_expect_eq(found, rows[i].host != NULL, "row %zu", i);
		if (!found || !rows[i].host)
			continue;
		expect(u.user, rows[i].user, rows[i].uri);
		expect(u.at.host, rows[i].host, rows[i].uri);
		expect(u.at.whole, rows[i].whole, rows[i].uri);
		expect(u.params, rows[i].params, rows[i].uri);
		expect(u.headers, rows[i].headers, rows[i].uri);
		cr_expect_eq(u.at.number, rows[i].port);
		cr_expect_eq(u.sips, rows[i].sips);
		cr_expect_eq(u.at.v6, rows[i].v6);
	}
}

Test(field, vias)
{
	static const struct {
		const char *via, *transport, *host, *whole, *params;
		uint16_t port;
	} rows[] = {
		{"SIP/2.0/UDP 10.0.0.1:5060;branch=z", "UDP", "10.0.0.1", "10.0.0.1:5060", ";branch=z",
			5060},
		{"SIP/2.0/TLS h", "TLS", "h", "h", "", 0},
		{"SIP / 2.0 / UDP  h : 5070 ; x", "UDP", "h", "h : 5070", "; x", 5070},
		{"SIP  /\t2.0\r\n / TCP\r\n [2001:db8::1]\t:5061", "TCP", "2001:db8::1",
			"[2001:db8::1]\t:5061", "", 5061},
		{"SIP/2.0/UDP h ;x", "UDP", "h", "h", ";x", 0},
		{"SIP/2.0/UDP", NULL, NULL, NULL, NULL, 0},
		{"SIP/2.0/UDP ", NULL, NULL, NULL, NULL, 0},
		{"SIP/2.0 UDP h", NULL, NULL, NULL, NULL, 0},
		{"SIP/2.0/UDP h x", NULL, NULL, NULL, NULL, 0},
		{"SIP/2.0/UDP h:x", NULL, NULL, NULL, NULL, 0},
		{"", NULL, NULL, NULL, NULL, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_via v;
		bool found = field_via(text(rows[i].via), &v);
		cr_expect_eq(found, rows[i].host != NULL, "row %zu", i);
		if (!found || !rows[i].host)
			continue;
		expect(v.transport, rows[i].transport, rows[i].via);
		expect(v.by.host, rows[i].host, rows[i].via);
		expect(v.by.whole, rows[i].whole, rows[i].via);
		expect(v.params, rows[i].params, rows[i].via);
		cr_expect_eq(v.by.number, rows[i].port);
	}
}

Test(field, tags)
{
	expect(field_tag(text("<sip:a;tag=no>;tag=yes")), "yes", "To");
	expect(field_tag(text("sip:a;TAG = 1 ")), "1", "To");
	expect(field_tag(text("\";tag=no\" <sip:a>")), "", "To");
}
