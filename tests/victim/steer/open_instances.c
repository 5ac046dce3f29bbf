/* SPDX-License-Identifier: MIT */
/* Programs that were started apart, each a host of its own, share a port as they do without libbond
 * (SO_REUSEPORT, socket(7)): each hears the members, so that nothing is lost whichever the kernel takes; a reload
 * reaches them all, and when one ends the others go on. Whoever does not share gets what it gets bare. */
/*victim
case: udp udp6 tcp tcp6
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
*/
/*expect
the first: bound
the second: bound
the third, which does not share: EADDRINUSE
-- both
to the host: 100 of 100, each heard some: yes
to the member: 100 of 100, each heard some: yes
to another address: 0 of 100
-- the first has ended
to the host: 100 of 100
to the member: 100 of 100
to another address: 0 of 100
-- another one begins
the fourth: bound
to the host: 100 of 100, each heard some: yes
to the member: 100 of 100, each heard some: yes
to another address: 0 of 100
-- other rules
to the host: 100 of 100, each heard some: yes
to the member: 0 of 100
to another address: 100 of 100, each heard some: yes
*/
#include "opened.h"

#include "given_back.h"

#define TIMES 100
#define PROGRAMS 4

static int heard[PROGRAMS][2], type;
static const char *own, *member, *other;
static pid_t pids[PROGRAMS];

/* A program of its own: it binds, tells how that went, and then each thing that it hears. */
static int program(char **argv)
{
	int to = atoi(argv[2]), share = atoi(argv[3]), one = 1;
	struct ep e = ep(own, 5060);
	int fd = MUST(socket(e.sa.sa_family, type, 0));
	char text[100];

	if (share)
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	bool bad = bind(fd, &e.sa, e.len) != 0 || (type == SOCK_STREAM && listen(fd, TIMES) != 0);
	const char *said = bad ? strerrorname_np(errno) : "bound";
	raw(SYS_write, to, (long)said, strlen(said), 0, 0, 0);
	while (!bad) {
		int in = type == SOCK_STREAM ? accept(fd, NULL, NULL) : (int)recv(fd, text, sizeof(text), 0);
		if (type == SOCK_STREAM)
			close(in);
		raw(SYS_write, to, (long)"x", 1, 0, 0, 0);
	}
	return 0;
}

static void begin(int number, const char *name, const char *how, bool share)
{
	char fd[12], text[100] = "";

	MUST(pipe(heard[number]));
	pids[number] = MUST(fork());
	if (pids[number] == 0) {
		snprintf(fd, sizeof(fd), "%d", heard[number][1]);
		unsetenv("BOND_ACTIVE");
		execl("/proc/self/exe", "victim", how, fd, share ? "1" : "0", NULL);
		_exit(99);
	}
	raw(SYS_close, heard[number][1], 0, 0, 0, 0, 0);
	struct pollfd p = {.fd = heard[number][0], .events = POLLIN};
	raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0);
	raw(SYS_read, heard[number][0], (long)text, sizeof(text) - 1, 0, 0, 0);
	say("%s: %s", name, text);
}

static void end(int number)
{
	if (pids[number])
		kill(pids[number], SIGKILL);
	raw(SYS_wait4, pids[number], 0, 0, 0, 0, 0);
	raw(SYS_close, heard[number][0], 0, 0, 0, 0, 0);
	pids[number] = 0;
}

/* What they have told since; -1: it is over. */
static int told(int number)
{
	char text[TIMES];
	struct pollfd p = {.fd = heard[number][0], .events = POLLIN};

	return raw(SYS_poll, (long)&p, 1, 0, 0, 0, 0) == 1 && (p.revents & POLLIN)
		? (int)raw(SYS_read, heard[number][0], (long)text, sizeof(text), 0, 0, 0) : 0;
}

static void crowd(const char *host, const char *what, bool expected)
{
	struct ep to = ep(host, 5060);
	int from[TIMES], by[PROGRAMS] = {0}, sum = 0, running = 0, some = 0;

	for (int i = 0; i < TIMES; i++) {
		from[i] = outside(type, to.sa.sa_family);
		if (type == SOCK_DGRAM)
			raw(SYS_sendto, from[i], (long)"hello", 5, 0, (long)&to.ss, to.len);
		else
			raw(SYS_connect, from[i], (long)&to.ss, to.len, 0, 0, 0);
	}
	for (int ms = 0; ms < (expected ? patience() : SILENCE) && sum < TIMES; ms++) {
		struct timespec nap = {.tv_nsec = 1000000};
		raw(SYS_nanosleep, (long)&nap, 0, 0, 0, 0, 0);
		for (int i = 0; i < PROGRAMS; i++) {
			int n = pids[i] ? told(i) : 0;
			by[i] += n;
			sum += n;
		}
	}
	for (int i = 0; i < PROGRAMS; i++) {
		running += pids[i] != 0;
		some += by[i] != 0;
	}
	say("to %s: %d of %d%s", what, sum, TIMES,
		running == 1 || !expected ? "" : some == running ? ", each heard some: yes" : ", each heard some: no");
	for (int i = 0; i < TIMES; i++)
		raw(SYS_close, from[i], 0, 0, 0, 0, 0);
}

static void all_of(bool hears_member)
{
	crowd(own, "the host", true);
	crowd(member, "the member", hears_member);
	crowd(other, "another address", !hears_member);
}

static void reload_all(void)
{
	char command[600], path[] = "/tmp/victim-XXXXXX";
	FILE *f = fdopen(MUST(mkstemp(path)), "w");

	fputs("[bond:one]\nmember = udp:" T4 ":5060 open=filter\nmember = tcp:" T4 ":5060 open=filter\n"
	      "member = udp:[" T6 "]:5060 open=filter\nmember = tcp:[" T6 "]:5060 open=filter\n", f);
	fclose(f);
	for (int i = 0; i < PROGRAMS; i++) {
		snprintf(command, sizeof(command), "env -u LD_PRELOAD XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" "
						   "%s/bondctl reload %d %s > /dev/null", beside_library(), pids[i], path);
		if (pids[i] && system(command) != 0)
			die("bondctl");
	}
	unlink(path);
}

int main(int argc, char **argv)
{
	bool six = strchr(argv[1], '6');

	type = argv[1][0] == 'u' ? SOCK_DGRAM : SOCK_STREAM;
	own = six ? H6 : H4, member = six ? M6 : M4, other = six ? T6 : T4;
	if (argc > 2)
		return program(argv);
	begin(0, "the first", argv[1], true);
	begin(1, "the second", argv[1], true);
	begin(2, "the third, which does not share", argv[1], false);
	end(2);
	say("-- both");
	all_of(true);
	say("-- the first has ended");
	end(0);
	all_of(true);
	say("-- another one begins");
	begin(3, "the fourth", argv[1], true);
	all_of(true);
	if (!getenv("VICTIM_BARE")) {
		say("-- other rules");
		reload_all();
		all_of(false);
	}
	end(1);
	end(3);
	return 0;
}
