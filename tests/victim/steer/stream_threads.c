/* SPDX-License-Identifier: MIT */
/* Threads, or forked processes, of a host read one connection at the same time, as those do that epoll wakes
 * for the same bytes: each message comes once, whole, and restored. */
/*victim
case: threads blocking processes
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
4000 messages: 0 never, 0 twice, 0 not restored, 0 in pieces
*/
#include "stream.h"

#define MESSAGES 4000
#define READERS 4
#define AHEAD 3 /* messages that are on their way */

static struct {
	_Atomic int seen[MESSAGES], got, untold, pieces;
} *all;
static int fd;
static bool blocking;

static void note(const char *p, const char *end)
{
	while (p < end) {
		const char *next = memmem(p, end - p, "\r\n\r\n", 4), *id = memmem(p, end - p, "Call-ID: ", 9);
		if (!next || !id || id > next || strncmp(p, "OPTIONS ", 8) != 0) {
			all->pieces++;
			return;
		}
		all->seen[atoi(id + 9)]++;
		all->untold += !memmem(p, next - p, "Route: <sip:10.0.2.1;", 21);
		all->got++;
		p = next + 4;
	}
}

static void *reader(void *unused)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char text[16384];

	(void)unused;
	for (;;) {
		if (!blocking && poll(&p, 1, 50) < 0)
			break;
		ssize_t n = recv(fd, text, sizeof(text), blocking ? 0 : MSG_DONTWAIT);
		if (n > 0)
			note(text, text + n);
		else if (n == 0)
			break;
	}
	return NULL;
}

static void send_all(int peer, const char *record_route)
{
	char text[1000];

	for (int i = 0; i < MESSAGES; i++) {
		int n = snprintf(text, sizeof(text), "OPTIONS sip:x@10.0.3.9 SIP/2.0\r\nVia: SIP/2.0/TCP "
			"10.0.3.1:5090;branch=z9hG4bK-%d\r\nRoute: <%s>\r\nFrom: <sip:p@x>;tag=1\r\nTo: <sip:h@x>;tag=2\r\n"
			"Call-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", i, record_route, i);
		peer_send(peer, text, n);
		for (int tries = patience(); all->got < i - AHEAD && tries; tries--)
			usleep(1000);
	}
	for (int tries = patience(); all->got < MESSAGES && tries; tries--)
		usleep(1000);
}

int main(int argc, char **argv)
{
	static const char one[] = REQUEST("1", "0");
	bool forked = argc > 1 && argv[1][0] == 'p';
	pthread_t threads[READERS];
	pid_t children[READERS];
	int peer, never = 0, twice = 0;

	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	blocking = argc > 1 && argv[1][0] == 'b';
	streams_open();
	struct buffer wire = wire_of(one, sizeof(one) - 1);
	buffer_add(&wire, "", 1);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	char *route = strchr(strstr(wire.p, "Record-Route:"), '<') + 1;
	fd = host_accept(&peer);
	for (int i = 0; i < READERS; i++) {
		if (!forked) {
			pthread_create(&threads[i], NULL, reader, NULL);
		} else if ((children[i] = MUST(fork())) == 0) {
			reader(NULL);
			_exit(0);
		}
	}
	send_all(peer, strndup(route, strchr(route, '>') - route));
	raw(SYS_shutdown, peer, SHUT_RDWR, 0, 0, 0, 0);
	for (int i = 0; i < READERS; i++)
		forked ? (void)waitpid(children[i], NULL, 0) : (void)pthread_join(threads[i], NULL);
	for (int i = 0; i < MESSAGES; i++) {
		never += all->seen[i] == 0;
		twice += all->seen[i] > 1;
	}
	say("%d messages: %d never, %d twice, %d not restored, %d in pieces", MESSAGES, never, twice, all->untold,
		all->pieces);
	return 0;
}
