/* SPDX-License-Identifier: MIT */
/* stream: whatever the portions that come in and that get out, the bytes on the other side are those
 * of each message edited as a whole, in the same order, and the state may move between processes. */
#include "sip.h"

#include "sip/stream.h"

static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	return next_random(&seed) % sides;
}

static void put_message(struct text *t, bool request)
{
	static const char *const bodies[] = {"", "v=0\r\n", "BYE sip:a SIP/2.0\r\nl: 0\r\n\r\n"};
	const char *body = bodies[dice(3)];

	if (request)
		text_print(t, "INVITE sip:a@192.0.2.1 SIP/2.0\r\n");
	else
		text_print(t, "SIP/2.0 200 OK\r\n");
	if (dice(3) == 0)
		text_print(t, "X-Bond-Out: external\r\n");
	if (request)
		text_print(t, "Via: SIP/2.0/TCP 10.0.0.1;branch=z%u\r\n", dice(1000));
	else
		text_print(t, "Via: SIP/2.0/TCP 192.0.2.9;branch=z;bond-in=abcdefghij;x,\r\n SIP/2.0/UDP "
			"b\r\n");
	if (dice(2))
		text_print(t, "Record-Route: <sip:10.0.0.1:5060;transport=tcp;lr>,\r\n\t<sip:x>\r\n");
	if (dice(2))
		text_print(t, "Subject: this one is of no interest\r\n  and folded\r\n");
	text_print(t, "%s: %zu\r\n", dice(2) ? "l" : "Content-Length ", strlen(body));
	if (dice(2))
		text_print(t, "CSeq: 1 INVITE\r\n");
	if (dice(2))
		text_print(t, "Contact: sip:bob@10.0.0.1:5060, <sip:10.0.0.1;transport=tcp>;q=1\r\n");
	if (dice(3) == 0)
		text_print(t, "x-bond-in :\r\n  internal\r\n");
	text_print(t, "\r\n%s%s", body, dice(3) ? "" : "\r\n\r\n");
}

/* An arriving one. */
static void put_arriving(struct text *t, bool request, const struct names *n)
{
	char token[TOKEN_LENGTH + 1] = "";

	token_write(n, &n->own[1], FORM_PLAIN, dice(2), token);
	if (request) {
		text_print(t, "BYE sip:bob@1.2.3.9;bond=%s SIP/2.0\r\n", token);
		text_print(t, "Via: SIP/2.0/TCP 192.0.2.1;branch=z%u\r\n", dice(1000));
		text_print(t, "Route: <sip:1.2.3.9;lr;bond=%s>, <sip:x>\r\n", token);
	} else {
		text_print(t, "SIP/2.0 200 OK\r\n");
		text_print(t, "v: SIP/2.0/TCP 1.2.3.9:5060;bond=%s;branch=z%u\r\n", token, dice(1000));
		text_print(t, "Record-Route: <sip:x>\r\nRecord-Route: <sip:1.2.3.9;lr;bond=%s>\r\n", token);
	}
	text_print(t, "X-Bond-In: forged\r\nl: 3\r\n\r\nabc");
}

/* Each message of the stream edited whole, in one step each. */
static void whole(const struct edit_side *side, const struct text *in, struct text *out)
{
	static struct stream_step step;
	struct stream s = {0};
	size_t at = 0;

	out->n = 0;
	while (at < in->n) {
		struct text part;
		stream_feed(&s, side, in->p + at, in->n - at, true, &step);
		cr_assert(step.bytes > 0);
		edited(&step.edit, in->p + at, step.bytes, &part);
		cr_assert_eq(part.n, step.wire);
		text_add(out, part.p, part.n);
		at += step.bytes;
		s = step.after;
	}
	cr_assert(stream_is_between(&s));
}

/* Gives the stream in portions and takes the result in others. `waits`: what arrives may wait for
 * the rest of its head. */
