/* SPDX-License-Identifier: MIT */
/* A non-blocking connect() that is called again until it is through: only the first call acts. */
/*victim
case: unbound any0 port
*/
/*expect
-1 EINPROGRESS
0
-1 EISCONN
send = all
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static void again(int s, const struct ep *to)
{
	int ret = connect(s, &to->sa, to->len);

	say("%d%s%s", ret, ret ? " " : "", ret ? strerrorname_np(errno) : "");
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = argc > 1 && argv[1][0] == 'u'
			? MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0))
			: bound(SOCK_STREAM | SOCK_NONBLOCK, "0.0.0.0",
				  argv[1][0] == 'p' ? 7001 : 0);
	struct pollfd p = {.fd = s, .events = POLLOUT};

	again(s, &routed);
	poll(&p, 1, 2000);
	again(s, &routed);
	again(s, &routed);
	ask("send", s, NULL, EARS({"it", s}));
	return 0;
}
