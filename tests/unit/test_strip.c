/* SPDX-License-Identifier: MIT */
/* strip: what must not cross the wire goes, nothing else does; gathered or disguised a message keeps its
 * size and an edit finds less, or nothing. In the tables '|' is a line end. */
#include "sip.h"

#include "sip/strip.h"

static void message(struct text *t, const char *rows)
{
	t->n = 0;
	for (; *rows; rows++) {
		if (*rows == '|')
			text_add(t, "\r\n", 2);
		else
			text_add(t, rows, 1);
	}
}

static const char *const messages[][3] = {
	{"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;bond-in=x;b;BOND-IN = y ;c, SIP/2.0/UDP b;bond-in||bond-in",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;b ;c, SIP/2.0/UDP b;bond-in||bond-in",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;xxxxxxx=x;b;xxxxxxxx= y ;c, SIP/2.0/UDP b;bond-in||bond-in"},
	/* the first value is not in the first row */
	{"SIP/2.0 200 OK|v: ,|  ,|v: SIP/2.0/UDP a;bond-in|Via: SIP/2.0/UDP b;bond-in||",
		"SIP/2.0 200 OK|v: ,|  ,|v: SIP/2.0/UDP a|Via: SIP/2.0/UDP b;bond-in||",
		"SIP/2.0 200 OK|v: ,|  ,|v: SIP/2.0/UDP a;xxxxxxx|Via: SIP/2.0/UDP b;bond-in||"},
	/* quoted, and one whose quote is open */
	{"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;b=\";bond-in=x\";bond-in=\"a;b\";c=\";bond-in|A: ;bond-in|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;b=\";bond-in=x\";c=\";bond-in|A: ;bond-in|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;b=\";bond-in=x\";xxxxxxx=\"a;b\";c=\";bond-in|A: ;bond-in|"},
	{"BYE sip:a SIP/2.0|X-Bond-In: 1|X-BOND-OUT :|\t2|  3|Via: SIP/2.0/UDP a|x-bond-in:||X-Bond-In: 4|",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a||X-Bond-In: 4|",
		"BYE sip:a SIP/2.0|xxxxxxxxx: 1|xxxxxxxxxx :|\t2|  3|Via: SIP/2.0/UDP a|xxxxxxxxx:||X-Bond-In: 4|"},
	/* nothing to remove, no Via that can be read, no end */
	{"BYE sip:a SIP/2.0|X-Bond: 1|X-Bond-Inn: 1|Via: garbage;bond-in|Via: SIP/2.0/UDP b;bond-in|",
		NULL, NULL},
	{"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;bond-in=x", "BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a",
		"BYE sip:a SIP/2.0|Via: SIP/2.0/UDP a;xxxxxxx=x"},
	{"BYE sip:a SIP/2.0", NULL, NULL},
};

Test(strip, removes_or_disguises)
{
	static struct text t, want;

	for (size_t i = 0; i < COUNT(messages); i++) {
		message(&t, messages[i][0]);
		message(&want, messages[i][1] ? messages[i][1] : messages[i][0]);
		t.p[t.n = strip_message(host_names(), t.p, t.n)] = 0;
		cr_expect_str_eq(t.p, want.p);
		message(&t, messages[i][0]);
		message(&want, messages[i][2] ? messages[i][2] : messages[i][0]);
		strip_disguise(host_names(), t.p, t.n);
		cr_expect_str_eq(t.p, want.p);
	}
}

/* The same as an edit that has the room for it, cut anywhere. */
Test(strip, removes_what_an_edit_removes)
{
	static struct text t, edited_text;
	struct edit_side side = side_in(H_UDP, &host_names()->members[EXT_UDP]);
	struct edit e;

	for (size_t i = 0; i < COUNT(messages); i++) {
		message(&t, messages[i][0]);
		for (size_t n = t.n; n; n--) {
			static char copy[1000];
			memcpy(copy, t.p, n);
			if (edit_message(&side, copy, n, 0, &e) != 0 || t.p[0] == 'S')
				continue;
			edited(&e, copy, n, &edited_text);
			size_t left = strip_message(host_names(), copy, n);
			cr_expect_eq(left, edited_text.n);
			cr_expect(memcmp(copy, edited_text.p, left) == 0);
		}
	}
}

Test(strip, gathers_marks)
{
	static const char *const values[][2] = {
		{"SIP/2.0/UDP a;bond-in=x;b;BOND-IN=y;c", "SIP/2.0/UDP a;b;c;bond-in=xxxxxxxxxxx"},
		{"SIP/2.0/UDP a;bond-in;c", "SIP/2.0/UDP a;c;bond-in"},
		{"SIP/2.0/UDP a;bond-in=;c", "SIP/2.0/UDP a;c;bond-in="},
		{"SIP/2.0/UDP a;c;bond-in=abc", "SIP/2.0/UDP a;c;bond-in=xxx"},
		{"SIP/2.0/UDP a;c", "SIP/2.0/UDP a;c"},
		{"SIP/2.0/UDP", "SIP/2.0/UDP"},
	};
	char value[100];

	for (size_t i = 0; i < COUNT(values); i++) {
		strcpy(value, values[i][0]);
		for (int again = 0; again < 2; again++) {
			strip_gather(value, strlen(value));
			cr_expect_str_eq(value, values[i][1]);
		}
	}
}
