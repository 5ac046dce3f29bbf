/* SPDX-License-Identifier: MIT */
/* A route without `to` takes connections to SIP ports only; a database's port is left alone. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = tls:10.0.3.1:5061
[route:all]
bond = ext
*/
/*expect
5060: peer saw 10.0.1.1:*
5061: peer saw 10.0.3.1:*
5070: peer saw 10.0.0.1:*
5432: peer saw 10.0.0.1:*
443: peer saw 10.0.0.1:*
peer: tcp 10.0.0.1:* > 198.51.100.9:443: OPTIONS
peer: tcp 10.0.0.1:* > 198.51.100.9:5070: OPTIONS
peer: tcp 10.0.0.1:* > 198.51.100.9:5432: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.3.1:* > 198.51.100.9:5061: OPTIONS
*/
#include "dial.h"

int main(void)
{
	dial(ROUTED4, 5060);
	dial(ROUTED4, 5061);
	dial(ROUTED4, 5070);
	dial(ROUTED4, 5432);
	dial(ROUTED4, 443);
	return 0;
}
