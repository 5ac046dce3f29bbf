/* SPDX-License-Identifier: MIT */
/* Listeners come and go thousands of times; the member is found all the same. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = -1 ENETUNREACH
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5070), m;

	for (int i = 0; i < 3000; i++) {
		m = udp(M4, 5060);
		if (i % 3 == 0)
			MUST(close(m));
		else if (i % 3 == 1)
			MUST(dup2(0, m));
		else
			MUST(syscall(SYS_close, m));
		if (i % 3 == 1)
			MUST(close(m));
		MUST(close(tcp_listener(M4, 5060)));
	}
	for (int i = 0; i < 800; i++)
		udp(H4, 20000 + i); /* media ports */
	m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	close(m);
	ask("sendto", h, &routed, EARS({"H", h}));
	m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	return 0;
}
