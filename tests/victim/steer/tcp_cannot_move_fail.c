/* SPDX-License-Identifier: MIT */
/* A socket on a port of its own that has two numbers cannot be replaced: no-member = fail, so
 * nothing goes out. */
/*victim
seconds: 20
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
no-member = fail
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
connect = -1 ENETUNREACH
connect = -1 ENETUNREACH
*/
#include "steer.h"

static void dial(const char *host, int port)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = bound(SOCK_STREAM, host, port);

	MUST(dup(s));
	errno = 0;
	say_result("connect", connect(s, &routed.sa, routed.len));
}

int main(void)
{
	dial("0.0.0.0", 7001);
	dial(H4, 7002);
	return 0;
}
