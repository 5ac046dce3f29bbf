/* SPDX-License-Identifier: MIT */
/* On a connection that several processes of a host send on, one by one, whatever goes over it between two
 * messages, and whatever a message lacks, the next message is edited, in each of them; and that it was
 * odd is told once. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
first odd, then a message of each process: 14 of 14
a message, odd, a message of each process: 14 of 14
odd in a message's place, by each process in turn: 14 of 14
a body by other ways, then a message: 6 of 6
a body that is a message stays: 4 of 4
*/
#include <sys/sendfile.h>

#include "stream.h"

static const char one[] = REQUEST("1", "0");
#define ONE (sizeof(one) - 1)
#define PROCESSES 3

static const char *const odd[] = {
	"jaK",
	"\0\0\0\0 ",
	"hello\r\n",
	"PING\r\n",
	"GET /\r\n",
	"\r\n\r\n\r\n",
	"INVITE sip:x@10.0.3.1\r\nVia: SIP/2.0/TCP 10.0.3.9\r\n\r\n",
	"INVITE sip:x@10.0.3.1 SIP/3.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nContent-Length: 0\r\n\r\n",
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nContent-Length: x\r\n\r\nbody",
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nl: 0\r\nl: 1\r\n\r\nb",
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\n\r\n",
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\n\r\nv=0\r\n",
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nl: 5\r\n\r\n", /* no body comes */
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nMax-Forw", /* nor the rest */
};
#define ODD ((int)(sizeof(odd) / sizeof(*odd)))

static struct buffer wire;
static int orders[PROCESSES][2], answers[2];

static size_t odd_n(int i)
{
	return i == 1 ? 5 : strlen(odd[i]);
}

/* One of the host's processes: sends what it is told to. */
static void worker(int number, int fd)
{
	char text[4096];
	ssize_t n;

	while ((n = raw(SYS_read, orders[number][0], (long)text, sizeof(text), 0, 0, 0)) > 0) {
		for (ssize_t at = 0; at < n;)
			at += MUST(send(fd, text + at, n - at, 0));
		raw(SYS_write, answers[1], (long)"", 1, 0, 0, 0);
	}
	_exit(0);
}

static void tell(int number, const void *p, size_t n)
{
	char c;

	raw(SYS_write, orders[number][1], (long)p, n, 0, 0, 0);
	raw(SYS_read, answers[0], (long)&c, 1, 0, 0, 0);
}

static int start(int *peer, pid_t *pids)
{
	int fd = host_connect(peer);

	for (int i = 0; i < PROCESSES; i++) {
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, orders[i]));
		pids[i] = MUST(fork());
		if (pids[i] == 0)
			worker(i, fd);
	}
	return fd;
}

static void stop(int fd, int peer, const pid_t *pids)
{
	for (int i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		close(orders[i][0]);
		close(orders[i][1]);
	}
	close(fd);
	peer_close(peer);
}

static bool is_right(int peer, const struct buffer *expect)
{
	struct buffer got = {0};

	peer_read_n(peer, &got, expect->n);
	if (!buffer_same(&got, expect))
		say("got %zu of %zu:\n%.*s", got.n, expect->n, (int)got.n, got.p);
	return buffer_same(&got, expect);
}

/* order: of messages (m) and odd ones (o), by the process of that number. */
static bool run(const char *order, int which)
{
	struct buffer expect = {0};
	pid_t pids[PROCESSES];
	int peer, fd = start(&peer, pids);

	for (const char *p = order; *p; p += 2) {
		if (*p == 'o') {
			tell(p[1] - '0', odd[which], odd_n(which));
			buffer_add(&expect, odd[which], odd_n(which));
		} else {
			tell(p[1] - '0', one, ONE);
			buffer_add(&expect, wire.p, wire.n);
		}
	}
	bool right = is_right(peer, &expect);
	stop(fd, peer, pids);
	return right;
}

static int run_all(const char *order)
{
	int count = 0;

	for (int i = 0; i < ODD; i++)
		count += run(order, i);
	return count;
}

/* The body of a head goes by a way that nobody sees, all of it or a part. */
static bool unseen(int how)
{
	static const char head[] = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nl: 2000\r\n\r\n";
	static char body[2000];
	struct buffer expect = {0};
	int peer, fd = host_connect(&peer), file, pair[2];

	memset(body, 'x', sizeof(body));
	MUST(send(fd, head, sizeof(head) - 1, 0));
	buffer_add(&expect, head, sizeof(head) - 1);
	buffer_add(&expect, body, sizeof(body));
	if (how & 1)
		MUST(send(fd, body, 10, 0));
	size_t left = how & 1 ? sizeof(body) - 10 : sizeof(body);
	if (how < 2) {
		file = MUST(memfd_create("x", 0));
		MUST(write(file, body, left));
		lseek(file, 0, SEEK_SET);
		MUST(sendfile(fd, file, NULL, left));
	} else if (how < 4) {
		MUST(pipe(pair));
		MUST(write(pair[1], body, left));
		MUST(splice(pair[0], NULL, fd, NULL, left, 0));
	} else {
		raw(SYS_write, fd, (long)body, left, 0, 0, 0);
	}
	MUST(send(fd, one, ONE, 0));
	buffer_add(&expect, wire.p, wire.n);
	bool right = is_right(peer, &expect);
	close(fd);
	peer_close(peer);
	return right;
}

/* A body that is a message by itself, which the host sends behind its head: alone, with the next message,
 * in two parts, and in one of two parts. */
static bool message_in_body(int how)
{
	char head[200];
	size_t n = sprintf(head, "NOTIFY sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.9\r\nl: %zu\r\n\r\n",
		how == 3 ? ONE + 4 : ONE);
	struct buffer expect = {0}, text = {0};
	int peer, fd = host_connect(&peer);

	MUST(send(fd, head, n, 0));
	buffer_add(&expect, head, n);
	buffer_add(&expect, one, ONE);
	buffer_add(&text, one, ONE);
	if (how == 1)
		buffer_add(&text, one, ONE);
	if (how == 3)
		buffer_add(&text, "v=0\n", 4), buffer_add(&expect, "v=0\n", 4);
	if (how == 2)
		MUST(send(fd, text.p, 100, 0));
	size_t skip = how == 2 ? 100 : 0;
	MUST(send(fd, text.p + skip, text.n - skip, 0));
	if (how != 1)
		MUST(send(fd, one, ONE, 0));
	buffer_add(&expect, wire.p, wire.n);
	bool right = is_right(peer, &expect);
	close(fd);
	peer_close(peer);
	return right;
}

int main(void)
{
	int count = 0;

	streams_open();
	wire = wire_of(one, ONE);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, answers));
	say("first odd, then a message of each process: %d of %d", run_all("o0m0m1m2m0"), ODD);
	say("a message, odd, a message of each process: %d of %d", run_all("m0o1m1m2m0"), ODD);
	say("odd in a message's place, by each process in turn: %d of %d",
		run_all("m0m1o0m0o1m1m2o2m2m0"), ODD);
	for (int i = 0; i < 6; i++)
		count += unseen(i);
	say("a body by other ways, then a message: %d of 6", count);
	count = 0;
	for (int i = 0; i < 4; i++)
		count += message_in_body(i);
	say("a body that is a message stays: %d of 4", count);
	return 0;
}
