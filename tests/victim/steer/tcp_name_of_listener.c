/* SPDX-License-Identifier: MIT */
/* A host with listeners is told the address of its first one for a steered connection that it did
 * not bind, in each family; what it bound itself stays; the true port always. */
/*expect
-- unbound
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
-- bound to 0.0.0.0:0
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
-- bound to 10.0.3.1:0
heard on it: peer saw 10.0.1.1:*
it is told 10.0.3.1:*
-- IPv6
heard on it: peer saw [fd00:1::1]:*
it is told [fd00:2::1]:*
-- not routed
heard on it: peer saw 10.0.0.1:*
it is told 10.0.0.1:*
-- by a new number of the socket
it is told 10.0.2.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x3
peer: tcp [fd00:1::1]:* > [2001:db8::9]:5060: OPTIONS
*/
#include "steer.h"

static int dial(int s, const char *host)
{
	struct ep to = ep(host, 5060);

	MUST(connect(s, &to.sa, to.len));
	MUST(send(s, SIP, SIP_LEN, 0));
	hear(EARS({"it", s}));
	say_name("it", s);
	return s;
}

int main(void)
{
	int s;

	tcp_listener("0.0.0.0", 5070); /* names no address */
	tcp_listener(H4, 5060);
	tcp_listener(M4, 5060);
	tcp_listener(H6, 5060);
	say("-- unbound");
	s = dial(MUST(socket(AF_INET, SOCK_STREAM, 0)), ROUTED4);
	say("-- bound to 0.0.0.0:0");
	dial(bound(SOCK_STREAM, "0.0.0.0", 0), ROUTED4);
	say("-- bound to 10.0.3.1:0");
	dial(bound(SOCK_STREAM, T4, 0), ROUTED4);
	say("-- IPv6");
	dial(MUST(socket(AF_INET6, SOCK_STREAM, 0)), ROUTED6);
	say("-- not routed");
	dial(MUST(socket(AF_INET, SOCK_STREAM, 0)), OTHER4);
	say("-- by a new number of the socket");
	say_name("it", MUST(dup(s)));
	return 0;
}
