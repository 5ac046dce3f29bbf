/* SPDX-License-Identifier: MIT */
/* A new connection of the host's to a peer that no route leads to is made from the opened member to which the peer
 * came: by a connection that is closed by now or by datagrams, whether it called or registered, from another process
 * too; what is sent there names that member. So where a dialog came in by a connection and goes on by datagrams. The
 * peer names the port; another that is none of SIP is another program's. To a peer that came to the host's own
 * address, and from another one that the host has bound, it leaves from there. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = tls:10.0.1.1:5061 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
member = tls:[fd00:1::1]:5061 open=filter
[bond:c]
member = tcp:10.0.4.1:5060 open=filter
member = tcp:[fd00:4::1]:5060 open=filter
*/
/*expect v4
nobody came yet: from 10.0.3.1, by another name:
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p9;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p9;rport;bond-in=*
the port that a caller named: from 10.0.1.1
the port that it named, from the host's own address: from 10.0.1.1
the port that it named, from another address of the host's: from 10.0.0.1, by another name:
the port that another named: from 10.0.4.1
the port of one that registered: from 10.0.1.1
the port that a datagram named: from 10.0.1.1
the port that a datagram came from: from 10.0.1.1
the port of the proxy that recorded its route: from 10.0.4.1
the port of one with a name: from 10.0.1.1
the port of one that called the host's own address: from 10.0.3.1, by another name:
by datagrams, what began by a connection: from 10.0.1.1
so, at the host's own address: from 10.0.2.1
ports that nobody named, of one that came by datagrams from another one
5060: peer saw 10.0.1.1:*
5061: peer saw 10.0.1.1:*
5080: peer saw 10.0.1.1:*
5432: peer saw 10.0.0.1:*
-- from another process
the port that a caller named: from 10.0.1.1
the port that it named, from the host's own address: from 10.0.1.1
the port that it named, from another address of the host's: from 10.0.0.1, by another name:
the port that another named: from 10.0.4.1
the port of one that registered: from 10.0.1.1
the port that a datagram named: from 10.0.1.1
the port that a datagram came from: from 10.0.1.1
the port of the proxy that recorded its route: from 10.0.4.1
the port of one with a name: from 10.0.1.1
the port of one that called the host's own address: from 10.0.3.1, by another name:
by datagrams, what began by a connection: from 10.0.1.1
so, at the host's own address: from 10.0.2.1
ports that nobody named, of one that came by datagrams from another one
5060: peer saw 10.0.1.1:*
5061: peer saw 10.0.1.1:*
5080: peer saw 10.0.1.1:*
5432: peer saw 10.0.0.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5432: OPTIONS x2
peer: tcp 10.0.1.1:* > 203.0.113.9:5060: OPTIONS x2
peer: tcp 10.0.1.1:* > 203.0.113.9:5061: OPTIONS x2
peer: tcp 10.0.1.1:* > 203.0.113.9:5080: OPTIONS x2
*/
/*expect v6
nobody came yet: from [fd00:3::1], by another name:
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p9;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p9;rport;bond-in=*
the port that a caller named: from [fd00:1::1]
the port that it named, from the host's own address: from [fd00:1::1]
the port that it named, from another address of the host's: from [fd00::1], by another name:
the port that another named: from [fd00:4::1]
the port of one that registered: from [fd00:1::1]
the port that a datagram named: from [fd00:1::1]
the port that a datagram came from: from [fd00:1::1]
the port of the proxy that recorded its route: from [fd00:4::1]
the port of one with a name: from [fd00:1::1]
the port of one that called the host's own address: from [fd00:3::1], by another name:
by datagrams, what began by a connection: from [fd00:1::1]
so, at the host's own address: from [fd00:2::1]
ports that nobody named, of one that came by datagrams from another one
5060: peer saw [fd00:1::1]:*
5061: peer saw [fd00:1::1]:*
5080: peer saw [fd00:1::1]:*
5432: peer saw [fd00::1]:*
-- from another process
the port that a caller named: from [fd00:1::1]
the port that it named, from the host's own address: from [fd00:1::1]
the port that it named, from another address of the host's: from [fd00::1], by another name:
the port that another named: from [fd00:4::1]
the port of one that registered: from [fd00:1::1]
the port that a datagram named: from [fd00:1::1]
the port that a datagram came from: from [fd00:1::1]
the port of the proxy that recorded its route: from [fd00:4::1]
the port of one with a name: from [fd00:1::1]
the port of one that called the host's own address: from [fd00:3::1], by another name:
by datagrams, what began by a connection: from [fd00:1::1]
so, at the host's own address: from [fd00:2::1]
ports that nobody named, of one that came by datagrams from another one
5060: peer saw [fd00:1::1]:*
5061: peer saw [fd00:1::1]:*
5080: peer saw [fd00:1::1]:*
5432: peer saw [fd00::1]:*
peer: tcp [fd00:1::1]:* > [2001:db8:1::9]:5060: OPTIONS x2
peer: tcp [fd00:1::1]:* > [2001:db8:1::9]:5061: OPTIONS x2
peer: tcp [fd00:1::1]:* > [2001:db8:1::9]:5080: OPTIONS x2
peer: tcp [fd00::1]:* > [2001:db8:1::9]:5432: OPTIONS x2
*/
#include "dial.h"
#include "open.h"

