/* SPDX-License-Identifier: MIT */
/* What was decided for one address of a route stands for others only where nothing else is asked: not
 * over ports, sockets, scopes and longer prefixes, in any order. */
/*ini
[host]
headers = keep
[bond:a]
member = udp:10.0.1.1:5060
[bond:b]
member = udp:127.0.0.1:5060
member = udp:10.0.3.1:5060
[route:port]
to = 10.0.0.1:6001
bond = a
[route:socket]
to = 10.0.2.1
socket = udp:10.0.2.1:5071
bond = a
[route:none]
to = 10.0.2.1
bond = none
[route:all]
bond = b
*/
/*expect
there hears all from 10.0.3.1:5060
port 6001 hears all from 10.0.1.1:5060
port 6000 hears all from 10.0.3.1:5060
there hears all from 10.0.3.1:5060
127.0.0.7 hears all from 127.0.0.1:5060
the member hears all from 10.0.3.1:5060
there hears all from 10.0.3.1:5060
127.0.0.7 hears all from 127.0.0.1:5060
none hears all from 10.0.2.1:5070
there hears all from 10.0.3.1:*
there hears all from 10.0.3.1:5060
none hears all from 10.0.1.1:5060
there hears all from 10.0.3.1:*
there hears all from 10.0.3.1:5060
none hears all from 10.0.2.1:5070
-- again
there hears all from 10.0.3.1:5060
port 6001 hears all from 10.0.1.1:5060
port 6000 hears all from 10.0.3.1:5060
there hears all from 10.0.3.1:5060
127.0.0.7 hears all from 127.0.0.1:5060
the member hears all from 10.0.3.1:5060
there hears all from 10.0.3.1:5060
127.0.0.7 hears all from 127.0.0.1:5060
none hears all from 10.0.2.1:5070
there hears all from 10.0.3.1:*
there hears all from 10.0.3.1:5060
none hears all from 10.0.1.1:5060
there hears all from 10.0.3.1:*
there hears all from 10.0.3.1:5060
none hears all from 10.0.2.1:5070
*/
#include "ways.h"

int main(void)
{
	int h = udp(H4, 5070), other = udp(H4, 5071);
	int port0 = foreign("10.0.0.1", 6000), port1 = foreign("10.0.0.1", 6001);
	int there = foreign("10.0.4.1", 6000), near = foreign("127.0.0.7", 6000);
	int none = foreign(H4, 6000), member = foreign(T4, 6000);
	int floating = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int far = MUST(fcntl(floating, F_DUPFD, h + 256)); /* ways are found by some bits of it */

	udp(M4, 5060), udp(T4, 5060), udp("127.0.0.1", 5060);
	for (int i = 0; i < 2; i++) {
		if (i)
			say("-- again");
		to("there", h, "10.0.4.1", 6000, there, 1);
		to("port 6001", h, "10.0.0.1", 6001, port1, 1);
		to("port 6000", h, "10.0.0.1", 6000, port0, 1);
		to("there", h, "10.0.4.1", 6000, there, 1);
		to("127.0.0.7", h, "127.0.0.7", 6000, near, 1);
		to("the member", h, T4, 6000, member, 1);
		to("there", h, "10.0.4.1", 6000, there, 1);
		to("127.0.0.7", h, "127.0.0.7", 6000, near, 1);
		to("none", h, H4, 6000, none, 1);
		to("there", far, "10.0.4.1", 6000, there, 1);
		to("there", h, "10.0.4.1", 6000, there, 1);
		to("none", other, H4, 6000, none, 1);
		to("there", far, "10.0.4.1", 6000, there, 1);
		to("there", h, "10.0.4.1", 6000, there, 1);
		to("none", h, H4, 6000, none, 1);
	}
	return 0;
}
