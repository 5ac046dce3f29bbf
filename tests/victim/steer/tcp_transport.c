/* SPDX-License-Identifier: MIT */
/* What a connection speaks chooses its member: by the port, or by the route's `transport`. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = tls:10.0.3.1:5061
member = ws:10.0.2.1:80
[route:tls-peer]
to = 198.51.100.9:5070
transport = tls
bond = ext
[route:carriers]
to = 198.51.100.0/24
bond = ext
*/
/*expect
5060: peer saw 10.0.1.1:*
5080: peer saw 10.0.1.1:*
5061: peer saw 10.0.3.1:*
5070: peer saw 10.0.3.1:*
80: peer saw 10.0.2.1:*
443: connect = -1 ENETUNREACH
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS
peer: tcp 10.0.2.1:* > 198.51.100.9:80: OPTIONS
peer: tcp 10.0.3.1:* > 198.51.100.9:5061: OPTIONS
peer: tcp 10.0.3.1:* > 198.51.100.9:5070: OPTIONS
*/
#include "dial.h"

int main(void)
{
	dial(ROUTED4, 5060);
	dial(ROUTED4, 5080);
	dial(ROUTED4, 5061);
	dial(ROUTED4, 5070);
	dial(ROUTED4, 80);
	dial(ROUTED4, 443); /* wss has no member */
	return 0;
}
