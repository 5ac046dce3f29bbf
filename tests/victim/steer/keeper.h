/* SPDX-License-Identifier: MIT */
/* For keeper.c and keeper_bare.c: where libbond's thread is, wherever the host goes. */
#ifndef KEEPER_H
#define KEEPER_H

#include "steer.h"

#include <dirent.h>
#include <netdb.h>
#include <sys/select.h>
#include <sys/time.h>

#define CHILDREN 4
#define HANDLED 200

/* How many threads of libbond a process has; *tid is one. */
static int keepers_of(pid_t pid, pid_t *tid)
{
	char path[64], name[32];
	struct dirent *e;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/comm", (int)pid, e->d_name);
		int fd = (int)raw(SYS_open, (long)path, O_RDONLY, 0, 0, 0, 0);
		ssize_t n = fd < 0 ? 0 : raw(SYS_read, fd, (long)name, sizeof(name), 0, 0, 0);
		if (fd >= 0)
			raw(SYS_close, fd, 0, 0, 0, 0, 0);
		if (n >= 8 && memcmp(name, "libbond\n", 8) == 0) {
			found++;
			if (tid)
				*tid = atoi(e->d_name);
		}
	}
	if (d)
		closedir(d);
	return found;
}

static pid_t owner;

static int keepers(const pid_t *pids, int count)
{
	int found = 0;

	owner = 0;
	for (int i = 0; i < count; i++) {
		int n = pids[i] ? keepers_of(pids[i], NULL) : 0;
		found += n;
		if (n)
			owner = pids[i];
	}
	return found;
}

/* Calls that start the thread where nobody has it. */
static void knock(void)
{
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	close(fd);
}

static void nap(void)
{
	struct timespec ts = {.tv_nsec = 10000000};

	raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
}

/* Waits until there is one, and a little longer for a second. */
static int settled(const pid_t *pids, int count)
{
	int found = 0;

	for (int i = 0; i < 500 && !(found = keepers(pids, count)); i++)
		nap();
	for (int i = 0; i < 20; i++)
		nap();
	return keepers(pids, count);
}

static void forked(void)
{
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (;;) {
				knock();
				nap();
			}
		}
	}
	for (int round = 0; round < CHILDREN; round++) {
		say("together: %d", settled(pids, CHILDREN));
		if (round == CHILDREN - 1)
			break;
		for (int i = 0; i < CHILDREN; i++) {
			if (pids[i] && pids[i] == owner) {
				kill(owner, SIGKILL);
				waitpid(owner, NULL, 0);
				pids[i] = 0;
				say("the owner is killed");
				break;
			}
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		if (pids[i]) {
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
	}
}

/* Waits for the end of every process that holds the writing end, without a call that libbond sees. */
static void wait_for_end(int done[2])
{
	char room;

	close(done[1]);
	while (raw(SYS_read, done[0], (long)&room, 1, 0, 0, 0) > 0)
		;
}

static void daemonize(void)
{
	int done[2];

	MUST(pipe(done));
	if (fork() == 0) {
		pid_t parent = getpid();
		knock();
		say("parent: %d", settled(&parent, 1));
		if (fork())
			_exit(0);
		while (getppid() == parent)
			nap();
		parent = getpid();
		knock();
		say("daemon: %d", settled(&parent, 1));
		_exit(0);
	}
	wait_for_end(done);
	say("the daemon has ended");
}

static void exec_owner(void)
{
	int done[2];

	MUST(pipe(done));
	if (fork() == 0) {
		pid_t parent = getpid(), self;
		char name[32] = "";
		knock();
		say("parent: %d", settled(&parent, 1));
		if (fork()) {
			unsetenv("LD_PRELOAD");
			execl("/bin/sleep", "sleep", "60", NULL);
			die("execl");
		}
		self = getpid();
		for (int i = 0; i < 500 && strcmp(name, "sleep\n") != 0; i++) {
			char path[64];
			nap();
			snprintf(path, sizeof(path), "/proc/%d/comm", (int)parent);
			int fd = open(path, O_RDONLY);
			memset(name, 0, sizeof(name));
			read(fd, name, sizeof(name) - 1);
			close(fd);
		}
		say("the owner became another program");
		knock();
		say("children: %d", settled(&self, 1));
		kill(parent, SIGKILL);
		_exit(0);
	}
	wait_for_end(done);
}

static void *second(void *unused)
{
	for (int i = 0; i < 50; i++)
		nap();
	say("the second thread ends");
	return unused;
}

static void last_thread(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t t;
		pid_t self = getpid();
		knock();
		say("together: %d", settled(&self, 1));
		pthread_create(&t, NULL, second, NULL);
		say("the first thread has ended");
		pthread_exit(NULL);
	}
	say_child("parent", pid);
}

