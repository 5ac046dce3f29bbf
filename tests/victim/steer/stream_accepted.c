/* SPDX-License-Identifier: MIT */
/* A connection that came in on the member: its address is a fact. What arrives by the member's name of
 * a dialog of H4 is H4 again, and its first Via says where it came in; a forged mark goes. What leaves
 * loses the mark, and a Contact of H4 becomes the member's. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
BYE: R-URI 1, Route 1 of the host, member 0, mark 1
the same byte by byte: same
OPTIONS: untouched
forged mark: 0 left
200: mark 0, Contact of the member 1, of the host 0
*/
#include "stream.h"

static const char one[] = REQUEST("1", "0");

static struct buffer read_message(int fd, int peer, const struct buffer *in, size_t portion)
{
	struct buffer b = {0};
	char text[3000];

	for (size_t at = 0; at < in->n; at += portion) {
		peer_send(peer, in->p + at, in->n - at < portion ? in->n - at : portion);
		ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
		if (n > 0)
			buffer_add(&b, text, n);
	}
	while (!buffer_has(&b, "\r\n\r\n")) {
		wait_readable(fd);
		ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0)
			buffer_add(&b, text, n);
	}
	return b;
}

static struct buffer text_of(const char *format, ...)
{
	struct buffer b = {malloc(4000), 0, 4000};
	va_list ap;

	va_start(ap, format);
	b.n = vsnprintf(b.p, 4000, format, ap);
	va_end(ap);
	return b;
}

/* The URI in <> of that field on the wire. */
static char *uri_of(const struct buffer *b, const char *field)
{
	char *p = memmem(b->p, b->n, field, strlen(field));
	char *from = strchr(p, '<') + 1;

	return strndup(from, strchr(from, '>') - from);
}

int main(void)
{
	struct buffer wire, in, got, again, out = {0}, options;
	int peer, fd;

	streams_open();
	wire = wire_of(one, sizeof(one) - 1);
	buffer_add(&wire, "", 1);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	fd = host_accept(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	in = text_of("BYE %s SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-9\r\n"
		     "Route: <%s>\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
		uri_of(&wire, "Contact:"), uri_of(&wire, "Record-Route:"));
	got = read_message(fd, peer, &in, 5000);
	say("BYE: R-URI %d, Route %d of the host, member %d, mark %d",
		buffer_has(&got, "BYE sip:host@10.0.2.1:5060;transport=tcp SIP/2.0\r\n"),
		buffer_has(&got, "Route: <sip:10.0.2.1;transport=tcp;lr>\r\n"),
		buffer_has(&got, "10.0.1.1"), buffer_has(&got, ";bond-in="));
	again = read_message(fd, peer, &in, 1);
	say("the same byte by byte: %s", buffer_same(&got, &again) ? "same" : again.p);
	options = text_of("OPTIONS sip:10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1:5090;branch=z9\r\n"
			  "Content-Length: 0\r\n\r\n");
	again = read_message(fd, peer, &options, 5000);
	say("OPTIONS: %s", buffer_same(&options, &again) ? "untouched" : again.p);
	in = text_of("OPTIONS sip:10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1:5090;bond-in=aaaaaaaaaa;"
		     "branch=z9\r\nContent-Length: 0\r\n\r\n");
	again = read_message(fd, peer, &in, 5000);
	say("forged mark: %d left", buffer_has(&again, "bond-in"));
	/* the host answers the BYE: all Vias as it got them */
	in = response_of(&got, "");
	out = text_of("%.*sContact: <sip:host@10.0.2.1:5060;transport=tcp>\r\n%s", (int)in.n - 21, in.p,
		"Content-Length: 0\r\n\r\n");
	MUST(send(fd, out.p, out.n, 0));
	again = (struct buffer){0};
	while (!buffer_has(&again, "\r\n\r\n") && peer_read(peer, &again, 2000))
		;
	say("200: mark %d, Contact of the member %d, of the host %d", buffer_has(&again, "bond-in"),
		buffer_has(&again, "Contact: <sip:host@10.0.1.1:5060;transport=tcp;bond="),
		buffer_has(&again, "10.0.2.1"));
	return 0;
}
