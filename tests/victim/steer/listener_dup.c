/* SPDX-License-Identifier: MIT */
/* A member's listener under two numbers: one is closed, the other goes on. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = -1 ENETUNREACH
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5070), m = udp(M4, 5060), d = MUST(dup(m)), e;

	close(m);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", d}));
	e = MUST(fcntl(d, F_DUPFD_CLOEXEC, 40));
	close(d);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", e}));
	close(e);
	ask("sendto", h, &routed, EARS({"H", h}));
	return 0;
}