static _Atomic int handled, elsewhere;
static pthread_t first;

static void on_signal(int number)
{
	(void)number;
	handled++;
	if (!pthread_equal(pthread_self(), first))
		elsewhere++;
}

static void blocked(void)
{
	pid_t self = getpid(), tid = 0;
	char path[64], text[4096], *at;
	unsigned long long set = 0;

	first = pthread_self();
	signal(SIGUSR1, on_signal);
	knock();
	settled(&self, 1);
	keepers_of(self, &tid);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	if ((at = strstr(text, "SigBlk:")))
		sscanf(at, "SigBlk: %llx", &set);
	/* SIGKILL, SIGSTOP and libc's 32 and 33 cannot be */
	set |= 1ull << 8 | 1ull << 18 | 1ull << 31 | 1ull << 32;
	say("its signals: %s", set == ~0ull ? "all but libc's own" : "not all");
	for (int i = 0; i < 100; i++)
		kill(self, SIGUSR1);
	say("the handler ran %d times in the first thread", handled - elsewhere);
}

static void closed(void)
{
	pid_t self = getpid();
	int open_ones = 0;

	say_fd = MUST(fcntl(1, F_DUPFD, 900));
	knock();
	say("together: %d", settled(&self, 1));
	for (int fd = 0; fd < 1024; fd++)
		if (fd != say_fd)
			syscall(SYS_close, fd);
	for (int fd = 0; fd < 2048; fd++)
		open_ones += fd != say_fd && raw(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0) >= 0;
	/* of the trace's own, where there is one, this shows nothing */
	say("descriptors: %d", getenv("BOND_TRACE") ? 0 : open_ones);
	for (int i = 0; i < 100; i++) {
		int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
		if (fd > 100)
			close(fd);
		nap();
	}
	say("together: %d", settled(&self, 1));
}

static void vforked(void)
{
	pid_t self = getpid();

	say("before: %d", keepers_of(self, NULL));
	pid_t pid = vfork();
	if (pid == 0) {
		knock();
		say("vfork child: %d", keepers_of(self, NULL) + keepers_of(getpid(), NULL));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	knock();
	say("after: %d", settled(&self, 1));
}

static void knocks(int number)
{
	int saved = errno, fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)number;
	handled++;
	close(fd);
	errno = saved;
}

/* The first call comes from a handler that interrupts malloc(), as is allowed. */
static void in_handler(void)
{
	int crashes = 0, status;
	pid_t self = getpid();

	for (int i = 0; i < HANDLED; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct sigaction action = {.sa_handler = knocks};
			struct itimerval timer = {.it_value = {.tv_usec = 200 + i * 7}};
			void *blocks[64] = {NULL};
			sigaction(SIGALRM, &action, NULL);
			setitimer(ITIMER_REAL, &timer, NULL);
			while (!handled) {
				for (int k = 0; k < 64; k++) {
					free(blocks[k]);
					blocks[k] = malloc((size_t)(100 + k * 700 * (k & 3)));
				}
			}
			_exit(0);
		}
		waitpid(pid, &status, 0);
		crashes += WIFSIGNALED(status);
	}
	say("first calls in a handler: %d, crashes: %d", HANDLED, crashes);
	pid_t pid = fork();
	if (pid == 0) {
		self = getpid();
		signal(SIGUSR1, knocks);
		raise(SIGUSR1);
		say("in a handler: %d", keepers_of(self, NULL));
		knock();
		say("right after: %d", settled(&self, 1));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	knock();
	say("together: %d", settled(&self, 1));
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
	size_t room);