static const char *P = T4, *K = "10.0.4.1", *X = "10.0.0.1";

/* What the peer sends, with that Contact, and other fields. */
static struct text *ask_by(const char *transport, const char *method, const char *contact, const char *more)
{
	return sip("%s sip:h@%s SIP/2.0\nVia: SIP/2.0/%s %s:5080;branch=z9hG4bK-p;rport\n"
		   "%sFrom: <sip:p@x>;tag=p\nTo: <sip:h@x>\nCall-ID: c\nCSeq: 1 %s\nContact: <sip:p@%s>\n"
		   "Content-Length: 0\n",
		method, OWN, transport, bracketed(P), more, method, contact);
}

/* A socket of the peer's at that port, that no library sees. */
static int peer_socket(int type, int port)
{
	struct ep here = ep(P, port);
	int fd = raw(SYS_socket, here.sa.sa_family, type | SOCK_CLOEXEC, 0, 0, 0, 0), one = 1;

	raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, fd, (long)&here.ss, here.len, 0, 0, 0) != 0)
		die("the peer's socket");
	return fd;
}

static struct text *heard(int fd, bool seen)
{
	struct text *t = text_new();

	for (t->n = 0; !t->n || !memmem(t->p, t->n, "\r\n\r\n", 4);) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0)
			return NULL;
		long n = seen ? recv(fd, t->p + t->n, 5000, MSG_DONTWAIT)
			      : raw(SYS_recvfrom, fd, (long)t->p + t->n, 5000, MSG_DONTWAIT, 0, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && seen))
			return NULL;
		t->n += n > 0 ? n : 0;
	}
	t->p[t->n] = '\0';
	return t;
}

