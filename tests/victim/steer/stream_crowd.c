/* SPDX-License-Identifier: MIT */
/* A peer that sends halves of heads on many connections takes nothing from another: whole messages, and
 * such as come in portions, are edited as ever, where a script decides by what arrives and where none does.
 * It loses its own places instead, the oldest first. */
/*victim
timeout: 120
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
header = X-Bond
secret = a long secret of this test
*/
/*expect
before: told 1
600 halves of heads of one peer, 1 portion of another: told 1, in portions 1
600 more: told 1, in portions 1, the message that was under way is whole: 1
halves: 512 of 1200 go on, the first is at its end: 1
*/
#include <sys/resource.h>

#include "stream.h"

enum { HALVES = 600 };

static const char request[] =
	"OPTIONS sip:x@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-5\r\n"
	"X-Bond-In: forged\r\nContent-Length: 4\r\n\r\nbody";
#define SIZE (sizeof(request) - 1)

static int come(const char *from, int *peer)
{
	struct ep to = ep(M4, 5060), here = ep(from, 0);

	*peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	if (raw(SYS_bind, *peer, (long)&here.ss, here.len, 0, 0, 0) != 0 ||
		raw(SYS_connect, *peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	int fd = MUST(accept(listener_m, NULL, NULL));
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	return fd;
}

static ssize_t read_some(int fd, struct buffer *b)
{
	char text[2000];
	ssize_t all = 0, n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0) {
		buffer_add(b, text, n);
		all += n;
	}
	return n == 0 ? -1 : all;
}

static bool is_told(const struct buffer *b)
{
	return buffer_has(b, "X-Bond-In: ext\r\n") && buffer_has(b, ";bond-in=") &&
		!buffer_has(b, "forged") && b->n > 4 && memcmp(b->p + b->n - 4, "body", 4) == 0;
}

/* One message of a peer that behaves, in so many portions. */
static bool message(size_t portions)
{
	struct buffer b = {0};
	int peer, fd = come(H4, &peer);

	for (size_t i = 0; i < portions; i++) {
		size_t from = SIZE * i / portions, to = SIZE * (i + 1) / portions;
		peer_send(peer, request + from, to - from);
		read_some(fd, &b);
	}
	close(fd);
	peer_close(peer);
	return is_told(&b);
}

static int fds[2 * HALVES], peers[2 * HALVES];

static void halves(int from)
{
	struct buffer b = {0};

	for (int i = from; i < from + HALVES; i++) {
		fds[i] = come(T4, &peers[i]);
		peer_send(peers[i], request, 40);
		b.n = 0;
		read_some(fds[i], &b);
	}
}

int main(void)
{
	struct rlimit limit = {8192, 8192};
	struct buffer under_way = {0}, b;
	int peer, fd, on = 0;

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		die("setrlimit");
	streams_open();
	MUST(listen(listener_m, 2048));
	say("before: told %d", message(1));
	fd = come(H4, &peer);
	peer_send(peer, request, SIZE - 2); /* in its body */
	read_some(fd, &under_way);
	halves(0);
	say("%d halves of heads of one peer, 1 portion of another: told %d, in portions %d", HALVES,
		message(1), message(3) && message(4) && message(9));
	halves(HALVES);
	bool told = message(1), portions = message(3) && message(4) && message(9);
	peer_send(peer, request + SIZE - 2, 2);
	read_some(fd, &under_way);
	peer_send(peer, request, SIZE);
	b = (struct buffer){0};
	read_some(fd, &b);
	say("%d more: told %d, in portions %d, the message that was under way is whole: %d", HALVES,
		told, portions, is_told(&under_way) && is_told(&b));
	bool first_ended = false;
	for (int i = 0; i < 2 * HALVES; i++) {
		peer_send(peers[i], request + 40, SIZE - 40);
		b.n = 0;
		bool ended = read_some(fds[i], &b) < 0;
		first_ended |= i == 0 && ended;
		on += b.n > 4 && !ended && buffer_has(&b, ";bond-in=") && !buffer_has(&b, "forged");
	}
	say("halves: %d of %d go on, the first is at its end: %d", on, 2 * HALVES, first_ended);
	return 0;
}
