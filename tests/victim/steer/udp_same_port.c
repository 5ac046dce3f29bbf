/* SPDX-License-Identifier: MIT */
/* Listeners on two addresses with one port: a request for the routed side leaves from the member's
 * address and its answer is heard there; one for another side is left alone. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
$CASE = all
heard on M: peer saw 10.0.1.1:5060
$CASE = all
heard on H: peer saw 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	(void)argc;
	ask(argv[1], h, &routed, EARS({"H", h}, {"M", m}));
	ask(argv[1], h, &other, EARS({"H", h}, {"M", m}));
	return 0;
}
