/* SPDX-License-Identifier: MIT */
/* A reload reaches the filters of all the host's processes, though none of them makes a call: members come and go
 * while they wait, and what comes to one that stays is not lost meanwhile. */
/*victim
case: alone alone6 polls epoll forked orphan raw-fork user group group6 accept accept6 accept-group accept-user
modes: routes
seconds: 60
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
*/
/*expect
-- as it began
to the host: 60 of 60
to the first: 60 of 60
to the second: 0 of 60
-- one more: heard without a call: yes
to the host: 60 of 60
to the first: 60 of 60
to the second: 60 of 60
-- one less: gone without a call: yes
to the host: 60 of 60
to the first: 0 of 60
to the second: 60 of 60
-- none: gone without a call: yes
to the host: 60 of 60
to the first: 0 of 60
to the second: 0 of 60
-- both: heard without a call: yes
to the host: 60 of 60
to the first: 60 of 60
to the second: 60 of 60
*/
#include "given_back.h"

#include <linux/filter.h>
#include <poll.h>
#include <sys/epoll.h>

#define WORKERS 4
#define TIMES 60

static int type, sockets[WORKERS], count, pair[2];
static struct shared {
	_Atomic int heard, processes;
	_Atomic pid_t pids[4 * WORKERS];
} *shared;
static const char *own, *first, *second;
static bool six;

static int listener(bool group)
{
	struct ep e = ep(own, 5060);
	int fd = MUST(socket(e.sa.sa_family, type, 0)), one = 1;

	if (group)
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(bind(fd, &e.sa, e.len));
	if (type == SOCK_STREAM)
		MUST(listen(fd, TIMES));
	return fd;
}

static void wait_for(int fd, const char *how)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	static int epoll = -1;

	if (strcmp(how, "polls") == 0) {
		MUST(poll(&p, 1, -1));
	} else if (strcmp(how, "epoll") == 0) {
		if (epoll < 0) {
			epoll = MUST(epoll_create1(0));
			MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e));
		}
		MUST(epoll_wait(epoll, &e, 1, -1));
	}
}

/* Waits without an end in a call of the host's. */
static void work(int fd, const char *how)
{
	char text[100];

	shared->pids[shared->processes++] = getpid();
	if (strstr(how, "user")) {
		struct pollfd none = {.fd = -1};
		poll(&none, 1, 600); /* the thread is there before */
		MUST(setuid(65534));
	}
	for (;;) {
		wait_for(fd, how);
		if (type == SOCK_DGRAM) {
			shared->heard += recvfrom(fd, text, sizeof(text), 0, NULL, NULL) == 5;
		} else {
			int in = MUST(accept(fd, NULL, NULL));
			close(in);
			++shared->heard;
		}
	}
}

static void give(int fd)
{
	MUST(pass_fds(pair[1], &fd, 1));
}

/* The controller has the socket only to look at its filter, by nothing that libbond sees. */
static int take(void)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.room, .msg_controllen = sizeof(u.room)};
	int fd;

	if (raw(SYS_recvmsg, pair[0], (long)&m, 0, 0, 0, 0) < 0)
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void begin(const char *how)
{
	bool group = strstr(how, "group"), orphan = strcmp(how, "orphan") == 0;
	int workers = group ? WORKERS : 1;

	for (int i = 0; i < workers; i++) {
		if (fork())
			continue;
		int fd = listener(group);
		give(fd);
		if (strcmp(how, "forked") == 0 || orphan)
			for (int k = 0; k < 2; k++)
				if (fork() == 0)
					work(fd, how);
		if (strcmp(how, "raw-fork") == 0 && syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != 0)
			_exit(0);
		if (orphan)
			_exit(0);
		work(fd, how);
	}
	for (int i = 0; i < workers; i++)
		sockets[count++] = take();
}

static void pause_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	raw(SYS_nanosleep, (long)&t, 0, 0, 0, 0, 0);
}

