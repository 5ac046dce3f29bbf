/* SPDX-License-Identifier: MIT */
/* uri: where a SIP URI leads to. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "dns/uri.h"

static const struct {
	const char *text;
	const char *host; /* NULL = refused */
	unsigned port;
	bool sips;
	enum transport transport;
} uris[] = {
	{"sip:carrier1.com", "carrier1.com", 0, false, TRANSPORT_NONE},
	{"SIP:Bob@Carrier1.COM.", "carrier1.com", 0, false, TRANSPORT_NONE},
	{"sips:bob:secret@carrier1.com:5071", "carrier1.com", 5071, true, TRANSPORT_NONE},
	{"sip:carrier1.com;transport=TCP;lr", "carrier1.com", 0, false, TRANSPORT_TCP},
	{"sip:carrier1.com;lr;Transport=tls", "carrier1.com", 0, false, TRANSPORT_TLS},
	{"<sip:+4930123;phone-context=de@carrier1.com;user=phone>", "carrier1.com", 0, false,
		TRANSPORT_NONE},
	{"sip:a;b?c@carrier1.com?subject=x", "carrier1.com", 0, false, TRANSPORT_NONE},
	{"sip:192.0.2.1", "192.0.2.1", 0, false, TRANSPORT_NONE},
	{"sip:192.0.2.1:5070;transport=udp", "192.0.2.1", 5070, false, TRANSPORT_UDP},
	{"sip:[2001:db8::7]", "2001:db8::7", 0, false, TRANSPORT_NONE},
	{"sips:x@[2001:db8::7]:5061;transport=ws", "2001:db8::7", 5061, true, TRANSPORT_WS},
	{"sip:carrier1.com;maddr=192.0.2.9", "192.0.2.9", 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com;maddr=other.example", "other.example", 0, false, TRANSPORT_NONE},
	{"carrier1.com", "carrier1.com", 0, false, TRANSPORT_NONE},
	{"carrier1.com:5070", "carrier1.com", 5070, false, TRANSPORT_NONE},
	{"sip:", NULL, 0, false, TRANSPORT_NONE},
	{"", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com:", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com:0", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com:65536", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com:5060x", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com;transport=pigeon", NULL, 0, false, TRANSPORT_NONE},
	{"sip:carrier1.com;transport", NULL, 0, false, TRANSPORT_NONE},
	{"sip:2001:db8::7", NULL, 0, false, TRANSPORT_NONE},
	{"sip:[2001:db8::7", NULL, 0, false, TRANSPORT_NONE},
	{"sip:[2001:db8::zz]", NULL, 0, false, TRANSPORT_NONE},
	{"sip:[2001:db8::7]x", NULL, 0, false, TRANSPORT_NONE},
	{"sip:car rier", NULL, 0, false, TRANSPORT_NONE},
	{"tel:+4930123", NULL, 0, false, TRANSPORT_NONE},
};

Test(uri, table)
{
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct uri u;
		char host[ANSWER_NAME_MAX];
		const char *why = NULL;
		/* no byte after the text */
		size_t n = strlen(uris[i].text);
		char *copy = malloc(n);
		memcpy(copy, uris[i].text, n);
		int e = uri_parse(&u, copy, n, &why);
		free(copy);
		cr_expect_eq(e, uris[i].host ? 0 : EINVAL, "%s", uris[i].text);
		if (e) {
			cr_expect(why && *why, "%s", uris[i].text);
			continue;
		}
		snprintf(host, sizeof(host), "%s", u.host);
		if (u.numeric.family)
			addr_print_host(&u.numeric, host);
		cr_expect_str_eq(host, uris[i].host);
		cr_expect_eq(u.port, uris[i].port, "%s", uris[i].text);
		cr_expect_eq(u.sips, uris[i].sips, "%s", uris[i].text);
		cr_expect_eq(u.transport, uris[i].transport, "%s", uris[i].text);
	}
}

/* Each is told what is wrong with it and what to write. */
Test(uri, reasons)
{
	static const struct {
		const char *text, *why;
	} refused[] = {
		{"", "the host is missing: write one, as in sip:carrier1.com"},
		{"sip:", "the host is missing"},
		{"sips:", "the host is missing"},
		{"<sip:>", "the host is missing"},
		{"sip:bob@", "the host is missing"},
		{"sip::5060", "the host is missing"},
		{"sip:;transport=udp", "the host is missing"},
		{"sip:full.test:", "the port is missing behind the colon: write one, or leave the colon out"},
		{"sip:full.test:;lr", "the port is missing"},
		{"sip:full.test:0", "the port must be a number from 1 to 65535"},
		{"full.test:abc", "the port must be a number"},
		{"tel:+123", "a tel: URI names no host that DNS could look up: write the sip: URI"},
		{"<TEL:+123>", "a tel: URI names no host"},
		{"mailto:bob@carrier1.com", "this is no SIP URI: write sip:HOST or sips:HOST"},
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *why = "";
		struct uri u;
		cr_expect_eq(uri_parse(&u, refused[i].text, strlen(refused[i].text), &why), EINVAL, "%s",
			refused[i].text);
		cr_expect(strncmp(why, refused[i].why, strlen(refused[i].why)) == 0, "%s: %s",
			refused[i].text, why);
	}
}
