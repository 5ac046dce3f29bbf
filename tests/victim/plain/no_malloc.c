/* SPDX-License-Identifier: MIT */
/* No memory is allocated by the calls of a running program. */
/*victim
opened: filter
*/
#include "../victim.h"

#include <dlfcn.h>

static _Thread_local long calls; /* not those of a thread of libbond */
static char early[1 << 16]; /* dlsym() itself allocates while malloc is looked up */
static size_t early_used;

#define COUNTED(type, name, params, args, size)                                                    \
	type name params                                                                           \
	{                                                                                          \
		static type(*next) params;                                                         \
		static bool looking;                                                               \
		calls++;                                                                           \
		if (!next && !looking) {                                                           \
			looking = true;                                                            \
			next = (type(*) params)dlsym(RTLD_NEXT, #name);                            \
		}                                                                                  \
		if (!next) {                                                                       \
			early_used += ((size) + 15) & ~15ul;                                       \
			return early + early_used - (((size) + 15) & ~15ul);                       \
		}                                                                                  \
		return next args;                                                                  \
	}

COUNTED(void *, malloc, (size_t n), (n), n)
COUNTED(void *, calloc, (size_t n, size_t m), (n, m), n *m)
COUNTED(void *, realloc, (void *p, size_t n), (p, n), n)

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001),
	    l = tcp_listener("127.0.0.1", 7006);
	struct iovec iov[3] = {{(void *)SIP, 3}, {(char *)SIP + 3, 100}, {(char *)SIP + 103, 50}};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = iov, .msg_iovlen = 3};
	struct mmsghdr mm = {.msg_hdr = m};
	long before = calls;
	char room[600];

	for (int i = 0; i < 50; i++) {
		int u = socket(AF_INET, SOCK_DGRAM, 0), d = dup(u), c, a;
		struct ep e = {.len = sizeof(e.ss)}, t = ep("127.0.0.1", 7006);

		sendto(u, SIP, SIP_LEN, 0, &to.sa, to.len);
		connect(u, &to.sa, to.len);
		getsockname(u, &e.sa, &e.len);
		write(u, SIP, SIP_LEN);
		writev(u, iov, 3);
		sendmsg(s, &m, 0);
		sendmmsg(s, &mm, 1, 0);
		c = socket(AF_INET, SOCK_STREAM, 0);
		connect(c, &t.sa, t.len);
		a = accept(l, NULL, NULL);
		send(c, SIP, SIP_LEN, 0);
		while (recv(ear, room, sizeof(room), MSG_DONTWAIT) > 0)
			;
		close(a), close(c), close(u), close_range(d, d, 0);
	}
	say("%ld allocations", calls - before);
	return 0;
}
