/* SPDX-License-Identifier: MIT */
/* Another program has a member's address and port, and is named: it is not robbed of what comes there. A program that
 * begins ends for it; one that is told to go on does, at its own address; nor does it begin where sk_lookup may not be
 * had. What has the same port at another address is no hindrance. */
/*ini
[bond:one]
member = udp:10.0.1.1:5080 open=sk_lookup
member = tcp:10.0.3.1:5060 open=sk_lookup
*/
/*expect
-- nobody has it
udp of 10.0.1.1:5080: to the program
tcp of 10.0.3.1:5060: to the program
exit 0
-- another program has 10.0.1.1:5080, by udp
ini:2:10: error: member udp:10.0.1.1:5080 cannot be opened: 10.0.1.1:5080 is in use by steer-lookup_in (process ), which is not to be robbed of what comes there: let it have another port or end it, or take `open` out of the member
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- another program has 0.0.0.0:5080, by udp
ini:2:10: error: member udp:10.0.1.1:5080 cannot be opened: 0.0.0.0:5080 is in use by steer-lookup_in (process ), which is not to be robbed of what comes there: let it have another port or end it, or take `open` out of the member
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- another program has 10.0.3.1:5060, by tcp
ini:3:10: error: member tcp:10.0.3.1:5060 cannot be opened: 10.0.3.1:5060 is in use by steer-lookup_in (process ), which is not to be robbed of what comes there: let it have another port or end it, or take `open` out of the member
libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- another program has 10.0.3.1:5060, by tcp: told to go on
udp of 10.0.1.1:5080: to the program
tcp of 10.0.3.1:5060: to another
exit 0
-- another program has 10.0.3.1:5080, by udp
udp of 10.0.1.1:5080: to the program
tcp of 10.0.3.1:5060: to the program
exit 0
-- as a user without capabilities
ini:2:10: error: this member is to be opened by sk_lookup, which needs CAP_BPF and CAP_NET_ADMIN when the program starts (and is not to be had in a user namespace)
ini:3:10: error: this member is to be opened by sk_lookup, which needs CAP_BPF and CAP_NET_ADMIN when the program starts (and is not to be had in a user namespace)
libbond: victim is not started; correct the file (bondctl check FILE), or set BOND_ON_ERROR=pass to run without libbond
exit 78
-- as a user without capabilities: told to go on
udp of 10.0.1.1:5080: refused
tcp of 10.0.3.1:5060: refused
exit 0
*/
#include "steer.h"

#include <grp.h>

static int other = -1;

static int outside(int type, const char *host, int port)
{
	struct ep e = ep(host, port);
	int fd = (int)raw(SYS_socket, AF_INET, type | SOCK_CLOEXEC, 0, 0, 0, 0), one = 1;

	raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, fd, (long)&e.ss, e.len, 0, 0, 0) != 0)
		die("outside");
	if (type == SOCK_STREAM)
		raw(SYS_listen, fd, 16, 0, 0, 0, 0);
	return fd;
}

static void say_whom(int fd, int type, const char *host, int port)
{
	struct ep to = ep(host, port);
	int peer = (int)raw(SYS_socket, AF_INET, type, 0, 0, 0, 0), error = 0;
	socklen_t n = sizeof(error);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	error = (int)raw(SYS_connect, peer, (long)&to.sa, to.len, 0, 0, 0);
	if (!error && type == SOCK_DGRAM) {
		raw(SYS_sendto, peer, (long)"OPTIONS", 7, 0, 0, 0);
		raw(SYS_getsockopt, peer, SOL_SOCKET, SO_ERROR, (long)&error, (long)&n, 0);
	}
	if (!error) /* a connection that is made is there */
		raw(SYS_poll, (long)&p, 1, type == SOCK_DGRAM ? patience() : 500, 0, 0, 0);
	say("%s of %s:%d: %s", type == SOCK_DGRAM ? "udp" : "tcp", host, port, error ? "refused"
		: p.revents ? "to the program" : "to another");
}

static int program(void)
{
	int u = udp(H4, 5060), t = tcp_listener(H4, 5060);

	say_whom(u, SOCK_DGRAM, M4, 5080);
	say_whom(t, SOCK_STREAM, T4, 5060);
	return 0;
}

/* A line of the program's, without the file's path. */
static void say_line(char *line)
{
	char *file = strstr(line, ".ini:"), *named = strstr(line, "(bondctl check "), *who = strstr(line, "(process ");

	if (who)
		memmove(who + 9, strchr(who, ')'), strlen(strchr(who, ')')) + 1);
	if (named)
		say("%.*s(bondctl check FILE%s", (int)(named - line), line, strchr(named, ')'));
	else
		say("%s", file ? file + 1 : line);
}

static void begin(const char *what)
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
		if (strstr(what, "without capabilities") && (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
			setresuid(65534, 65534, 65534)))
			_exit(98);
		execl("/proc/self/exe", "victim", "program", NULL);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		say_line(line);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	if (other >= 0)
		raw(SYS_close, other, 0, 0, 0, 0, 0);
	other = -1;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return program();
	begin("nobody has it");
	other = outside(SOCK_DGRAM, M4, 5080);
	begin("another program has 10.0.1.1:5080, by udp");
	other = outside(SOCK_DGRAM, "0.0.0.0", 5080);
	begin("another program has 0.0.0.0:5080, by udp");
	other = outside(SOCK_STREAM, T4, 5060);
	begin("another program has 10.0.3.1:5060, by tcp");
	other = outside(SOCK_STREAM, T4, 5060);
	begin("another program has 10.0.3.1:5060, by tcp: told to go on");
	other = outside(SOCK_DGRAM, T4, 5080);
	begin("another program has 10.0.3.1:5080, by udp");
	begin("as a user without capabilities");
	begin("as a user without capabilities: told to go on");
	return 0;
}
