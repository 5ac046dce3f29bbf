/* SPDX-License-Identifier: MIT */
/* What arrives and may go on is held for a while only: a host that waits for ever gets it, in a wait of any
 * kind, also where one thread waits and another reads. Behind it the stream goes on as it was. */
/*victim
case: epoll epoll-edge poll select ppoll pselect epoll-pwait thread blocking
timeout: 60
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
PING: 4 of 4, answered: 1
GET /: 5 of 5, answered: 1
OPTIONS sip:x@10.0.2.1 SIP/2: 28 of 28, answered: 1
SIP/2.0 200 OK|Via: SIP/2.0/TCP 10.0.1.1;br: 44 of 44, answered: 1
SIP/2.0 200 OK|Content-Len: 27 of 27, answered: 1
BYE sip:x@10.0.1.1 SIP/2.0|Via: SIP/2.0/TCP x|Max-For: 55 of 55, answered: 1
the rest of that message, and the next: as if no library were there
*/
#include <sys/select.h>

#include "stream.h"

static const char *how;

static void *read_later(void *at)
{
	int fd = *(int *)at;
	char c;

	/* holds it while the other thread waits */
	usleep(200000);
	recv(fd, &c, 1, MSG_PEEK);
	return NULL;
}

static bool waits(int fd, int epoll)
{
	struct epoll_event event;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (strcmp(how, "poll") == 0)
		return poll(&p, 1, -1) == 1;
	if (strcmp(how, "ppoll") == 0)
		return ppoll(&p, 1, NULL, NULL) == 1;
	if (strcmp(how, "select") == 0)
		return select(fd + 1, &set, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &set);
	if (strcmp(how, "pselect") == 0)
		return pselect(fd + 1, &set, NULL, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &set);
	if (strcmp(how, "epoll-pwait") == 0)
		return epoll_pwait(epoll, &event, 1, -1, NULL) == 1;
	return epoll_wait(epoll, &event, 1, -1) == 1;
}

/* Reads it as it comes. */
static void read_n(int fd, int epoll, struct buffer *b, size_t n)
{
	char text[2000];

	while (b->n < n) {
		if (strcmp(how, "blocking") != 0 && !waits(fd, epoll))
			return;
		for (;;) {
			ssize_t got = recv(fd, text, sizeof(text), 0);
			if (got == 0 || (got < 0 && errno != EAGAIN))
				return;
			if (got < 0)
				break;
			buffer_add(b, text, got);
			if (strcmp(how, "epoll-edge") != 0)
				break;
		}
	}
}

/* A peer that waits for the answer to what it sent. */
static void talks(const char *text, int *kept, int *kept_peer)
{
	int peer, fd = kept ? host_connect(&peer) : host_accept(&peer), epoll = MUST(epoll_create1(0));
	struct epoll_event event = {
		.events = EPOLLIN | (strcmp(how, "epoll-edge") == 0 ? EPOLLET : 0)};
	struct buffer b = {0}, heard = {0};
	char sent[200], shown[200];
	pthread_t thread;
	size_t n = strlen(text), k = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '|')
			sent[k++] = '\r';
		sent[k++] = text[i] == '|' ? '\n' : text[i];
		shown[i] = text[i];
	}
	shown[n] = '\0';
	if (strcmp(how, "blocking") != 0)
		MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	peer_send(peer, sent, k);
	if (strcmp(how, "thread") == 0) {
		char c;
		recv(fd, &c, 1, MSG_PEEK);
		MUST(pthread_create(&thread, NULL, read_later, &fd));
	}
	read_n(fd, epoll, &b, k);
	if (strcmp(how, "thread") == 0)
		pthread_join(thread, NULL);
	MUST(send(fd, "\r\n\r\n", 4, 0));
	peer_read(peer, &heard, 2000);
	say("%s: %zu of %zu, answered: %d", shown, memcmp(b.p, sent, k) == 0 ? b.n : 0, k,
		heard.n == 4);
	if (!kept) {
		close(fd);
		peer_close(peer);
	} else {
		*kept = fd;
		*kept_peer = peer;
	}
	close(epoll);
}

int main(int argc, char **argv)
{
	static const char rest[] = "wards: 70\r\nl: 2\r\n\r\nab",
			  next[] = "BYE sip:x@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP x\r\nl: 0\r\n\r\n";
	static const char short_one[] =
		"ACK sip:b@10.0.3.1:5090 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-1\r\n"
		"Record-Route: <sip:10.0.2.1;transport=tcp;lr>\r\nContent-Length: 0\r\n\r\n";
	struct buffer b = {0}, expect = {0};
	int fd = -1, peer = -1;

	how = argc > 1 ? argv[1] : "poll";
	streams_open();
	struct buffer wire = wire_of(short_one, sizeof(short_one) - 1);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	talks("PING", NULL, NULL);
	talks("GET /", NULL, NULL);
	talks("OPTIONS sip:x@10.0.2.1 SIP/2", NULL, NULL);
	talks("SIP/2.0 200 OK|Via: SIP/2.0/TCP 10.0.1.1;br", NULL, NULL);
	talks("SIP/2.0 200 OK|Content-Len", NULL, NULL);
	talks("BYE sip:x@10.0.1.1 SIP/2.0|Via: SIP/2.0/TCP x|Max-For", &fd, &peer);
	struct buffer response = response_of(&wire, "v=0\n"), original = response_to(short_one, "v=0\n");
	peer_send(peer, rest, sizeof(rest) - 1);
	peer_send(peer, next, sizeof(next) - 1);
	peer_send(peer, response.p, response.n);
	buffer_add(&expect, rest, sizeof(rest) - 1);
	buffer_add(&expect, next, sizeof(next) - 1);
	buffer_add(&expect, original.p, original.n);
	MUST(fcntl(fd, F_SETFL, 0));
	how = "blocking";
	read_n(fd, -1, &b, expect.n);
	say("the rest of that message, and the next: %s",
		buffer_same(&b, &expect) ? "as if no library were there" : b.p);
	return 0;
}
