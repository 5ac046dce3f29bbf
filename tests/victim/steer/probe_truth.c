/* SPDX-License-Identifier: MIT */
/* Probes that are answered with the truth: no listener at the member, a specific address, a bond
 * without a fitting member, no route. */
/*victim
unsteered: yes
*/
/*expect
-- the member is no listener
told 10.0.0.1:*
-- bound to a specific address
told 10.0.2.1:*
-- no route
told 10.0.0.1:*
-- loopback
told 127.0.0.1:*
*/
#include "steer.h"

static void probe(int s, const char *host)
{
	struct ep to = ep(host, 5060), told;

	MUST(connect(s, &to.sa, to.len));
	told = told_name(s);
	say("told %s", ep_text(&told));
	close(s);
}

int main(void)
{
	say("-- the member is no listener");
	probe(MUST(socket(AF_INET, SOCK_DGRAM, 0)), ROUTED4);
	udp(M4, 5060);
	say("-- bound to a specific address");
	probe(udp(H4, 0), ROUTED4);
	say("-- no route");
	probe(MUST(socket(AF_INET, SOCK_DGRAM, 0)), OTHER4);
	say("-- loopback");
	probe(MUST(socket(AF_INET, SOCK_DGRAM, 0)), "127.0.0.1");
	return 0;
}
