/* SPDX-License-Identifier: MIT */
/* ladder: which ends a call has, what stands at its arrows, and in how many columns. */
#include "packet.h"

#include <stdlib.h>

#include "ctl/ladder.h"
#include "wire/ws_frame.h"

#define A "10.0.0.9:5060"
#define H "10.10.0.3:5060"
#define M "1.2.3.4:5060"
#define B "203.0.113.9:5060"
#define MESSAGE(start, id, cseq) \
	start "\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa\r\nCall-ID: " id "\r\nCSeq: " cseq \
	"\r\nContent-Length: 0\r\n\r\n"
#define SECOND INT64_C(1000000000)
#define START (INT64_C(1790000000) * SECOND)

static char record[300000], *text;
static size_t text_n;
static FILE *out;

static struct ladder *begin(unsigned width, bool utf8)
{
	struct ladder_style style = {.width = width, .utf8 = utf8};
	struct ladder *l;

	out = open_memstream(&text, &text_n);
	l = ladder_open(out, &style);
	cr_assert(out && l);
	return l;
}

static void add(struct ladder *l, const struct said *s, int ms)
{
	struct said at = *s;
	struct packet_view v;

	at.at = START + ms * (SECOND / 1000);
	cr_assert(packet_read(&v, record, record_of_said(&at, record)));
	ladder_put(l, &v);
}

static const char *end(struct ladder *l)
{
	ladder_close(l);
	fclose(out);
	return text;
}

/* A call that came in at a listener, and went on by a member. */
static void whole_call(struct ladder *l)
{
	static const struct said call[] = {
		{.from = A, .to = H, .flags = PACKET_ARRIVED, .texts[PACKET_BOND] = "internal",
			.wire = MESSAGE("INVITE sip:b SIP/2.0", "a@x", "1 INVITE")},
		{.from = M, .to = B, .shown = H, .texts = {[PACKET_BOND] = "external",
			[PACKET_ROUTE] = "carriers"},
			.wire = MESSAGE("INVITE sip:b SIP/2.0", "a@x", "1 INVITE")},
		{.from = M, .to = B, .shown = H, .texts = {[PACKET_BOND] = "external",
			[PACKET_ROUTE] = "carriers"},
			.wire = MESSAGE("INVITE sip:b SIP/2.0", "a@x", "1 INVITE")},
		{.from = B, .to = M, .shown = H, .flags = PACKET_ARRIVED, .texts[PACKET_BOND] = "external",
			.wire = MESSAGE("SIP/2.0 180 Ringing", "a@x", "1 INVITE")},
		{.from = H, .to = A, .wire = MESSAGE("SIP/2.0 180 Ringing", "a@x", "1 INVITE")}};
	static const int times[] = {0, 1, 501, 520, 521};

	for (int i = 0; i < 5; i++)
		add(l, &call[i], times[i]);
}

Test(ladder, peers_listener_and_member)
{
	struct ladder *l = begin(140, false);

	whole_call(l);
	cr_expect_str_eq(end(l),
		"Call-ID a@x\n"
		"             10.0.0.9:5060               10.10.0.3:5060              1.2.3.4:5060                203.0.113.9:5060\n"
		"             peer                        H internal                  M external                  peer\n"
		"14:13:20.000 |---------INVITE 1--------->|                           |                           | internal\n"
		"+0.001000    |                           |...........................|---------INVITE 1--------->| external, route carriers\n"
		"+0.500000    |                           |...........................|---------INVITE 1-------->>| again, external, route carriers\n"
		"+0.019000    |                           |...........................|<-180 Ringing (1 INVITE)---| external\n"
		"+0.001000    |<-180 Ringing (1 INVITE)---|                           |                           |\n"
		"\n", "%s", text);
}

/* What has no room beside an arrow stands below it. */
Test(ladder, of_eighty_columns)
{
	struct ladder *l = begin(80, false);

	whole_call(l);
	cr_expect_str_eq(end(l),
		"Call-ID a@x\n"
		"             10.0.0.9:5060   10.10.0.3:5060  1.2.3.4:5060    203.0.113.9:5060\n"
		"             peer            H internal      M external      peer\n"
		"14:13:20.000 |---INVITE 1--->|               |               |\n"
		"             | internal      |               |               |\n"
		"+0.001000    |               |...............|---INVITE 1--->|\n"
		"             |               |               | external, route carriers\n"
		"+0.500000    |               |...............|---INVITE 1-->>|\n"
		"             |               |               | again, external, route carriers\n"
		"+0.019000    |               |...............|<180 1 INVITE--|\n"
		"             |               |               | external      |\n"
		"+0.001000    |<180 1 INVITE--|               |               |\n"
		"\n", "%s", text);
}

