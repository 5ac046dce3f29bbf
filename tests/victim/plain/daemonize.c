/* SPDX-License-Identifier: MIT */
/* A daemon that closes every descriptor through syscall() and opens 0 to 2 anew. */
#include "../victim.h"

static void daemon_life(void)
{
	struct ep to = ep("127.0.0.1", 7015);
	int s, ear;

	for (int fd = 0; fd < 1024; fd++)
		syscall(SYS_close, fd);
	DID(open("/dev/null", O_RDWR));
	DID(dup(0));
	DID(dup(1));
	DID(open("/dev/null", O_RDWR));
	DID(sendto(3, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(write(3, SIP, SIP_LEN));
	s = DID(udp("127.0.0.1", 7011));
	ear = DID(udp("127.0.0.1", 7015));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(tcp_listener("127.0.0.1", 7016));
	DID(tcp_to("127.0.0.1", 7016));
	say_open(12);
	printf("nobody reads this\n");
	fflush(stdout);
	fprintf(stderr, "nor this\n");
}

int main(void)
{
	int done[2];
	pid_t pid;

	udp("127.0.0.1", 7001);
	tcp_listener("127.0.0.1", 7006);
	say_fd = MUST(fcntl(1, F_DUPFD, 1100));
	MUST(pipe(done));
	MUST(dup2(done[1], 1101)); /* open for as long as the daemon lives */
	pid = MUST(fork());
	if (pid == 0) {
		setsid();
		if (fork())
			_exit(0);
		daemon_life();
		exit(0);
	}
	MUST(close(done[1]));
	MUST(close(1101));
	DID(read(done[0], &(char){0}, 1));
	say_child("parent", pid);
	return 0;
}
