/* SPDX-License-Identifier: MIT */
/* A request to an opened member is one to the host itself, which does not know that: it would go round until
 * Max-Forwards ends it, and fails. One to the host's own address is the host's affair. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open
*/
/*expect v4
to 10.0.1.1: ENETUNREACH
to 10.0.2.1: it comes back, OPTIONS
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
*/
/*expect v6
to fd00:1::1: ENETUNREACH
to fd00:2::1: it comes back, OPTIONS
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
*/
#include "open.h"

static void to(int h, const char *at)
{
	struct ep there = ep(at, 5060);
	struct text *t = options(1);
	struct pollfd p = {.fd = h, .events = POLLIN};
	char bytes[2000];

	if (sendto(h, t->p, t->n, 0, &there.sa, there.len) != (long)t->n)
		say("to %s: %s", at, strerrorname_np(errno));
	else if (raw(SYS_poll, (long)&p, 1, 500, 0, 0, 0) > 0)
		say("to %s: it comes back, %.7s", at, recv(h, bytes, sizeof(bytes), 0) > 0 ? bytes : "");
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);

	to(h, M);
	to(h, H);
	comes_in(h, "OPTIONS", M, NULL, 1);
	return 0;
}
