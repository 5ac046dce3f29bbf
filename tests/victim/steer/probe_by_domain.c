/* SPDX-License-Identifier: MIT */
/* A domain route that might match comes first: undecidable for a probe, so the truth, never the
 * next route. */
/*victim
unsteered: yes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[bond:int]
member = udp:10.0.3.1:5060
[route:domain]
to = carrier.invalid
bond = int
[route:r]
to = 198.51.100.0/24
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
