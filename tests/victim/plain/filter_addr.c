/* SPDX-License-Identifier: MIT */
/* Filters that cannot be read, are none, or are too long are the kernel's to refuse. */
/*victim
opened: filter sk_lookup
*/
#include "../victim.h"

#include <linux/filter.h>

static void attach(int s, const char *what, const void *program, socklen_t len)
{
	errno = 0;
	say_result(what, setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, program, len));
}

static void try(int s)
{
	static struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 65535), many[BPF_MAXINSNS + 1];
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sock_fprog *edge = (void *)(page + 4096 - sizeof(*edge));
	int on = 1, *last = (void *)(page + 4096 - sizeof(int));

	MUST(munmap(page + 4096, 4096));
	for (int i = 0; i <= BPF_MAXINSNS; i++)
		many[i] = all;
	attach(s, "nothing", NULL, sizeof(*edge));
	attach(s, "low", (void *)8, sizeof(*edge));
	attach(s, "beyond the page", page + 4096, sizeof(*edge));
	attach(s, "its end beyond the page", page + 4096 - 8, sizeof(*edge));
	*edge = (struct sock_fprog){1, NULL};
	attach(s, "of nothing", edge, sizeof(*edge));
	*edge = (struct sock_fprog){1, (void *)8};
	attach(s, "of what is low", edge, sizeof(*edge));
	*edge = (struct sock_fprog){2, (void *)(page + 4096)};
	attach(s, "of what is beyond", edge, sizeof(*edge));
	*edge = (struct sock_fprog){0, &all};
	attach(s, "of no instruction", edge, sizeof(*edge));
	*edge = (struct sock_fprog){BPF_MAXINSNS + 1, many};
	attach(s, "of too many", edge, sizeof(*edge));
	*edge = (struct sock_fprog){1, &all};
	attach(s, "of three bytes", edge, 3);
	attach(s, "good", edge, sizeof(*edge));
	DID(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0));
	DID(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)));
	DID(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)));
	DID(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, NULL, sizeof(on)));
	DID(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, page + 4096, sizeof(on)));
	DID(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, page + 4094, sizeof(on)));
	*last = 1;
	DID(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, last, sizeof(on)));
	*edge = (struct sock_fprog){1, &all};
	attach(s, "behind the lock", edge, sizeof(*edge));
	close(s);
}

int main(void)
{
	say("-- udp");
	try(udp("127.0.0.1", 7001));
	say("-- tcp");
	try(tcp_listener("127.0.0.1", 7002));
	say("-- udp6");
	try(udp("::1", 7003));
	return 0;
}
