/* SPDX-License-Identifier: MIT */
/* ws_head: what both heads of a WebSocket's handshake say, for every way in which they can be cut. */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/ws_head.h"

#define ASKS "GET /ws HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define ANSWERS "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define SIP "Sec-WebSocket-Protocol: sip\r\n"
#define END "\r\n"
#define LONG                                                                                       \
	"Cookie: 0123456789012345678901234567890123456789012345678901234567890123456789012345678\r\n"

static const struct {
	const char *head;
	enum ws_head_is is;
} heads[] = {
	{ASKS SIP END, WS_HEAD_ASKS},
	{ASKS LONG "sec-websocket-protocol:sip" LONG LONG SIP END, WS_HEAD_ASKS},
	{ASKS "Sec-WebSocket-Protocol: msrp,sip\r\n" END, WS_HEAD_ASKS},
	{ASKS "Sec-WebSocket-Protocol:\tSIP , xmpp \r\n" END, WS_HEAD_ASKS},
	{ASKS "Sec-WebSocket-Protocol: msrp\r\n" SIP END, WS_HEAD_ASKS},
	{ASKS SIP "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" END,
		WS_HEAD_ASKS},
	{"GET / HTTP/1.1\nupgrade:h2c, WebSocket\nSEC-WEBSOCKET-PROTOCOL: sip\n\n", WS_HEAD_ASKS},
	{ANSWERS SIP END, WS_HEAD_ANSWERS},
	{ANSWERS SIP "Sec-WebSocket-Extensions:\r\n" END, WS_HEAD_ANSWERS},
	{"HTTP/1.1 101\r\nUpgrade: WEBSOCKET\r\n" SIP END, WS_HEAD_ANSWERS},
	/* another subprotocol, or none; no WebSocket; extensions */
	{ASKS END, WS_HEAD_OTHER},
	{ASKS "Sec-WebSocket-Protocol: msrp, sips, sip2, xsip\r\n" END, WS_HEAD_OTHER},
	{ASKS "X-Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Protocol-X: sip\r\n" END, WS_HEAD_OTHER},
	{ASKS "Sec-WebSocket-Protocol: 012345678901234567890123sip\r\n" END, WS_HEAD_OTHER},
	{"GET / HTTP/1.1\r\nHost: a\r\n" SIP END, WS_HEAD_OTHER},
	{"GET / HTTP/1.1\r\nUpgrade: h2c\r\n" SIP END, WS_HEAD_OTHER},
	{ANSWERS "Sec-WebSocket-Protocol: msrp\r\n" END, WS_HEAD_OTHER},
	{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n" END, WS_HEAD_OTHER},
	/* frames follow, and nobody knows more */
	{ANSWERS END, WS_HEAD_UNREAD},
	{ANSWERS SIP "Sec-WebSocket-Extensions: permessage-deflate\r\n" END, WS_HEAD_UNREAD},
	{ANSWERS SIP "sec-websocket-extensions:x\r\n" END, WS_HEAD_UNREAD},
	/* a line that is folded */
	{ANSWERS SIP "Sec-WebSocket-Extensions:\r\n permessage-deflate\r\n" END, WS_HEAD_UNREAD},
	{ASKS SIP "Cookie:\r\n x\r\n" END, WS_HEAD_OTHER},
	/* other heads */
	{"HTTP/1.1 200 OK\r\n", WS_HEAD_OTHER},
	{"HTTP/1.1 10\r\n", WS_HEAD_OTHER},
	{"GET\r\n", WS_HEAD_OTHER},
	{"POST / HTTP/1.1\r\n", WS_HEAD_OTHER},
	{"INVITE sip:a SIP/2.0\r\n", WS_HEAD_OTHER},
	{"\r\n", WS_HEAD_OTHER},
	/* one that is not over */
	{ASKS SIP, WS_HEAD_MORE},
	{"HTTP/1.1 1", WS_HEAD_MORE},
	{"", WS_HEAD_MORE},
};

Test(ws_head, in_any_portions)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *p = heads[i].head;
		size_t n = strlen(p), whole = 0;

		for (size_t portion = n ? n : 1; portion > 0; portion--) {
			enum ws_head_is is = WS_HEAD_MORE;
			struct ws_head h = {0};
			size_t at = 0, used;

			while (at < n && is == WS_HEAD_MORE) {
				is = ws_head_feed(&h, p + at, n - at < portion ? n - at : portion, &used);
				at += used;
			}
			cr_assert_eq(is, heads[i].is, "%s in %zu: %d", p, portion, is);
			if (portion == n)
				whole = at;
			cr_assert_eq(at, portion == 1 && !n ? 0 : whole, "%s in %zu", p, portion);
		}
	}
}

Test(ws_head, what_is_behind_belongs_to_no_head)
{
	struct ws_head h = {0};
	size_t used;

	cr_expect_eq(ws_head_feed(&h, ANSWERS SIP END "\x81\x05", sizeof(ANSWERS SIP END) + 1, &used),
		WS_HEAD_ANSWERS);
	cr_expect_eq(used, sizeof(ANSWERS SIP END) - 1);
}

Test(ws_head, no_head_without_end)
{
	struct ws_head h = {0};
	enum ws_head_is is = WS_HEAD_MORE;
	size_t used, n = 0;

	is = ws_head_feed(&h, ASKS SIP, sizeof(ASKS SIP) - 1, &used);
	for (n = used; is == WS_HEAD_MORE && n < 10 * WS_HEAD_MAX; n += used)
		is = ws_head_feed(&h, LONG, sizeof(LONG) - 1, &used);
	cr_expect_eq(is, WS_HEAD_OTHER);
	cr_expect_eq(n, WS_HEAD_MAX + 1);
}

Test(ws_head, is_answer)
{
	static const struct {
		const char *p;
		bool answer;
	} rows[] = {{"HTTP/1.1 101", true}, {ANSWERS, true}, {ANSWERS END, true}, {"HTTP/1.1 10", false},
		{"HTTP/1.1 200 OK\r\n", false}, {ASKS SIP END, false}, {"", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ws_head h = {0};
		size_t used;
		ws_head_feed(&h, rows[i].p, strlen(rows[i].p), &used);
		cr_expect_eq(ws_head_is_answer(&h), rows[i].answer, "%s", rows[i].p);
	}
}

Test(ws_head, begins)
{
	cr_expect(ws_head_begins("G", 1));
	cr_expect(ws_head_begins(ASKS, sizeof(ASKS) - 1));
	cr_expect(ws_head_begins("HTTP/1.1 101 x", 14));
	cr_expect(!ws_head_begins("GETX", 4));
	cr_expect(!ws_head_begins("HTTP/1.1 2", 10));
	cr_expect(!ws_head_begins("SIP/2.0 200 OK", 14));
	cr_expect(!ws_head_begins("\x81\x05", 2));
}