Test(ladder, with_lines_where_the_locale_has_them)
{
	struct ladder *l = begin(140, true);
	struct said s = {.from = H, .to = B, .wire = MESSAGE("BYE sip:b SIP/2.0", "a@x", "2 BYE")};

	add(l, &s, 0);
	end(l);
	cr_expect(strstr(text, "│──────BYE 2─────▶│"), "%s", text);
	cr_expect_not(strpbrk(text, "|<>"));
}

/* No line is longer than the terminal is wide, however many ends a call has. */
Test(ladder, of_any_width)
{
	for (unsigned width = 20; width < 200; width += 3) {
		struct ladder *l = begin(width, false);
		char to[32];
		whole_call(l);
		for (int i = 0; i < 20; i++) {
			struct said s = {.from = M, .to = to, .shown = H, .transport = TRANSPORT_UDP,
				.texts = {[PACKET_BOND] = "external", [PACKET_ROUTE] = "carriers"},
				.wire = MESSAGE("INVITE sip:b SIP/2.0", "a@x", "1 INVITE")};
			snprintf(to, sizeof(to), "[2001:db8:aaaa:bbbb::%x]:5060", i + 1);
			add(l, &s, 600 + i);
		}
		end(l);
		for (char *line = text; *line; line += strcspn(line, "\n") + 1)
			cr_assert_leq(strcspn(line, "\n"), width < 41 ? 41 : width, "%u: %.*s", width,
				(int)strcspn(line, "\n"), line);
		if (width >= 60)
			cr_expect(strstr(text, "[2001:db8:aaaa:bbbb::14]:5060"), "%s", text);
		free(text);
	}
}

/* Each call has blocks of its own, when it was quiet for a second. */
Test(ladder, calls_at_a_time)
{
	struct ladder *l = begin(100, false);
	struct said one = {.from = H, .to = B, .wire = MESSAGE("OPTIONS sip:b SIP/2.0", "one", "1 OPTIONS")};
	struct said two = {.from = H, .to = A, .wire = MESSAGE("OPTIONS sip:a SIP/2.0", "two", "1 OPTIONS")};

	add(l, &one, 0);
	add(l, &two, 10);
	add(l, &one, 900);
	cr_expect(ladder_flush(l, START + SECOND));
	fflush(out);
	cr_expect_eq(text_n, 0);
	cr_expect(ladder_flush(l, START + SECOND + SECOND / 100));
	fflush(out);
	cr_expect(strstr(text, "Call-ID two") && !strstr(text, "Call-ID one"));
	cr_expect_not(ladder_flush(l, START + 2 * SECOND));
	fflush(out);
	const char *first = strstr(text, "Call-ID one\n");
	cr_assert(first);
	cr_expect(strstr(first, "OPTIONS 1") && strstr(first, "again"));
	two.wire = MESSAGE("SIP/2.0 200 OK", "two", "1 OPTIONS");
	add(l, &two, 3000);
	end(l);
	const char *more = strstr(text, "Call-ID two (continued)\n");
	cr_assert(more);
	cr_expect(strstr(more, "14:13:23.000"));
}

/* Of a stream a message is what its Content-Length says, however it was cut. */
Test(ladder, streams)
{
	static const char bytes[] = "\r\n\r\n" MESSAGE("OPTIONS sip:b SIP/2.0", "s", "1 OPTIONS")
		"MESSAGE sip:b SIP/2.0\r\nCall-ID: s\r\nCSeq: 2 MESSAGE\r\nContent-Length: 25\r\n\r\n"
		"INVITE sip:b SIP/2.0\r\n\r\n\r" MESSAGE("BYE sip:b SIP/2.0", "s", "3 BYE");

	for (size_t step = 1; step < sizeof(bytes); step += 7) {
		struct ladder *l = begin(100, false);
		for (size_t at = 0; at < sizeof(bytes) - 1; at += step) {
			char part[sizeof(bytes)] = "";
			memcpy(part, bytes + at, sizeof(bytes) - 1 - at < step ? sizeof(bytes) - 1 - at : step);
			struct said s = {.from = H, .to = B, .transport = TRANSPORT_TCP, .wire = part};
			add(l, &s, (int)at);
		}
		end(l);
		const char *one = strstr(text, "OPTIONS 1"), *two = strstr(text, "MESSAGE 2"),
			   *three = strstr(text, "BYE 3");
		cr_expect(one && two > one && three > two, "%zu: %s", step, text);
		cr_expect_not(strstr(text, "INVITE"), "%zu", step);
		cr_expect(strstr(text, "tcp"));
		free(text);
	}
}

/* A frame at p, of which the payload is masked by that key, 0 = not; behind it. */
static char *put_frame(char *p, int head, unsigned key, const char *payload, size_t n)
{
	struct ws_frame f = {.opcode = head & 15, .last = head & 128, .masked = key};

	memcpy(f.key, &key, sizeof(key));
	p += ws_frame_write(&f, n, p);
	memcpy(p, payload, n);
	ws_frame_mask(&f, 0, p, n);
	return p + n;
}

