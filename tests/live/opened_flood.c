/* SPDX-License-Identifier: MIT */
/* Both ends of check_opened_flood.py.
 *	opened_flood host ADDRESS PROCESSES     answers each request on ADDRESS:5060 from the source that the
 *		kernel or libbond takes, until it gets SIGTERM; each process then prints "answered N empty N"
 *	opened_flood peer COUNT TO... -- FROM...     from each FROM, in turn to each TO, COUNT in all, some at a
 *		time; prints "sent N answered N elsewhere N dropped N", where elsewhere is answers from another
 *		address than was asked, dropped what the kernel dropped at these sockets
 *	opened_flood stray COUNT TO FROM     datagrams that nobody answers */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEERS_MAX 16
#define AT_A_TIME 24
#define PORT 5060
#define SILENCE 4000 /* milliseconds after which nothing comes any more */

struct place {
	struct sockaddr_storage at;
	socklen_t len;
};

static volatile sig_atomic_t ended;

static struct place place(const char *text, unsigned short port)
{
	struct place p = {.len = sizeof(struct sockaddr_in)};
	struct sockaddr_in *four = (struct sockaddr_in *)&p.at;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&p.at;

	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		p.len = sizeof(*six);
	} else {
		errx(2, "no address: %s", text);
	}
	return p;
}

static bool same(const struct place *a, const struct sockaddr_storage *b)
{
	return memcmp(&a->at, b, a->at.ss_family == AF_INET ? 8 : 24) == 0;
}

static int bound(const char *address, int flags)
{
	struct place p = place(address, PORT);
	int fd = socket(p.at.ss_family, SOCK_DGRAM | flags, 0), size = 8 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (fd < 0 || bind(fd, (struct sockaddr *)&p.at, p.len) < 0)
		err(1, "bind %s", address);
	return fd;
}

static void on_term(int number)
{
	(void)number;
	ended = 1;
}

/* All that a request is asked about is in its header rows, which its answer repeats. */
static void answer(int fd, char *text, size_t n, const struct sockaddr_storage *to, socklen_t len)
{
	static const char line[] = "SIP/2.0 200 OK\r\n";
	char out[2048], *rows = memmem(text, n, "\r\n", 2);
	size_t rest = rows ? n - (size_t)(rows + 2 - text) : 0;

	if (!rows || rest > sizeof(out) - sizeof(line))
		errx(1, "not what the peer sends: %.*s", (int)n, text);
	memcpy(out, line, sizeof(line) - 1);
	memcpy(out + sizeof(line) - 1, rows + 2, rest);
	if (sendto(fd, out, sizeof(line) - 1 + rest, 0, (const struct sockaddr *)to, len) < 0)
		err(1, "sendto");
}

static void serve(int fd)
{
	struct epoll_event event = {.events = EPOLLIN}, got;
	unsigned long answered = 0, empty = 0;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll");
	while (!ended) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		char text[2048];
		ssize_t n;

		if (epoll_wait(ep, &got, 1, 200) < 1) /* the signal may have come just before */
			continue;
		n = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &len);
		if (n < 0 && errno == EAGAIN) {
			empty++;
		} else if (n >= 0) {
			answer(fd, text, (size_t)n, &from, len);
			answered++;
		}
	}
	printf("answered %lu empty %lu\n", answered, empty);
	fflush(stdout);
}

static int host(const char *address, int processes)
{
	int fd = bound(address, SOCK_NONBLOCK);
	struct sigaction action = {.sa_handler = on_term};
	pid_t children[PEERS_MAX] = {0};

	sigaction(SIGTERM, &action, NULL);
	for (int i = 1; i < processes; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			serve(fd);
			_exit(0);
		}
	}
	printf("ready\n");
	fflush(stdout);
	serve(fd);
	for (int i = 1; i < processes; i++)
		kill(children[i], SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}

struct peer {
	int fd;
	const char *name;
	unsigned out; /* requests without an answer yet */
	uint32_t dropped;
};

static void ask(struct peer *p, unsigned number, const struct place *to)
{
	char text[600];
	bool six = strchr(p->name, ':') != NULL;
	int n = snprintf(text, sizeof(text),
		"OPTIONS sip:h@x SIP/2.0\r\nVia: SIP/2.0/UDP %s%s%s:5060;branch=z9hG4bK%u\r\n"
		"From: <sip:p@x>;tag=1\r\nTo: <sip:h@x>\r\nCall-ID: %u\r\nCSeq: 1 OPTIONS\r\n"
		"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		six ? "[" : "", p->name, six ? "]" : "", number, number);

	if (sendto(p->fd, text, (size_t)n, 0, (const struct sockaddr *)&to->at, to->len) < 0)
		err(1, "sendto");
	p->out++;
}

/* Whether there was an answer; *elsewhere counts those from another address than was asked. */
static bool take(struct peer *p, const struct place *to, int count, unsigned *elsewhere)
{
	union {
		char buf[CMSG_SPACE(sizeof(uint32_t))];
		struct cmsghdr align;
	} control;
	struct sockaddr_storage from;
	char text[2048], *id;
	struct iovec iov = {text, sizeof(text) - 1};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(p->fd, &msg, MSG_DONTWAIT);

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&p->dropped, CMSG_DATA(c), sizeof(p->dropped));
	text[n] = '\0';
	id = strstr(text, "Call-ID: ");
	if (!id || strncmp(text, "SIP/2.0 200", 11) != 0 || strstr(text, "bond"))
		errx(1, "not an answer as it was asked: %s", text);
	*elsewhere += !same(&to[strtoul(id + 9, NULL, 10) % (unsigned)count], &from);
	p->out--;
	return true;
}

static int peers(unsigned count, char **words)
{
	struct peer all[PEERS_MAX];
	struct pollfd wait_for[PEERS_MAX];
	struct place to[PEERS_MAX];
	unsigned sent = 0, answered = 0, elsewhere = 0, dropped = 0;
	int on = 1, places = 0, n = 0;

	for (; strcmp(*words, "--") != 0; words++)
		to[places++] = place(*words, PORT);
	for (words++; *words; words++, n++) {
		all[n] = (struct peer){.fd = bound(*words, 0), .name = *words};
		setsockopt(all[n].fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
		wait_for[n] = (struct pollfd){.fd = all[n].fd, .events = POLLIN};
	}
	do {
		for (int i = 0; i < n; i++) {
			while (take(&all[i], to, places, &elsewhere))
				answered++;
			/* each peer asks at each address: the number tells which */
			for (; sent < count && all[i].out < AT_A_TIME; sent++)
				ask(&all[i], sent, &to[sent % (unsigned)places]);
		}
	} while (answered < sent && poll(wait_for, (nfds_t)n, SILENCE) > 0);
	for (int i = 0; i < n; i++)
		dropped += all[i].dropped;
	printf("sent %u answered %u elsewhere %u dropped %u\n", sent, answered, elsewhere, dropped);
	return 0;
}

static int stray(unsigned count, const char *to, const char *from)
{
	struct peer p = {.fd = bound(from, 0), .name = from};
	struct place at = place(to, PORT);

	for (unsigned i = 0; i < count; i++)
		ask(&p, i, &at);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "host") == 0)
		return host(argv[2], atoi(argv[3]));
	if (argc > 5 && strcmp(argv[1], "peer") == 0)
		return peers((unsigned)atoi(argv[2]), argv + 3);
	if (argc == 5 && strcmp(argv[1], "stray") == 0)
		return stray((unsigned)atoi(argv[2]), argv[3], argv[4]);
	errx(2, "usage: opened_flood host|peer|stray ...");
}
