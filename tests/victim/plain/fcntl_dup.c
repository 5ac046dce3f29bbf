/* SPDX-License-Identifier: MIT */
/* F_DUPFD and F_DUPFD_CLOEXEC, and that fcntl()'s other commands keep their arguments. */
#include "../victim.h"

int main(void)
{
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7002);
	struct ep to = ep("127.0.0.1", 7002);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 4};
	struct f_owner_ex owner = {F_OWNER_PID, 0};
	int file = MUST(memfd_create("x", MFD_ALLOW_SEALING));
	int a, b;

	a = DID(fcntl(s, F_DUPFD, 0));
	b = DID(fcntl(s, F_DUPFD_CLOEXEC, 40));
	DID(fcntl(s, F_DUPFD, -1));
	DID(fcntl(s, F_DUPFD, 1 << 30));
	DID(fcntl(99, F_DUPFD, 0));
	say_what(a);
	say_what(b);
	DID(sendto(b, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(close(s));
	DID(sendto(a, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(fcntl(a, F_GETFD));
	DID(fcntl(a, F_SETFD, FD_CLOEXEC));
	DID(fcntl(a, F_GETFD));
	DID(fcntl(a, F_GETFL));
	DID(fcntl(a, F_SETFL, O_RDWR | O_NONBLOCK));
	DID(fcntl(a, F_GETFL));
	DID(fcntl(file, F_SETLK, &lock));
	DID(fcntl(file, F_GETLK, &lock));
	say("lock type %d start %ld", lock.l_type, (long)lock.l_start);
	DID(fcntl(file, F_SETLK, NULL));
	DID(fcntl(a, F_GETOWN_EX, &owner));
	DID(fcntl(a, F_SETOWN, -getpgrp()) == 0);
	DID(fcntl(a, F_GETOWN) == -getpgrp());
	DID(fcntl(file, F_GET_SEALS));
	DID(fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
	DID(fcntl(file, F_GET_SEALS));
	DID(fcntl(a, 9999, 1));
	DID(fcntl(a, -1));
	say_open(50);
	return 0;
}
