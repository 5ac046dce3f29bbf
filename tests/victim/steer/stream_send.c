/* SPDX-License-Identifier: MIT */
/* On a steered connection the member's name stands where the host wrote its own, however the host cuts
 * what it sends: by every call, in two at any byte, byte by byte, several messages at once. */
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
byte by byte: same
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

int main(void)
{
	static const char *const calls[] = {"send", "write", "sendto", "sendmsg", "sendmsg-bytes",
		"sendmmsg", "writev", "writev-bytes"};
	char three[3 * ONE];
	struct buffer expect, expect3;
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
		if (send(fd, one, at, 0) != (ssize_t)at || write(fd, one + at, ONE - at) != (ssize_t)(ONE - at))
			die("send in two");
		check("in two", peer, &expect);
	}
	say("in two, at any place: same");
	for (size_t at = 0; at < ONE; at++) {
		if (send(fd, one + at, 1, 0) != 1)
			die("send of a byte");
	}
	check("byte by byte", peer, &expect);
	say("byte by byte: same");
	for (int i = 0; i < 3; i++)
		memcpy(three + i * ONE, one, ONE);
	expect3 = (struct buffer){0};
	for (int i = 0; i < 3; i++)
		buffer_add(&expect3, expect.p, expect.n);
	for (size_t at = 0; at < sizeof(three); at += 7) {
		if ((at && send(fd, three, at, 0) != (ssize_t)at) ||
			send(fd, three + at, sizeof(three) - at, 0) != (ssize_t)(sizeof(three) - at))
			die("send of three");
		check("three", peer, &expect3);
	}
	say("three at once, in two at any place: same");
	return 0;
}
