/* SPDX-License-Identifier: MIT */
/* "Which address would I use?": connect() and getsockname() on a datagram socket that sends nothing
 * is answered with the member, by every kind of probe that hosts use, and cached ones change sides.
 * */
/*victim
case: adopted wildcard
*/
/*expect
-- unbound
routed: told 10.0.1.1:*, port true
-- bound to 0.0.0.0:0
routed: told 10.0.1.1:*, port true
-- port 53
routed: told 10.0.1.1:*, port true
-- cached, AF_UNSPEC between
routed: told 10.0.1.1:*, port true
other: told 10.0.0.1:*, port true
routed: told 10.0.1.1:*, port true
-- cached, nothing between
other: told 10.0.0.1:*, port true
routed: told 10.0.1.1:*, port true
other: told 10.0.0.1:*, port true
-- AF_UNSPEC at the end
told 0.0.0.0
-- IPv6
routed: told [fd00:1::1]:*, port true
other: told [fd00::1]:*, port true
-- v4-mapped
routed: told [::ffff:10.0.1.1]:*, port true
-- short buffer
length 16, family 2, untouched beyond 6 bytes
*/
#include "steer.h"

static int side(const char *host, int port, int s)
{
	struct ep to = ep(host, port), told, truth;

	MUST(connect(s, &to.sa, to.len));
	told = told_name(s);
	truth = true_name(s);
	say("%s: told %s, port %s",
		strstr(host, "198.51") || strcmp(host, ROUTED6) == 0 ? "routed" : "other",
		ep_text(&told), ep_port(&told) == ep_port(&truth) ? "true" : "false");
	return s;
}

static int fresh(int family)
{
	return MUST(socket(family, SOCK_DGRAM, 0));
}

static void forget(int s)
{
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	MUST(connect(s, &unspec, sizeof(unspec)));
}

int main(int argc, char **argv)
{
	unsigned char room[20];
	socklen_t len = 6;
	struct ep e;
	char host[64];
	int s;

	if (argc > 1 && argv[1][0] == 'w') {
		udp("::", 5060);
	} else {
		udp(H4, 5060);
		udp(M4, 5060);
		udp(M6, 5060);
	}
	say("-- unbound");
	side(ROUTED4, 5060, fresh(AF_INET));
	say("-- bound to 0.0.0.0:0");
	side(ROUTED4, 5060, udp("0.0.0.0", 0));
	say("-- port 53");
	side(ROUTED4, 53, fresh(AF_INET));
	say("-- cached, AF_UNSPEC between");
	s = side(ROUTED4, 5060, fresh(AF_INET));
	forget(s);
	side(OTHER4, 5060, s);
	forget(s);
	side(ROUTED4, 5060, s);
	say("-- cached, nothing between");
	s = side(OTHER4, 5060, fresh(AF_INET));
	side(ROUTED4, 5060, s);
	side(OTHER4, 5060, s);
	say("-- AF_UNSPEC at the end");
	e = ep(ROUTED4, 5060);
	MUST(connect(s, &e.sa, e.len));
	forget(s);
	e = told_name(s);
	inet_ntop(AF_INET, &e.v4.sin_addr, host, sizeof(host));
	say("told %s", host);
	say("-- IPv6");
	s = side(ROUTED6, 5060, fresh(AF_INET6));
	side(OTHER6, 5060, s);
	say("-- v4-mapped");
	side("::ffff:" ROUTED4, 5060, fresh(AF_INET6));
	say("-- short buffer");
	s = fresh(AF_INET);
	e = ep(ROUTED4, 5060);
	MUST(connect(s, &e.sa, e.len));
	memset(room, 0xa5, sizeof(room));
	MUST(getsockname(s, (struct sockaddr *)room, &len));
	say("length %u, family %d, %s", len, room[0],
		room[4] == 10 && room[5] == 0 && room[6] == 0xa5 ? "untouched beyond 6 bytes"
								 : "wrong");
	return 0;
}
