/* SPDX-License-Identifier: MIT */
/* A listener of opened members by whatever way another process or number gets it: it is told its own address, hears
 * the members, answers from where it was asked, and a reload changes what it hears. Programs of other hosts among
 * them, that libbond knows nothing of before. */
/*victim
case: fork vfork-exec spawn exec exec-again dup dup2 dup3 fcntl passed passed-unrelated
modes: routes
seconds: 30
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
*/
/*expect
-- udp, 10.0.2.1
told 10.0.2.1:5060, in truth 0.0.0.0:5060
udp to 10.0.2.1:5060: it
udp to 10.0.1.1:5060: it
udp to 10.0.3.1:5060: silence
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o1;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o1;rport;bond=*
reloaded
udp to 10.0.2.1:5060: it
udp to 10.0.1.1:5060: silence
udp to 10.0.3.1:5060: it
-- udp, fd00:2::1
told [fd00:2::1]:5060, in truth [::]:5060
udp to [fd00:2::1]:5060: it
udp to [fd00:1::1]:5060: it
udp to [fd00:3::1]:5060: silence
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-o2;rport
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-o2;rport;bond=*
reloaded
udp to [fd00:2::1]:5060: it
udp to [fd00:1::1]:5060: silence
udp to [fd00:3::1]:5060: it
-- tcp, 10.0.2.1
told 10.0.2.1:5060, in truth 0.0.0.0:5060
tcp to 10.0.2.1:5060: it, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: it, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: silence
reloaded
tcp to 10.0.2.1:5060: it, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: silence
tcp to 10.0.3.1:5060: it, told 10.0.2.1:5060, in truth 10.0.3.1:5060
-- tcp, fd00:2::1
told [fd00:2::1]:5060, in truth [::]:5060
tcp to [fd00:2::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: silence
reloaded
tcp to [fd00:2::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: silence
tcp to [fd00:3::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:3::1]:5060
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
*/
#include "open.h"
#include "given_back.h"
#include "opened.h"

#include <spawn.h>

#define MEMBER(host) "member = udp:" host ":5060 open=filter\nmember = tcp:" host ":5060 open=filter\n"
#define BOND "[bond:one]\n"

static int type;
static const char *address;

static void choose(int kind)
{
	type = kind < 2 ? SOCK_DGRAM : SOCK_STREAM;
	choose_family(kind % 2 ? "v6" : "v4");
	if (kind % 2 == 0)
		H = H4, M = M4, T = T4, PEER = OTHER4, OWN = H4, THERE = OTHER4;
	address = H;
}

/* What the host's next call finds. */
static void take_rules(void)
{
	close(bound(SOCK_DGRAM, "0.0.0.0", 0));
}

static void reach_all(int fd)
{
	reach(type, H, 5060, EARS({"it", fd}));
	reach(type, M, 5060, EARS({"it", fd}));
	reach(type, T, 5060, EARS({"it", fd}));
}

/* All that is to be right of one. kind: number of the test, in the process that has it. */
static void use(int fd, int kind)
{
	choose(kind);
	say("%s", names_of(fd));
	reach_all(fd);
	if (type == SOCK_DGRAM) {
		on_wire = true;
		comes_in(fd, "OPTIONS", M, "200 OK", kind + 1);
		goes(fd, PEER, options(kind + 1));
	}
	gb_reload(BOND MEMBER(T4) MEMBER("[" T6 "]"));
	take_rules();
	say("reloaded");
	reach_all(fd);
	gb_reload(BOND MEMBER(M4) MEMBER("[" M6 "]"));
	take_rules();
	fflush(stdout);
}

static int listener(void)
{
	return type == SOCK_DGRAM ? udp(H, 5060) : tcp_listener(H, 5060);
}

/* The program begins anew, with the descriptor fd; -1: it gets one by number 3. */
static void become(int fd, int kind, const char *how)
{
	char number[12], which[12];

	snprintf(number, sizeof(number), "%d", fd);
	snprintf(which, sizeof(which), "%d", kind);
	if (strcmp(how, "again") != 0)
		unsetenv("BOND_ACTIVE");
	execl("/proc/self/exe", "victim", how, number, which, NULL);
	_exit(99);
}

static void spawned(int fd, int kind)
{
	extern char **environ;
	char number[12], which[12], *args[] = {"victim", "again", number, which, NULL};
	pid_t pid;

	snprintf(number, sizeof(number), "%d", fd);
	snprintf(which, sizeof(which), "%d", kind);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, environ) != 0)
		die("posix_spawn");
	close(fd);
	MUST(waitpid(pid, NULL, 0));
}

static void passed(int fd, int kind, bool related)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	pid_t pid = MUST(fork());
	if (pid == 0 && related) {
		close(fd);
		MUST(take_fds(pair[1], &fd, 1, 0, NULL));
		use(fd, kind);
		_exit(0);
	} else if (pid == 0) {
		close(fd);
		become(pair[1], kind, "take");
	}
	MUST(pass_fds(pair[0], &fd, 1));
	close(fd);
	MUST(waitpid(pid, NULL, 0));
	close(pair[0]);
	close(pair[1]);
}

static void in_process(int fd, int kind, const char *how)
{
	pid_t pid = strcmp(how, "vfork-exec") == 0 ? MUST(vfork()) : MUST(fork());

	if (pid == 0) {
		if (strcmp(how, "fork") != 0)
			become(fd, kind, strcmp(how, "exec") == 0 ? "new" : "again");
		use(fd, kind);
		_exit(0);
	}
	close(fd);
	MUST(waitpid(pid, NULL, 0));
}

static int copy_of(int fd, const char *how)
{
	int to = strcmp(how, "dup") == 0 ? dup(fd)
		: strcmp(how, "dup2") == 0 ? dup2(fd, 40)
		: strcmp(how, "dup3") == 0 ? dup3(fd, 41, O_CLOEXEC) : fcntl(fd, F_DUPFD, 42);

	close(fd);
	return MUST(to);
}

static void one(const char *how, int kind)
{
	choose(kind);
	int fd = listener();

	say("-- %s, %s", type == SOCK_DGRAM ? "udp" : "tcp", address);
	fflush(stdout);
	if (strcmp(how, "spawn") == 0) {
		spawned(fd, kind);
	} else if (strncmp(how, "passed", 6) == 0) {
		passed(fd, kind, strcmp(how, "passed") == 0);
	} else if (strncmp(how, "dup", 3) == 0 || strcmp(how, "fcntl") == 0) {
		fd = copy_of(fd, how);
		use(fd, kind);
		close(fd);
	} else {
		in_process(fd, kind, how);
	}
}

int main(int argc, char **argv)
{
	if (argc > 3) {
		int fd = atoi(argv[2]);
		if (strcmp(argv[1], "take") == 0)
			MUST(take_fds(fd, &fd, 1, 0, NULL));
		use(fd, atoi(argv[3]));
		return 0;
	}
	for (int kind = 0; kind < 4; kind++)
		one(argv[1], kind);
	return 0;
}
