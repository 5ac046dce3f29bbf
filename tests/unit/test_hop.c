/* SPDX-License-Identifier: MIT */
/* hop: where a peer wants what follows, in every writing of it; and what says nothing of that. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "sip/hop.h"

/* "host:port", or "" where nothing is named. \n stands for a line end. */
static const char *named(const char *start, const char *fields)
{
	static char text[200], message[2000];
	struct hop hop;
	char *to = message;

	for (const char *part[] = {start, fields, "\n"}, **p = part; p < part + 3; p++) {
		for (const char *c = *p; *c; c++) {
			if (*c == '\n')
				*to++ = '\r';
			*to++ = *c;
		}
	}
	if (!hop_named(message, (size_t)(to - message), &hop))
		return "";
	snprintf(text, sizeof(text), "%.*s:%u", (int)hop.at.host.n, hop.at.host.p, hop.port);
	return text;
}

#define REQUEST(method) method " sip:h@10.0.0.1 SIP/2.0\n"
#define CONTACT "Contact: <sip:p@192.0.2.1:5070>\n"

Test(hop, contacts)
{
	static const struct {
		const char *field, *named;
	} rows[] = {
		{CONTACT, "192.0.2.1:5070"},
		{"m: \"P, <q>\" <sip:p@192.0.2.1:5070;transport=tcp>;expires=5\n", "192.0.2.1:5070"},
		{"CONTACT :\n sip:192.0.2.1\n", "192.0.2.1:5060"},
		{"Contact: <sips:p@192.0.2.1>\n", "192.0.2.1:5061"},
		{"Contact: <sip:p@192.0.2.1;transport=TLS>\n", "192.0.2.1:5061"},
		{"Contact: <sip:p@[2001:db8::1]:5071>\n", "2001:db8::1:5071"},
		{"Contact: <sip:p@phone.example.com:5079>\n", "phone.example.com:5079"},
		{"Contact: <sip:a@192.0.2.1:5072>, <sip:b@192.0.2.1:5073>\n" CONTACT, "192.0.2.1:5072"},
		{"Contact: *\n", ""},
		{"Contact: <tel:+1>\n", ""},
		{"Contact:\n", ""},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(named(REQUEST("INVITE"), rows[i].field), rows[i].named, "%s", rows[i].field);
}

Test(hop, routes_go_before_contacts)
{
	cr_expect_str_eq(named(REQUEST("INVITE"), CONTACT "Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>\n"
			"Record-Route: <sip:192.0.2.9;lr>\n"), "192.0.2.7:5060");
	cr_expect_str_eq(named(REQUEST("REGISTER"), "Path: <sip:192.0.2.7:5075;lr>\n" CONTACT), "192.0.2.7:5075");
	cr_expect_str_eq(named("SIP/2.0 200 OK\n", "CSeq: 1 INVITE\n" CONTACT
			"Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>\nRecord-Route: <sip:192.0.2.9;lr>\n"),
		"192.0.2.9:5060", "a response has them the other way round");
}

Test(hop, messages_that_name_none)
{
	static const char *const yes[] = {"INVITE", "REGISTER", "SUBSCRIBE", "REFER", "UPDATE", "NOTIFY"},
		*const no[] = {"OPTIONS", "ACK", "BYE", "CANCEL", "MESSAGE", "INFO", "PRACK", "INVITES", "invite2"};
	char start[100];

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		snprintf(start, sizeof(start), "%s sip:h@10.0.0.1 SIP/2.0\n", yes[i]);
		cr_expect_str_eq(named(start, CONTACT), "192.0.2.1:5070", "%s", yes[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		snprintf(start, sizeof(start), "%s sip:h@10.0.0.1 SIP/2.0\n", no[i]);
		cr_expect_str_eq(named(start, CONTACT), "", "%s", no[i]);
	}
	cr_expect_str_eq(named("SIP/2.0 183 Progress\n", "CSeq: 1 INVITE\n" CONTACT), "192.0.2.1:5070");
	cr_expect_str_eq(named("SIP/2.0 100 Trying\n", "CSeq: 1 INVITE\n" CONTACT), "");
	cr_expect_str_eq(named("SIP/2.0 302 Moved\n", "CSeq: 1 INVITE\n" CONTACT), "");
	cr_expect_str_eq(named("SIP/2.0 200 OK\n", "CSeq: 1 REGISTER\n" CONTACT), "", "its Contacts are the host's");
	cr_expect_str_eq(named("SIP/2.0 200 OK\n", "CSeq: 1 OPTIONS\n" CONTACT), "");
	cr_expect_str_eq(named("hello there\n", CONTACT), "");
}
