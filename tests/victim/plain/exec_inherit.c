/* SPDX-License-Identifier: MIT */
/* A program that is started by exec with UDP and TCP sockets it never made. */
#include "../victim.h"

int main(int argc, char **argv)
{
	struct ep to = ep("127.0.0.1", 7005), e = {.len = sizeof(e.ss)};
	int ear, s, l, c, a;

	if (argc == 1) {
		char *args[] = {argv[0], "again", NULL};

		udp("127.0.0.1", 7005);
		udp("127.0.0.1", 7001);
		tcp_listener("127.0.0.1", 7006);
		tcp_to("127.0.0.1", 7006);
		MUST(fcntl(MUST(socket(AF_INET, SOCK_DGRAM, 0)), F_SETFD, FD_CLOEXEC));
		execv("/proc/self/exe", args);
		die("exec");
	}
	ear = 3, s = 4, l = 5, c = 6;
	say_open(12);
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(getsockname(s, &e.sa, &e.len));
	say("%s", ep_text(&e));
	a = DID(accept(l, NULL, NULL));
	DID(getsockname(c, &e.sa, &e.len));
	DID(send(c, SIP, SIP_LEN, 0));
	say_heard("a", a);
	DID(connect(s, &to.sa, to.len));
	DID(write(s, SIP, SIP_LEN));
	say_heard("ear", ear);
	DID(close(s));
	DID(open("/dev/null", O_RDWR));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(connect(c, &to.sa, to.len));
	return 0;
}
