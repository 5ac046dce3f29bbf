/* SPDX-License-Identifier: MIT */
/* One of everything under valgrind: no invalid access, no leak. */
/*victim
valgrind: yes
seconds: 60
*/
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), e = {.len = sizeof(e.ss)};
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), l, c, a, over[2], got[2];
	struct iovec iov[2] = {{(void *)SIP, 20}, {(char *)SIP + 20, SIP_LEN - 20}};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = iov, .msg_iovlen = 2};
	struct mmsghdr mm[2] = {{.msg_hdr = m}, {.msg_hdr = m}};
	char *copy = malloc(SIP_LEN); /* to the byte, so that reading beyond is found */

	memcpy(copy, SIP, SIP_LEN);
	DID(sendto(s, copy, SIP_LEN, 0, &to.sa, to.len));
	for (size_t n = 0; n < 40; n++) {
		char *piece = malloc(n);

		memcpy(piece, SIP, n);
		sendto(s, piece, n, MSG_DONTWAIT, &to.sa, to.len);
		free(piece);
	}
	DID(sendmsg(s, &m, 0));
	DID(sendmmsg(s, mm, 2, 0));
	DID(getsockname(s, &e.sa, &e.len));
	MUST(connect(s, &to.sa, to.len));
	DID(write(s, copy, SIP_LEN));
	DID(writev(s, iov, 2));
	DID(dup2(s, 40));
	DID(close(40));
	l = tcp_listener("127.0.0.1", 7006);
	c = tcp_to("127.0.0.1", 7006);
	a = DID(accept(l, NULL, NULL));
	DID(send(c, copy, SIP_LEN, 0));
	say_heard("a", a);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	DID(pass_fds(over[0], (int[]){s, c}, 2));
	DID(take_fds(over[1], got, 2, 0, NULL));
	DID(fclose(fopen("/dev/null", "r")));
	DID(syscall(SYS_close, a));
	DID(close_range(3, 20, 0));
	free(copy);
	close(ear);
	return 0;
}
