/* SPDX-License-Identifier: MIT */
/* A wildcard listener for IPv6 only is no IPv4 member. */
/*expect
sendto = -1 ENETUNREACH
sendto = all
heard on ANY6: peer saw [fd00:1::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), routed6 = ep(ROUTED6, 5060), e = ep("::", 5060);
	int h = udp(H4, 5060), any = MUST(socket(AF_INET6, SOCK_DGRAM, 0)), one = 1;

	MUST(setsockopt(any, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)));
	MUST(bind(any, &e.sa, e.len));
	ask("sendto", h, &routed, EARS({"H", h}, {"ANY6", any}));
	ask("sendto", any, &routed6, EARS({"ANY6", any}));
	return 0;
}
