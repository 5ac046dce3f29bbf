/* SPDX-License-Identifier: MIT */
/* A socket that shares the host's listening port (SO_REUSEPORT) and connects: the connection leaves
 * from the member, the listener goes on listening. */
/*expect
heard on it: peer saw 10.0.1.1:*
it is told 10.0.2.1:*
the listener accepts: yes
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static int sharing(void)
{
	struct ep e = ep(H4, 5060);
	int s = MUST(socket(AF_INET, SOCK_STREAM, 0)), one = 1;

	MUST(setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	MUST(bind(s, &e.sa, e.len));
	return s;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int l = sharing(), s;

	MUST(listen(l, 5));
	s = sharing();
	MUST(connect(s, &routed.sa, routed.len));
	MUST(send(s, SIP, SIP_LEN, 0));
	hear(EARS({"it", s}));
	say_name("it", s);
	tcp_to(H4, 5060);
	say("the listener accepts: %s", accept(l, NULL, NULL) >= 0 ? "yes" : "no");
	return 0;
}
