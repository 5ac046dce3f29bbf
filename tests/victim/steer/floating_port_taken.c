/* SPDX-License-Identifier: MIT */
/* The client's port is taken on the member's address: another port, the member all the same. */
/*expect
sendto = all
heard on it: peer saw 10.0.1.1:*
port kept: no
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = udp(H4, 0), port = true_port(s);

	udp(M4, port);
	ask("sendto", s, &routed, EARS({"it", s}));
	say("port kept: %s", ep_port(&seen) == port ? "yes" : "no");
	return 0;
}
