/* SPDX-License-Identifier: MIT */
/* fork, _Fork and clone by syscall(): the child closes, reuses and sends, the parent goes on. */
#include "../victim.h"

static struct ep to;

static int child(int s, int t)
{
	int pair[2], fd;

	say("getpid is right: %d", getpid() == raw(SYS_getpid, 0, 0, 0, 0, 0, 0));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(close(t));
	DID(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	DID(write(pair[0], SIP, SIP_LEN));
	DID(dup2(pair[0], s));
	DID(write(s, SIP, SIP_LEN));
	fd = DID(socket(AF_INET, SOCK_DGRAM, 0));
	DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	return 7;
}

int main(void)
{
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), t = udp("127.0.0.1", 7002);
	pid_t pid;

	to = ep("127.0.0.1", 7005);
	for (int way = 0; way < 3; way++) {
		say("-- way %d", way);
		pid = way == 0   ? fork()
		      : way == 1 ? _Fork()
				 : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(child(s, t));
		say_child("child", pid);
		say_heard("ear", ear);
		say_heard("ear", ear);
		DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
		say_heard("ear", ear);
		DID(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len));
		say_heard("ear", ear);
		say_open(12);
	}
	return 0;
}
