/* SPDX-License-Identifier: MIT */
/* An IPv6 socket to a v4-mapped destination leaves from the IPv4 member. */
/*victim
case: unbound any0 port
*/
/*expect
send = all
heard on it: peer saw 10.0.1.1:*
it is told [::ffff:10.0.1.1]:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep("::ffff:" ROUTED4, 5060);
	int s = argc > 1 && argv[1][0] == 'u'
			? MUST(socket(AF_INET6, SOCK_STREAM, 0))
			: bound(SOCK_STREAM, "::", argv[1][0] == 'p' ? 7001 : 0);

	MUST(connect(s, &routed.sa, routed.len));
	ask("send", s, NULL, EARS({"it", s}));
	say_name("it", s);
	return 0;
}
