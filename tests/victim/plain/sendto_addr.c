/* SPDX-License-Identifier: MIT */
/* sendto() with every wrong address; what was sent none the less is heard. */
#include "../victim.h"

static void try(const char *name, int type, const char *host)
{
	struct ep good = ep(host, 7005), e;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	struct sockaddr_storage huge;
	int s = MUST(socket(good.sa.sa_family, type, 0)), ear = udp(host, 7005);
	char *edge;

	say("-- %s", name);
	mprotect(page + 4096, 4096, PROT_NONE);
	edge = page + 4096 - good.len;
	memcpy(edge, &good.ss, good.len);
	memset(&huge, 0, sizeof(huge));
	memcpy(&huge, &good.ss, good.len);
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, NULL, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, NULL, good.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, (void *)8, good.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, (void *)8, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, (void *)0xffff800000000000, good.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, 1));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, 2));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, 8));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, good.len - 1));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, (socklen_t)-1));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, (void *)&huge, sizeof(huge) + 1));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &unspec, sizeof(unspec)));
	if (type == SOCK_DGRAM) {
		DID(sendto(s, SIP, SIP_LEN, 0, (void *)edge, good.len));
		say_heard("ear", ear);
		DID(sendto(s, SIP, SIP_LEN, 0, (void *)&huge, sizeof(huge)));
		say_heard("ear", ear);
		e = good;
		e.sa.sa_family = AF_UNSPEC;
		DID(sendto(s, SIP, SIP_LEN, 0, &e.sa, e.len));
	}
	e = good;
	e.sa.sa_family = AF_UNIX;
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &e.sa, e.len));
	e = ep(good.sa.sa_family == AF_INET ? "::1" : "127.0.0.1", 7005);
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &e.sa, e.len));
	e = ep(host, 0);
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &e.sa, e.len));
	e = ep(good.sa.sa_family == AF_INET ? "255.255.255.255" : "ff02::1", 7005);
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &e.sa, e.len));
	DID(connect(s, &good.sa, good.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_NOSIGNAL, &good.sa, good.len));
	close(s);
	close(ear);
}

int main(void)
{
	try("udp4", SOCK_DGRAM, "127.0.0.1");
	try("udp6", SOCK_DGRAM, "::1");
	try("tcp4", SOCK_STREAM, "127.0.0.1");
	try("tcp6", SOCK_STREAM, "::1");
	return 0;
}
