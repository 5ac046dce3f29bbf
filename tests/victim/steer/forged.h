/* SPDX-License-Identifier: MIT */
/* Requests with more that nobody may send than an edit has splices or text for, and what must be left
 * of them: a tap on what the host reads. */
#ifndef FORGED_H
#define FORGED_H

#include "steer.h"

#define FORGED_MAX 66000

struct forged {
	char sent[FORGED_MAX], left[FORGED_MAX]; /* left: without our own mark and X-Bond-In */
	size_t sent_n, left_n;
};

__attribute__((format(printf, 3, 4))) static void forged_add(
	struct forged *f, bool left, const char *format, ...)
{
	va_list ap;
	char text[3000];
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n >= (int)sizeof(text) || f->sent_n + n > FORGED_MAX)
		die("a forged message that is too long");
	memcpy(f->sent + f->sent_n, text, n);
	f->sent_n += n;
	if (left) {
		memcpy(f->left + f->left_n, text, n);
		f->left_n += n;
	}
}

/* So many marks in the top Via, and so many fields for the script of that size, among others. */
static struct forged *forged_make(int marks, int rows, int size, bool last)
{
	struct forged *f = calloc(1, sizeof(*f));

	forged_add(f, true, "INVITE sip:b@10.0.1.1 SIP/2.0\r\n");
	for (int i = 0; i < rows / 2; i++)
		forged_add(f, false, "X-BOND-in\t: %0*d\r\n", size, i);
	forged_add(f, true, "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-f");
	for (int i = 0; i < marks; i++) {
		forged_add(f, false, i % 3 ? ";bond-in=a" : "; Bond-In = aaaaaaaaaa");
		forged_add(f, true, i % 5 ? ";x%d" : ";x%d=\"a;bond-in=b\"", i);
	}
	forged_add(f, true, " , SIP/2.0/UDP b;bond-in=b;x\r\nFrom: <sip:a@x>;tag=a\r\n");
	for (int i = rows / 2; i < rows; i++) {
		forged_add(f, false, i % 2 ? "X-Bond-Out: %0*d\r\n" : "x-bond-out:\r\n %0*d\r\n", size, i);
		if (i % 3 == 0)
			forged_add(f, true, "X-Bond-Inn: %d\r\n", i);
	}
	forged_add(f, true, "To: <sip:b@x>\r\nCall-ID: f\r\nCSeq: 1 INVITE\r\n%sContent-Length: 4\r\n\r\n"
		   "X-B:", last ? "Via: SIP/2.0/UDP c;bond-in=c\r\n" : "");
	return f;
}

/* Says whether that is what came to the host, and takes its own mark and field out of p. */
static void forged_say(const char *what, const struct forged *f, char *p, long n)
{
	char *mark, *row;
	int marks = 0, rows = 0;
	size_t length = n < 0 ? 0 : n;

	while ((row = memmem(p, length, "X-Bond-In: in\r\n", 15))) {
		memmove(row, row + 15, p + length - row - 15);
		length -= 15, rows++;
	}
	mark = memmem(p, length, "\r\n", 2);
	if (mark && (mark = memmem(mark, p + length - mark, "Via: ", 5)) &&
		(mark = memmem(mark, p + length - mark, " , SIP", 6)) && mark - p > 19 &&
		memcmp(mark - 19, ";bond-in=", 9) == 0) {
		memmove(mark - 19, mark, p + length - mark);
		length -= 19, marks++;
	}
	say("%s: %d of our marks, %d of our fields, the rest %s", what, marks, rows,
		n < 0                            ? strerrorname_np(errno)
		: length != f->left_n            ? "of another length"
		: memcmp(p, f->left, length) ? "not as it was"
					     : "as it was");
}

#endif