static void in_portions(const struct edit_side *side, const struct text *in, bool waits,
	uint32_t portion, uint32_t take, struct text *out)
{
	static struct stream_step step;
	struct stream s = {0};
	struct stream moved;
	size_t at = 0, seen = 0;
	int stuck = 0;

	out->n = 0;
	while (at < in->n) {
		if (seen < in->n && (seen == at || dice(2)))
			seen += 1 + dice(portion);
		if (seen > in->n)
			seen = in->n;
		bool last = !waits || seen == in->n;
		stream_feed(&s, side, in->p + at, seen - at, last, &step);
		if (step.wire == 0 && step.bytes == 0 && seen < in->n) {
			seen++;
			continue;
		}
		struct text part;
		edited(&step.edit, in->p + at, step.bytes, &part);
		cr_assert_eq(part.n, step.sent + step.wire);
		memmove(part.p, part.p + step.sent, part.n -= step.sent);
		size_t wire = dice(3) ? dice(take) + 1 : step.wire;
		if (wire > step.wire)
			wire = step.wire;
		text_add(out, part.p, wire);
		size_t bytes = stream_take(&s, side, in->p + at, seen - at, last, &step, wire);
		cr_assert(bytes <= seen - at);
		if (wire < part.n)
			cr_assert(at + bytes < in->n, "the host has something to come back with");
		at += bytes;
		/* nothing is kept between messages; otherwise it may be in another place */
		if (stream_is_between(&s)) {
			memset(&s, 0, sizeof(s));
		} else {
			memcpy(&moved, &s, sizeof(s));
			memset(&s, 0xaa, sizeof(s));
			memcpy(&s, &moved, sizeof(s));
		}
		stuck = bytes || wire ? 0 : stuck + 1;
		cr_assert(stuck < 100);
	}
	cr_assert(stream_is_between(&s));
}

/* Where the Via of an arriving request went on before its Route was there, its mark says less. */
static void without_marks(struct text *t)
{
	char *p = t->p;

	while ((p = strstr(p, ";bond-in=")))
		memset(p + 9, '.', TOKEN_LENGTH), p += 9;
}

Test(stream, any_portions_give_the_same_bytes)
{
	static struct text in, want, got;
	const struct names *n = host_names();

	seed = 4711;
	for (int i = 0; i < 3000; i++) {
		bool arriving = dice(2);
		struct edit_side side = arriving ? side_in(H_TCP, &n->members[EXT_TCP])
						 : side_out(H_TCP, &n->members[EXT_TCP_AS]);
		side.mark = arriving;
		if (arriving && dice(2))
			side.bond = text_span("external");
		in.n = 0;
		for (uint32_t k = 1 + dice(4); k > 0; k--) {
			if (arriving)
				put_arriving(&in, dice(2), n);
			else
				put_message(&in, dice(2));
		}
		whole(&side, &in, &want);
		bool waits = dice(2);
		in_portions(&side, &in, waits, 1 + dice(300), 1 + dice(300), &got);
		if (!waits) {
			without_marks(&want);
			without_marks(&got);
		}
		cr_assert(got.n == want.n && memcmp(got.p, want.p, got.n) == 0,
			"round %d:\n%s\ngot\n%s\nwanted\n%s", i, in.p, got.p, want.p);
	}
}

/* One message, cut at every byte on the way in, and after every byte on the way out. */
Test(stream, every_cut_of_one_message)
{
	static struct text in, want, got;
	static struct stream_step step;
	const struct names *n = host_names();
	struct edit_side side = side_out(H_TCP, &n->members[EXT_TCP]);

	text_print(&in, "INVITE sip:a SIP/2.0\r\nX-Bond-Out: x\r\nVia: SIP/2.0/TCP 10.0.0.1 : 5060;branch=z"
		"\r\nl: 2\r\nm: sip:u@10.0.0.1\r\nX-Bond-In: y\r\nRecord-Route: <sip:10.0.0.1;transport=tcp;lr>"
		"\r\n\r\nab");
	whole(&side, &in, &want);
	cr_assert(strstr(want.p, "Via: SIP/2.0/TCP 1.2.3.9 : 5060;branch=z;bond=") != NULL);
	for (size_t cut = 0; cut <= in.n; cut++) {
		for (size_t wire = 0; wire <= want.n; wire++) {
			struct stream s = {0};
			struct text part;
			got.n = 0;
			stream_feed(&s, &side, in.p, cut, true, &step);
			if (wire > step.wire)
				break;
			edited(&step.edit, in.p, step.bytes, &part);
			text_add(&got, part.p, wire);
			size_t at = stream_take(&s, &side, in.p, cut, true, &step, wire);
			while (at < in.n) {
				stream_feed(&s, &side, in.p + at, in.n - at, true, &step);
				edited(&step.edit, in.p + at, step.bytes, &part);
				text_add(&got, part.p, step.wire);
				size_t more = stream_take(
					&s, &side, in.p + at, in.n - at, true, &step, step.wire);
				cr_assert(more > 0);
				at += more;
			}
			cr_assert_str_eq(got.p, want.p, "cut %zu, wire %zu:\n%s", cut, wire, got.p);
			cr_assert(stream_is_between(&s));
		}
	}
}

