/* SPDX-License-Identifier: MIT */
/* getsockname() into short, missing and wrong memory, with the length in and out. */
/*victim
opened: filter
*/
#include "../victim.h"

static void try(const char *name, int s)
{
	unsigned char room[160];
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const socklen_t lens[] = {0, 1, 2, 7, 15, 16, 17, 27, 28, 29, 128, 160, INT_MAX};
	socklen_t len;

	say("-- %s", name);
	mprotect(page + 4096, 4096, PROT_NONE);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t touched;

		memset(room, 0xa5, sizeof(room));
		len = lens[i];
		DID(getsockname(s, (struct sockaddr *)room, &len));
		for (touched = sizeof(room); touched && room[touched - 1] == 0xa5; touched--)
			;
		say("length %u -> %u, %zu bytes touched", lens[i], len, touched);
	}
	len = -1;
	DID(getsockname(s, (struct sockaddr *)room, &len));
	len = sizeof(room);
	DID(getsockname(s, NULL, &len));
	say("length %u", len);
	len = 0;
	DID(getsockname(s, NULL, &len));
	say("length %u", len);
	DID(getsockname(s, (struct sockaddr *)room, NULL));
	DID(getsockname(s, NULL, NULL));
	DID(getsockname(s, (void *)8, &(socklen_t){28}));
	DID(getsockname(s, (void *)0xffff800000000000, &(socklen_t){28}));
	DID(getsockname(s, (struct sockaddr *)room, (void *)8));
	DID(getsockname(s, (struct sockaddr *)(page + 4096 - 16), &(socklen_t){16}));
	DID(getsockname(s, (struct sockaddr *)(page + 4096 - 10), &(socklen_t){10}));
	DID(getsockname(s, (struct sockaddr *)(page + 4096 - 10), &(socklen_t){16}));
	DID(getpeername(s, (struct sockaddr *)room, &len));
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7001);
	int s = udp("127.0.0.1", 7001), c = MUST(socket(AF_INET, SOCK_DGRAM, 0)), a;

	try("udp4", s);
	try("udp6", udp("::1", 7001));
	try("unbound", MUST(socket(AF_INET, SOCK_DGRAM, 0)));
	MUST(connect(c, &to.sa, to.len));
	try("connected", c);
	try("listener", tcp_listener("127.0.0.1", 7002));
	a = tcp_to("127.0.0.1", 7002);
	try("stream", a);
	try("file", MUST(open("/dev/null", O_RDWR)));
	try("unix", MUST(socket(AF_UNIX, SOCK_STREAM, 0)));
	return 0;
}
