/* SPDX-License-Identifier: MIT */
/* A route by socket cannot be decided for a probe: it gets the truth. */
/*victim
unsteered: yes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
socket = udp:10.0.2.1:5060
bond = ext
*/
/*expect
told 10.0.0.1:*
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), told;
	int s = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	udp(H4, 5060);
	udp(M4, 5060);
	udp(T4, 5060);
	MUST(connect(s, &routed.sa, routed.len));
	told = told_name(s);
	say("told %s", ep_text(&told));
	return 0;
}
