/* SPDX-License-Identifier: MIT */
/* connect() gives a wildcard listener one local address: an answer to the member would be lost, so
 * it stays where it is. */
/*victim
case: send write writev
unsteered: yes
*/
/*expect
$CASE = all
heard on ANY: peer saw 10.0.0.1:5060
peer: udp 10.0.0.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int any = udp("0.0.0.0", 5060);

	(void)argc;
	MUST(connect(any, &routed.sa, routed.len));
	ask(argv[1], any, NULL, EARS({"ANY", any}));
	return 0;
}
