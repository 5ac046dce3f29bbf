/* SPDX-License-Identifier: MIT */
/* One process connects and passes the socket to another, which asks for its name: the same answer
 * as where it was connected (a host whose connections live in a process of their own). */
/*expect
unbound
connector is told 10.0.2.1:*
keeper is told 10.0.2.1:*
reader is told 10.0.2.1:*
heard on it: peer saw 10.0.1.1:*
bound to 10.0.3.1:0
connector is told 10.0.3.1:*
keeper is told 10.0.3.1:*
reader is told 10.0.3.1:*
heard on it: peer saw 10.0.1.1:*
not routed
connector is told 10.0.0.1:*
keeper is told 10.0.0.1:*
reader is told 10.0.0.1:*
heard on it: peer saw 10.0.0.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static void round_of(const char *what, const char *source, const char *host)
{
	struct ep to = ep(host, 5060);
	int over[2], fd;
	pid_t pid;

	say("%s", what);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	pid = MUST(fork());
	if (pid == 0) {
		fd = source ? bound(SOCK_STREAM, source, 0) : MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(fd, &to.sa, to.len));
		say_name("connector", fd);
		MUST(pass_fds(over[1], &fd, 1));
		_exit(0);
	}
	MUST(take_fds(over[0], &fd, 1, 0, NULL));
	waitpid(pid, NULL, 0);
	say_name("keeper", fd);
	pid = MUST(fork());
	if (pid == 0) {
		int mine;

		close(fd);
		MUST(take_fds(over[1], &mine, 1, 0, NULL));
		say_name("reader", mine);
		MUST(send(mine, SIP, SIP_LEN, 0));
		hear(EARS({"it", mine}));
		_exit(0);
	}
	MUST(pass_fds(over[0], &fd, 1));
	waitpid(pid, NULL, 0);
	close(fd);
	close(over[0]);
	close(over[1]);
}

int main(void)
{
	tcp_listener(H4, 5060);
	tcp_listener(M4, 5060);
	round_of("unbound", NULL, ROUTED4);
	round_of("bound to 10.0.3.1:0", T4, ROUTED4);
	round_of("not routed", NULL, OTHER4);
	return 0;
}
