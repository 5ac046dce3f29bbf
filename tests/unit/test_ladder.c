/* SPDX-License-Identifier: MIT */
/* ladder: which ends a call has, what stands at its arrows, and in how many columns. */
#include "packet.h"

#include <stdlib.h>

#include "ctl/ladder.h"

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
