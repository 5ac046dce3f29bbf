/* SPDX-License-Identifier: MIT */
/* A widened client socket that has another descriptor cannot be given a fresh one when the host connects
 * it: what a route names then fails instead of leaving from where no answer is heard. */
/*expect
sendto = all
heard on it: peer saw 10.0.1.1:*
-- connected by its twin
send = -1 ENETUNREACH
sendto = -1 ENETUNREACH
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = udp(H4, 0), twin;

	ask("sendto", s, &routed, EARS({"it", s}));
	twin = MUST(dup(s));
	say("-- connected by its twin");
	MUST(connect(twin, &routed.sa, routed.len));
	ask("send", twin, NULL, EARS({"it", s}));
	ask("sendto", twin, &routed, EARS({"it", s}));
	return 0;
}
