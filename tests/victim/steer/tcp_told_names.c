/* SPDX-License-Identifier: MIT */
/* What getsockname() says of a steered connection a host writes into Via and Contact, there and on other
 * sockets: the wire has the connection's real name, and the host gets its own back. Where nobody listens
 * under the member, a Contact and a Record-Route promise the connection, which can be used again, and not
 * the member's port. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = udp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090, 198.51.100.0/24
bond = ext
*/
/*expect
-- bound to an address, no listener
told 10.0.2.1:PORT
  - Via: SIP/2.0/TCP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  + Via: SIP/2.0/TCP 10.0.2.1:PORT;branch=z9hG4bK-1
a request back
  - BYE sip:h@10.0.1.1:PORT;transport=tcp;bond=* SIP/2.0
  + BYE sip:h@10.0.2.1:PORT;transport=tcp SIP/2.0
-- unbound, no listener
told 10.0.1.1:PORT
its answer
a request back
-- beside a listener that is no member
told 10.0.2.1:PORT
  - Via: SIP/2.0/TCP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  + Via: SIP/2.0/TCP 10.0.2.1:PORT;branch=z9hG4bK-1
a request back
  - BYE sip:h@10.0.1.1:PORT;transport=tcp;bond=* SIP/2.0
  + BYE sip:h@10.0.2.1:PORT;transport=tcp SIP/2.0
-- beside it, by the listener's name
  - Via: SIP/2.0/TCP 10.0.2.1:5060;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1:5060;transport=tcp;lr>
  + Via: SIP/2.0/TCP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1:PORT;transport=tcp;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:10.0.1.1:PORT;transport=tcp;lr;bond=*>
  + Via: SIP/2.0/TCP 10.0.2.1:5060;branch=z9hG4bK-1
  + Record-Route: <sip:10.0.2.1:5060;transport=tcp;lr>
a request back
  - BYE sip:h@10.0.1.1:PORT;transport=tcp;bond=* SIP/2.0
  - Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-b
  + BYE sip:h@10.0.2.1:5060;transport=tcp SIP/2.0
  + Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-b;bond-in=*
-- by UDP, with the connection's name
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
-- by the name that it had before connect()
  - Via: SIP/2.0/TCP 10.0.2.1:OLD;branch=z9hG4bK-1
  + Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  - Contact: <sip:h@10.0.2.1:OLD;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  + Via: SIP/2.0/TCP 10.0.2.1:OLD;branch=z9hG4bK-1
a request back
  - BYE sip:h@10.0.1.1:PORT;transport=tcp;bond=* SIP/2.0
  + BYE sip:h@10.0.2.1:OLD;transport=tcp SIP/2.0
-- bound to every address, by its own idea of the name before connect()
  - Via: SIP/2.0/TCP 10.0.3.1:OLD;branch=z9hG4bK-1
  + Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  - Contact: <sip:h@10.0.3.1:OLD;transport=tcp>
  + Contact: <sip:h@10.0.1.1:PORT;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
  + Via: SIP/2.0/TCP 10.0.3.1:OLD;branch=z9hG4bK-1
a request back
  - BYE sip:h@10.0.1.1:PORT;transport=tcp;bond=* SIP/2.0
  + BYE sip:h@10.0.3.1:OLD;transport=tcp SIP/2.0
-- beside a listener on the member
  - Via: SIP/2.0/TCP 10.0.2.1:5060;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1:5060;transport=tcp;lr>
  + Via: SIP/2.0/TCP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1:5060;transport=tcp;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060;transport=tcp>
  + Contact: <sip:h@10.0.1.1:5060;transport=tcp;bond=*>
its answer
  - Via: SIP/2.0/TCP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:10.0.1.1:5060;transport=tcp;lr;bond=*>
  + Via: SIP/2.0/TCP 10.0.2.1:5060;branch=z9hG4bK-1
  + Record-Route: <sip:10.0.2.1:5060;transport=tcp;lr>
a request back
  - BYE sip:h@10.0.1.1:5060;transport=tcp;bond=* SIP/2.0
  - Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-b
  + BYE sip:h@10.0.2.1:5060;transport=tcp SIP/2.0
  + Via: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-b;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
*/
#include "stream.h"
#include "talk.h"

static struct text *read_text(int fd, bool peer)
{
	struct text *t = text_new();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	long n;

