/* SPDX-License-Identifier: MIT */
/* closefrom() of sockets; then their numbers belong to non-sockets and to other sockets. */
#include "../victim.h"

#include <sys/eventfd.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7009);
	uint64_t one = 1;
	int fd, ear;

	for (int i = 0; i < 4; i++)
		udp("127.0.0.1", 7001 + i);
	closefrom(5);
	say_open(10);
	closefrom(3);
	say_open(10);
	fd = DID(eventfd(0, 0));
	DID(write(fd, &one, sizeof(one)));
	DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(connect(fd, &to.sa, to.len));
	DID(bind(fd, &to.sa, to.len));
	fd = DID(socket(AF_INET, SOCK_STREAM, 0));
	DID(sendto(fd, SIP, SIP_LEN, MSG_NOSIGNAL, &to.sa, to.len));
	fd = udp("127.0.0.1", 7008);
	ear = udp("127.0.0.1", 7009);
	DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	say_open(10);
	closefrom(3);
	closefrom(1000000);
	say_open(10);
	return 0;
}
