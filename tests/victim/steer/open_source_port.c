/* SPDX-License-Identifier: MIT */
/* Connections from an opened member's own port (source-port = member), beside the listener by which it is opened. */
/*ini
[bond:filter]
member = tcp:10.0.1.1:5060 open=filter
source-port = member
[bond:led]
member = tcp:[fd00:1::1]:5060 open
source-port = member
[route:four]
to = 198.51.100.0/24
bond = filter
[route:six]
to = 2001:db8::/64
bond = led
*/
/*expect
5060: peer saw 10.0.1.1:5060
5060: peer saw [fd00:1::1]:5060
still heard: H yes, M yes
peer: tcp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: tcp [fd00:1::1]:5060 > [2001:db8::9]:5060: OPTIONS
*/
#include "dial.h"

static const char *heard(int listener, const char *host)
{
	struct ep to = ep(host, 5060);
	int s = MUST(socket(AF_INET, SOCK_STREAM, 0)), fd = -1;

	if (raw(SYS_connect, s, (long)&to.sa, to.len, 0, 0, 0) == 0) {
		wait_readable(listener);
		fd = accept(listener, NULL, NULL);
	}
	close(s);
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? "yes" : "no";
}

int main(void)
{
	int four = bound(SOCK_STREAM, H4, 5060), six = bound(SOCK_STREAM, H6, 5060);

	MUST(listen(four, 5));
	MUST(listen(six, 5));
	dial(ROUTED4, 5060);
	dial(ROUTED6, 5060);
	say("still heard: H %s, M %s", heard(four, H4), heard(four, M4));
	return 0;
}
