/* SPDX-License-Identifier: MIT */
/* A socket whose connect was refused is connected again, to another side: each try is decided
 * afresh, an unrouted one finds what the host had bound. */
/*victim
case: unbound any0 h0
*/
/*expect
routed, nobody there: ECONNREFUSED
other: peer saw 10.0.0.1:*
routed, nobody there: ECONNREFUSED
routed: peer saw 10.0.1.1:*
other, nobody there: ECONNREFUSED
routed: peer saw 10.0.1.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
/*expect h0
routed, nobody there: ECONNREFUSED
other: peer saw 10.0.2.1:*
routed, nobody there: ECONNREFUSED
routed: peer saw 10.0.1.1:*
other, nobody there: ECONNREFUSED
routed: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
peer: tcp 10.0.2.1:* > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

static void try(int s, const char *name, const char *host, int port)
{
	struct ep to = ep(host, port);
	char text[600] = "", *at;

	if (connect(s, &to.sa, to.len) == -1) {
		say("%s: %s", name, strerrorname_np(errno));
		return;
	}
	MUST(send(s, SIP, SIP_LEN, 0));
	wait_readable(s);
	MUST(recv(s, text, sizeof(text) - 1, MSG_DONTWAIT));
	at = strstr(text, "Seen: ") + 6;
	say("%s: peer saw %.*s:*", name, (int)strcspn(at, ":"), at);
}

int main(int argc, char **argv)
{
	static const char *const hosts[] = {NULL, "0.0.0.0", H4};
	const char *host = hosts[argc > 1 && argv[1][0] == 'a' ? 1 : argv[1][0] == 'h' ? 2 : 0];

	for (int i = 0; i < 3; i++) {
		int s = host ? bound(SOCK_STREAM, host, 0) : MUST(socket(AF_INET, SOCK_STREAM, 0));

		if (i == 0) {
			try(s, "routed, nobody there", ROUTED4, 5099);
			try(s, "other", OTHER4, 5060);
		} else if (i == 1) {
			try(s, "routed, nobody there", ROUTED4, 5099);
			try(s, "routed", ROUTED4, 5060);
		} else {
			try(s, "other, nobody there", OTHER4, 5099);
			try(s, "routed", ROUTED4, 5060);
		}
		close(s);
	}
	return 0;
}
