/* SPDX-License-Identifier: MIT */
/* The same where a field for the host's script is written and others are removed. */
/*victim
case: epoll epoll-edge poll select blocking
timeout: 60
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
header = X-Bond
unknown = drop
secret = a long secret of this test
*/
/*expect
the script is told: 1, what is forged is gone: 1
$CASE, a request: all as sent, woken for nothing 0 times in three portions, 0 in four
*/
#include "split.h"

static const char request[] =
	"BYE sip:x@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-5\r\n"
	"X-Bond-In: forged\r\nRoute: <sip:10.0.3.9;lr>\r\nl: 4\r\nCSeq: 1 BYE\r\n\r\nbody";

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "poll";
	struct buffer ask = {(char *)request, sizeof(request) - 1, 0}, told;
	int peer, fd;

	streams_open();
	fd = host_accept(&peer);
	told = read_whole(fd, peer, &ask);
	say("the script is told: %d, what is forged is gone: %d", buffer_has(&told, "X-Bond-In: ext\r\n"),
		!buffer_has(&told, "forged"));
	struct reader r = reader_of(how, fd);
	split_everywhere("a request", &r, peer, &ask, &told);
	return 0;
}
