/* SPDX-License-Identifier: MIT */
/* A socket bound to port 0 moves in place, so that its other number goes with it; the same for a
 * socket whose second number is gone again. */
/*expect
heard on the dup: peer saw 10.0.1.1:*
the dup is told 10.0.1.1:*
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = bound(SOCK_STREAM, "0.0.0.0", 0), d = MUST(dup(s)),
	    p = bound(SOCK_STREAM, "0.0.0.0", 7001);

	MUST(connect(s, &routed.sa, routed.len));
	MUST(send(s, SIP, SIP_LEN, 0));
	hear(EARS({"the dup", d}));
	say_name("the dup", d);
	d = MUST(dup(p));
	MUST(close(d));
	MUST(connect(p, &routed.sa, routed.len));
	MUST(send(p, SIP, SIP_LEN, 0));
	hear(EARS({"it", p}));
	return 0;
}
