/* SPDX-License-Identifier: MIT */
/* source-port = member: the connection leaves from the member's own port. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = tls:10.0.3.1:5061
source-port = member
[route:carriers]
to = 198.51.100.0/24
bond = ext
*/
/*expect
5060: peer saw 10.0.1.1:5060
5061: peer saw 10.0.3.1:5061
peer: tcp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.3.1:5061 > 198.51.100.9:5061: OPTIONS
*/
#include "dial.h"

int main(void)
{
	dial(ROUTED4, 5060);
	dial_from("0.0.0.0", ROUTED4, 5061);
	return 0;
}
