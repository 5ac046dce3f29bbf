/* SPDX-License-Identifier: MIT */
/* A dual-stack listener on [::]: IPv4 destinations (v4-mapped) and IPv6 ones leave from the member
 * of their family. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
$CASE = all
heard on ANY: peer saw 10.0.1.1:5060
$CASE = all
heard on ANY: peer saw [fd00:1::1]:5060
$CASE = all
heard on ANY: peer saw 10.0.0.1:5060
$CASE = all
heard on ANY: peer saw [fd00::1]:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5060: OPTIONS
peer: udp 10.0.0.1:5060 > 203.0.113.9:5060: OPTIONS
peer: udp [fd00::1]:5060 > [2001:db8:1::9]:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep to[] = {ep("::ffff:" ROUTED4, 5060), ep(ROUTED6, 5060),
		ep("::ffff:" OTHER4, 5060), ep(OTHER6, 5060)};
	int any = udp("::", 5060);

	(void)argc;
	for (int i = 0; i < 4; i++)
		ask(argv[1], any, &to[i], EARS({"ANY", any}));
	return 0;
}
