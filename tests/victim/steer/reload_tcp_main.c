/* SPDX-License-Identifier: MIT */
/* A host of OpenSIPS' shape through reloads: one process opens all connections and gives each to the worker
 * that asked for it (SCM_RIGHTS), workers send by one UDP listener. After each reload a request by UDP and a
 * new connection leave from the member of the time, by every worker; a connection that a worker has kept from
 * before goes on as it is. Under valgrind in one case. */
/*victim
case: plain many valgrind
seconds: 30
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect plain
reloads 4: by UDP 8 of 8, new connections 8 of 8, the first connection 8 of 8
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x4
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS x4
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x4
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS x4
*/
/*expect many
reloads 60: by UDP 120 of 120, new connections 120 of 120, the first connection 120 of 120
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x60
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS x60
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x60
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS x60
*/
/*expect valgrind
reloads 4: by UDP 8 of 8, new connections 8 of 8, the first connection 8 of 8
valgrind has nothing to say
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x4
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS x4
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x4
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS x4
*/
#include "given_back.h"

#include <sys/prctl.h>

enum { WORKERS = 2, HEARD_MS = 2000 };

struct asked {
	int round;
};

struct told {
	int udp, fresh, first; /* whether it left from where it should */
};

static int to_tcp_main[2], to_worker[WORKERS][2], from_worker[WORKERS][2], h, heard[2];
static const char *const at[] = {M4, T4};

static void rules(int round)
{
	char text[500];
	const char *member = at[round % 2];

	snprintf(text, sizeof(text), "[bond:ext]\nmember = udp:%s:5060\nmember = tcp:%s:5060\n"
		"[route:r]\nto = 198.51.100.0/24\nbond = ext\n", member, member);
	gb_reload(text);
}

/* Opens a connection and hands it over; keeps none. */
static void tcp_main(void)
{
	char who;

	while (read(to_tcp_main[0], &who, 1) == 1) {
		struct ep to = ep(ROUTED4, 5060);
		int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(fd, &to.sa, to.len));
		MUST(pass_fds(to_worker[(int)who][1], &fd, 1));
		close(fd);
	}
}

/* What the peer saw of a request on the connection. */
static bool seen_on(int fd, const char *member)
{
	char text[900];

	MUST(send(fd, SIP, SIP_LEN, 0));
	wait_readable(fd);
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	char *found = strstr(text, "Seen: ");
	return found && strncmp(found + 6, member, strlen(member)) == 0;
}

static bool seen_by_udp(int listener, int round, int who)
{
	char text[900];
	struct ep to = ep(ROUTED4, 5060);
	int n = snprintf(text, sizeof(text), "OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.2.1:5060;"
		"branch=z9hG4bK-%d-%d\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: %d-%d\r\n"
		"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", round, who, round, who);

	MUST(sendto(listener, text, (size_t)n, 0, &to.sa, to.len));
	wait_readable(heard[round % 2]);
	n = (int)recv(heard[round % 2], text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, at[round % 2]) != NULL;
}

static void worker(int who)
{
	struct asked a;
	struct told t;
	int first = -1, fd;

	while (read(to_worker[who][0], &a, sizeof(a)) == sizeof(a)) {
		t.udp = seen_by_udp(h, a.round, who);
		MUST(write(to_tcp_main[1], &(char){(char)who}, 1));
		MUST(take_fds(to_worker[who][0], &fd, 1, 0, NULL));
		t.fresh = seen_on(fd, at[a.round % 2]);
		if (first < 0)
			first = fd;
		else
			close(fd);
		t.first = seen_on(first, at[0]);
		MUST(write(from_worker[who][1], &t, sizeof(t)));
	}
}

/* It ends as its parent does. */
static void spawn(void (*as)(int), int who)
{
	pid_t parent = getpid();

	if (MUST(fork()))
		return;
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (getppid() != parent)
		_exit(1);
	if (as)
		as(who);
	else
		tcp_main();
	_exit(0);
}

static int host(int reloads)
{
	struct told all = {0}, t;

	h = udp(H4, 5060), heard[0] = udp(M4, 5060), heard[1] = udp(T4, 5060);
	MUST(pipe(to_tcp_main));
	for (int i = 0; i < WORKERS; i++) {
		MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, to_worker[i]));
		MUST(pipe(from_worker[i]));
	}
	for (int i = 0; i < WORKERS; i++)
		spawn(worker, i);
	spawn(NULL, 0);
	for (int round = 0; round < reloads; round++) {
		if (round)
			rules(round);
		for (int i = 0; i < WORKERS; i++) {
			struct asked a = {round};
			MUST(write(to_worker[i][1], &a, sizeof(a)));
			MUST(read(from_worker[i][0], &t, sizeof(t)));
			all.udp += t.udp, all.fresh += t.fresh, all.first += t.first;
		}
	}
	int most = reloads * WORKERS;
	say("reloads %d: by UDP %d of %d, new connections %d of %d, the first connection %d of %d", reloads, all.udp,
		most, all.fresh, most, all.first, most);
	return 0;
}

/* Again, in valgrind, and what that has to say of any of the processes. */
static int in_valgrind(const char *self)
{
	char command[9000], dir[] = "/tmp/victim-XXXXXX";

	if (!mkdtemp(dir))
		die("mkdtemp");
	snprintf(command, sizeof(command), "valgrind -q --log-file=%s/%%p %s plain && ! cat %s/* | grep .", dir, self,
		dir);
	int status = system(command);
	say("valgrind %s", status == 0 ? "has nothing to say" : "found something");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

int main(int argc, char **argv)
{
	if (argc < 2 || getenv("VICTIM_BARE"))
		return 1;
	if (strcmp(argv[1], "valgrind") == 0)
		return in_valgrind(argv[0]);
	return host(strcmp(argv[1], "many") == 0 ? 60 : 4);
}
