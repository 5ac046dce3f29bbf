/* SPDX-License-Identifier: MIT */
/* IPv6 listeners, same port and other port. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
$CASE = all
heard on M: peer saw [fd00:1::1]:5060
$CASE = all
heard on M: peer saw [fd00:1::1]:5060
$CASE = all
heard on H: peer saw [fd00:2::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5060: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED6, 5060), other = ep(OTHER6, 5060);
	int h = udp(H6, 5060), m = udp(M6, 5060), p = udp(H6, 5070);

	(void)argc;
	ask(argv[1], h, &routed, EARS({"H", h}, {"M", m}));
	ask(argv[1], p, &routed, EARS({"P", p}, {"M", m}));
	ask(argv[1], h, &other, EARS({"H", h}, {"M", m}));
	return 0;
}
