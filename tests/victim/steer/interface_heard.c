/* SPDX-License-Identifier: MIT */
/* An interface with several addresses, of which the host listens on some: a connection leaves from one of
 * those, in each family, from the others only where it cannot. Lines of their own keep the file's order. */
/*victim
dirty: yes
*/
/*ini
[bond:ext]
member = tcp:ma
member = tcp:10.0.4.1
[bond:listed]
member = tcp:10.0.1.1
member = tcp:10.0.2.1
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = ext
[route:l]
to = 203.0.113.0/24
bond = listed
*/
/*expect
-- no listener: the first address
5060: peer saw 10.0.1.1:*
-- one of UDP, one of another port
5060: peer saw 10.0.1.1:*
-- one of its own in each family
5060: peer saw 10.0.2.1:*
5060: peer saw [fd00:3::1]:*
-- in lines of their own the first counts
5060: peer saw 10.0.1.1:*
-- another process has it now
5060: peer saw 10.0.2.1:*
-- its address is gone: the other one that is listened on, then the rest, then the next line
5060: peer saw 10.0.3.1:*
5060: peer saw 10.0.1.1:*
5060: peer saw 10.0.4.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x3
peer: tcp 10.0.1.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.2.1:* > 198.51.100.9:5060: OPTIONS x2
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.4.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp [fd00:3::1]:* > [2001:db8::9]:5060: OPTIONS
*/
#include "dial.h"

static void without(const char *address)
{
	char command[100];

	snprintf(command, sizeof(command), "ip address del %s/24 dev ma", address);
	if (system(command))
		die(command);
}

int main(void)
{
	say("-- no listener: the first address");
	dial(ROUTED4, 5060);
	udp(H4, 5060);
	tcp_listener(T4, 5070);
	say("-- one of UDP, one of another port");
	dial(ROUTED4, 5060);
	int h = tcp_listener(H4, 5060);
	tcp_listener(T6, 5060);
	say("-- one of its own in each family");
	dial(ROUTED4, 5060);
	dial(ROUTED6, 5060);
	say("-- in lines of their own the first counts");
	dial(OTHER4, 5060);
	say("-- another process has it now");
	close(h);
	dial(ROUTED4, 5060);
	tcp_listener(T4, 5060);
	say("-- its address is gone: the other one that is listened on, then the rest, then the next line");
	without(H4);
	dial(ROUTED4, 5060);
	without(T4);
	dial(ROUTED4, 5060);
	without(M4);
	dial(ROUTED4, 5060);
	return 0;
}
