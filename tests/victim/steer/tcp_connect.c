/* SPDX-License-Identifier: MIT */
/* Connections of sockets that are unbound, bound to port 0 and bound to a port of their own,
 * blocking and not: the member's address, and the name that the host is told. */
/*victim
case: unbound any0 h0 any-port h-port
case: unbound-nonblocking any0-nonblocking h0-nonblocking any-port-nonblocking h-port-nonblocking
*/
/*expect
connected: yes
send = all
heard on it: peer saw 10.0.1.1:*
it is told 10.0.1.1:*
its true port is what the peer saw: yes
descriptor kept: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
/*expect h0
connected: yes
send = all
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
its true port is what the peer saw: yes
descriptor kept: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
/*expect h0-nonblocking
connected: yes
send = all
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
its true port is what the peer saw: yes
descriptor kept: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
/*expect h-port
connected: yes
send = all
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
its true port is what the peer saw: yes
descriptor kept: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
/*expect h-port-nonblocking
connected: yes
send = all
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
its true port is what the peer saw: yes
descriptor kept: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int block = argc > 1 && strstr(argv[1], "nonblocking") ? SOCK_NONBLOCK : 0, s, kept;

	if (strncmp(argv[1], "unbound", 7) == 0)
		s = MUST(socket(AF_INET, SOCK_STREAM | block, 0));
	else
		s = bound(SOCK_STREAM | block, argv[1][0] == 'h' ? H4 : "0.0.0.0",
			strstr(argv[1], "port") ? 7001 : 0);
	kept = s;
	errno = 0;
	if (connect(s, &routed.sa, routed.len) == -1 && !(block && errno == EINPROGRESS))
		say("connect: %s", strerrorname_np(errno));
	wait_connected(s);
	ask("send", s, NULL, EARS({"it", s}));
	say_name("it", s);
	say("its true port is what the peer saw: %s",
		true_port(s) == ep_port(&seen) ? "yes" : "no");
	say("descriptor kept: %s",
		kept == s && dup(0) == s + 1 ? "yes" : "no, or one more is open");
	return 0;
}