static void feed_all(const struct edit_side *side, const char *in, bool last, struct text *out,
	struct stream *s)
{
	static struct stream_step step;
	size_t n = strlen(in), at = 0;

	memset(s, 0, sizeof(*s));
	out->n = 0;
	out->p[0] = 0;
	do {
		struct text part;
		stream_feed(s, side, in + at, n - at, last, &step);
		edited(&step.edit, in + at, step.bytes, &part);
		text_add(out, part.p, part.n);
		at += step.bytes;
		*s = step.after;
	} while (step.bytes && at < n);
}

Test(stream, broken_ones_pass_untouched)
{
	static const struct {
		const char *stream;
		enum frame_broken broken;
	} rows[] = {
		{"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 1\r\nl: 2\r\n\r\n",
			FRAME_BAD_LENGTH},
		{"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: -2\r\n\r\n", FRAME_BAD_LENGTH},
		{"\r\n\r\nGET / HTTP/1.1\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n", FRAME_NOT_SIP},
	};
	struct edit_side side = side_out(H_TCP, &host_names()->members[EXT_TCP]);
	struct text out;
	struct stream s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		feed_all(&side, rows[i].stream, true, &out, &s);
		cr_expect_str_eq(out.p, rows[i].stream, "row %zu", i);
		cr_expect_eq(s.frame.broken, rows[i].broken);
		cr_expect(!stream_is_between(&s));
	}
	/* without a length the head is edited, and nothing behind it: nobody knows where that ends */
	feed_all(&side, "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\nBYE sip:a SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n\r\n", true, &out, &s);
	cr_expect(strstr(out.p, "TCP 1.2.3.9;bond=") != NULL);
	cr_expect(strstr(out.p, "\r\n\r\nBYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n") != NULL);
	cr_expect_eq(s.frame.broken, FRAME_NO_LENGTH);
	/* a sound message before it is edited */
	feed_all(&side, "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n\r\nx\1y", true, &out, &s);
	cr_expect(strstr(out.p, "TCP 1.2.3.9;bond=") != NULL);
	cr_expect_eq(s.frame.broken, FRAME_NOT_SIP);
	cr_expect_eq(s.messages, 1);
}

#define GOOD "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n\r\n"

/* What is lost is found at the next boundary, whatever the portions; what is in between stays as it is. */
Test(stream, found_again)
{
	static const char *const odd[] = {
		"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n",
		"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n\r\n",
		"(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 3\r\n\r\nabc",
		("(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 54\r\n\r\n" GOOD),
		"(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n",
		"(odd)\r\n\r\nv=0\r\ns=-\r\n\r\n",
	};
	struct edit_side side = side_in(H_TCP, &host_names()->members[EXT_TCP]);
	static struct text in, want, out;
	static struct stream_step step;

	cr_assert_eq(strlen(GOOD), 54);
	side.mark = true;
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct stream s;
		feed_all(&side, GOOD, true, &out, &s);
		cr_assert(strstr(out.p, ";bond-in="));
		want.n = in.n = 0;
		text_add(&want, out.p, out.n);
		text_print(&want, "%s", odd[i]);
		text_add(&want, out.p, out.n);
		text_print(&in, GOOD "%s" GOOD, odd[i]);
		for (size_t portion = 1; portion <= in.n; portion++) {
			size_t at = 0, seen = 0, stuck = 0;
			uint32_t breaks = 0;
			memset(&s, 0, sizeof(s));
			out.n = 0;
			while (at < in.n && stuck++ < 2 * in.n) {
				struct text part;
				seen = seen + portion < in.n ? seen + portion : in.n;
				stream_feed(&s, &side, in.p + at, seen - at, false, &step);
				edited(&step.edit, in.p + at, step.bytes, &part);
				text_add(&out, part.p, part.n);
				at += step.bytes;
				s = step.after;
				breaks += s.breaks;
				s.breaks = 0;
			}
			cr_assert(out.n == want.n && memcmp(out.p, want.p, out.n) == 0,
				"row %zu in %zus:\n%s\nwanted\n%s", i, portion, out.p, want.p);
			cr_assert(stream_is_between(&s));
			cr_assert_eq(breaks, 1, "row %zu", i);
		}
	}
}

