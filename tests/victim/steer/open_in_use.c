/* SPDX-License-Identifier: MIT */
/* Another program has the port at an address of this machine: where the program begins that is its end, with a
 * sentence that says who; unless it is told to go on, which it does at its own address. What fails bare fails
 * bare, also for a second one of it; and what another program cannot bind any more while it runs. */
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
-- nobody has it
  listener: told 10.0.2.1:5060, in truth 0.0.0.0:5060
  udp to 10.0.1.1:5060: the listener
exit 0
-- another program has it at an address of nobody
  ini:2:10: error: member udp:10.0.1.1:5060 cannot be opened: 10.0.0.1:5060 is in use by steer-open_in_u (process ): let that one have another port or end it, or take `open` out of the member
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- told to go on
  listener: told 10.0.2.1:5060, in truth 10.0.2.1:5060
  udp to 10.0.1.1:5060: silence
exit 0
-- IPv6 is not concerned
  listener: told [fd00:2::1]:5060, in truth [::]:5060
  udp to 10.0.1.1:5060: silence
exit 0
-- at an address that the machine has not
  listener: bind EADDRNOTAVAIL
exit 0
-- at the program's own address, as bare
  listener: bind EADDRINUSE
exit 0
-- at the member, for connections
  ini:3:10: error: member tcp:10.0.1.1:5060 cannot be opened: 10.0.1.1:5060 is in use by steer-open_in_u (process ): let that one have another port or end it, or take `open` out of the member
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- the same, told to go on
  listener: told 10.0.2.1:5060, in truth 10.0.2.1:5060
  tcp to 10.0.1.1:5060: somebody else
exit 0
-- it shares the port, at an address of nobody
  listener: told 10.0.2.1:5060, in truth 0.0.0.0:5060
  udp to 10.0.1.1:5060: the listener
exit 0
-- it shares the port, at the member
  ini:2:10: error: member udp:10.0.1.1:5060 cannot be opened: 10.0.1.1:5060 is in use by somebody (process ): let that one have another port or end it, or take `open` out of the member
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- the same, told to go on
  listener: told 10.0.2.1:5060, in truth 10.0.2.1:5060
  udp to 10.0.1.1:5060: silence
exit 0
-- it shares the port, at every address
  ini:2:10: error: member udp:10.0.1.1:5060 cannot be opened: 0.0.0.0:5060 is in use by somebody (process ): let that one have another port or end it, or take `open` out of the member
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- it shares the port, and is a second one of it
  listener: told 10.0.2.1:5060, in truth 0.0.0.0:5060
  udp to 10.0.1.1:5060: the listener
exit 0
-- a second one of it
the first: told 10.0.2.1:5060, in truth 0.0.0.0:5060
-- which begins beside
  listener: bind EADDRINUSE
exit 0
another program: EADDRINUSE
*/
#include "opened.h"

#include <sys/prctl.h>

static int holder(int type, const char *host)
{
	struct ep e = ep(host, 5060);
	int fd = outside(type, e.sa.sa_family), one = 1;

	raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, fd, (long)&e.ss, e.len, 0, 0, 0) != 0)
		die("holder");
	if (type == SOCK_STREAM)
		raw(SYS_listen, fd, 16, 0, 0, 0, 0);
	return fd;
}

/* A line of the child's, with our number and the file's name hidden. */
static void say_child_line(char *line)
{
	char number[20], *at;

	snprintf(number, sizeof(number), "process %d", getpid());
	if ((at = strstr(line, number)))
		memmove(at + 8, at + strlen(number), strlen(at + strlen(number)) + 1);
	if ((at = strstr(line, ".ini:")))
		line = at + 1;
	say("  %s", line);
}

/* The program begins anew, by that environment, and is a host of its own. */
static void begin(const char *what, const char *type, const char *host, const char *option)
{
	int out[2], status;
	char line[2000];

	say("-- %s", what);
	MUST(pipe(out));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		unsetenv("BOND_ACTIVE");
		if (strstr(what, "told to go on"))
			setenv("BOND_ON_ERROR", "pass", 1);
		execl("/proc/self/exe", "victim", type, host, option, NULL);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		say_child_line(line);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int child(char **argv)
{
	int type = strcmp(argv[1], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	int fd = try_listener("listener", type, argv[2], 5060, strcmp(argv[3], "again") == 0 ? SO_REUSEADDR : 0);

	if (fd >= 0)
		reach(type, M4, 5060, EARS({"the listener", fd}));
	return 0;
}

/* Both let others have the port, which is no error of bind(): the kernel chooses who hears. */
static void sharing(void)
{
	MUST(prctl(PR_SET_NAME, "somebody"));
	int fd = holder(SOCK_DGRAM, "10.0.0.1");
	begin("it shares the port, at an address of nobody", "udp", H4, "again");
	close(fd);
	fd = holder(SOCK_DGRAM, M4);
	begin("it shares the port, at the member", "udp", H4, "again");
	begin("the same, told to go on", "udp", H4, "again");
	close(fd);
	fd = holder(SOCK_DGRAM, "0.0.0.0");
	begin("it shares the port, at every address", "udp", H4, "again");
	MUST(prctl(PR_SET_NAME, "exe")); /* as the one that begins has it */
	begin("it shares the port, and is a second one of it", "udp", H4, "again");
	close(fd);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc > 2)
		return child(argv);
	begin("nobody has it", "udp", H4, "");
	fd = holder(SOCK_DGRAM, "10.0.0.1");
	begin("another program has it at an address of nobody", "udp", H4, "");
	begin("told to go on", "udp", H4, "");
	begin("IPv6 is not concerned", "udp", H6, "");
	begin("at an address that the machine has not", "udp", "10.9.9.9", "");
	close(fd);
	fd = holder(SOCK_DGRAM, H4);
	begin("at the program's own address, as bare", "udp", H4, "");
	close(fd);
	fd = holder(SOCK_STREAM, M4);
	begin("at the member, for connections", "tcp", H4, "again");
	begin("the same, told to go on", "tcp", H4, "again");
	close(fd);
	sharing();
	say("-- a second one of it");
	fd = try_listener("the first", SOCK_STREAM, H4, 5060, SO_REUSEADDR);
	begin("which begins beside", "tcp", H4, "again");
	other_program("another program", SOCK_STREAM, "10.0.0.1", 5060, SO_REUSEADDR);
	return 0;
}
