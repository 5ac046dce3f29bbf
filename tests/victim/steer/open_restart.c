/* SPDX-License-Identifier: MIT */
/* A program that ends and begins again at once gets its port back with opened members, though connections of the one
 * before are in TIME_WAIT or live on in a child of it, to its own address and to the member: with SO_REUSEADDR, as bare;
 * without, it fails as bare. The connection that lives goes on. */
/*victim
case: filter lookup
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = tcp:10.0.1.1:5060 open=filter
member = udp:10.0.1.1:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=sk_lookup
member = udp:[fd00:1::1]:5060 open=sk_lookup
*/
/*expect filter
the first: udp bound, tcp bound, told 10.0.2.1:5060
to the host: udp heard, tcp heard for 10.0.2.1:5060
to the member: udp heard, tcp heard for 10.0.2.1:5060
-- connections: to the host in TIME_WAIT, to the member in TIME_WAIT
connections that live: to the host says yes, to the member says yes
-- it is killed
without SO_REUSEADDR: udp bound, tcp EADDRINUSE
the second: udp bound, tcp bound, told 10.0.2.1:5060
to the host: udp heard, tcp heard for 10.0.2.1:5060
to the member: udp heard, tcp heard for 10.0.2.1:5060
connections that live: to the host says yes, to the member says yes
-- it ends by itself
the third: udp bound, tcp bound, told 10.0.2.1:5060
to the host: udp heard, tcp heard for 10.0.2.1:5060
to the member: udp heard, tcp heard for 10.0.2.1:5060
connections that live: to the host says yes, to the member says yes
*/
/*expect lookup
the first: udp bound, tcp bound, told [fd00:2::1]:5060
to the host: udp heard, tcp heard for [fd00:2::1]:5060
to the member: udp heard, tcp heard for [fd00:2::1]:5060
-- connections: to the host in TIME_WAIT, to the member in TIME_WAIT
connections that live: to the host says yes, to the member says yes
-- it is killed
without SO_REUSEADDR: udp bound, tcp EADDRINUSE
the second: udp bound, tcp bound, told [fd00:2::1]:5060
to the host: udp heard, tcp heard for [fd00:2::1]:5060
to the member: udp heard, tcp heard for [fd00:2::1]:5060
connections that live: to the host says yes, to the member says yes
-- it ends by itself
the third: udp bound, tcp bound, told [fd00:2::1]:5060
to the host: udp heard, tcp heard for [fd00:2::1]:5060
to the member: udp heard, tcp heard for [fd00:2::1]:5060
connections that live: to the host says yes, to the member says yes
*/
#include "opened.h"

static const char *own, *member;
static int orders[2], answers[2]; /* of the program that runs */
static pid_t running;

static const char *try_bind(int fd, const struct ep *e, bool again)
{
	int one = 1;

	if (again)
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	return bind(fd, &e->sa, e->len) == 0 ? "bound" : strerrorname_np(errno);
}

static void tell(int to, const char *text)
{
	raw(SYS_write, to, (long)text, strlen(text), 0, 0, 0);
}

/* A child has the connection for good, and says yes to all that comes. */
static void keep(int fd, const int *others)
{
	char text[100];

	if (fork() != 0)
		return;
	for (int i = 0; i < 4; i++)
		close(others[i]);
	while (recv(fd, text, sizeof(text), 0) > 0)
		send(fd, "yes", 3, MSG_NOSIGNAL);
	_exit(0);
}

/* Orders: d, a datagram is to be taken; c, a connection, which is closed; k, one that a child keeps; e: end. */
static int program(char **argv)
{
	int in = atoi(argv[2]), out = atoi(argv[3]);
	bool again = argv[4][0] == '1';
	struct ep e = ep(own, 5060);
	int u = MUST(socket(e.sa.sa_family, SOCK_DGRAM, 0)), t = MUST(socket(e.sa.sa_family, SOCK_STREAM, 0));
	char order, text[200];

	const char *datagram = try_bind(u, &e, false), *stream = try_bind(t, &e, again);
	bool listens = strcmp(stream, "bound") == 0;
	if (listens && listen(t, 16) != 0)
		stream = strerrorname_np(errno);
	struct ep name = listens ? told_name(t) : (struct ep){0};
	snprintf(text, sizeof(text), "udp %s, tcp %s%s%s", datagram, stream, listens ? ", told " : "",
		listens ? ep_text(&name) : "");
	tell(out, text);
	while (raw(SYS_read, in, (long)&order, 1, 0, 0, 0) == 1 && order != 'e') {
		if (order == 'd') {
			tell(out, recv(u, text, sizeof(text), 0) == 5 ? "heard" : "other");
			continue;
		}
		int fd = MUST(accept(t, NULL, NULL));
		name = told_name(fd);
		snprintf(text, sizeof(text), "heard for %s", ep_text(&name));
		if (order == 'k')
			keep(fd, (int[]){u, t, in, out});
		close(fd);
		tell(out, text);
	}
	return 0;
}

static const char *hear_program(void)
{
	static char text[4][200];
	static int next;
	char *t = text[next++ % 4];
	struct pollfd p = {.fd = answers[0], .events = POLLIN};
	long n = raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) == 1
		? raw(SYS_read, answers[0], (long)t, 199, 0, 0, 0) : 0;

	snprintf(t + (n > 0 ? n : 0), 8, "%s", n > 0 ? "" : "nothing");
	return t;
}