Test(stream, waits_for_the_head_or_not)
{
	struct edit_side side = side_in(H_TCP, &host_names()->members[EXT_TCP]);
	struct text out;
	struct stream s;

	feed_all(&side, "\r\nSIP/2.0 200 OK\r\nSubject: x\r\nVia: SIP/2.0/T", false, &out, &s);
	cr_expect_str_eq(out.p, "\r\n");
	cr_expect(stream_is_between(&s));
	feed_all(&side, "\r\nSIP/2.0 200 OK\r\nSubject: x\r\nVia: SIP/2.0/T", true, &out, &s);
	cr_expect_str_eq(out.p, "\r\nSIP/2.0 200 OK\r\nSubject: x\r\n");
	feed_all(&side, "SIP/2.0 200 OK\r\nSubject: x", true, &out, &s);
	cr_expect_str_eq(out.p, "SIP/2.0 200 OK\r\nSubject: x");
	feed_all(&side, "SIP/2.0 200 OK\r\nl: 1", true, &out, &s);
	cr_expect_str_eq(out.p, "SIP/2.0 200 OK\r\n");
	feed_all(&side, "SIP/2.0 200 OK\r\nX-Bond-In: 1", true, &out, &s);
	cr_expect_str_eq(out.p, "SIP/2.0 200 OK\r\n");
	feed_all(&side, "SIP/2.0 200 OK\r\nX-Bo", true, &out, &s);
	cr_expect_str_eq(out.p, "SIP/2.0 200 OK\r\n", "the name may go on");
}

/* What is only removed needs no room: any number of fields, of any size. */
Test(stream, removes_any_number)
{
	struct edit_side sides[] = {side_out(H_TCP, &host_names()->members[EXT_TCP]),
		side_in(H_TCP, &host_names()->members[EXT_TCP])};
	static struct text in, out, want;
	struct stream s;

	for (size_t k = 0; k < COUNT(sides); k++) {
		in.n = want.n = 0;
		for (int i = 0; i <= 3 * EDIT_SPLICES; i++) {
			text_print(&in, i ? "A: 1\r\nX-Bond-Out: %0*d\r\n" : "BYE sip:a SIP/2.0\r\nl: %*d\r\n",
				i ? i : 1, i);
			text_print(&want, i ? "A: 1\r\n" : "BYE sip:a SIP/2.0\r\nl: 0\r\n");
		}
		text_print(&in, "\r\n");
		text_print(&want, "\r\n");
		feed_all(&sides[k], in.p, true, &out, &s);
		cr_expect_eq(s.unedited, 0);
		cr_expect_str_eq(out.p, want.p);
		seed = 1;
		for (uint32_t i = 0; i < 20; i++) {
			in_portions(&sides[k], &in, i & 1, (uint32_t)in.n, 1 + 200 * i, &out);
			cr_expect_str_eq(out.p, want.p);
		}
	}
}

/* So many messages that one edit does not hold them all; their marks are whole. */
Test(stream, more_messages_than_an_edit_holds)
{
	struct edit_side side = side_out(H_TCP, &host_names()->members[EXT_TCP]);
	static struct text in, out, want;
	struct stream s;

	for (int i = 0; i < 100; i++)
		text_print(&in, "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1;branch=z\r\nl: 0\r\n\r\n");
	feed_all(&side, in.p, true, &out, &s);
	cr_expect_eq(s.unedited, 0);
	cr_expect_eq(s.messages, 100);
	cr_expect_null(strstr(out.p, "10.0.0.1"));

	side = side_in(H_TCP, &host_names()->members[EXT_TCP]);
	side.mark = true;
	in.n = 0;
	seed = 1;
	put_arriving(&in, true, host_names());
	whole(&side, &in, &want);
	text_add(&want, want.p, want.n);
	text_add(&in, in.p, in.n);
	for (int i = 0; i < 5; i++) {
		text_add(&in, in.p, in.n);
		text_add(&want, want.p, want.n);
	}
	feed_all(&side, in.p, true, &out, &s);
	cr_expect_eq(s.messages, 64);
	cr_expect_eq(out.n, want.n);
	cr_expect(memcmp(out.p, want.p, want.n) == 0);
}

/* A field of many own contacts, too much for an edit of its own. */
static void put_contacts(struct text *t, const char *uri)
{
	text_print(t, "Contact: %s", uri);
	for (int i = 0; i < EDIT_SPLICES; i++)
		text_print(t, ",\r\n %s", uri);
	text_print(t, "\r\n");
}

