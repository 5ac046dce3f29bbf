/* SPDX-License-Identifier: MIT */
/* Nobody is woken for nothing over what arrives in portions, as often as bare: a host may count. */
/*victim
case: epoll epoll-edge poll select blocking
timeout: 60
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[bond:other]
member = tcp:10.0.2.1:5070
[route:peer]
to = 10.0.3.1:5090
bond = ext
[route:from]
from = ext
to = 10.0.3.1:5091
bond = other
[host]
secret = a long secret of this test
*/
/*expect
the peer sees the member
$CASE, a response: all as sent, woken for nothing 0 times in three portions, 0 in four
the request is marked: 1
$CASE, a request: all as sent, woken for nothing 0 times in three portions, 0 in four
*/
#include "split.h"

static const char short_one[] =
	"ACK sip:b@10.0.3.1:5090 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-1\r\n"
	"Record-Route: <sip:10.0.2.1;transport=tcp;lr>\r\nCSeq: 1 ACK\r\n"
	"Content-Length: 0\r\n\r\n";
static const char request[] =
	"BYE sip:x@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-5\r\n"
	"Route: <sip:10.0.3.9;lr>\r\nl: 4\r\nCSeq: 1 BYE\r\n\r\nbody";

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "poll";
	struct buffer ask = {(char *)request, sizeof(request) - 1, 0}, response, original, marked;
	int peer, fd;

	streams_open();
	struct buffer wire = wire_of(short_one, sizeof(short_one) - 1);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	response = response_of(&wire, "v=0\n");
	original = response_to(short_one, "v=0\n");
	fd = host_connect(&peer);
	struct reader r = reader_of(how, fd);
	split_everywhere("a response", &r, peer, &response, &original);
	close(fd);
	peer_close(peer);

	fd = host_accept(&peer);
	marked = read_whole(fd, peer, &ask);
	say("the request is marked: %d", buffer_has(&marked, ";bond-in="));
	r = reader_of(how, fd);
	split_everywhere("a request", &r, peer, &ask, &marked);
	return 0;
}
