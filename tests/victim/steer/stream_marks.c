/* SPDX-License-Identifier: MIT */
/* Marks of requests that come and go on connections: what leaves is another form of the one that the
 * host reads, and the response that goes back has none. Where the arrival decides, a copied one does
 * not. */
/*ini
[host]
secret = a long secret of this test
[bond:in]
member = tcp:10.0.1.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[route:in-out]
from = in
to = 198.51.100.0/24
bond = out
[route:peer]
to = 10.0.3.1:5090
bond = in
*/
/*expect
in: 1 mark
out by another connection: 1 mark, another one
back: 0 marks
on by UDP, with the host's
heard on m: peer saw 10.0.1.1:5060
with what the peer saw
ENETUNREACH
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "stream.h"

static int count(const struct buffer *b)
{
	int n = 0;
	char *p = b->p;

	while (p && (p = memmem(p, b->p + b->n - p, ";bond-in=", 9)))
		n++, p++;
	return n;
}

static void mark_of(const struct buffer *b, char *mark)
{
	char *p = memmem(b->p, b->n, ";bond-in=", 9);

	snprintf(mark, 11, "%s", p ? p + 9 : "none");
}

/* Forwards by UDP with that mark below the host's own Via. */
static void by_udp(const char *what, int fd, int m, const char *branch, const char *mark)
{
	char text[1000];
	struct ep to = ep(ROUTED4, 5060);
	int n = snprintf(text, sizeof(text), "OPTIONS sip:b@x SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.2.1:5070;branch=z9hG4bK-%s\r\n"
		"Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-in;bond-in=%s\r\n"
		"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		branch, mark);

	say("%s", what);
	if (sendto(fd, text, n, 0, &to.sa, to.len) == n)
		hear(EARS({"h", fd}, {"m", m}));
	else
		say("%s", strerrorname_np(errno));
}

int main(void)
{
	static const char options[] = "OPTIONS sip:x@10.0.1.1 SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-in\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length: 0\r\n\r\n";
	struct buffer in = {0}, out = {0}, wire, back = {0};
	char text[3000], host_mark[20], peer_mark[20], *via;
	int peer, fd;

	streams_open();
	fd = host_accept(&peer);
	peer_send(peer, options, sizeof(options) - 1);
	wait_readable(fd);
	buffer_add(&in, text, MUST(recv(fd, text, sizeof(text), 0)));
	say("in: %d mark", count(&in));
	mark_of(&in, host_mark);
	via = memmem(in.p, in.n, "Via:", 4);
	buffer_add(&out, in.p, via - in.p);
	buffer_add(&out, "Via: SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-out\r\n", 46);
	buffer_add(&out, via, in.n - (via - in.p));
	wire = wire_of(out.p, out.n);
	mark_of(&wire, peer_mark);
	say("out by another connection: %d mark, %s", count(&wire),
		strcmp(host_mark, peer_mark) ? "another one" : "the same");
	out.n = 0;
	buffer_add(&out, text, sprintf(text, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.0.3.1:5090;"
		"branch=z9hG4bK-in;bond-in=%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", peer_mark));
	MUST(send(fd, out.p, out.n, 0));
	while (!buffer_has(&back, "\r\n\r\n") && peer_read(peer, &back, 2000))
		;
	say("back: %d marks", count(&back));
	int h = udp(H4, 5070), m = udp(M4, 5060);
	by_udp("on by UDP, with the host's", h, m, "1", host_mark);
	by_udp("with what the peer saw", h, m, "2", peer_mark);
	return 0;
}
