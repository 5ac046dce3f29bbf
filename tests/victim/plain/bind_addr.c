/* SPDX-License-Identifier: MIT */
/* bind() with every wrong address, twice, to a taken port, to an address of another machine. */
/*victim
opened: sk_lookup
*/
#include "../victim.h"

static void try(const char *name, int type, const char *host)
{
	struct ep good = ep(host, 7005), e;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	struct sockaddr_storage huge;
	int s = MUST(socket(good.sa.sa_family, type, 0)), t;
	char *edge;

	say("-- %s", name);
	mprotect(page + 4096, 4096, PROT_NONE);
	edge = page + 4096 - good.len;
	memcpy(edge, &good.ss, good.len);
	memset(&huge, 0, sizeof(huge));
	memcpy(&huge, &good.ss, good.len);
	DID(bind(s, NULL, 0));
	DID(bind(s, NULL, good.len));
	DID(bind(s, (void *)8, good.len));
	DID(bind(s, (void *)0xffff800000000000, good.len));
	DID(bind(s, (void *)(page + 4096), good.len));
	DID(bind(s, (void *)(page + 4096 - 8), good.len));
	DID(bind(s, (void *)(page + 4096), 0));
	DID(bind(s, &good.sa, 0));
	DID(bind(s, &good.sa, 1));
	DID(bind(s, &good.sa, 2));
	DID(bind(s, &good.sa, 8));
	DID(bind(s, &good.sa, good.len - 1));
	DID(bind(s, &good.sa, (socklen_t)-1));
	DID(bind(s, (void *)&huge, sizeof(huge) + 1));
	DID(bind(s, &unspec, sizeof(unspec)));
	e = good;
	e.sa.sa_family = 77;
	DID(bind(s, &e.sa, e.len));
	e = ep(good.sa.sa_family == AF_INET ? "192.0.2.9" : "2001:db8:ffff::9", 7005);
	DID(bind(s, &e.sa, e.len));
	close(s);
	s = MUST(socket(good.sa.sa_family, type, 0));
	DID(bind(s, (void *)edge, good.len));
	DID(bind(s, &good.sa, good.len));
	t = MUST(socket(good.sa.sa_family, type, 0));
	DID(bind(t, &good.sa, good.len));
	e = ep(host, 0);
	DID(bind(t, &e.sa, e.len));
	DID(bind(t, &e.sa, e.len));
	say_what(t);
	close(t);
	t = MUST(socket(good.sa.sa_family, type, 0));
	DID(bind(t, (void *)&huge, sizeof(huge)));
	close(s);
	DID(bind(t, (void *)&huge, sizeof(huge)));
	say_what(t);
	close(t);
}

int main(void)
{
	try("udp4", SOCK_DGRAM, "127.0.0.1");
	try("udp6", SOCK_DGRAM, "::1");
	try("tcp4", SOCK_STREAM, "127.0.0.1");
	try("tcp6", SOCK_STREAM, "::1");
	return 0;
}
