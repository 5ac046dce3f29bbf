/* SPDX-License-Identifier: MIT */
/* A connected listener of another port than the member's stays: an answer would not be heard. */
/*victim
unsteered: yes
*/
/*expect
send = all
heard on H: peer saw 10.0.2.1:5070
peer: udp 10.0.2.1:5070 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5070), m = udp(M4, 5060);

	MUST(connect(h, &routed.sa, routed.len));
	ask("send", h, NULL, EARS({"H", h}, {"M", m}));
	return 0;
}
