/* SPDX-License-Identifier: MIT */
/* The host connects the listener by which a member is opened: what it sends leaves from the listener's address,
 * as bare, and not from what the kernel would choose for a socket of all addresses; it hears its peer, and goes on
 * as the host's own when it is disconnected. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open
[route:r]
to = 198.51.100.0/24, 2001:db8::/64
bond = ext
*/
/*expect
bound: true name 0.0.0.0, told 10.0.2.1
request to the peer: seen from 10.0.2.1:5060
told 10.0.2.1, true name 10.0.2.1
keep-alive: seen from 10.0.2.1:5060
disconnected: seen from 10.0.2.1:5060
IPv6: request to the peer: seen from [fd00:2::1]:5060
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: 4 bytes 0d0a0d0a
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5060: OPTIONS
*/
#include "steer.h"

static void seen_of(const char *what, int s, const char *data, size_t n, const struct ep *to)
{
	char text[900], *at;

	if (to)
		MUST(sendto(s, data, n, 0, &to->sa, to->len));
	else
		MUST(send(s, data, n, 0));
	wait_readable(s);
	ssize_t got = recv(s, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[got > 0 ? got : 0] = '\0';
	at = strstr(text, "Seen: ");
	if (at)
		at[strcspn(at, "\r\n")] = '\0';
	say("%s: seen from %s", what, at ? at + 6 : "nowhere");
}

static const char *host_of(struct ep e)
{
	static char texts[4][80];
	static int next;
	char *text = texts[next++ % 4];

	snprintf(text, 80, "%s", ep_text(&e));
	char *colon = strrchr(text, ':');
	if (colon)
		*colon = '\0';
	return text;
}

int main(void)
{
	struct ep peer = ep(OTHER4, 5060), peer6 = ep(OTHER6, 5060);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int s = udp(H4, 5060), six;

	say("bound: true name %s, told %s", host_of(true_name(s)), host_of(told_name(s)));
	MUST(connect(s, &peer.sa, peer.len));
	seen_of("request to the peer", s, SIP, SIP_LEN, NULL);
	say("told %s, true name %s", host_of(told_name(s)), host_of(true_name(s)));
	seen_of("keep-alive", s, "\r\n\r\n", 4, NULL);
	MUST(connect(s, &none, sizeof(none)));
	seen_of("disconnected", s, SIP, SIP_LEN, &peer);
	six = udp(H6, 5060);
	MUST(connect(six, &peer6.sa, peer6.len));
	seen_of("IPv6: request to the peer", six, SIP, SIP_LEN, NULL);
	return 0;
}
