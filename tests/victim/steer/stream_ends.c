/* SPDX-License-Identifier: MIT */
/* What a program is told that it sent is on its way, however it goes on or ends: the last line without its
 * end is neither lost, nor late, nor behind what comes after it by ways that no library sees. */
/*victim
seconds: 10
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
close: 18 of 18
shutdown: 18 of 18
_exit: 18 of 18
exit: 18 of 18
SIGTERM: 18 of 18
SIGKILL: 18 of 18
abort: 18 of 18
exec: 18 of 18
sendfile: 18 of 18
splice: 18 of 18
a dup writes: 18 of 18
a dup closes: 18 of 18
a child writes: 18 of 18
a child closes: 18 of 18
another process writes: 18 of 18
MSG_OOB: 18 of 18
a buffered file: 18 of 18
an instruction: 18 of 18
waits for an answer: 18 of 18
*/
#include <sys/sendfile.h>

#include "stream.h"

#define ONE REQUEST("1", "0")
#define HEAD "OPTIONS sip:x@10.0.3.1 SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/TCP 10.0.2.1"

/* whole: how many of the bytes are messages, which the peer sees edited. */
static const struct {
	const char *text;
	size_t whole;
} texts[] = {
	{"HELLO", 0},
	{"PING", 0},
	{"GET /", 0},
	{"I", 0},
	{"SIP/2.0 2", 0},
	{"\r\nV", 2},
	{"X\r\nV", 0},
	{HEAD, 0},
	{HEAD VIA, 0},
	{HEAD VIA ";branch=z9hG4bK-1;bra", 0},
	{HEAD "Max-Forwards: 7", 0},
	{HEAD "Content-Length: 1", 0},
	{HEAD "C", 0},
	{HEAD "\r", 0},
	{ONE "OPTIONS sip", sizeof(ONE) - 1},
	{ONE HEAD VIA, sizeof(ONE) - 1},
	{ONE HEAD "Contact", sizeof(ONE) - 1},
	{ONE "HELLO", sizeof(ONE) - 1},
};
#define TEXTS ((int)(sizeof(texts) / sizeof(*texts)))

static struct buffer wire;
static int talk[2]; /* of the two processes */

/* All of it: a short send is gone on with. */
static void send_whole(int fd, const char *p)
{
	for (size_t n = strlen(p); n;) {
		ssize_t done = MUST(send(fd, p, n, 0));
		if (!done)
			die("send of nothing");
		p += done, n -= done;
	}
}

/* In a process of its own. */
static void way(const char *how, int fd, const char *text)
{
	char c;

	send_whole(fd, text);
	if (strcmp(how, "close") == 0) {
		close(fd);
		pause();
	} else if (strcmp(how, "shutdown") == 0) {
		shutdown(fd, SHUT_WR);
		pause();
	} else if (strcmp(how, "_exit") == 0) {
		_exit(0);
	} else if (strcmp(how, "exit") == 0) {
		exit(0);
	} else if (strcmp(how, "abort") == 0) {
		abort();
	} else if (strncmp(how, "SIG", 3) == 0) {
		raise(how[3] == 'T' ? SIGTERM : SIGKILL);
	} else if (strcmp(how, "exec") == 0) {
		execl("/bin/true", "true", NULL);
	} else if (strcmp(how, "sendfile") == 0) {
		int file = MUST(memfd_create("x", 0));
		MUST(write(file, "+more", 5));
		lseek(file, 0, SEEK_SET);
		MUST(sendfile(fd, file, NULL, 5));
		raise(SIGKILL);
	} else if (strcmp(how, "splice") == 0) {
		int pair[2];
		MUST(pipe(pair));
		MUST(write(pair[1], "+more", 5));
		MUST(splice(pair[0], NULL, fd, NULL, 5, 0));
		raise(SIGKILL);
	} else if (strncmp(how, "a dup", 5) == 0) {
		int other = MUST(dup(fd));
		close(fd);
		if (how[6] == 'w')
			send_whole(other, "+more");
		close(other);
		pause();
	} else if (strncmp(how, "a child", 7) == 0) {
		if (MUST(fork()) == 0) {
			if (how[8] == 'w')
				send_whole(fd, "+more");
			_exit(0);
		}
		wait(NULL);
		raise(SIGKILL);
	} else if (strcmp(how, "another process writes") == 0) {
		MUST(pass_fds(talk[1], &fd, 1));
		raise(SIGKILL);
	} else if (strcmp(how, "MSG_OOB") == 0) {
		MUST(setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int)));
		MUST(send(fd, "+more", 5, MSG_OOB));
		raise(SIGKILL);
	} else if (strcmp(how, "a buffered file") == 0) {
		FILE *f = fdopen(fd, "w");
		fputs("+more", f);
		exit(0);
	} else if (strcmp(how, "an instruction") == 0) {
		raw(SYS_write, fd, (long)"+more", 5, 0, 0, 0);
		raise(SIGKILL);
	} else { /* waits for an answer */
		MUST(recv(fd, &c, 1, 0));
		send_whole(fd, "+more");
		raise(SIGKILL);
	}
	_exit(0);
}

static bool has_more(const char *how)
{
	return strstr(how, "writes") || strncmp(how, "waits", 5) == 0 || strcmp(how, "sendfile") == 0 ||
		strcmp(how, "splice") == 0 || strcmp(how, "MSG_OOB") == 0 ||
		strcmp(how, "a buffered file") == 0 || strcmp(how, "an instruction") == 0;
}

static bool right(const char *how, const char *text, size_t whole)
{
	struct buffer expect = {0}, got = {0};
	int peer, fd = host_connect(&peer), one = 1;

	raw(SYS_setsockopt, peer, SOL_SOCKET, SO_OOBINLINE, (long)&one, sizeof(one), 0);
	if (whole > 2)
		buffer_add(&expect, wire.p, wire.n);
	else
		whole = 0;
	buffer_add(&expect, text + whole, strlen(text) - whole);
	pid_t pid = MUST(fork());
	if (pid == 0)
		way(how, fd, text);
	close(fd);
	if (strcmp(how, "another process writes") == 0) {
		MUST(take_fds(talk[0], &fd, 1, 0, NULL));
		send_whole(fd, "+more");
		close(fd);
	}
	if (strncmp(how, "waits", 5) == 0) {
		peer_read_n(peer, &got, expect.n);
		peer_send(peer, "!", 1);
	}
	if (has_more(how))
		buffer_add(&expect, "+more", 5);
	peer_read_n(peer, &got, expect.n);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (peer_read(peer, &got, 0))
		;
	peer_close(peer);
	if (!buffer_same(&got, &expect))
		say("%s: %zu bytes of %zu:\n%.*s", how, got.n, expect.n, (int)got.n, got.p);
	return buffer_same(&got, &expect);
}

int main(void)
{
	static const char *const ways[] = {"close", "shutdown", "_exit", "exit", "SIGTERM", "SIGKILL",
		"abort", "exec", "sendfile", "splice", "a dup writes", "a dup closes", "a child writes",
		"a child closes", "another process writes", "MSG_OOB", "a buffered file",
		"an instruction", "waits for an answer"};

	streams_open();
	wire = wire_of(ONE, sizeof(ONE) - 1);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, talk));
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int count = 0;
		for (int k = 0; k < TEXTS; k++)
			count += right(ways[i], texts[k].text, texts[k].whole);
		say("%s: %d of %d", ways[i], count, TEXTS);
	}
	return 0;
}