/* One call of a process that works on what it inherited. */
static void wait_by(const char *call, int s, int e)
{
	struct timespec now = {0, 0};
	struct timeval now_us = {0, 0};
	struct pollfd p = {.fd = s, .events = POLLIN};
	struct epoll_event event;
	struct ep to = ep(OTHER4, 5060);
	struct addrinfo *list;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(s, &set);
	if (strcmp(call, "poll") == 0)
		MUST(poll(&p, 1, 0));
	else if (strcmp(call, "__poll_chk") == 0)
		MUST(__poll_chk(&p, 1, 0, sizeof(p)));
	else if (strcmp(call, "ppoll") == 0)
		MUST(ppoll(&p, 1, &now, NULL));
	else if (strcmp(call, "__ppoll_chk") == 0)
		MUST(__ppoll_chk(&p, 1, &now, NULL, sizeof(p)));
	else if (strcmp(call, "select") == 0)
		MUST(select(s + 1, &set, NULL, NULL, &now_us));
	else if (strcmp(call, "pselect") == 0)
		MUST(pselect(s + 1, &set, NULL, NULL, &now, NULL));
	else if (strcmp(call, "epoll_wait") == 0)
		MUST(epoll_wait(e, &event, 1, 0));
	else if (strcmp(call, "epoll_pwait") == 0)
		MUST(epoll_pwait(e, &event, 1, 0, NULL));
	else if (strcmp(call, "epoll_pwait2") == 0)
#if __GLIBC_PREREQ(2, 35)
		epoll_pwait2(e, &event, 1, &now, NULL); /* an old kernel has none */
#else
		MUST(epoll_pwait(e, &event, 1, 0, NULL)); /* this libc has none */
#endif
	else if (strcmp(call, "getaddrinfo") == 0)
		MUST(-getaddrinfo("192.0.2.1", NULL, NULL, &list));
	else if (strcmp(call, "gethostbyname") == 0)
		MUST(gethostbyname("192.0.2.1") ? 0 : -1);
	else
		MUST(send_by(call, s, &to, SIP, SIP_LEN));
}

static void waits(void)
{
	static const char *const calls[] = {"poll", "__poll_chk", "ppoll", "__ppoll_chk", "select",
		"pselect", "epoll_wait", "epoll_pwait", "epoll_pwait2", "getaddrinfo",
		"gethostbyname", "sendto", "sendmmsg"};
	int s = (int)raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0), e = MUST(epoll_create1(0));

	say("before: %d", keepers_of(getpid(), NULL));
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		pid_t pid = fork();
		if (pid == 0) {
			pid = getpid();
			wait_by(calls[i], s, e);
			say("%s: %d", calls[i], settled(&pid, 1));
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void daemon_waits(void)
{
	int done[2], s = (int)raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);

	MUST(pipe(done));
	if (fork() == 0) {
		pid_t self = getpid();
		say("parent: %d", keepers_of(self, NULL));
		MUST(daemon(1, 1));
		self = getpid();
		wait_by("poll", s, -1);
		wait_by("sendto", s, -1);
		say("daemon: %d", settled(&self, 1));
		_exit(0);
	}
	wait_for_end(done);
	say("the daemon has ended");
}

/* The case that is named. */
static void keep_by_case(const char *name)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {{"forked", forked}, {"daemon", daemonize}, {"exec_owner", exec_owner},
		{"last_thread", last_thread}, {"blocked", blocked}, {"closed", closed},
		{"vforked", vforked}, {"in_handler", in_handler}, {"waits", waits},
		{"daemon_waits", daemon_waits}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(name, cases[i].name) == 0)
			cases[i].run();
}

#endif
