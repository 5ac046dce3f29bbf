/* SPDX-License-Identifier: MIT */
/* A group of sockets that share a port (SO_REUSEPORT), of one process or of several: each of them hears the
 * opened members, as it hears the host's address, so that nothing is lost whichever the kernel takes. */
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[route:one]
to = 198.51.100.0/24
bond = one
*/
/*expect
-- udp, 10.0.2.1, of one process
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
-- udp, fd00:2::1, of one process
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
-- tcp, 10.0.2.1, of one process
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
-- udp, 10.0.2.1, of workers
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
-- tcp, 10.0.2.1, of workers
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
*/
#include "opened.h"

#define WORKERS 4
#define TIMES 100

static int one_of(int type, const char *host)
{
	struct ep e = ep(host, 5060);
	int fd = MUST(socket(e.sa.sa_family, type, 0)), one = 1;

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(bind(fd, &e.sa, e.len));
	if (type == SOCK_STREAM)
		MUST(listen(fd, TIMES));
	return fd;
}

static int count_waiting(int *fds, int type)
{
	struct pollfd polls[WORKERS];
	char text[100];
	int n = 0, fd;

	for (;;) {
		for (int i = 0; i < WORKERS; i++)
			polls[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
		if (raw(SYS_poll, (long)polls, WORKERS, SILENCE, 0, 0, 0) <= 0)
			return n;
		for (int i = 0; i < WORKERS; i++) {
			if (!polls[i].revents)
				continue;
			if (type == SOCK_DGRAM) {
				n += recv(fds[i], text, sizeof(text), MSG_DONTWAIT) == 5;
			} else if ((fd = accept(fds[i], NULL, NULL)) >= 0) {
				n++;
				close(fd);
			}
		}
	}
}

/* From as many ports, so that all of the group are taken. */
static void crowd(int *fds, int type, const char *host, const char *what)
{
	struct ep to = ep(host, 5060);
	int from[TIMES];

	for (int i = 0; i < TIMES; i++) {
		from[i] = outside(type, to.sa.sa_family);
		if (type == SOCK_DGRAM)
			raw(SYS_sendto, from[i], (long)"hello", 5, 0, (long)&to.ss, to.len);
		else
			raw(SYS_connect, from[i], (long)&to.ss, to.len, 0, 0, 0);
	}
	say("%s: %d of %d", what, count_waiting(fds, type), TIMES);
	for (int i = 0; i < TIMES; i++)
		raw(SYS_close, from[i], 0, 0, 0, 0, 0);
}

/* Each member of the group is bound by a process of its own, which gives it to this one as well. */
static void of_workers(int *fds, int type, const char *host)
{
	int pair[2], status;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	for (int i = 0; i < WORKERS; i++) {
		if (MUST(fork()) == 0) {
			int fd = one_of(type, host);
			MUST(pass_fds(pair[1], &fd, 1));
			_exit(0);
		}
		MUST(take_fds(pair[0], &fds[i], 1, 0, NULL));
		wait(&status);
	}
}

static void group(int type, const char *host, const char *member, const char *other, bool workers)
{
	int fds[WORKERS];

	say("-- %s, %s, %s", type == SOCK_DGRAM ? "udp" : "tcp", host, workers ? "of workers" : "of one process");
	if (workers)
		of_workers(fds, type, host);
	for (int i = 0; i < WORKERS && !workers; i++)
		fds[i] = one_of(type, host);
	crowd(fds, type, host, "to the host");
	crowd(fds, type, member, "to the member");
	crowd(fds, type, other, "to another address");
	for (int i = 0; i < WORKERS; i++)
		close(fds[i]);
}

int main(void)
{
	group(SOCK_DGRAM, H4, M4, T4, false);
	group(SOCK_DGRAM, H6, M6, T6, false);
	group(SOCK_STREAM, H4, M4, T4, false);
	group(SOCK_DGRAM, H4, M4, T4, true);
	group(SOCK_STREAM, H4, M4, T4, true);
	return 0;
}
