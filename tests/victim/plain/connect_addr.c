/* SPDX-License-Identifier: MIT */
/* connect() with every wrong address, on UDP and TCP, IPv4 and IPv6. */
/*victim
opened: filter sk_lookup
*/
#include "../victim.h"

static void try(const char *name, int type, const char *host)
{
	struct ep good = ep(host, 7005), big = good;
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	struct sockaddr_storage huge;
	void *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int s = MUST(socket(good.sa.sa_family, type, 0));
	char *edge;

	say("-- %s", name);
	mprotect(page + 4096, 4096, PROT_NONE);
	edge = page + 4096 - good.len; /* the address ends where the memory ends */
	memcpy(edge, &good.ss, good.len);
	memset(&huge, 0, sizeof(huge));
	memcpy(&huge, &good.ss, good.len);
	DID(connect(s, NULL, 0));
	DID(connect(s, NULL, good.len));
	DID(connect(s, (void *)8, good.len));
	DID(connect(s, (void *)0xffff800000000000, good.len));
	DID(connect(s, none, good.len));
	DID(connect(s, none, 0));
	DID(connect(s, &good.sa, 0));
	DID(connect(s, &good.sa, 1));
	DID(connect(s, &good.sa, 2));
	DID(connect(s, &good.sa, 7));
	DID(connect(s, &good.sa, 8));
	DID(connect(s, &good.sa, good.len - 1));
	DID(connect(s, &good.sa, (socklen_t)-1));
	DID(connect(s, &good.sa, INT_MAX));
	DID(connect(s, (void *)&huge, sizeof(huge) + 1));
	DID(connect(s, (void *)(edge + 4), good.len)); /* and beyond it */
	DID(connect(s, (void *)edge, good.len));
	DID(connect(s, (void *)&huge, sizeof(huge)));
	DID(connect(s, &unspec, sizeof(unspec)));
	DID(connect(s, &unspec, 2));
	DID(connect(s, &unspec, 1));
	big.sa.sa_family = AF_UNIX;
	DID(connect(s, &big.sa, big.len));
	big.sa.sa_family = 77;
	DID(connect(s, &big.sa, big.len));
	big = ep(good.sa.sa_family == AF_INET ? "::1" : "127.0.0.1", 7005);
	DID(connect(s, &big.sa, big.len));
	DID(connect(s, &big.sa, 28));
	big = ep(host, 0);
	DID(connect(s, &big.sa, big.len));
	big = ep(good.sa.sa_family == AF_INET ? "255.255.255.255" : "ff02::1", 7005);
	DID(connect(s, &big.sa, big.len));
	good = told_name(s);
	say("%s", ep_text(&good));
	close(s);
}

int main(void)
{
	udp("127.0.0.1", 7005);
	udp("::1", 7005);
	tcp_listener("127.0.0.1", 7005);
	tcp_listener("::1", 7005);
	try("udp4", SOCK_DGRAM, "127.0.0.1");
	try("udp6", SOCK_DGRAM, "::1");
	try("tcp4", SOCK_STREAM, "127.0.0.1");
	try("tcp6", SOCK_STREAM, "::1");
	return 0;
}