/* A message that cannot be edited goes as it is, from its start; what is never sent is gone even then. */
Test(stream, too_much_for_any_edit)
{
	struct edit_side side = side_out(H_TCP, &host_names()->members[EXT_TCP]);
	static struct text in, out, want;
	struct stream s;

	for (int late = 0; late < 2; late++) {
		in.n = want.n = 0;
		text_print(&in, "OPTIONS sip:a SIP/2.0\r\nX-Bond-In: 1\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n");
		text_print(&want, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n");
		for (int i = 0; i < late * EDIT_SPLICES; i++) {
			text_print(&in, "A: 1\r\nX-Bond-Out: 1\r\n");
			text_print(&want, "A: 1\r\n");
		}
		put_contacts(&in, "<sip:10.0.0.1;transport=tcp>");
		put_contacts(&want, "<sip:10.0.0.1;transport=tcp>");
		text_print(&in, "X-Bond-In: 1\r\n\r\n");
		text_print(&want, "\r\n");
		feed_all(&side, in.p, true, &out, &s);
		cr_expect_eq(s.unedited, 1);
		cr_expect_str_eq(out.p, want.p);
		seed = 1;
		for (uint32_t i = 0; i < 20; i++) {
			/* all of it seen at once, then taken bit by bit: no edit starts half-way */
			in_portions(&side, &in, true, 100000, 1 + 20 * i, &out);
			cr_expect_str_eq(out.p, want.p);
		}
	}
}

/* The same on the way in: where something hangs on a request it does not come in, but what was before
 * it does. */
Test(stream, too_much_arrives)
{
	const struct names *n = host_names();
	struct edit_side side = side_in(H_TCP, &n->members[EXT_TCP]);
	static struct text in, out, want;
	static struct stream_step step;
	struct stream s = {0};
	char token[TOKEN_LENGTH + 1] = "", uri[100];

	token_write(n, &n->own[1], FORM_PLAIN, false, token);
	snprintf(uri, sizeof(uri), "<sip:1.2.3.9;transport=tcp;lr;bond=%s>", token);
	text_print(&in, "BYE sip:a SIP/2.0\r\nX-Bond-In: 1\r\nVia: SIP/2.0/TCP 192.0.2.1;bond-in=x\r\nl: 0\r\n");
	text_print(&want, "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1\r\nl: 0\r\n");
	put_contacts(&in, uri);
	put_contacts(&want, uri);
	memcpy(strstr(in.p, "Contact"), "Route  ", 7);
	memcpy(strstr(want.p, "Contact"), "Route  ", 7);
	text_print(&in, "\r\n");
	text_print(&want, "\r\n");
	side.mark = true;
	feed_all(&side, in.p, true, &out, &s);
	cr_expect_str_eq(out.p, want.p, "nothing hangs on it");
	cr_expect_eq(s.unedited, 1);
	side.strict = true;
	memset(&s, 0, sizeof(s));
	stream_feed(&s, &side, in.p, in.n, true, &step);
	cr_expect(step.refused && !step.bytes && !step.edit.count);

	static struct text two;
	text_print(&two, "BYE sip:a SIP/2.0\r\nl: 0\r\n\r\n%s", in.p);
	stream_feed(&s, &side, two.p, two.n, true, &step);
	cr_expect_eq(step.bytes, 27);
	cr_expect(!step.refused);
	/* begun already: a part that is edited is not followed by one that is not */
	side.strict = false;
	size_t head = (size_t)(strstr(in.p, "Route") - in.p);
	stream_feed(&s, &side, in.p, head + 1, true, &step);
	cr_expect_eq(step.bytes, head);
	stream_take(&s, &side, in.p, head + 1, true, &step, step.wire);
	stream_feed(&s, &side, in.p + head, in.n - head, true, &step);
	cr_expect(step.refused);
}

/* A field so long that its rest could not be kept is made again for each transfer that ends in it. */
Test(stream, long_fields)
{
	struct edit_side side = side_out(H_TCP, &host_names()->members[EXT_TCP]);
	static struct text in, out, want;
	struct stream s;

	text_print(&in, "BYE sip:a SIP/2.0\r\nl: 0\r\nContact: \"%0600d\" <sip:10.0.0.1;transport=tcp>,"
		"\r\n \"%0700d\" <sip:10.0.0.1;transport=tcp>;x=\"%0900d\"\r\nX-Bond-In: 1\r\n\r\n", 0, 0, 0);
	whole(&side, &in, &want);
	cr_expect_null(strstr(want.p, "10.0.0.1"));
	feed_all(&side, in.p, true, &out, &s);
	cr_expect_eq(s.unedited, 0);
	cr_expect_str_eq(out.p, want.p);
	seed = 1;
	for (uint32_t i = 0; i < 200; i++) {
		in_portions(&side, &in, i & 1, 1 + 30 * i, 1 + i, &out);
		cr_expect_str_eq(out.p, want.p);
	}
}
