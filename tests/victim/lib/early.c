/* SPDX-License-Identifier: MIT */
/* Linked into a victim: its constructor runs before that of a preloaded library. */
#include "../victim.h"

static int kept;

int early_socket(void);

int early_socket(void)
{
	return kept;
}

__attribute__((constructor)) static void early(void)
{
	struct ep to = ep("127.0.0.1", 7004), e = {.len = sizeof(e.ss)};
	int ear = udp("127.0.0.1", 7004), s, d, pair[2];
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1};
	FILE *f;

	kept = udp("127.0.0.1", 7001);
	DID(sendto(kept, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("early ear", ear);
	DID(sendmsg(kept, &m, 0));
	say_heard("early ear", ear);
	s = DID(socket(AF_INET, SOCK_DGRAM, 0));
	DID(connect(s, &to.sa, to.len));
	DID(getsockname(s, &e.sa, &e.len));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(write(s, SIP, SIP_LEN));
	DID(writev(s, &iov, 1));
	d = DID(dup(s));
	DID(fcntl(d, F_DUPFD, 20));
	DID(close_range(20, 30, 0));
	closefrom(20);
	DID(syscall(SYS_close, d));
	DID(close(s));
	DID(pipe(pair));
	DID(close(pair[0]));
	DID(close(pair[1]));
	f = fopen("/dev/null", "r");
	DID(fclose(f));
	DID(open("/dev/null", O_RDONLY));
	DID(tcp_listener("127.0.0.1", 7006));
}

__attribute__((destructor)) static void late(void)
{
	struct ep to = ep("127.0.0.1", 7004);

	DID(sendto(kept, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(close(kept));
	DID(socket(AF_INET, SOCK_DGRAM, 0));
}
