/* SPDX-License-Identifier: MIT */
/* What libbond keeps open for sk_lookup outlives every way in which a host closes what it does not know, and takes
 * numbers for its own; it is not there for a program that the host starts; with the host's last process it ends. */
/*victim
case: close syscall-close close_range syscall-close_range close_range-unshare closefrom dup2 dup3 fcntl daemon exec
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5080 open=sk_lookup
member = tcp:10.0.1.1:5080 open=sk_lookup
*/
/*expect
$CASE: udp heard, tcp heard
once more: udp heard, tcp heard
*/
/*expect daemon
daemon: udp heard, tcp heard
once more: udp heard, tcp heard
when it has ended: udp ECONNREFUSED, tcp ECONNREFUSED
*/
/*expect exec
exec: udp heard, tcp heard
the other program has 0
*/
#include "steer.h"

#include <dirent.h>
#include <linux/close_range.h>

static int u = -1, t = -1;

static const char *reach(int type)
{
	struct ep to = ep(M4, 5080);
	int fd = (int)raw(SYS_socket, AF_INET, type, 0, 0, 0, 0), error;
	socklen_t n = sizeof(error);

	error = (int)-raw(SYS_connect, fd, (long)&to.sa, to.len, 0, 0, 0);
	if (type == SOCK_DGRAM && !error) {
		raw(SYS_sendto, fd, (long)"OPTIONS", 7, 0, 0, 0);
		raw(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&n, 0);
	}
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	if (!error && u >= 0) {
		struct pollfd p = {.fd = type == SOCK_DGRAM ? u : t, .events = POLLIN};
		if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) != 1)
			return "lost";
		if (type == SOCK_DGRAM)
			raw(SYS_recvfrom, u, (long)(char[20]){0}, 20, 0, 0, 0);
		else
			raw(SYS_close, raw(SYS_accept, t, 0, 0, 0, 0, 0), 0, 0, 0, 0, 0);
	}
	return error ? strerrorname_np(error) : "heard";
}

static void say_reached(const char *when)
{
	say("%s: udp %s, tcp %s", when, reach(SOCK_DGRAM), reach(SOCK_STREAM));
}

/* Each number that a host may take for something, but for the first ones. */
static void close_all(const char *how)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 10; fd < 2000; fd++) {
		if (strcmp(how, "close") == 0)
			close(fd);
		else if (strcmp(how, "syscall-close") == 0)
			syscall(SYS_close, fd);
		else if (strcmp(how, "dup2") == 0 && fd < 1000)
			dup2(null, fd);
		else if (strcmp(how, "dup3") == 0 && fd < 1000)
			dup3(null, fd, O_CLOEXEC);
		else if (strcmp(how, "fcntl") == 0 && fd < 1000)
			fcntl(null, F_DUPFD, fd);
	}
	if (strcmp(how, "close_range") == 0)
		close_range(10, ~0u, 0);
	else if (strcmp(how, "syscall-close_range") == 0)
		syscall(SYS_close_range, 10, ~0u, 0);
	else if (strcmp(how, "close_range-unshare") == 0)
		close_range(10, ~0u, CLOSE_RANGE_UNSHARE);
	else if (strcmp(how, "closefrom") == 0)
		closefrom(10);
	close(null);
}

static void listen_at(void)
{
	u = udp(H4, 5060);
	t = tcp_listener(H4, 5060);
}

/* As a daemon does: what it was started by ends before it begins. */
static void daemonize(void)
{
	int done[2], begun[2];
	char byte;

	MUST(pipe(done));
	MUST(pipe(begun));
	fflush(stdout);
	if (fork() == 0) {
		if (fork() != 0)
			_exit(0);
		MUST(setsid());
		closefrom(10);
		listen_at();
		MUST(setresuid(65534, 65534, 65534));
		say_reached("daemon");
		closefrom(10);
		say_reached("once more");
		MUST(write(begun[1], "", 1));
		close(done[1]);
		while (read(done[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	wait(NULL);
	/* this one has the program, too */
	while (read(begun[0], &byte, 1) < 1)
		;
	close(done[1]);
	u = -1;
	for (int i = 0; i < 5000 && strcmp(reach(SOCK_DGRAM), "heard") == 0; i++)
		usleep(1000);
	say_reached("when it has ended");
}

static void become_another(void)
{
	char *args[] = {"sh", "-c", "n=$(ls -l /proc/self/fd | grep -c bpf); echo the other program has $n", NULL};

	fflush(stdout);
	execve("/bin/sh", args, (char *[]){NULL});
}

int main(int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[1], "daemon") == 0) {
		daemonize();
		return 0;
	}
	close_all(argv[1]);
	listen_at();
	say_reached(argv[1]);
	if (strcmp(argv[1], "exec") == 0)
		become_another();
	close_all(argv[1]);
	say_reached("once more");
	return 0;
}
