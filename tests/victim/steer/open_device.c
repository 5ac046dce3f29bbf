/* SPDX-License-Identifier: MIT */
/* A listener that the host has bound to a device hears members whose addresses are on that, and no others: one of
 * those at the start is its end, with the member's line; one that a reload brings is down, and bondctl says why, whether
 * the host has made a call since or waits. */
/*victim
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[bond:two]
member = tcp:10.0.4.1:5070 open=filter
*/
/*expect
-- one on another device
  ini:6:10: error: member tcp:10.0.4.1:5070 cannot be opened: the program bound its socket to another device (SO_BINDTODEVICE): take its interface out of the program's settings, or `open` out of the member
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- told to go on
  listener: told 10.0.2.1:5070, in truth 10.0.2.1:5070
exit 0
-- as it begins
udp:10.0.1.1:5060: up
tcp:10.0.1.1:5060: up
udp:[fd00:1::1]:5060: up
-- others by a reload, while it waits
udp:10.0.1.1:5060: up
udp:10.0.3.1:5060: up
udp:10.0.4.1:5060: the program bound its listener to another device
udp:[fd00:3::1]:5060: up
udp:[fd00:4::1]:5060: the program bound its listener to another device
tcp:10.0.3.1:5060: up
tcp:10.0.4.1:5060: the program bound its listener to another device
-- and behind its next call
udp:10.0.1.1:5060: up
udp:10.0.3.1:5060: up
udp:10.0.4.1:5060: the program bound its listener to another device
udp:[fd00:3::1]:5060: up
udp:[fd00:4::1]:5060: the program bound its listener to another device
tcp:10.0.3.1:5060: up
tcp:10.0.4.1:5060: the program bound its listener to another device
-- without it
udp:10.0.1.1:5060: up
*/
#include "opened.h"

#include "given_back.h"

static int on_device(int type, const char *host, int port)
{
	struct ep e = ep(host, port);
	int fd = MUST(socket(e.sa.sa_family, type, 0));

	MUST(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "ma", 3));
	MUST(bind(fd, &e.sa, e.len));
	if (type == SOCK_STREAM)
		MUST(listen(fd, 5));
	return fd;
}

/* The program begins anew, and what it says is told without the file's folder. */
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
		execl("/proc/self/exe", "victim", "begin", NULL);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		char *at = strstr(line, ".ini:");
		line[strcspn(line, "\n")] = 0;
		say("  %s", at ? at + 1 : line);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static const char show[] = "import json,sys\n"
			   "for m in [m for b in json.load(sys.stdin)['bonds'] for m in b['members']]:\n"
			   "  if not m['name'].endswith(':5070'): print(m['name'] + ':', m.get('reason', m['state']))";

/* By nothing that counts as a call of the host's. */
static void say_states(const char *when)
{
	static char command[4000];

	say("-- %s", when);
	if (!*command)
		snprintf(command, sizeof(command), "unset LD_PRELOAD; %s/bondctl status --json %d | python3 -c \"$SHOW\"",
			beside_library(), (int)getpid());
	setenv("SHOW", show, 1);
	fflush(stdout);
	if (system(command) != 0)
		die("bondctl");
}

static void pause_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	raw(SYS_nanosleep, (long)&t, 0, 0, 0, 0, 0);
}

/* Members are looked at a while after they are there. */
static void settle(void)
{
	pause_ms(1500);
}

#define OTHERS "[bond:one]\nmember = udp:" M4 ":5060 open=filter\nmember = udp:" T4 ":5060 open=filter\n" \
	"member = udp:10.0.4.1:5060 open=filter\nmember = udp:[" T6 "]:5060 open=filter\n" \
	"member = udp:[fd00:4::1]:5060 open=filter\nmember = tcp:" T4 ":5060 open=filter\n" \
	"member = tcp:10.0.4.1:5060 open=filter\n"

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		int fd = on_device(SOCK_STREAM, H4, 5070);
		say("listener: %s", names_of(fd));
		return 0;
	}
	if (getenv("VICTIM_BARE"))
		return 1;
	begin("one on another device");
	begin("told to go on");
	on_device(SOCK_DGRAM, H4, 5060);
	on_device(SOCK_STREAM, H4, 5060);
	on_device(SOCK_DGRAM, H6, 5060);
	struct pollfd none = {.fd = -1};
	poll(&none, 1, 1000); /* the thread is there */
	settle();
	say_states("as it begins");
	gb_reload(OTHERS);
	settle();
	say_states("others by a reload, while it waits");
	close(bound(SOCK_DGRAM, "0.0.0.0", 0));
	say_states("and behind its next call");
	gb_reload("[bond:one]\nmember = udp:" M4 ":5060 open=filter\n");
	settle();
	say_states("without it");
	return 0;
}
