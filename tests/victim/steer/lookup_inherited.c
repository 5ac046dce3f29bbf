/* SPDX-License-Identifier: MIT */
/* Sockets that were bound by who started the host, as by systemd, are led what comes to members as well, from the
 * start on: a host that waits for them by poll() alone is woken. It answers from the member. */
/*ini
[bond:one]
member = udp:10.0.1.1:5080 open=sk_lookup
member = udp:10.0.3.1:5060 open
member = udp:[fd00:1::1]:5060 open
member = tcp:10.0.1.1:5060 open=sk_lookup
[host]
open = sk_lookup
*/
/*expect
10.0.1.1:5080: woken
on the wire from 10.0.1.1:5080
  - Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1
10.0.3.1:5060: woken
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1
fd00:1::1:5060: woken
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1
10.0.2.1:5060: woken
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP x.example;branch=z9hG4bK-1
10.0.1.1:5060: woken
accepted for 10.0.2.1:5060
peer: udp 10.0.1.1:5080 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: SIP/2.0
*/
#include "talk.h"

static bool is_woken(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) == 1;
}

static void datagram(int fd, const char *peer, const char *host, int port)
{
	struct ep at = ep(host, port);
	struct text *t = text_new();

	peer_sends(peer, QUIET, &at, sip("OPTIONS sip:h@x SIP/2.0\nVia: SIP/2.0/UDP x.example;branch=z9hG4bK-1\n"
		"From: <sip:a@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	say("%s:%d: %s", host, port, is_woken(fd) ? "woken" : "asleep");
	t->n = recv(fd, t->p, TEXT_MAX - 1, MSG_DONTWAIT);
	t->p[t->n] = 0;
	goes(fd, peer, answer_to(t, "200 OK", "", ""));
}

static void connection(int listener, const char *host, int port)
{
	struct ep to = ep(host, port);
	int peer = (int)raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);

	raw(SYS_connect, peer, (long)&to.sa, to.len, 0, 0, 0);
	say("%s:%d: %s", host, port, is_woken(listener) ? "woken" : "asleep");
	struct ep told = told_name(accept(listener, NULL, NULL));
	say("accepted for %s", ep_text(&told));
}

int main(int argc, char **argv)
{
	int four = 3, six = 4, listener = 5;

	if (argc == 1) {
		char *args[] = {argv[0], "again", NULL};

		/* by nothing that libbond sees */
		struct ep at4 = ep(H4, 5060), at6 = ep(H6, 5060);
		raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);
		raw(SYS_socket, AF_INET6, SOCK_DGRAM, 0, 0, 0, 0);
		raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
		raw(SYS_bind, four, (long)&at4.sa, at4.len, 0, 0, 0);
		raw(SYS_bind, six, (long)&at6.sa, at6.len, 0, 0, 0);
		raw(SYS_bind, listener, (long)&at4.sa, at4.len, 0, 0, 0);
		raw(SYS_listen, listener, 5, 0, 0, 0, 0);
		execv("/proc/self/exe", args);
		die("exec");
	}
	datagram(four, ROUTED4, M4, 5080);
	datagram(four, ROUTED4, T4, 5060);
	datagram(six, ROUTED6, M6, 5060);
	datagram(four, ROUTED4, H4, 5060);
	connection(listener, M4, 5060);
	return 0;
}
