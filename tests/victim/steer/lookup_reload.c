/* SPDX-License-Identifier: MIT */
/* A reload while the host runs as another user: members that are opened by sk_lookup come and go, of any port, with
 * the processes that take the rules; what is not a member any more is refused. A worker that was forked before is
 * told its own name, and its request leaves from the new member. */
/*victim
modes: routes
seconds: 30
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5080 open=sk_lookup
member = tcp:10.0.1.1:5080 open=sk_lookup
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
-- as it began
10.0.1.1:5080: udp heard, tcp heard
10.0.3.1:5070: udp ECONNREFUSED, tcp ECONNREFUSED
10.0.3.1:5060: udp ECONNREFUSED, tcp ECONNREFUSED
-- others
10.0.1.1:5080: udp ECONNREFUSED, tcp ECONNREFUSED
10.0.3.1:5070: udp heard, tcp heard
10.0.3.1:5060: udp heard, tcp heard
sendto = all
heard on H: peer saw 10.0.3.1:5070
-- none
10.0.1.1:5080: udp ECONNREFUSED, tcp ECONNREFUSED
10.0.3.1:5070: udp ECONNREFUSED, tcp ECONNREFUSED
10.0.3.1:5060: udp ECONNREFUSED, tcp ECONNREFUSED
-- the first
10.0.1.1:5080: udp heard, tcp heard
10.0.3.1:5070: udp ECONNREFUSED, tcp ECONNREFUSED
10.0.3.1:5060: udp ECONNREFUSED, tcp ECONNREFUSED
sendto = all
heard on H: peer saw 10.0.1.1:5080
peer: udp 10.0.1.1:5080 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.3.1:5070 > 198.51.100.9:5060: OPTIONS
*/
#include "given_back.h"

#define ROUTE "[route:r]\nto = 198.51.100.0/24\nbond = ext\n"

static int u, t;

static const char *reach(const char *host, int port, int type)
{
	struct ep to = ep(host, port);
	int fd = (int)raw(SYS_socket, AF_INET, type, 0, 0, 0, 0), error;
	struct pollfd p = {.fd = type == SOCK_DGRAM ? u : t, .events = POLLIN};
	socklen_t n = sizeof(error);

	error = (int)-raw(SYS_connect, fd, (long)&to.sa, to.len, 0, 0, 0);
	if (type == SOCK_DGRAM && !error) {
		raw(SYS_sendto, fd, (long)"OPTIONS", 7, 0, 0, 0);
		raw(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&n, 0);
	}
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	if (error)
		return strerrorname_np(error);
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) != 1)
		return "lost";
	if (type == SOCK_DGRAM)
		raw(SYS_recvfrom, u, (long)(char[20]){0}, 20, 0, 0, 0);
	else
		raw(SYS_close, raw(SYS_accept, t, 0, 0, 0, 0, 0), 0, 0, 0, 0, 0);
	return "heard";
}

static void say_reached(const char *host, int port)
{
	const char *datagram = reach(host, port, SOCK_DGRAM);

	say("%s:%d: udp %s, tcp %s", host, port, datagram, reach(host, port, SOCK_STREAM));
}

static void say_all(const char *when)
{
	say("-- %s", when);
	say_reached(M4, 5080);
	say_reached(T4, 5070);
	say_reached(T4, 5060);
}

/* What the host's next call finds; the worker that makes it is no root. */
static void take_rules(bool sends)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		char byte;
		MUST(setresuid(65534, 65534, 65534));
		recv(u, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
		bound(SOCK_DGRAM, "0.0.0.0", 0);
		if (sends)
			ask("sendto", u, &routed, EARS({"H", u}));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
}

int main(void)
{
	routed = ep(ROUTED4, 5060);
	u = udp(H4, 5060);
	t = tcp_listener(H4, 5060);
	say_all("as it began");
	gb_reload("[bond:ext]\nmember = udp:10.0.3.1:5070 open=sk_lookup\nmember = tcp:10.0.3.1:5070 open=sk_lookup\n"
		  "member = udp:10.0.3.1:5060 open=sk_lookup\nmember = tcp:10.0.3.1:5060 open\n" ROUTE);
	take_rules(false);
	say_all("others");
	take_rules(true);
	gb_reload("[bond:ext]\nmember = udp:10.0.4.1:5060\n" ROUTE);
	take_rules(false);
	say_all("none");
	gb_reload("[bond:ext]\nmember = udp:10.0.1.1:5080 open=sk_lookup\nmember = tcp:10.0.1.1:5080 open=sk_lookup\n" ROUTE);
	take_rules(false);
	say_all("the first");
	take_rules(true);
	return 0;
}
