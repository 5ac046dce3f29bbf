/* SPDX-License-Identifier: MIT */
/* A reload leads members by sk_lookup to a host that makes no call, and ends them: of its port and of others, where
 * nothing was led before, whatever the host waits in and whoever of its processes has the thread. It answers from the
 * member. What another program has taken meanwhile stays with that. Who asks and reloads is no process of the host. */
/*victim
case: recvfrom recvmsg polls epoll recvfrom6 polls6 user elsewhere domains
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.4.1:5060
[host]
open = sk_lookup
*/
/*expect
the host at its own address: udp answered, tcp answered
udp, its port: led: answered, ended: refused
tcp, its port: led: answered, ended: refused
udp, another port: led: answered, ended: refused
tcp, another port: led: answered, ended: refused
udp, another port: led: answered, ended: refused
both, its port: led: answered, answered, one ended: answered, refused, the other ended: refused, refused
udp, its port, another program's: led: theirs, ended: theirs
udp, another port, another program's: led: theirs, ended: theirs
udp, another port: led: answered, ended: refused
*/
#include "counts.h"

#define NAP_MS 10

static const char *how, *tools;
static pid_t host;

static bool is(const char *word)
{
	return strncmp(how, word, strlen(word)) == 0;
}

/* The answer to a request of SIP, whose fields are the request's. */
static size_t answer(char *to, const char *request, size_t n)
{
	const char *rest = memchr(request, '\n', n);
	static const char status[] = "SIP/2.0 200 OK\r\n";

	if (!rest)
		return 0;
	memcpy(to, status, sizeof(status) - 1);
	memcpy(to + sizeof(status) - 1, rest + 1, n - (size_t)(rest + 1 - request));
	return sizeof(status) - 1 + n - (size_t)(rest + 1 - request);
}

static void serve_datagram(int fd)
{
	char in[4000], out[4100];
	struct ep from = {.len = sizeof(from.ss)};
	struct iovec iov = {in, sizeof(in)};
	struct msghdr m = {.msg_name = &from.ss, .msg_namelen = from.len, .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = is("recvmsg") ? recvmsg(fd, &m, 0) : recvfrom(fd, in, sizeof(in), 0, &from.sa, &from.len);

	if (is("recvmsg"))
		from.len = m.msg_namelen;
	size_t size = n > 0 ? answer(out, in, (size_t)n) : 0;
	if (size)
		sendto(fd, out, size, 0, &from.sa, from.len);
}

static void serve_connection(int listener)
{
	char in[4000], out[4100];
	int fd = MUST(accept(listener, NULL, NULL));
	ssize_t n = recv(fd, in, sizeof(in), 0);
	size_t size = n > 0 ? answer(out, in, (size_t)n) : 0;

	if (size)
		send(fd, out, size, MSG_NOSIGNAL);
	close(fd);
}

static int wait_for(int u, int t)
{
	struct pollfd p[2] = {{.fd = u, .events = POLLIN}, {.fd = t, .events = POLLIN}};
	struct epoll_event e = {.events = EPOLLIN, .data.fd = u};
	static int epoll = -1;

	if (is("polls")) {
		MUST(poll(p, 2, -1));
		return p[0].revents ? u : t;
	}
	if (epoll < 0) {
		epoll = MUST(epoll_create1(0));
		MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, u, &e));
		e.data.fd = t;
		MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, t, &e));
	}
	MUST(epoll_wait(epoll, &e, 1, -1));
	return e.data.fd;
}

/* One process for both, or one for each, that waits in the call itself. */
static void work(const char *own, int type)
{
	int u = type ? -1 : udp(own, 5060), t = type ? -1 : tcp_listener(own, 5060);

	if (type == SOCK_DGRAM)
		u = udp(own, 5060);
	else if (type)
		t = tcp_listener(own, 5060);
	if (is("user"))
		MUST(setresuid(65534, 65534, 65534));
	for (;;) {
		int ready = type ? u + t + 1 : wait_for(u, t);
		if (ready == u)
			serve_datagram(u);
		else
			serve_connection(t);
	}
}

static pid_t worker(const char *own, int type)
{
	pid_t pid = MUST(fork());

	if (pid == 0)
		work(own, type);
	return pid;
}

static void run_host(void)
{
	const char *own = strchr(how, '6') ? H6 : H4;
	bool one = is("polls") || is("epoll");
	char pid[20], name[20];
	int status;

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(name, sizeof(name), "%s", how);
	if (is("elsewhere")) { /* the thread is this process's */
		struct pollfd none = {.fd = -1};
		poll(&none, 1, 600);
	}
	pid_t first = worker(own, one ? 0 : SOCK_DGRAM), second = one ? 0 : worker(own, SOCK_STREAM);
	pid_t control = MUST(fork());
	if (control == 0) {
		const char *beside = beside_library();
		unsetenv("LD_PRELOAD");
		execl("/proc/self/exe", "victim", name, pid, beside, NULL);
		die("exec");
	}
	raw(SYS_wait4, control, (long)&status, 0, 0, 0, 0);
	kill(first, SIGKILL);
	if (second)
		kill(second, SIGKILL);
	_exit(status ? 1 : 0);
}

/* From here on: who asks. */

