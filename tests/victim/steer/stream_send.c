/* SPDX-License-Identifier: MIT */
/* On a steered connection the member's name stands where the host wrote its own, however the host cuts
 * what it sends: by every call, in two at any byte, several messages at once. In portions that it is not
 * told to send again together not a byte waits. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
one message: 3 names of the member, 1 of the host
send: same
write: same
sendto: same
sendmsg: same
sendmsg-bytes: same
sendmmsg: same
writev: same
writev-bytes: same
in two, at any place: same
by a program that does not mind how much was sent: same
in portions of 2 to 200 bytes, from what was sent on: same or as the host wrote it
byte by byte: as the host wrote it
three at once, in two at any place: same
*/
#include "stream.h"

static const char one[] = REQUEST("1", "4") "v=0\n";
#define ONE (sizeof(one) - 1)

static int count(const struct buffer *b, const char *text)
{
	int n = 0;
	char *p = b->p;

	while ((p = memmem(p, b->p + b->n - p, text, strlen(text))))
		n++, p++;
	return n;
}

static void check(const char *what, int peer, const struct buffer *expect)
{
	struct buffer b = {0};

	peer_read_n(peer, &b, expect->n);
	if (!buffer_same(&b, expect)) {
		say("%s: %zu bytes, expected %zu:\n%.*s", what, b.n, expect->n, (int)b.n, b.p);
		exit(1);
	}
	free(b.p);
}

/* All n bytes, first of them `first`, and then from what was sent on. */
static void send_all(int fd, const char *p, size_t first, size_t n)
{
	for (size_t at = 0; at < n; first = n)
		at += MUST(send(fd, p + at, first - at, 0));
}

static bool ends(const struct buffer *b)
{
	return b->n > 4 && memcmp(b->p + b->n - 4, "v=0\n", 4) == 0;
}

/* Each of its lines is one of the two: not a byte is lost or doubled. */
static bool whole_or_bare(const struct buffer *got, const struct buffer *expect)
{
	const char *a = expect->p, *b = one, *p = got->p, *end = got->p + got->n;

	while (p < end) {
		const char *an = strchr(a, '\n') + 1, *bn = strchr(b, '\n') + 1;
		if (end - p >= an - a && memcmp(p, a, an - a) == 0)
			p += an - a;
		else if (end - p >= bn - b && memcmp(p, b, bn - b) == 0)
			p += bn - b;
		else
			return false;
		a = an, b = bn;
	}
	return b == one + ONE;
}

int main(void)
{
	static const char *const calls[] = {"send", "write", "sendto", "sendmsg", "sendmsg-bytes",
		"sendmmsg", "writev", "writev-bytes"};
	char three[3 * ONE];
	struct buffer expect, expect3, got = {0};
	int peer, fd;

	streams_open();
	expect = wire_of(one, ONE);
	say("one message: %d names of the member, %d of the host", count(&expect, "10.0.1.1"),
		count(&expect, "10.0.2.1"));
	fd = host_connect(&peer);
	for (int i = 0; i < 8; i++) {
		if (send_by(calls[i], fd, NULL, one, ONE) != ONE)
			die(calls[i]);
		check(calls[i], peer, &expect);
		say("%s: same", calls[i]);
	}
	for (size_t at = 1; at < ONE; at++) {
		send_all(fd, one, at, ONE);
		check("in two", peer, &expect);
	}
	say("in two, at any place: same");
	for (size_t at = 1; at < ONE; at++) {
		if (send(fd, one, at, 0) <= 0 || write(fd, one + at, ONE - at) != (ssize_t)(ONE - at))
			die("send in two");
		check("in two, by one that does not mind", peer, &expect);
	}
	say("by a program that does not mind how much was sent: same");
	for (size_t size = 2; size <= 200; size++) {
		for (size_t at = 0; at < ONE;)
			at += MUST(send(fd, one + at, size < ONE - at ? size : ONE - at, 0));
		got.n = 0;
		while (!ends(&got) && peer_read(peer, &got, 2000))
			;
		if (!whole_or_bare(&got, &expect)) {
			say("portions of %zu:\n%.*s", size, (int)got.n, got.p);
			return 1;
		}
	}
	say("in portions of 2 to 200 bytes, from what was sent on: same or as the host wrote it");
	for (size_t at = 0; at < ONE; at++) {
		if (send(fd, one + at, 1, 0) != 1)
			die("send of a byte");
	}
	check("byte by byte", peer, &(struct buffer){(char *)one, ONE, 0});
	say("byte by byte: as the host wrote it");
	for (int i = 0; i < 3; i++)
		memcpy(three + i * ONE, one, ONE);
	expect3 = (struct buffer){0};
	for (int i = 0; i < 3; i++)
		buffer_add(&expect3, expect.p, expect.n);
	for (size_t at = 7; at < sizeof(three); at += 7) {
		send_all(fd, three, at, sizeof(three));
		check("three", peer, &expect3);
	}
	say("three at once, in two at any place: same");
	return 0;
}
