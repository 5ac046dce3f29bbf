/* SPDX-License-Identifier: MIT */
/* [host] sip-ports names the ports at which a route without `to` takes connections. */
/*ini
[host]
sip-ports = 5080, 5432
[bond:ext]
member = tcp:10.0.1.1:5060
[route:all]
bond = ext
*/
/*expect
5060: peer saw 10.0.0.1:*
5080: peer saw 10.0.1.1:*
5432: peer saw 10.0.1.1:*
peer: tcp 10.0.0.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5432: OPTIONS
*/
#include "dial.h"

int main(void)
{
	dial(ROUTED4, 5060);
	dial(ROUTED4, 5080);
	dial(ROUTED4, 5432);
	return 0;
}
