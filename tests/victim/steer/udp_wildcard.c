/* SPDX-License-Identifier: MIT */
/* A listener on 0.0.0.0 is every member of its port. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
$CASE = all
heard on ANY: peer saw 10.0.1.1:5060
$CASE = all
heard on ANY: peer saw 10.0.0.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.0.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	int any = udp("0.0.0.0", 5060);

	(void)argc;
	ask(argv[1], any, &routed, EARS({"ANY", any}));
	ask(argv[1], any, &other, EARS({"ANY", any}));
	return 0;
}
