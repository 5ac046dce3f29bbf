/* SPDX-License-Identifier: MIT */
/* A host that listens on the wildcard address alone has no listener after which a connection could be
 * named. One of its processes connects and sends, others that are given the connection send on it and
 * read from it (SCM_RIGHTS), at a port of the peer that is none of SIP: a CANCEL has the Via of its INVITE. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the one that connected: Via of the member
the one that was given it: Via of the member
a third one: Via of the member
its response: read as sent to the host
*/
#include "stream.h"

static const char one[] = REQUEST("1", "0");
#define ONE (sizeof(one) - 1)

static const char *via(const struct buffer *b)
{
	if (buffer_has(b, "Via: SIP/2.0/TCP 10.0.1.1"))
		return "member";
	return buffer_has(b, "Via: SIP/2.0/TCP 10.0.2.1") ? "host" : "nobody";
}

static void sent(const char *who, int fd, int peer, struct buffer *got)
{
	got->n = 0;
	MUST(send(fd, one, ONE, 0));
	while (!buffer_has(got, "\r\n\r\n") && peer_read(peer, got, patience()))
		;
	say("%s: Via of the %s", who, via(got));
}

static int connect_in_child(int over[2])
{
	pid_t pid = MUST(fork());
	int fd;

	if (pid == 0) {
		struct ep to = ep(T4, PEER_PORT);
		fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(fd, &to.sa, to.len));
		MUST(send(fd, one, ONE, 0));
		MUST(pass_fds(over[1], &fd, 1));
		_exit(0);
	}
	MUST(take_fds(over[0], &fd, 1, 0, NULL));
	waitpid(pid, NULL, 0);
	return fd;
}

static void read_by_third(int over[2], int fd, int peer, struct buffer *got)
{
	pid_t pid = MUST(fork());

	if (pid == 0) {
		char text[2000];
		close(fd);
		MUST(take_fds(over[1], &fd, 1, 0, NULL));
		sent("a third one", fd, peer, got);
		struct buffer response = response_of(got, ""), original = response_to(one, ""), in = {0};
		peer_send(peer, response.p, response.n);
		while (in.n < original.n) {
			ssize_t n = recv(fd, text, sizeof(text), 0);
			if (n <= 0)
				break;
			buffer_add(&in, text, n);
		}
		say("its response: read as %s", buffer_same(&in, &original) ? "sent to the host" : in.p);
		_exit(0);
	}
	MUST(pass_fds(over[0], &fd, 1));
	waitpid(pid, NULL, 0);
}

int main(void)
{
	struct buffer got = {0};
	int over[2], fd, peer;

	tcp_listener("0.0.0.0", 5060);
	peer_open();
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	fd = connect_in_child(over);
	peer = raw(SYS_accept, peer_listener, 0, 0, 0, 0, 0);
	while (!buffer_has(&got, "\r\n\r\n") && peer_read(peer, &got, patience()))
		;
	say("the one that connected: Via of the %s", via(&got));
	sent("the one that was given it", fd, peer, &got);
	read_by_third(over, fd, peer, &got);
	return 0;
}
