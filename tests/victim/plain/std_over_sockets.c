/* SPDX-License-Identifier: MIT */
/* The numbers 0, 1 and 2 as sockets, and stdio over pipes. */
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear, pair[2], l, a;
	char line[100] = "";

	say_fd = MUST(fcntl(1, F_DUPFD, 100));
	MUST(pipe(pair));
	MUST(dup2(pair[1], 1));
	printf("INVITE sip:a SIP/2.0\n");
	fflush(stdout);
	DID(read(pair[0], line, sizeof(line) - 1));
	say("%s", strtok(line, "\n"));
	close(0);
	DID(udp("127.0.0.1", 7001));
	ear = udp("127.0.0.1", 7005);
	DID(sendto(0, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	MUST(connect(0, &to.sa, to.len));
	MUST(dup2(0, 1));
	printf("OPTIONS sip:a SIP/2.0\r\n");
	fflush(stdout);
	say_heard("ear", ear);
	DID(write(1, SIP, SIP_LEN));
	say_heard("ear", ear);
	l = tcp_listener("127.0.0.1", 7006);
	close(0);
	DID(tcp_to("127.0.0.1", 7006));
	a = MUST(accept(l, NULL, NULL));
	MUST(dup2(0, 2));
	perror("BYE sip:a SIP/2.0");
	say_heard("a", a);
	MUST(send(a, "line\n", 5, 0));
	DID(fgets(line, sizeof(line), stdin) == line);
	say("%s", strtok(line, "\n"));
	DID(close(0));
	DID(close(1));
	DID(close(2));
	DID(open("/dev/null", O_RDWR));
	DID(socket(AF_INET, SOCK_DGRAM, 0));
	DID(sendto(0, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(sendto(1, SIP, SIP_LEN, 0, &to.sa, to.len));
	return 0;
}