static void end_all(void)
{
	for (int i = 0; i < shared->processes; i++) {
		while (shared->pids[i] <= 0) /* it is being written */
			pause_ms(1);
		kill(shared->pids[i], SIGKILL);
	}
}

/* Whether the filter of that socket has the address: by the word of it that no other one here has. */
static bool hears(int fd, const char *host)
{
	static struct sock_filter program[4096];
	unsigned words[4], wanted;
	socklen_t n = 4096;
	struct ep e = ep(host, 5060);

	memcpy(words, six ? (void *)&((struct sockaddr_in6 *)&e.ss)->sin6_addr
			  : (void *)&((struct sockaddr_in *)&e.ss)->sin_addr, six ? 16 : 4);
	wanted = ntohl(words[0]);
	if (raw(SYS_getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, (long)program, (long)&n, 0) != 0) {
		end_all(); /* without the library there is none */
		die("no filter");
	}
	for (unsigned i = 0; i < n; i++)
		if (program[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && program[i].k == wanted)
			return true;
	return false;
}

/* All of them do, or none. */
static bool all_hear(const char *host, bool wanted)
{
	for (int tries = 0; tries < patience(); tries += 5, pause_ms(5)) {
		int n = 0;
		for (int i = 0; i < count; i++)
			n += hears(sockets[i], host) == wanted;
		if (n == count)
			return true;
	}
	return false;
}

static void crowd(const char *host, const char *what, bool expected)
{
	struct ep to = ep(host, 5060);
	int from[TIMES], before = shared->heard, wait = expected ? patience() : SILENCE;

	for (int i = 0; i < TIMES; i++) {
		from[i] = (int)raw(SYS_socket, to.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0, 0, 0);
		if (type == SOCK_DGRAM)
			raw(SYS_sendto, from[i], (long)"hello", 5, 0, (long)&to.ss, to.len);
		else
			raw(SYS_connect, from[i], (long)&to.ss, to.len, 0, 0, 0);
	}
	for (int ms = 0; ms < wait && shared->heard < before + TIMES; ms++)
		pause_ms(1);
	say("to the %s: %d of %d", what, shared->heard - before, TIMES);
	for (int i = 0; i < TIMES; i++)
		raw(SYS_close, from[i], 0, 0, 0, 0, 0);
}

static void all(bool hears_first, bool hears_second)
{
	crowd(own, "host", true);
	crowd(first, "first", hears_first);
	crowd(second, "second", hears_second);
}

#define MEMBERS(four, six) \
	"member = udp:" four ":5060 open=filter\nmember = tcp:" four ":5060 open=filter\n" \
	"member = udp:[" six "]:5060 open=filter\nmember = tcp:[" six "]:5060 open=filter\n"
#define BOND "[bond:one]\n"

int main(int argc, char **argv)
{
	const char *how = argv[1];

	(void)argc;
	six = strchr(how, '6');
	type = strncmp(how, "accept", 6) == 0 ? SOCK_STREAM : SOCK_DGRAM;
	own = six ? H6 : H4, first = six ? M6 : M4, second = six ? T6 : T4;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	fflush(stdout);
	begin(how);
	say("-- as it began");
	all(true, false);
	gb_reload(BOND MEMBERS(M4, M6) MEMBERS(T4, T6));
	say("-- one more: heard without a call: %s", all_hear(second, true) ? "yes" : "no");
	all(true, true);
	gb_reload(BOND MEMBERS(T4, T6));
	say("-- one less: gone without a call: %s", all_hear(first, false) ? "yes" : "no");
	all(false, true);
	gb_reload(BOND "member = udp:10.0.4.1:5060\n");
	say("-- none: gone without a call: %s", all_hear(second, false) ? "yes" : "no");
	all(false, false);
	gb_reload(BOND MEMBERS(M4, M6) MEMBERS(T4, T6));
	say("-- both: heard without a call: %s", all_hear(first, true) && all_hear(second, true) ? "yes" : "no");
	all(true, true);
	end_all();
	return 0;
}
