/* SPDX-License-Identifier: MIT */
/* Data at addresses that no program can read: always EFAULT, never a
 * crash; and text that ends where the readable memory does. */
/*victim
opened: filter sk_lookup
*/
#include "../victim.h"

static char *page;

static void use(const char *name, int fd, const struct ep *to, int ear)
{
	const void *buffers[] = {NULL, (void *)8, (void *)4096, (void *)0xffff800000000000,
		(void *)-1, (void *)0x0000800000000000};
	const struct sockaddr *sa = to ? &to->sa : NULL;
	socklen_t len = to ? to->len : 0;

	say("-- %s", name);
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		struct iovec iov[3] = {
			{(void *)SIP, 8}, {(void *)buffers[i], 200}, {(void *)SIP, 9}};
		struct mmsghdr mm[2] = {{.msg_hdr = {.msg_name = (void *)sa,
						 .msg_namelen = len,
						 .msg_iov = iov,
						 .msg_iovlen = 3}}};

		say("buffer %zu", i);
		DID(sendto(fd, buffers[i], 200, MSG_NOSIGNAL, sa, len));
		DID(send(fd, buffers[i], 200, MSG_NOSIGNAL));
		DID(write(fd, buffers[i], 200));
		DID(writev(fd, iov, 3));
		DID(writev(fd, iov + 1, 1));
		DID(sendmsg(fd, &mm[0].msg_hdr, MSG_NOSIGNAL));
		iov[0].iov_len = 0;
		DID(sendmsg(fd, &mm[0].msg_hdr, MSG_NOSIGNAL));
		mm[1] = mm[0];
		DID(sendmmsg(fd, mm, 2, MSG_NOSIGNAL));
		DID(writev(fd, (void *)buffers[i], 3));
		DID(sendmmsg(fd, (void *)buffers[i], 1, 0));
		DID(sendto(fd, buffers[i], 0, MSG_NOSIGNAL, sa, len));
	}
	/* Text that ends where the memory ends, whole and cut within its first line. */
	memcpy(page + 4096 - SIP_LEN, SIP, SIP_LEN);
	DID(sendto(fd, page + 4096 - SIP_LEN, SIP_LEN, MSG_NOSIGNAL, sa, len));
	for (size_t n = 1; n < 34; n++) {
		memcpy(page + 4096 - n, SIP, n);
		say_result("short text", sendto(fd, page + 4096 - n, n, MSG_NOSIGNAL, sa, len));
	}
	DID(sendto(fd, SIP, (size_t)-1, MSG_NOSIGNAL, sa, len));
	DID(sendto(fd, SIP, (size_t)INT_MAX + 1, MSG_NOSIGNAL, sa, len));
	if (ear >= 0) {
		int heard = 0;

		while (recv(ear, page, 100, MSG_DONTWAIT) >= 0)
			heard++;
		say("heard %d", heard);
	}
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), to6 = ep("::1", 7005);
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005), c, l, a;
	int s6 = udp("::1", 7001), ear6 = udp("::1", 7005);

	signal(SIGPIPE, SIG_IGN);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(page + 4096, 4096, PROT_NONE);
	use("listener", s, &to, ear);
	use("listener6", s6, &to6, ear6);
	use("unbound", MUST(socket(AF_INET, SOCK_DGRAM, 0)), &to, ear);
	c = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(c, &to.sa, to.len));
	use("connected", c, NULL, ear);
	l = tcp_listener("127.0.0.1", 7006);
	c = tcp_to("127.0.0.1", 7006);
	a = MUST(accept(l, NULL, NULL));
	shutdown(a, SHUT_RD);
	use("stream", c, NULL, -1);
	use("pipe", 0, NULL, -1);
	return 0;
}
