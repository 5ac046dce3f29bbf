/* SPDX-License-Identifier: MIT */
/* What was decided for some addresses of a route does not stand for those at which the host itself
 * listens, from the moment that it does. */
/*ini
[host]
headers = keep
[bond:ext]
member = udp:127.0.0.1:5060
member = udp:10.0.1.1:5060
[route:all]
bond = ext
*/
/*expect
-- before
program hears all from 10.0.1.1:5060
program hears all from 10.0.1.1:5060
near hears all from 127.0.0.1:5060
near hears all from 127.0.0.1:5060
-- listening on the program's address
own hears all from 10.0.2.1:5070
own hears all from 10.0.2.1:5070
program hears all from 10.0.1.1:5060
program hears all from 10.0.1.1:5060
own hears all from 10.0.2.1:5070
near hears all from 127.0.0.1:5060
-- listening on all
all hears all from 10.0.2.1:5070
all hears all from 10.0.2.1:5070
all hears all from 10.0.2.1:5070
all hears all from 10.0.2.1:5070
program hears all from 10.0.1.1:5060
near hears all from 127.0.0.1:5060
near hears all from 127.0.0.1:5060
all hears all from 10.0.2.1:5070
all hears all from 10.0.2.1:5070
-- no more
own hears all from 10.0.1.1:5060
own hears all from 10.0.1.1:5060
*/
#include "ways.h"

int main(void)
{
	int program = foreign(T4, 5091), near = foreign("127.0.0.7", 7001), own, all, h;

	h = udp(H4, 5070);
	udp(M4, 5060), udp("127.0.0.1", 5060);
	say("-- before");
	to("program", h, T4, 5091, program, 2);
	to("near", h, "127.0.0.7", 7001, near, 2);
	say("-- listening on the program's address");
	own = udp(T4, 5090);
	to("own", h, T4, 5090, own, 2);
	to("program", h, T4, 5091, program, 2);
	to("own", h, T4, 5090, own, 1);
	to("near", h, "127.0.0.7", 7001, near, 1);
	say("-- listening on all");
	all = udp("0.0.0.0", 7000);
	to("all", h, "127.0.0.7", 7000, all, 2);
	to("all", h, T4, 7000, all, 2);
	to("program", h, T4, 5091, program, 1);
	to("near", h, "127.0.0.7", 7001, near, 2);
	to("all", h, "127.0.0.7", 7000, all, 1);
	to("all", h, T4, 7000, all, 1);
	say("-- no more");
	close(own), close(all);
	own = foreign(T4, 5090);
	to("own", h, T4, 5090, own, 2);
	return 0;
}
