/* SPDX-License-Identifier: MIT */
/* sendto(), sendmsg() and MSG_FASTOPEN with addresses and vectors in memory that may not be read.
 * */
#include "../victim.h"

int main(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ep good = ep("127.0.0.1", 7005);
	int s = udp("127.0.0.1", 7001), t = MUST(socket(AF_INET, SOCK_STREAM, 0));
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = page + 4096, .msg_namelen = 16, .msg_iov = &iov, .msg_iovlen = 1};

	MUST(mprotect(page + 4096, 4096, PROT_NONE));
	memcpy(page + 4090, &good.ss, 6);
	DID(sendto(s, SIP, SIP_LEN, 0, (void *)(page + 4096), 16));
	DID(sendto(s, SIP, SIP_LEN, 0, (void *)(page + 4090), 16));
	DID(sendto(t, SIP, SIP_LEN, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)(page + 4096), 16));
	DID(sendmsg(s, &m, 0));
	m.msg_name = &good.ss;
	m.msg_iov = (void *)(page + 4096);
	DID(sendmsg(s, &m, 0));
	m.msg_iov = &iov;
	m.msg_control = page + 4096, m.msg_controllen = 24;
	DID(sendmsg(s, &m, 0));
	DID(sendmsg(s, (void *)(page + 4096), 0));
	DID(sendmmsg(s, (void *)(page + 4096), 2, 0));
	DID(writev(s, (void *)(page + 4096), 2));
	return 0;
}
