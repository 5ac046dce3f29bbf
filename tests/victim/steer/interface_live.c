/* SPDX-License-Identifier: MIT */
/* An interface that the INI names gains and loses addresses while the host runs: its members come and go in
 * every process, also one that is locked into a directory and has given up its rights. While the process that
 * looks is stopped nothing leaves from an address that is not there any more. */
/*victim
case: one locked stopped
dirty: yes
modes: routes
seconds: 10
*/
/*ini
[bond:ext]
member = udp:vc:5060
member = tcp:vc
[route:r]
to = 198.51.100.0/24
bond = ext
[host]
headers = keep
secret = a-secret-of-this-test-only
*/
/*expect one
sendto = all
heard on any: peer saw 10.0.4.1:5060
5060: peer saw 10.0.4.1:*
-- another address
sendto = all
heard on any: peer saw 10.0.4.7:5060
5060: peer saw 10.0.4.7:*
-- none
sendto = -1 ENETUNREACH
5060: connect = -1 ENETUNREACH
-- the first again
sendto = all
heard on any: peer saw 10.0.4.1:5060
5060: peer saw 10.0.4.1:*
the secret is in the host's file: no
peer: tcp 10.0.4.1:* > 198.51.100.9:5060: OPTIONS x2
peer: tcp 10.0.4.7:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.4.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.4.7:5060 > 198.51.100.9:5060: OPTIONS
*/
/*expect locked
sendto = all
heard on any: peer saw 10.0.4.1:5060
-- another address
sendto = all
heard on any: peer saw 10.0.4.7:5060
-- the first again
sendto = all
heard on any: peer saw 10.0.4.1:5060
child: exit 0
peer: udp 10.0.4.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.4.7:5060 > 198.51.100.9:5060: OPTIONS
*/
/*expect stopped
sendto = all
heard on any: peer saw 10.0.4.1:5060
-- stopped, and the address has moved away
sendto = -1 ENETUNREACH
5060: connect = -1 ENETUNREACH
-- it goes on
sendto = all
heard on any: peer saw 10.0.4.7:5060
peer: udp 10.0.4.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.4.7:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "dial.h"
#include "states.h"

#include <grp.h>

static struct ep routed;
static pid_t host;
static int any;

static void send_one(void)
{
	ask("sendto", any, &routed, EARS({"any", any}));
}

static void change(const char *a, const char *b)
{
	run_ip(a);
	if (b)
		run_ip(b);
}

static bool has_secret(void)
{
	static char bytes[8 << 20];
	char path[64];

	snprintf(path, sizeof(path), "/run/bond/%d", (int)host);
	int fd = MUST(open(path, O_RDONLY));
	ssize_t n = read(fd, bytes, sizeof(bytes));
	close(fd);
	return memmem(bytes, (size_t)n, "a-secret-of-this", 16) || !memmem(bytes, (size_t)n, "[bond:ext]", 10);
}

static void one(void)
{
	send_one();
	dial_from("0.0.0.0", ROUTED4, 5060);
	say("-- another address");
	change("address add 10.0.4.7/32 dev vc", "address del 10.0.4.1/24 dev vc");
	rules_settle(host, 2, "10.0.4.7");
	send_one();
	dial_from("0.0.0.0", ROUTED4, 5060);
	say("-- none");
	change("address flush dev vc scope global", NULL);
	rules_settle(host, 0, "");
	send_one();
	dial_from("0.0.0.0", ROUTED4, 5060);
	say("-- the first again");
	change("address add 10.0.4.1/24 dev vc", NULL);
	rules_settle(host, 2, "10.0.4.1");
	send_one();
	dial_from("0.0.0.0", ROUTED4, 5060);
	say("the secret is in the host's file: %s", has_secret() ? "yes" : "no");
}

static int turns[2], answers[2];

static void wait_turn(void)
{
	char byte;

	raw(SYS_read, turns[0], (long)&byte, 1, 0, 0, 0);
}

static void next_turn(void)
{
	char byte;

	raw(SYS_write, turns[1], (long)"x", 1, 0, 0, 0);
	raw(SYS_read, answers[0], (long)&byte, 1, 0, 0, 0);
}

static void done_turn(void)
{
	raw(SYS_write, answers[1], (long)"x", 1, 0, 0, 0);
}

/* The child has the thread: it bound first. */
static void locked(void)
{
	MUST(pipe(turns));
	MUST(pipe(answers));
	pid_t pid = fork();
	if (pid == 0) {
		char dir[] = "/tmp/victim-XXXXXX";
		if (!mkdtemp(dir))
			die("mkdtemp");
		any = udp("0.0.0.0", 5060);
		MUST(chroot(dir));
		MUST(chdir("/"));
		MUST(setgroups(0, NULL));
		MUST(setgid(65534));
		MUST(setuid(65534));
		for (int i = 0; i < 3 && !getenv("VICTIM_BARE"); i++) {
			wait_turn();
			send_one();
			done_turn();
		}
		_exit(0);
	}
	next_turn();
	say("-- another address");
	change("address add 10.0.4.7/32 dev vc", "address del 10.0.4.1/24 dev vc");
	rules_settle(host, 2, "10.0.4.7");
	next_turn();
	say("-- the first again");
	change("address add 10.0.4.1/24 dev vc", "address del 10.0.4.7/32 dev vc");
	rules_settle(host, 2, "10.0.4.1");
	next_turn();
	say_child("child", pid);
}

static void stopped(void)
{
	int status;

	MUST(pipe(turns));
	MUST(pipe(answers));
	pid_t pid = fork();
	if (pid == 0) {
		close(udp("127.0.0.1", 5999));
		/* until its thread has looked for the first time */
		while (states_read(host) && !states_seen.watched)
			raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		done_turn();
		for (;;)
			raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	}
	char byte;
	raw(SYS_read, answers[0], (long)&byte, 1, 0, 0, 0);
	any = udp("0.0.0.0", 5060);
	send_one();
	kill(pid, SIGSTOP);
	raw(SYS_wait4, pid, (long)&status, WUNTRACED, 0, 0, 0);
	say("-- stopped, and the address has moved away");
	change("address add 10.0.4.7/32 dev vc", "address del 10.0.4.1/24 dev vc");
	send_one();
	dial_from("0.0.0.0", ROUTED4, 5060);
	say("-- it goes on");
	kill(pid, SIGCONT);
	rules_settle(host, 2, "10.0.4.7");
	send_one();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (getenv("VICTIM_BARE"))
		return 1;
	routed = ep(ROUTED4, 5060);
	host = getpid();
	if (strcmp(argv[1], "locked") == 0) {
		locked();
	} else if (strcmp(argv[1], "stopped") == 0) {
		stopped();
	} else {
		any = udp("0.0.0.0", 5060);
		one();
	}
	return 0;
}