	t->n = 0;
	while (!memmem(t->p, t->n, "\r\n\r\n", 4) && raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0) > 0) {
		n = peer ? raw(SYS_recvfrom, fd, (long)t->p + t->n, 4000, 0, 0, 0)
			 : recv(fd, t->p + t->n, 4000, 0);
		if (n <= 0)
			break;
		t->n += n;
	}
	t->p[t->n] = 0;
	return t;
}

static void comes_on(int fd, int peer, const struct text *message)
{
	peer_send(peer, message->p, message->n);
	say_changes(message, read_text(fd, false));
}

static void talks(int fd, int peer, const char *own, bool routes)
{
	char contact[200], rows[300];
	struct text *wire, *message;

	snprintf(rows, sizeof(rows), routes ? "Record-Route: <sip:%s;transport=tcp;lr>\n" : "", own);
	message = sip("INVITE sip:x.example SIP/2.0\nVia: SIP/2.0/TCP %s;branch=z9hG4bK-1\n%s"
		      "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: c\nCSeq: 1 INVITE\n"
		      "Contact: <sip:h@%s;transport=tcp>\nContent-Length: 0\n", own, rows, own);
	if (send(fd, message->p, message->n, 0) != (ssize_t)message->n)
		say("not sent");
	wire = read_text(peer, true);
	say_changes(message, wire);
	say("its answer");
	comes_on(fd, peer, answer_to(wire, "200 OK", "", "Content-Length: 0\n"));
	say("a request back");
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	comes_on(fd, peer, sip("BYE %s SIP/2.0\nVia: SIP/2.0/TCP 10.0.3.1:5090;branch=z9hG4bK-b\n"
			       "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: c\n"
			       "CSeq: 1 BYE\nContent-Length: 0\n", contact));
}

static void connection(bool bound, const char *own)
{
	struct ep here = ep(H4, 0), to = ep(T4, PEER_PORT), told;
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), peer;
	char text[100];

	if (bound)
		MUST(bind(fd, &here.sa, here.len));
	MUST(connect(fd, &to.sa, to.len));
	peer = raw(SYS_accept, peer_listener, 0, 0, 0, 0, 0);
	chosen_port = true_port(fd);
	told = told_name(fd);
	snprintf(text, sizeof(text), "%s:%d", own ? own : bound ? H4 : M4, own ? 5060 : chosen_port);
	if (!own) {
		char line[100];
		snprintf(line, sizeof(line), "%s:%d", inet_ntoa(told.v4.sin_addr), ep_port(&told));
		snprintf(text, sizeof(text), "%s", line);
		hide_port(line);
		say("told %s", line);
	}
	talks(fd, peer, text, own);
}

/* What the host asked for before it connected is what it writes. */
static void named_before(const char *bound, const char *own)
{
	struct ep here = ep(bound, 0), to = ep(T4, PEER_PORT);
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), peer;
	char text[100];

	MUST(bind(fd, &here.sa, here.len));
	here = told_name(fd);
	MUST(connect(fd, &to.sa, to.len));
	peer = raw(SYS_accept, peer_listener, 0, 0, 0, 0, 0);
	chosen_port = true_port(fd);
	old_port = ep_port(&here);
	snprintf(text, sizeof(text), "%s:%d", own, old_port);
	talks(fd, peer, text, false);
}

int main(void)
{
	int fd;

	peer_open();
	say("-- bound to an address, no listener");
	connection(true, NULL);
	say("-- unbound, no listener");
	connection(false, NULL);
	tcp_listener(H4, 5060);
	say("-- beside a listener that is no member");
	connection(false, NULL);
	fd = udp(H4, 5060);
	udp(M4, 5060);
	say("-- beside it, by the listener's name");
	connection(false, H4);
	say("-- by UDP, with the connection's name");
	goes(fd, ROUTED4,
		sip("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP " H4 ";branch=z9hG4bK-2\n"
		    "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 9\nCSeq: 1 OPTIONS\n"
		    "Contact: <sip:h@" H4 ":%d;transport=tcp>\n", chosen_port));
	say("-- by the name that it had before connect()");
	named_before(H4, H4);
	say("-- bound to every address, by its own idea of the name before connect()");
	named_before("0.0.0.0", T4);
	tcp_listener(M4, 5060);
	say("-- beside a listener on the member");
	connection(false, H4);
	return 0;
}
