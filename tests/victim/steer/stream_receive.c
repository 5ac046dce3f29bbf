/* SPDX-License-Identifier: MIT */
/* Responses come back with the host's own names, however they are cut on the way and whatever buffers
 * the host reads them into. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
recv: as if no library were there
read: as if no library were there
recvmsg of bytes: as if no library were there
readv of bytes: as if no library were there
recvmmsg: as if no library were there
in two at any place, buffers of 1: as if no library were there
in two at any place, buffers of 65536: as if no library were there
byte by byte: as if no library were there
three at once, buffers of 100: as if no library were there
MSG_PEEK: the same twice, nothing taken
MSG_WAITALL: all
FIONREAD: what a read gets
the end in the middle of a head: what was there, then the end
the end between two: 0
*/
#include <sys/ioctl.h>

#include "stream.h"

static const char one[] = REQUEST("1", "0");
static struct buffer response, original;

/* Reads until `want` bytes are there, by poll and non-blocking reads. */
static void read_all(int fd, struct buffer *b, size_t want, const char *call, size_t size)
{
	static char text[65536];
	struct iovec whole = {text, size}, bytes[64];

	for (int i = 0; i < 64; i++)
		bytes[i] = (struct iovec){text + i, 1};
	while (b->n < want) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;
		if (poll(&p, 1, 2000) != 1)
			return;
		if (strcmp(call, "recv") == 0) {
			n = recv(fd, text, size, 0);
		} else if (strcmp(call, "read") == 0) {
			n = read(fd, text, size);
		} else if (strcmp(call, "readv of bytes") == 0) {
			n = readv(fd, bytes, 64);
		} else if (strcmp(call, "recvmsg of bytes") == 0) {
			struct msghdr m = {.msg_iov = bytes, .msg_iovlen = 64};
			n = recvmsg(fd, &m, 0);
		} else {
			struct mmsghdr mm = {.msg_hdr = {.msg_iov = &whole, .msg_iovlen = 1}};
			n = recvmmsg(fd, &mm, 1, 0, NULL);
			if (n == 1)
				n = mm.msg_len;
		}
		if (n > 0)
			buffer_add(b, text, n);
		else if (n == 0 || errno != EAGAIN)
			return;
	}
}

static void check(const char *what, int fd, size_t copies, const char *call, size_t size, bool tell)
{
	struct buffer b = {0}, expect = {0};

	for (size_t i = 0; i < copies; i++)
		buffer_add(&expect, original.p, original.n);
	read_all(fd, &b, expect.n, call, size);
	if (!buffer_same(&b, &expect)) {
		say("%s: %zu bytes, expected %zu\n%.*s", what, b.n, expect.n, (int)b.n, b.p);
		exit(1);
	}
	if (tell)
		say("%s: as if no library were there", what);
	free(b.p);
	free(expect.p);
}

static void in_two(int fd, int peer, size_t size)
{
	char what[80];

	sprintf(what, "in two at any place, buffers of %zu", size);
	for (size_t at = 1; at < response.n; at += size == 1 ? 11 : 1) {
		struct buffer b = {0};
		peer_send(peer, response.p, at);
		for (;;) { /* what there is of it */
			char text[4000];
			ssize_t n = recv(fd, text, size < 4000 ? size : 4000, MSG_DONTWAIT);
			if (n <= 0)
				break;
			buffer_add(&b, text, n);
		}
		peer_send(peer, response.p + at, response.n - at);
		read_all(fd, &b, original.n, "recv", size);
		if (!buffer_same(&b, &original)) {
			say("%s: at %zu other bytes\n%.*s", what, at, (int)b.n, b.p);
			exit(1);
		}
		free(b.p);
	}
	say("%s: as if no library were there", what);
}

int main(void)
{
	static const char *const calls[] = {
		"recv", "read", "recvmsg of bytes", "readv of bytes", "recvmmsg"};
	char first[2000], second[2000];
	struct buffer wire;
	int peer, fd, ready;
	ssize_t n;

	streams_open();
	wire = wire_of(one, sizeof(one) - 1);
	response = response_of(&wire, "v=0\n");
	original = response_to(one, "v=0\n");
	if (!buffer_has(&response, "10.0.1.1"))
		die("the peer sees no member");
	fd = host_connect(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	for (int i = 0; i < 5; i++) {
		peer_send(peer, response.p, response.n);
		check(calls[i], fd, 1, calls[i], 65536, true);
	}
	in_two(fd, peer, 1);
	in_two(fd, peer, 65536);
	for (size_t i = 0; i < response.n; i++) {
		peer_send(peer, response.p + i, 1);
		if (i == response.n / 2)
			recv(fd, first, 0, 0);
	}
	check("byte by byte", fd, 1, "recv", 65536, true);
	for (int i = 0; i < 3; i++)
		peer_send(peer, response.p, response.n);
	check("three at once, buffers of 100", fd, 3, "recv", 100, true);

	peer_send(peer, response.p, response.n);
	wait_readable(fd);
	n = recv(fd, first, sizeof(first), MSG_PEEK);
	if (n == recv(fd, second, sizeof(second), MSG_PEEK) && n == (ssize_t)original.n &&
		memcmp(first, second, n) == 0)
		say("MSG_PEEK: the same twice, nothing taken");
	MUST(ioctl(fd, FIONREAD, &ready));
	check("after MSG_PEEK", fd, 1, "recv", 65536, false);
	MUST(fcntl(fd, F_SETFL, 0));
	if (fork() == 0) {
		peer_send(peer, response.p, 120);
		usleep(100000);
		peer_send(peer, response.p + 120, response.n - 120);
		usleep(100000);
		peer_send(peer, response.p, response.n);
		_exit(0);
	}
	n = recv(fd, first, original.n * 2, MSG_WAITALL);
	say("MSG_WAITALL: %s", n == (ssize_t)original.n * 2 ? "all" : "not all");
	say("FIONREAD: %s", ready == (int)original.n ? "what a read gets" : "something else");

	peer_send(peer, response.p, 60); /* in the Via */
	raw(SYS_shutdown, peer, SHUT_WR, 0, 0, 0, 0);
	usleep(50000);
	size_t sum = 0;
	while ((n = recv(fd, first + sum, 50, 0)) > 0)
		sum += n;
	say("the end in the middle of a head: %s, then %s",
		sum == 60 && memcmp(first, response.p, 60) == 0 ? "what was there" : "other bytes",
		n == 0 ? "the end" : strerrorname_np(errno));
	close(fd);
	peer_close(peer);
	fd = host_connect(&peer);
	peer_send(peer, response.p, response.n);
	peer_close(peer);
	check("before the end", fd, 1, "recv", 65536, false);
	say("the end between two: %zd", recv(fd, first, 100, 0));
	return 0;
}
