/* SPDX-License-Identifier: MIT */
/* A member that is marked open, of a port at which the program does not listen, where sk_lookup may not be had: a program
 * that begins ends with a sentence once it waits, receives, accepts or forks without having bound that port. It may
 * bind it before, in any order. One that is told to go on does. Where no member needs it, its absence is no error,
 * whatever the kernel says. */
/*victim
seconds: 40
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open
member = udp:10.0.1.1:5080 open
member = tcp:10.0.1.1:5080 open
*/
/*expect
-- poll: udp 5060
ini:3:10: error: member udp:10.0.1.1:5080 cannot be opened: the program has no listener at port 5080, and a member of another port needs sk_lookup, which needs CAP_BPF and CAP_NET_ADMIN when the program starts (and is not to be had in a user namespace): start it as root or with AmbientCapabilities=CAP_BPF CAP_NET_ADMIN (capabilities of its file keep libbond out), let it listen there, or give the member a port that it has, as 5060 (write open=filter if it listens there later)
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- select: udp 5060
ini:3:10: error: the same
exit 78
-- epoll: udp 5060
ini:3:10: error: the same
exit 78
-- recv: udp 5060
ini:3:10: error: the same
exit 78
-- accept: tcp 5060
ini:4:10: error: the same
exit 78
-- fork: udp 5060
ini:3:10: error: the same
exit 78
-- poll: udp 5080
ini:2:10: error: the same
exit 78
-- poll: udp 5060 5080
went on
exit 0
-- fork: udp 5080 5060
went on
exit 0
-- poll: udp 6000
went on
exit 0
-- poll: udp 5060, told to go on
went on
exit 0
-- poll: udp 5060, with capabilities
went on
exit 0
-- poll: udp 5060 5080, by a kernel without it
went on
exit 0
-- poll: udp 5060, by a kernel without it
ini:3:10: error: member udp:10.0.1.1:5080 cannot be opened: the program has no listener at port 5080, and a member of another port needs sk_lookup, which this kernel does not have (Linux 5.9 and later do): let it listen there, or give the member a port that it has, as 5060 (write open=filter if it listens there later)
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- poll: udp 5060 5080, by a service that may not
went on
exit 0
-- poll: udp 5060, by a service that may not
ini:3:10: error: member udp:10.0.1.1:5080 cannot be opened: the program has no listener at port 5080, and a member of another port needs sk_lookup, which is refused here though the capabilities are there: by a user namespace, a filter of system calls (SystemCallFilter=bpf allows it) or lockdown: let it listen there, or give the member a port that it has, as 5060 (write open=filter if it listens there later)
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
*/
#include "steer.h"

#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>

/* What a program does when it has bound all; returns at once where it may. */
static void begin_work(const char *how, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timeval none = {0, 0};
	struct epoll_event event;
	char byte;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (strcmp(how, "poll") == 0)
		poll(&p, 1, 0);
	else if (strcmp(how, "select") == 0)
		select(fd + 1, &set, NULL, NULL, &none);
	else if (strcmp(how, "epoll") == 0)
		epoll_wait(epoll_create1(0), &event, 1, 0);
	else if (strcmp(how, "recv") == 0)
		recv(fd, &byte, 1, MSG_DONTWAIT);
	else if (strcmp(how, "accept") == 0)
		accept4(fd, NULL, NULL, 0);
	else if (fork() == 0)
		_exit(0);
	else
		wait(NULL);
}

/* HOW TRANSPORT PORT... */
static int program(char **words)
{
	int fd = -1;

	for (char **port = words + 2; *port; port++) {
		fd = strcmp(words[1], "udp") == 0 ? udp(H4, atoi(*port)) : tcp_listener(H4, atoi(*port));
		if (strcmp(words[1], "tcp") == 0)
			fcntl(fd, F_SETFL, O_NONBLOCK);
	}
	begin_work(words[0], fd);
	say("went on");
	return 0;
}

/* bpf(2) fails so. */
static void refuse_bpf(int error)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {4, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(97);
}

static void become(const char *what)
{
	unsetenv("BOND_ACTIVE");
	if (strstr(what, "told to go on"))
		setenv("BOND_ON_ERROR", "pass", 1);
	if (strstr(what, "without it"))
		refuse_bpf(ENOSYS);
	else if (strstr(what, "may not"))
		refuse_bpf(EPERM);
	else if (!strstr(what, "with capabilities") &&
		(setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		_exit(98);
}

/* The sentence is said once, and then that it is the same. */
static void say_line(char *line, bool whole)
{
	char *file = strstr(line, ".ini:"), *member = strstr(line, " member ");

	if (file && !whole)
		say("%.*s the same", (int)(member - file - 1), file + 1);
	else if (file || whole || !strstr(line, "is not started"))
		say("%s", file ? file + 1 : line);
}

static void begin(const char *what, bool whole)
{
	char words[100], *args[8] = {"victim"}, line[2000], *rest;
	int out[2], status, n = 1;

	say("-- %s", what);
	snprintf(words, sizeof(words), "%s", what);
	words[strcspn(words, ",")] = 0;
	for (char *w = strtok_r(words, ": ", &rest); w && n < 7; w = strtok_r(NULL, ": ", &rest))
		args[n++] = w;
	MUST(pipe(out));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		become(what);
		execv("/proc/self/exe", args);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		say_line(line, whole);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return program(argv + 1);
	begin("poll: udp 5060", true);
	begin("select: udp 5060", false);
	begin("epoll: udp 5060", false);
	begin("recv: udp 5060", false);
	begin("accept: tcp 5060", false);
	begin("fork: udp 5060", false);
	begin("poll: udp 5080", false);
	begin("poll: udp 5060 5080", true);
	begin("fork: udp 5080 5060", true);
	begin("poll: udp 6000", true);
	begin("poll: udp 5060, told to go on", true);
	begin("poll: udp 5060, with capabilities", true);
	begin("poll: udp 5060 5080, by a kernel without it", true);
	begin("poll: udp 5060, by a kernel without it", true);
	begin("poll: udp 5060 5080, by a service that may not", true);
	begin("poll: udp 5060, by a service that may not", true);
	return 0;
}
