/* SPDX-License-Identifier: MIT */
/* Sends that the kernel takes in part only: what the host is told is true, and it goes on from there, in
 * the same process or in another, with not a byte lost or doubled. */
/*victim
seconds: 40
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
one process: same bytes, EAGAIN was seen
a new process after each EAGAIN: same bytes, EAGAIN was seen
never more told than is on its way
*/
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "stream.h"

#define MESSAGES 300

static struct buffer text, expect;
static bool honest = true;

static void fill(void)
{
	char body[40], *p;

	for (int i = 0; i < MESSAGES; i++) {
		static const char one[] = REQUEST("?", "39");
		size_t at = text.n;
		buffer_add(&text, one, sizeof(one) - 1);
		p = memchr(text.p + at, '?', text.n - at);
		*p = 'A' + i % 26;
		snprintf(body, sizeof(body), "%039d", i);
		buffer_add(&text, body, 39);
	}
	expect = wire_of(text.p, text.n);
}

/* The number of the message in which byte n of a stream stands, and whether it is behind all edits. */
static size_t messages_in(const struct buffer *b, size_t n)
{
	size_t count = 0;
	char *p = b->p, *end = b->p + n;

	while ((p = memmem(p, end - p, "Content-Length", 14)))
		count++, p++;
	return count;
}

static void run(const char *what, bool forked)
{
	struct buffer got = {0};
	int peer, fd = host_connect(&peer), small = 2048, again = 0, left;
	size_t *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	raw(SYS_setsockopt, peer, SOL_SOCKET, SO_RCVBUF, (long)&small, sizeof(small), 0);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	*at = 0;
	while (*at < text.n) {
		pid_t pid = forked && again % 5 == 0 ? MUST(fork()) : -1;
		if (pid <= 0) {
			ssize_t n;
			size_t portion = 100 + (again * 7919u) % 3000; /* a line at least */
			while (*at < text.n) {
				if (portion > text.n - *at)
					portion = text.n - *at;
				n = send(fd, text.p + *at, portion, 0);
				if (n < 0)
					break;
				*at += n;
			}
			if (*at < text.n && errno != EAGAIN)
				die("send");
			if (pid == 0)
				_exit(0);
		} else {
			waitpid(pid, NULL, 0);
		}
		if (*at < text.n)
			again++;
		/* all that is on its way */
		do
			left = 0, ioctl(fd, SIOCOUTQ, &left);
		while (peer_read(peer, &got, left ? 200 : 0) || left);
		if (messages_in(&text, *at) > messages_in(&expect, got.n))
			honest = false;
	}
	peer_read_n(peer, &got, expect.n);
	say("%s: %s bytes, EAGAIN was %s", what, buffer_same(&got, &expect) ? "same" : "other",
		again ? "seen" : "never seen");
	close(fd);
	peer_close(peer);
}

int main(void)
{
	streams_open();
	fill();
	say("the peer sees the %s", buffer_has(&expect, "10.0.1.1") ? "member" : "host");
	run("one process", false);
	run("a new process after each EAGAIN", true);
	say("%s", honest ? "never more told than is on its way" : "told more than was on its way");
	return 0;
}