static void reload(const char *members)
{
	char command[600], path[] = "/tmp/victim-XXXXXX";
	static const char others[] = "[bond:one]\nmember = udp:10.0.4.1:5060\n";
	const char *domains = is("domains") ? "[route:d]\nto = a.example\nbond = one\n[dns]\nserver = 192.0.2.1\n" : "";
	FILE *f = fdopen(MUST(mkstemp(path)), "w");

	fprintf(f, "%s%s%s[host]\nopen = sk_lookup\n", others, members, domains);
	fclose(f);
	snprintf(command, sizeof(command), "%s/bondctl reload %d %s > /dev/null", tools, (int)host, path);
	if (system(command) != 0)
		die("bondctl");
	unlink(path);
}

static const char *ask_once(int type, const char *at, int port)
{
	static char branch = 'a';
	struct ep to = ep(at, port);
	int fd = MUST(socket(to.sa.sa_family, type, 0));
	char text[sizeof(SIP) + 1], in[4000];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	const char *result = "silent";

	memcpy(text, SIP, sizeof(SIP));
	*strstr(text, "z9hG4bK-") = 'z';
	strstr(text, "z9hG4bK-")[8] = branch = branch == 'z' ? 'a' : branch + 1;
	if (connect(fd, &to.sa, to.len) != 0 || send(fd, text, SIP_LEN, MSG_NOSIGNAL) < 0)
		result = errno == ECONNREFUSED ? "refused" : strerrorname_np(errno);
	else if (poll(&p, 1, 1000) == 1)
		result = recv(fd, in, sizeof(in), 0) > 12 && memcmp(in, "SIP/2.0 200 ", 12) == 0 ? "answered"
			: errno == ECONNREFUSED ? "refused" : "other";
	close(fd);
	return result;
}

/* Asks until that is what it says, or for too long. */
static const char *ask_for(const char *wanted, int type, const char *at, int port)
{
	const char *result = "";

	for (int ms = 0; ms < patience(); ms += NAP_MS) {
		result = ask_once(type, at, port);
		if (strcmp(result, wanted) == 0 || strcmp(result, "silent") == 0)
			break;
		poll(NULL, 0, NAP_MS);
	}
	return result;
}

static const char *member(int type, const char *at, int port)
{
	static char text[2][200];
	static int next;
	char *t = text[next++ % 2];
	bool six = strchr(at, ':');

	snprintf(t, 200, "member = %s:%s%s%s:%d open\n", type == SOCK_DGRAM ? "udp" : "tcp", six ? "[" : "", at,
		six ? "]" : "", port);
	return t;
}

static void one(int type, const char *at, int port)
{
	reload(member(type, at, port));
	const char *led = ask_for("answered", type, at, port);
	reload("");
	say("%s, %s port: led: %s, ended: %s", type == SOCK_DGRAM ? "udp" : "tcp", port == 5060 ? "its" : "another", led,
		ask_for("refused", type, at, port));
}

static void both(const char *at)
{
	char text[400];

	snprintf(text, sizeof(text), "%s%s", member(SOCK_DGRAM, at, 5060), member(SOCK_STREAM, at, 5060));
	reload(text);
	const char *u = ask_for("answered", SOCK_DGRAM, at, 5060), *t = ask_for("answered", SOCK_STREAM, at, 5060);
	reload(member(SOCK_DGRAM, at, 5060));
	const char *gone = ask_for("refused", SOCK_STREAM, at, 5060), *stays = ask_for("answered", SOCK_DGRAM, at, 5060);
	reload("");
	say("both, its port: led: %s, %s, one ended: %s, %s, the other ended: %s, %s", u, t, stays, gone,
		ask_for("refused", SOCK_DGRAM, at, 5060), ask_for("refused", SOCK_STREAM, at, 5060));
}

/* Who hears a datagram there, of the host and another program. */
static const char *whose(int theirs, const char *at, int port)
{
	struct pollfd p = {.fd = theirs, .events = POLLIN};
	char in[4000];
	const char *result = ask_once(SOCK_DGRAM, at, port);

	if (strcmp(result, "answered") == 0)
		return "the host's";
	return poll(&p, 1, 0) == 1 && recv(theirs, in, sizeof(in), 0) > 0 ? "theirs" : "nobody's";
}

static void taken(const char *at, int port)
{
	struct ep e = ep(at, port);
	int theirs = MUST(socket(e.sa.sa_family, SOCK_DGRAM, 0)), one = 1;

	MUST(setsockopt(theirs, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	MUST(bind(theirs, &e.sa, e.len));
	reload(member(SOCK_DGRAM, at, port));
	poll(NULL, 0, 1000);
	const char *led = whose(theirs, at, port);
	reload("");
	say("udp, %s port, another program's: led: %s, ended: %s", port == 5060 ? "its" : "another", led,
		whose(theirs, at, port));
	close(theirs);
}

static void control(void)
{
	bool six = strchr(how, '6');
	const char *own = six ? H6 : H4, *at = six ? T6 : T4;

	const char *u = ask_for("answered", SOCK_DGRAM, own, 5060);
	say("the host at its own address: udp %s, tcp %s", u, ask_for("answered", SOCK_STREAM, own, 5060));
	one(SOCK_DGRAM, at, 5060);
	one(SOCK_STREAM, at, 5060);
	one(SOCK_DGRAM, at, 5070);
	one(SOCK_STREAM, at, 5070);
	one(SOCK_DGRAM, at, 5070); /* the host has a socket there to send from */
	both(at);
	taken(at, 5060);
	taken(at, 5070);
	one(SOCK_DGRAM, at, 5070);
}

int main(int argc, char **argv)
{
	how = argv[1];
	if (argc > 3) {
		host = atoi(argv[2]);
		tools = argv[3];
		control();
		return 0;
	}
	if (getenv("VICTIM_BARE"))
		return 1;
	run_host();
}
