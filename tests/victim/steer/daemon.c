/* SPDX-License-Identifier: MIT */
/* A daemon that closes every descriptor through syscall() and then opens its listeners. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
worker
sendto = all
heard on M: peer saw 10.0.1.1:5060
worker: exit 0
the daemon has ended
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "dial.h"

static void life(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h, m;
	pid_t pid;

	for (int fd = 0; fd < 1024; fd++)
		syscall(SYS_close, fd);
	MUST(open("/dev/null", O_RDWR));
	MUST(dup(0));
	MUST(dup(0));
	h = udp(H4, 5060), m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	dial(ROUTED4, 5060);
	pid = fork();
	if (pid == 0) {
		say("worker");
		ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
		_exit(0);
	}
	say_child("worker", pid);
}

int main(void)
{
	int done[2];

	MUST(close(udp(M4, 5060)));
	say_fd = MUST(fcntl(1, F_DUPFD, 1100));
	MUST(pipe(done));
	MUST(dup2(done[1], 1101));
	if (fork() == 0) {
		setsid();
		if (fork())
			_exit(0);
		life();
		_exit(0);
	}
	MUST(close(done[1]));
	MUST(close(1101));
	MUST(read(done[0], &(char){0}, 1));
	say("the daemon has ended");
	return 0;
}