static char *put_head(char *p, const char *head)
{
	memcpy(p, head, strlen(head));
	return p + strlen(head);
}

/* Gives the bytes to a ladder of a connection in portions of that size, and draws it. */
static void draw_portions(const char *bytes, size_t n, size_t step)
{
	struct ladder *l = begin(100, false);
	struct said s = {.from = H, .to = B, .transport = TRANSPORT_TCP};

	for (size_t at = 0; at < n; at += step) {
		struct packet_view v;
		s.at = START + (int64_t)at;
		cr_assert(packet_read(&v, record, record_of_bytes(&s, bytes + at, n - at < step ? n - at : step, record)));
		ladder_put(l, &v);
	}
	end(l);
}

#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n"

/* Messages in frames of a WebSocket (RFC 6455), masked or not, several in a segment and over several; in fragments with
 * control frames between them. */
Test(ladder, websockets)
{
	static const char one[] = MESSAGE("OPTIONS sip:b SIP/2.0", "w", "1 OPTIONS"),
			  two[] = MESSAGE("MESSAGE sip:b SIP/2.0", "w", "2 MESSAGE"), three[] = MESSAGE("BYE sip:b SIP/2.0", "w", "3 BYE");
	static const char *const heads[] = {"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" UPGRADE,
		"HTTP/1.1 101 Switching Protocols\r\n" UPGRADE, ""};
	static char bytes[4000];

	for (int i = 0; i < 3; i++) {
		unsigned key = i == 1 ? 0 : 0x11223344;
		char *p = put_head(bytes, heads[i]);
		p = put_frame(p, 0x80 | WS_TEXT, key, one, sizeof(one) - 1);
		p = put_frame(p, WS_BINARY, key, two, 10);
		p = put_frame(p, 0x80 | WS_PING, key, "OPTIONS", 7);
		p = put_frame(p, WS_CONTINUATION, key, two + 10, 20);
		p = put_frame(p, WS_CONTINUATION, key, "", 0);
		p = put_frame(p, 0x80 | WS_CONTINUATION, key, two + 30, sizeof(two) - 31);
		p = put_frame(p, 0x80 | WS_TEXT, key, "\r\n\r\n", 4);
		p = put_frame(p, 0x80 | WS_TEXT, key, three, sizeof(three) - 1);
		p = put_frame(p, 0x80 | WS_CLOSE, key, "\x03\xe8", 2);
		size_t n = (size_t)(p - bytes);
		for (size_t step = 1; step <= n; step += step < 40 ? 1 : 97) {
			draw_portions(bytes, n, step);
			const char *first = strstr(text, "OPTIONS 1"), *second = strstr(text, "MESSAGE 2"), *third = strstr(text, "BYE 3");
			cr_expect(first && second > first && third > second, "%d %zu: %s", i, step, text);
			cr_expect(strstr(text, "| ws\n") && !strstr(text, "tcp"), "%d %zu: %s", i, step, text);
			free(text);
		}
	}
}

/* What only looks like one, or ends within a frame. */
Test(ladder, no_websockets)
{
#define ONE MESSAGE("OPTIONS sip:b SIP/2.0", "n", "1 OPTIONS")
	static const struct {
		const char *name, *bytes;
		size_t n;
		bool drawn;
	} cases[] = {
#define CASE(name, before, drawn) {name, before ONE, sizeof(before ONE) - 1, drawn}
		CASE("a record of TLS", "\x16\x03\x01\x00\x05hello\r\n\r\n", false), CASE("SIP", "", true),
		CASE("an extension's frame", "\xc1\x7e\x00\xff", false),
		CASE("a subprotocol that is none of SIP", "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat\r\n\r\n", false),
		CASE("a frame without an end", "\x81\x7f\x00\x00\x00\x00\x7f\xff\xff\xff", false)};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step <= cases[i].n; step += step < 40 ? 1 : 97) {
			draw_portions(cases[i].bytes, cases[i].n, step);
			cr_expect(!strstr(text, "ws"), "%s, %zu: %s", cases[i].name, step, text);
			cr_expect(!cases[i].drawn || strstr(text, "OPTIONS 1"), "%s, %zu: %s", cases[i].name, step, text);
			free(text);
		}
}

