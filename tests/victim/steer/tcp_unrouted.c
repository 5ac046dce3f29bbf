/* SPDX-License-Identifier: MIT */
/* Connections that no route wants stay what they are, port included. */
/*victim
unsteered: yes
*/
/*expect
-- unbound
heard on it: peer saw 10.0.0.1:*
it is told 10.0.0.1:*
-- bound to 0.0.0.0:0
heard on it: peer saw 10.0.0.1:*
it is told 10.0.0.1:*
port kept: yes
-- bound to 10.0.2.1:0
heard on it: peer saw 10.0.2.1:*
it is told 10.0.2.1:*
port kept: yes
-- bound to 10.0.2.1:7001
heard on it: peer saw 10.0.2.1:7001
it is told 10.0.2.1:7001
port kept: yes
-- bound to the member's 10.0.1.1:7002
heard on it: peer saw 10.0.1.1:7002
it is told 10.0.1.1:7002
port kept: yes
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS x2
peer: tcp 10.0.1.1:7002 > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.2.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.2.1:7001 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

static void dial(int s, const char *host)
{
	struct ep to = ep(host, 5060);
	int port = true_port(s);

	MUST(connect(s, &to.sa, to.len));
	MUST(send(s, SIP, SIP_LEN, 0));
	hear(EARS({"it", s}));
	say_name("it", s);
	if (port)
		say("port kept: %s", ep_port(&seen) == port ? "yes" : "no");
	close(s);
}

int main(void)
{
	tcp_listener(H4, 5060);
	say("-- unbound");
	dial(MUST(socket(AF_INET, SOCK_STREAM, 0)), OTHER4);
	say("-- bound to 0.0.0.0:0");
	dial(bound(SOCK_STREAM, "0.0.0.0", 0), OTHER4);
	say("-- bound to 10.0.2.1:0");
	dial(bound(SOCK_STREAM, H4, 0), OTHER4);
	say("-- bound to 10.0.2.1:7001");
	dial(bound(SOCK_STREAM, H4, 7001), OTHER4);
	say("-- bound to the member's 10.0.1.1:7002");
	dial(bound(SOCK_STREAM, M4, 7002), ROUTED4);
	return 0;
}