/* The peer connects, asks, is answered, and goes. */
static void calls(int listener, const char *at, const struct text *asked)
{
	struct ep to = ep(at, 5060);
	int peer = peer_socket(SOCK_STREAM, 0);

	if (raw(SYS_connect, peer, (long)&to.ss, to.len, 0, 0, 0) != 0) {
		say("nobody listens at %s", at);
		return;
	}
	int fd = MUST(accept(listener, NULL, NULL));
	raw(SYS_write, peer, (long)asked->p, asked->n, 0, 0, 0);
	struct text *got = heard(fd, true);
	if (!got)
		say("it does not arrive");
	struct text *answer = got ? answer_to(got, "200 OK", "", "Content-Length: 0\n") : NULL;
	if (answer && send(fd, answer->p, answer->n, 0) == (long)answer->n)
		heard(peer, false);
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

static void sends(int h, const char *at, int port, const struct text *asked)
{
	int peer = peer_socket(SOCK_DGRAM, port);
	struct ep to = ep(at, 5060), from = {.len = sizeof(from.ss)};
	char in[3000];

	raw(SYS_sendto, peer, (long)asked->p, asked->n, 0, (long)&to.ss, to.len);
	wait_readable(h);
	MUST(recvfrom(h, in, sizeof(in), MSG_DONTWAIT, &from.sa, &from.len));
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

static struct text *of_host(const char *transport, int port)
{
	return sip("BYE sip:p@%s:%d SIP/2.0\nVia: SIP/2.0/%s %s;branch=z9hG4bK-h;rport\n"
		   "Record-Route: <sip:%s;transport=%s;lr>\nFrom: <sip:h@x>;tag=h\nTo: <sip:p@x>;tag=p\nCall-ID: c\n"
		   "CSeq: 1 BYE\nContact: <sip:h@%s;transport=%s>\nContent-Length: 0\n",
		bracketed(P), port, transport, OWN, OWN, transport, OWN, transport);
}

/* Whether what is on the wire is called by where it comes from, in all of its fields. */
static void say_named(const char *what, const struct ep *from, const struct text *sent, const struct text *wire)
{
	static const char *const fields[] = {"Via: SIP/2.0/TCP ", "Via: SIP/2.0/UDP ", "Record-Route: <sip:", "Contact: <sip:h@"};
	char host[100];
	int named = 0;

	snprintf(host, sizeof(host), "%s", ep_text(from));
	strcpy(strrchr(host, ':'), "");
	for (int i = 0; i < 4; i++) {
		const char *at = strstr(wire->p, fields[i]);
		named += at && strncmp(at + strlen(fields[i]), host, strlen(host)) == 0 &&
			!isdigit((unsigned char)at[strlen(fields[i]) + strlen(host)]);
	}
	say("%s: from %s%s", what, host, named == 3 ? "" : ", by another name:");
	if (named != 3)
		say_changes_on_wire(sent, wire);
}

/* The host connects there, from that address (NULL = none is bound), and sends. */
static void connects(const char *what, int port, const char *source)
{
	int listener = peer_socket(SOCK_STREAM, port);
	struct ep to = ep(P, port), from = {.len = sizeof(from.ss)};
	struct text *bye = of_host("TCP", port), *wire;

	raw(SYS_listen, listener, 5, 0, 0, 0, 0);
	int fd = source ? bound(SOCK_STREAM, source, 0) : MUST(socket(to.sa.sa_family, SOCK_STREAM, 0));
	if (connect(fd, &to.sa, to.len) != 0) {
		say("%s: connect = -1 %s", what, strerrorname_np(errno));
	} else {
		int peer = raw(SYS_accept, listener, (long)&from.ss, (long)&from.len, 0, 0, 0);
		if (send(fd, bye->p, bye->n, 0) == (long)bye->n && (wire = heard(peer, false)))
			say_named(what, &from, bye, wire);
		raw(SYS_close, peer, 0, 0, 0, 0, 0);
	}
	close(fd);
	raw(SYS_close, listener, 0, 0, 0, 0, 0);
}

static void goes_on(int h, const char *what, int port)
{
	int peer = peer_socket(SOCK_DGRAM, port);
	struct ep to = ep(P, port), from = {.len = sizeof(from.ss)};
	struct text *bye = of_host("UDP", port), *wire = text_new();

	MUST(sendto(h, bye->p, bye->n, 0, &to.sa, to.len));
	wire->n = raw(SYS_recvfrom, peer, (long)wire->p, 5000, 0, (long)&from.ss, (long)&from.len);
	wire->p[wire->n] = '\0';
	say_named(what, &from, bye, wire);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

static int datagrams;

static void later(int h)
{
	static const int ports[] = {5060, 5061, 5080, 5432};

	connects("the port that a caller named", 5071, NULL);
	connects("the port that it named, from the host's own address", 5071, H);
	connects("the port that it named, from another address of the host's", 5071, X);
	connects("the port that another named", 5072, NULL);
	connects("the port of one that registered", 5073, NULL);
	connects("the port that a datagram named", 5074, NULL);
	connects("the port that a datagram came from", 5075, NULL);
	connects("the port of the proxy that recorded its route", 5076, NULL);
	connects("the port of one with a name", 5079, NULL);
	connects("the port of one that called the host's own address", 5077, NULL);
	goes_on(datagrams, "by datagrams, what began by a connection", 5071);
	goes_on(datagrams, "so, at the host's own address", 5077);
	say("ports that nobody named, of one that came by datagrams from another one");
	for (size_t i = 0; i < 4; i++)
		dial(PEER, ports[i]);
	(void)h;
}

int main(int argc, char **argv)
{
	static char to[12][100];
	int n = 0;

	choose_family(argv[argc - 1]);
	if (strcmp(argv[argc - 1], "v6") == 0)
		P = T6, K = "fd00:4::1", X = "fd00::1";
	for (int port = 5070; port < 5080; port++)
		snprintf(to[n++], sizeof(to[0]), "%s:%d;transport=tcp", bracketed(P), port);
	datagrams = udp(H, 5060);
	int h = tcp_listener(H, 5060);

	tcp_listener(H, 5061);

	connects("nobody came yet", 5071, NULL);
	calls(h, M, ask_by("TCP", "INVITE", to[1], ""));
	calls(h, K, ask_by("TCP", "SUBSCRIBE", to[2], ""));
	calls(h, M, ask_by("TCP", "REGISTER", to[3], ""));
	sends(datagrams, M, 5070, ask_by("UDP", "INVITE", to[4], ""));
	sends(datagrams, M, 5075, ask_by("UDP", "OPTIONS", to[8], ""));
	calls(h, K, ask_by("TCP", "INVITE", to[8], sip("Record-Route: <sip:%s:5076;lr>, <sip:192.0.2.1:5078;lr>\n", bracketed(P))->p));
	calls(h, M, ask_by("TCP", "INVITE", "phone.example.com:5079;transport=tcp", ""));
	calls(h, H, ask_by("TCP", "INVITE", to[7], ""));
	calls(h, M, ask_by("TCP", "OPTIONS", to[7], ""));
	comes_in(datagrams, "OPTIONS", M, NULL, 9);
	later(h);
	say("-- from another process");
	in_child(later, h);
	return 0;
}
