/* SPDX-License-Identifier: MIT */
/* What arrives on a connection that several processes of a host read by turns, which inherited it or got
 * it from another, is looked at again behind what was odd, whoever read that; it is counted, and told
 * once a connection. */
/*victim
case: inherited passed
unsteered: no
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[bond:other]
member = tcp:10.0.2.1:5070
[route:peer]
to = 10.0.3.1:5090
bond = ext
[route:from]
from = ext
to = 10.0.3.1:5091
bond = other
[host]
secret = a long secret of this test
*/
/*expect
a request is marked: 1, a response is edited: 1
$CASE, requests, odd ones between: 6 of 6
$CASE, requests, odd ones by each in turn: 6 of 6
$CASE, responses, odd ones between: 6 of 6
$CASE, responses, odd ones by each in turn: 6 of 6
of 24 connections told 24 times, counted 24
*/
#include <ctype.h>

#include "stream.h"

#define PROCESSES 3
#define GOOD "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 0\r\n\r\n"

static const char request[] =
	"BYE sip:x@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-5\r\n"
	"l: 4\r\nCSeq: 1 BYE\r\n\r\nbody";
static const char one[] = REQUEST("1", "0");

/* Behind each a boundary can be told. */
static const char *const odd[] = {
	"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n",
	"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n\r\n",
	"(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 3\r\n\r\nabc",
	"(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nl: 54\r\n\r\n" GOOD,
	"(odd) sip:a\r\nVia: SIP/2.0/TCP 10.0.0.1\r\n\r\n",
	"(odd)\r\n\r\nv=0\r\ns=-\r\n\r\n",
};
#define ODD ((int)(sizeof(odd) / sizeof(*odd)))

static bool passed;
static int orders[PROCESSES][2], answers[2], over[PROCESSES][2];
static pid_t pids[PROCESSES];

/* One of the host's processes: reads as many bytes as it is told to and hands them on. */
static void worker(int number, int fd)
{
	struct pollfd p = {.events = POLLIN};
	char text[4096];
	size_t n;

	if (passed)
		MUST(take_fds(over[number][0], &fd, 1, 0, NULL));
	p.fd = fd;
	while (raw(SYS_read, orders[number][0], (long)&n, sizeof(n), 0, 0, 0) == sizeof(n)) {
		size_t got = 0;
		while (got < n && poll(&p, 1, patience()) == 1) {
			ssize_t some = recv(fd, text + got, n - got, MSG_DONTWAIT);
			if (some == 0 || (some < 0 && errno != EAGAIN))
				break;
			got += some > 0 ? some : 0;
		}
		raw(SYS_sendto, answers[1], (long)text, got, 0, 0, 0);
	}
	_exit(0);
}

static void start(int (*open)(int *peer), int *peer)
{
	int fd = -1;

	for (int i = 0; i < PROCESSES; i++) {
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, orders[i]));
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over[i]));
	}
	if (!passed)
		fd = open(peer);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = MUST(fork());
		if (pids[i] == 0)
			worker(i, fd);
	}
	if (passed)
		fd = open(peer);
	for (int i = 0; i < PROCESSES && passed; i++)
		MUST(pass_fds(over[i][1], &fd, 1));
	close(fd);
}

static void stop(int peer)
{
	for (int i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		for (int k = 0; k < 2; k++) {
			close(orders[i][k]);
			close(over[i][k]);
		}
	}
	peer_close(peer);
}

/* The peer sends that, and a process is to read this. */
static bool turn(int number, int peer, const void *p, size_t n, const void *want, size_t want_n)
{
	char text[4096];

	peer_send(peer, p, n);
	raw(SYS_write, orders[number][1], (long)&want_n, sizeof(want_n), 0, 0, 0);
	long got = raw(SYS_read, answers[0], (long)text, sizeof(text), 0, 0, 0);
	if (got == (long)want_n && memcmp(text, want, got) == 0)
		return true;
	say("process %d got %ld of %zu:\n%.*s", number, got, want_n, (int)got, text);
	return false;
}

/* order: of messages (m) and odd ones (o), by the process of that number. */
static int run(int (*open)(int *peer), const struct buffer *is, const struct buffer *want,
	const char *order)
{
	int right = 0;

	for (int i = 0; i < ODD; i++) {
		bool good = true;
		int peer;
		start(open, &peer);
		for (const char *p = order; *p && good; p += 2)
			good = *p == 'o'
				? turn(p[1] - '0', peer, odd[i], strlen(odd[i]), odd[i], strlen(odd[i]))
				: turn(p[1] - '0', peer, is->p, is->n, want->p, want->n);
		stop(peer);
		right += good;
	}
	return right;
}

static void run_all(const char *what, int (*open)(int *peer), const struct buffer *is,
	const struct buffer *want)
{
	const char *how = passed ? "passed" : "inherited";

	say("%s, %s, odd ones between: %d of %d", how, what, run(open, is, want, "m0o1m2m1m0"), ODD);
	say("%s, %s, odd ones by each in turn: %d of %d", how, what,
		run(open, is, want, "m0m1o0m1o2m0o1m1m2"), ODD);
}

static struct buffer read_one(int (*open)(int *peer), const struct buffer *message)
{
	struct buffer b = {0};
	char text[4096];
	int peer, fd = open(&peer);

	peer_send(peer, message->p, message->n);
	wait_readable(fd);
	buffer_add(&b, text, MUST(recv(fd, text, sizeof(text), 0)));
	close(fd);
	peer_close(peer);
	return b;
}

/* What the library has said of all that. */
static void say_told(void)
{
	static char text[1000000];
	int fd = MUST(open(getenv("BOND_TRACE_FILE"), O_RDONLY)), told = 0, counted = -1;

	text[MUST(read(fd, text, sizeof(text) - 1))] = '\0';
	close(fd);
	for (char *at = text; (at = strstr(at, "breaks the framing of SIP")) != NULL; at++)
		told++;
	for (char *at = text; (at = strstr(at, " streams out of frame")) != NULL; at++) {
		char *digits = at;
		while (digits > text && isdigit((unsigned char)digits[-1]))
			digits--;
		counted = atoi(digits);
	}
	say("of %d connections told %d times, counted %d", 4 * ODD, told, counted);
}

static void read_by_turns(void)
{
	struct buffer response, original, marked, wire, ask = {(char *)request, sizeof(request) - 1, 0};

	streams_open();
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, answers));
	wire = wire_of(one, sizeof(one) - 1);
	response = response_of(&wire, "v=0\n");
	original = response_to(one, "v=0\n");
	marked = read_one(host_accept, &ask);
	say("a request is marked: %d, a response is edited: %d", buffer_has(&marked, ";bond-in="),
		!buffer_same(&response, &original));
	run_all("requests", host_accept, &ask, &marked);
	run_all("responses", host_connect, &response, &original);
}

int main(int argc, char **argv)
{
	static char file[] = "/tmp/stream-again-in-XXXXXX";

	passed = argc > 1 && strcmp(argv[1], "passed") == 0;
	if (argc > 2) {
		read_by_turns();
		return 0;
	}
	close(MUST(mkstemp(file)));
	setenv("BOND_TRACE", "fail", 1);
	setenv("BOND_TRACE_FILE", file, 1);
	pid_t pid = MUST(fork());
	if (pid == 0) {
		execl("/proc/self/exe", argv[0], argc > 1 ? argv[1] : "", "again", NULL);
		die("exec");
	}
	waitpid(pid, NULL, 0);
	say_told();
	unlink(file);
	return 0;
}
