/* SPDX-License-Identifier: MIT */
/* A host with many addresses: the last of its listeners is a member like the first, and has a name that
 * is replaced. Beyond what there is room for sockets work as without the library, and the others go on. */
/*victim
case: last beyond
seconds: 30
*/
/*ini
[host]
secret = 0123456789abcdef
[bond:ext]
member = udp:10.0.1.1:5060
[route:carriers]
to = 198.51.100.0/24
bond = ext
*/
/*expect last
1000 more
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
/*expect beyond
4500 more
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on late: peer saw 10.0.3.1:5060
sendto = all
heard on late: peer saw 10.0.3.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.3.1:5060 > 203.0.113.9:5060: OPTIONS x2
*/
#include <sys/resource.h>

#include "steer.h"

static void bind_more(int count)
{
	for (int i = 0; i < count; i++) {
		char host[20];

		snprintf(host, sizeof(host), "127.1.%d.%d", i / 250, 1 + i % 250);
		udp(host, 5060);
	}
	say("%d more", count);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	struct rlimit limit = {6000, 6000};

	(void)argc;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	if (strcmp(argv[1], "last") == 0) {
		bind_more(1000);
		int h = udp(H4, 5060), m = udp(M4, 5060);
		ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
		return 0;
	}
	int h = udp(H4, 5060), m = udp(M4, 5060);
	bind_more(4500);
	int late = udp(T4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", late, &other, EARS({"late", late}));
	ask("sendto", late, &other, EARS({"late", late}));
	return 0;
}
