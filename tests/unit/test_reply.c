/* SPDX-License-Identifier: MIT */
/* reply: the 403 and where it goes. */
#include "sip.h"

#include "sip/reply.h"

#define REST "Max-Forwards: 70\r\nContact: <sip:someone@192.0.2.99:5060>\r\nUser-Agent: padding, so that" \
	" the answer is no longer than the request, whatever is added to it\r\nX: 0123456789012345678" \
	"9012345678901234567890123456789\r\n\r\n"

static struct prf_key key = {{1, 2}};

static size_t answer(const char *request, const char *from, char *buf, size_t room, struct addr *to)
{
	struct addr source;

	cr_assert(addr_parse(&source, from, strlen(from)) == 0);
	size_t n = reply_403(request, strlen(request), &key, &source, buf, room, to);
	buf[n] = 0;
	return n;
}

static const struct {
	const char *request, *from, *want, *to;
} rows[] = {
	{"INVITE sip:a SIP/2.0\r\nv: SIP/2.0/UDP 10.9.9.9:5070;rport;branch=z1 , SIP/2.0/TCP b;branch=z0\r\n"
	 "Via: SIP/2.0/UDP c\r\nf: \"x\" <sip:a>;tag=1\r\nt: <sip:b>\r\ni: id@x\r\nCSeq: 7  INVITE\r\n" REST,
		"192.0.2.5:1024",
		"SIP/2.0 403 Forbidden\r\n"
		"Via: SIP/2.0/UDP 10.9.9.9:5070;branch=z1;received=192.0.2.5;rport=1024\r\n"
		"Via: SIP/2.0/TCP b;branch=z0\r\nVia: SIP/2.0/UDP c\r\nFrom: \"x\" <sip:a>;tag=1\r\n"
		"To: <sip:b>;tag=5984d0c4c1ac037e\r\nCall-ID: id@x\r\nCSeq: 7  INVITE\r\n"
		"Content-Length: 0\r\n\r\n",
		"192.0.2.5:1024"},
	{"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;received=9.9.9.9;maddr=8.8.8.8;rport=1;x;received=7.7.7.7\r\n"
	 "From: <sip:a>\r\nTo: sip:b;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"[2001:db8::5]:1024",
		"SIP/2.0 403 Forbidden\r\nVia: SIP/2.0/UDP h;maddr=8.8.8.8;x;received=2001:db8::5;rport=1024\r\n"
		"From: <sip:a>\r\nTo: sip:b;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
		"[2001:db8::5]:1024"},
	{"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nTo: <sip:b>;tag=2\r\n"
	 "Call-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"192.0.2.5:1024",
		"SIP/2.0 403 Forbidden\r\nVia: SIP/2.0/UDP h;received=192.0.2.5\r\nFrom: <sip:a>\r\n"
		"To: <sip:b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
		"192.0.2.5:5060"},
	{"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TLS h:7000\r\nFrom: <sip:a>\r\nTo: <sip:b>;tag=2\r\n"
	 "Call-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"192.0.2.5:1024",
		"SIP/2.0 403 Forbidden\r\nVia: SIP/2.0/TLS h:7000;received=192.0.2.5\r\nFrom: <sip:a>\r\n"
		"To: <sip:b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
		"192.0.2.5:7000"},
};

Test(reply, forbids)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[2048], text[ADDR_TEXT_MAX];
		struct addr to;
		size_t n = answer(rows[i].request, rows[i].from, buf, sizeof(buf) - 1, &to);
		cr_expect_str_eq(buf, rows[i].want, "row %zu: %s", i, buf);
		text[addr_print(&to, text)] = 0;
		cr_expect_str_eq(text, rows[i].to);
		cr_expect_eq(answer(rows[i].request, rows[i].from, buf, n - 1, &to), 0, "no room");
		cr_expect_eq(answer(rows[i].request, rows[i].from, buf, n, &to), n);
	}
}

Test(reply, is_silent)
{
	static const char *const requests[] = {
		"ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nTo: <sip:b>;tag=2\r\n"
		"Call-ID: 1\r\nCSeq: 1 ACK\r\n" REST,
		"BYE sip:a SIP/2.0\r\nFrom: <sip:a>\r\nTo: <sip:b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"BYE sip:a SIP/2.0\r\nVia: nothing\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\n"
		"CSeq: 1 BYE\r\n" REST,
		"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\n" REST,
		"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n" REST,
		"BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\nCSeq: 1 BYE\r\n" REST,
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\n"
		"CSeq: 1 BYE\r\n" REST,
		/* the answer would be larger */
		"A b SIP/2.0\r\nv: SIP/2.0/UDP h\r\nf:x\r\nt:y\r\ni:1\r\nCSeq:1 A\r\n\r\n",
		"",
	};

	for (size_t i = 0; i < COUNT(requests); i++) {
		char buf[2048];
		struct addr to;
		cr_expect_eq(answer(requests[i], "192.0.2.5:1024", buf, sizeof(buf) - 1, &to), 0, "row %zu",
			i);
	}
}

/* Copies of a request get the same tag, another transaction gets another. */
Test(reply, tag_is_of_the_transaction)
{
	char buf[3][2048];
	char request[2048];
	struct addr to;

	for (int i = 0; i < 3; i++) {
		snprintf(request, sizeof(request), "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z%d\r\n"
			"From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n" REST, i / 2);
		cr_assert(answer(request, "192.0.2.5:1024", buf[i], sizeof(buf[i]) - 1, &to) > 0);
	}
	cr_expect_str_eq(buf[0], buf[1]);
	char *a = strstr(buf[1], "To: "), *b = strstr(buf[2], "To: ");
	cr_expect(strncmp(a, b, 32) != 0);
}