Test(ladder, nothing_that_a_terminal_obeys)
{
	struct ladder *l = begin(100, true);
	struct said s = {.from = H, .to = B, .texts = {[PACKET_BOND] = "\x1b[1m", [PACKET_ROUTE] = "\x9b\n"},
		.wire = MESSAGE("INV\x1b[31mITE sip:b SIP/2.0", "\x1b]0;x\x07", "1 \x1b[5m")};

	add(l, &s, 0);
	s.wire = MESSAGE("SIP/2.0 200 \x1b[31m", "\xff\xfe", "1 \x1b[5m");
	add(l, &s, 1);
	end(l);
	for (const char *p = text; *p; p++)
		cr_expect((unsigned char)*p >= ' ' || *p == '\n', "%s", text);
}

Test(ladder, many_calls_and_what_is_none)
{
	struct ladder *l = begin(100, false);
	char message[300];

	for (int i = 0; i < 3000; i++) {
		struct said s = {.from = H, .to = B, .wire = message};
		snprintf(message, sizeof(message), MESSAGE("OPTIONS sip:b SIP/2.0", "%d@x", "1 OPTIONS"), i);
		add(l, &s, i);
		s.wire = "\r\n\r\n";
		add(l, &s, i);
		s.transport = TRANSPORT_TCP;
		s.wire = "no SIP at all\r\n\r\n";
		add(l, &s, i);
	}
	end(l);
	int calls = 0;
	for (const char *p = text; (p = strstr(p, "Call-ID ")); p++)
		calls++;
	cr_expect_eq(calls, 3000);
}

/* So many calls, some with the same beginning, by that style; how many ladders are in the text, of
 * which the one before is gone. */
static unsigned draw_calls(struct ladder_style style, unsigned count, struct ladder_counts *counts)
{
	char message[300];
	unsigned drawn = 0;

	free(text);
	out = open_memstream(&text, &text_n);
	struct ladder *l = ladder_open(out, &style);
	cr_assert(out && l);
	for (unsigned i = 0; i < count; i++) {
		struct said s = {.from = H, .to = B, .wire = message};
		snprintf(message, sizeof(message), MESSAGE("OPTIONS sip:b SIP/2.0", "%u@x", "1 OPTIONS"), i);
		add(l, &s, (int)i);
	}
	ladder_flush(l, INT64_MAX);
	*counts = ladder_count(l);
	end(l);
	for (const char *p = text; (p = strstr(p, "Call-ID ")); p++)
		drawn++;
	return drawn;
}

/* As renderers have a limit, so has the picture; what has no room in it is counted, and can be drawn. */
Test(ladder, svg_of_many_calls)
{
	struct ladder_counts c;
	unsigned height, first, all = 0;

	first = draw_calls((struct ladder_style){.width = 100, .svg = true}, 1000, &c);
	cr_expect(sscanf(strstr(text, " height="), " height=\"%u\"", &height) == 1 && height <= 32767, "%u", height);
	cr_expect(first > 100 && c.calls == 1000 && c.drawn == first && c.left == 1000 - first && c.parts == 0);
	cr_expect(height > 32767 - 150, "%u", height);
	for (unsigned at = 0; at < 1000; at += first) {
		all += draw_calls((struct ladder_style){.width = 100, .svg = true, .skip = at}, 1000, &c);
		cr_expect_eq(c.left, at + first < 1000 ? 1000 - first - at : 0);
	}
	cr_expect_eq(all, 1000);
}

Test(ladder, some_of_the_calls)
{
	struct ladder_counts c;

	for (int svg = 0; svg < 2; svg++) {
		struct ladder_style style = {.width = 100, .svg = svg, .skip = 3, .most = 2};
		cr_expect_eq(draw_calls(style, 20, &c), 2);
		cr_expect(c.calls == 20 && c.drawn == 2 && c.left == 0);
		cr_expect(strstr(text, "Call-ID 3@x") && strstr(text, "Call-ID 4@x"));
		style.most = 0;
		cr_expect_eq(draw_calls(style, 20, &c), 17);
		style = (struct ladder_style){.width = 100, .svg = svg, .call_id = "1@x"};
		cr_expect_eq(draw_calls(style, 20, &c), 1);
		cr_expect(c.calls == 1 && c.drawn == 1 && strstr(text, "Call-ID 1@x"));
		style.call_id = "1@";
		cr_expect_eq(draw_calls(style, 20, &c), 0);
		cr_expect_eq(c.calls, 0);
	}
}

/* A note that has no room in one line goes on in the next. */
Test(ladder, notes_of_a_narrow_terminal)
{
	struct ladder *l = begin(40, false);
	struct said s = {.from = H, .to = B, .texts = {[PACKET_BOND] = "a-bond-of-some-length", [PACKET_ROUTE] = "carriers-of-that"},
		.wire = MESSAGE("OPTIONS sip:b SIP/2.0", "n", "1 OPTIONS")};

	add(l, &s, 0);
	end(l);
	cr_expect(strstr(text, "a-bond-of-some-length, route\n") && strstr(text, "carriers-of-that\n"), "%s", text);
}
