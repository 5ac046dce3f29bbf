/* SPDX-License-Identifier: MIT */
/* A connected listener leaves from the member too, because the member's address has its port. */
/*victim
case: send sendto sendmsg sendmsg-bytes sendmmsg write writev writev-bytes
*/
/*expect
$CASE = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	(void)argc;
	MUST(connect(h, &routed.sa, routed.len));
	ask(argv[1], h, NULL, EARS({"H", h}, {"M", m}));
	return 0;
}