static const char *order(char what)
{
	raw(SYS_write, orders[1], (long)&what, 1, 0, 0, 0);
	return hear_program();
}

static void begin(const char *name, const char *how, bool again)
{
	char in[12], out[12];

	MUST(pipe2(orders, O_CLOEXEC));
	MUST(pipe2(answers, O_CLOEXEC));
	running = MUST(fork());
	if (running == 0) {
		snprintf(in, sizeof(in), "%d", (int)raw(SYS_dup, orders[0], 0, 0, 0, 0, 0));
		snprintf(out, sizeof(out), "%d", (int)raw(SYS_dup, answers[1], 0, 0, 0, 0, 0));
		unsetenv("BOND_ACTIVE");
		execl("/proc/self/exe", "victim", how, in, out, again ? "1" : "0", NULL);
		_exit(99);
	}
	raw(SYS_close, orders[0], 0, 0, 0, 0, 0);
	raw(SYS_close, answers[1], 0, 0, 0, 0, 0);
	say("%s: %s", name, hear_program());
}

static void end(bool kills)
{
	char e = 'e';

	if (kills)
		kill(running, SIGKILL);
	else
		raw(SYS_write, orders[1], (long)&e, 1, 0, 0, 0);
	raw(SYS_wait4, running, 0, 0, 0, 0, 0);
	raw(SYS_close, orders[1], 0, 0, 0, 0, 0);
	raw(SYS_close, answers[0], 0, 0, 0, 0, 0);
}

static int connection(const char *host)
{
	struct ep to = ep(host, 5060);
	int fd = (int)raw(SYS_socket, to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0);

	raw(SYS_connect, fd, (long)&to.ss, to.len, 0, 0, 0);
	return fd;
}

static void reach_one(const char *host, const char *what)
{
	struct ep to = ep(host, 5060);
	int u = outside(SOCK_DGRAM, to.sa.sa_family);

	raw(SYS_sendto, u, (long)"hello", 5, 0, (long)&to.ss, to.len);
	const char *datagram = order('d');
	int t = connection(host);
	say("to %s: udp %s, tcp %s", what, datagram, order('c'));
	raw(SYS_close, u, 0, 0, 0, 0, 0);
	raw(SYS_close, t, 0, 0, 0, 0, 0);
}

static void reach_both(void)
{
	reach_one(own, "the host");
	reach_one(member, "the member");
}

/* What proc_net_tcp(5) says of the host's end of such connections. */
static const char *left_by(const char *host)
{
	bool six = strchr(host, ':');
	struct ep e = ep(host, 5060);
	unsigned words[4] = {0};
	char wanted[64], line[400];
	const char *state = "not there";

	memcpy(words, six ? (void *)&e.v6.sin6_addr : (void *)&e.v4.sin_addr, six ? 16 : 4);
	snprintf(wanted, sizeof(wanted), six ? " %08X%08X%08X%08X:%04X" : " %08X", words[0], words[1], words[2], words[3], 5060);
	if (!six)
		snprintf(wanted + strlen(wanted), 8, ":%04X", 5060);
	FILE *f = fopen(six ? "/proc/self/net/tcp6" : "/proc/self/net/tcp", "r");
	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, wanted), *rest = at ? strchr(at + 1, ' ') : NULL;
		/* behind the other end; 06 is TIME_WAIT */
		if (rest && (rest = strchr(rest + 1, ' ')) && strncmp(rest, " 06", 3) == 0)
			state = "in TIME_WAIT";
	}
	if (f)
		fclose(f);
	return state;
}

static int living[2];

static const char *lives(int fd)
{
	char text[100];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	raw(SYS_sendto, fd, (long)"?", 1, MSG_NOSIGNAL, 0, 0);
	return raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) == 1 &&
			raw(SYS_recvfrom, fd, (long)text, sizeof(text), 0, 0, 0) == 3
		? "yes" : "nothing";
}

static void say_living(void)
{
	const char *first = lives(living[0]);

	say("connections that live: to the host says %s, to the member says %s", first, lives(living[1]));
}

/* In that of all victims no connection is left in TIME_WAIT. */
static void own_network(void)
{
	static const char setup[] = "unset LD_PRELOAD; ip link set lo up; for a in " H4 " " M4 " " H6 " " M6
				    "; do ip address add $a dev lo; done";

	if (raw(SYS_unshare, CLONE_NEWNET, 0, 0, 0, 0, 0) != 0 || system(setup) != 0)
		die("namespace");
}

int main(int argc, char **argv)
{
	bool six = strcmp(argv[1], "lookup") == 0;

	own = six ? H6 : H4, member = six ? M6 : M4;
	if (argc > 2)
		return program(argv);
	if (getenv("VICTIM_BARE"))
		return 1;
	own_network();
	begin("the first", argv[1], true);
	reach_both();
	const char *state = left_by(own);
	say("-- connections: to the host %s, to the member %s", state, left_by(member));
	for (int i = 0; i < 2; i++) {
		living[i] = connection(i ? member : own);
		order('k');
	}
	say_living();
	say("-- it is killed");
	end(true);
	begin("without SO_REUSEADDR", argv[1], false);
	end(false);
	begin("the second", argv[1], true);
	reach_both();
	say_living();
	say("-- it ends by itself");
	end(false);
	begin("the third", argv[1], true);
	reach_both();
	say_living();
	end(true);
	return 0;
}
