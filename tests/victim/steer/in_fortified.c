/* SPDX-License-Identifier: MIT */
/* The checked forms of recv, recvfrom and read, as programs that are built with _FORTIFY_SOURCE call
 * them. */
/*victim
cc: -O2 -D_FORTIFY_SOURCE=2
unsteered: no
*/
/*ini
[bond:in]
member = udp:10.0.1.1:5060
[route:r]
from = in
bond = in
*/
/*expect
message +19
  - Via: SIP/2.0/UDP a;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
message +19
  - Via: SIP/2.0/UDP a;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
message +19
  - Via: SIP/2.0/UDP a;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
from 198.51.100.9:5080
*/
#include "talk.h"

static struct text in;

int main(int argc, char **argv)
{
	struct ep at = ep(M4, 5060), from = {.len = sizeof(from.ss)};
	int m = udp(M4, 5060);
	struct text *message = sip("OPTIONS sip:h@10.0.1.1 SIP/2.0\n"
				   "Via: SIP/2.0/UDP a;branch=z9hG4bK-1\nCall-ID: 1\n");
	size_t room = sizeof(in.p) - (argc > 9); /* not known when this is compiled */
	long n = -1;

	(void)argv;
	for (int i = 0; i < 3; i++) {
		peer_sends(ROUTED4, QUIET, &at, message);
		wait_readable(m);
		if (i == 0)
			n = recv(m, in.p, room, 0);
		else if (i == 1)
			n = recvfrom(m, in.p, room, 0, &from.sa, &from.len);
		else
			n = read(m, in.p, room);
		in.n = n > 0 ? n : 0;
		say("message %+ld", n - (long)message->n);
		say_changes(message, &in);
	}
	say("from %s", ep_text(&from));
	return 0;
}
