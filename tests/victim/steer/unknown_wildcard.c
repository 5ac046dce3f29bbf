/* SPDX-License-Identifier: MIT */
/* [host] unknown on a wildcard listener: what counts is the address that the request came to. */
/*ini
[host]
unknown = 403
[bond:in]
member = udp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
*/
/*expect
-- member
read
-- other
EAGAIN
on the wire from 10.0.2.1:5060
answered SIP/2.0 403 Forbidde
-- member, IPv6
read
-- other, IPv6
EAGAIN
on the wire from [fd00:2::1]:5060
answered SIP/2.0 403 Forbidde
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: SIP/2.0
*/
#include "talk.h"

int main(void)
{
	int any = udp("::", 5060);
	struct ep member = ep(M4, 5060), other = ep(H4, 5060), member6 = ep(M6, 5060),
		  other6 = ep(H6, 5060);
	const struct {
		const char *name, *from;
		struct ep *to;
	} all[] = {{"member", ROUTED4, &member}, {"other", ROUTED4, &other},
		{"member, IPv6", ROUTED6, &member6}, {"other, IPv6", ROUTED6, &other6}};

	for (int i = 0; i < 4; i++) {
		static char p[2000];
		struct pollfd polled = {.fd = any, .events = POLLIN};
		say("-- %s", all[i].name);
		peer_sends(all[i].from, QUIET, all[i].to,
			sip("OPTIONS sip:b@10.0.2.1 SIP/2.0\n"
			    "Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-%d;rport\n"
			    "From: <sip:a@x>;tag=xa\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"
			    "Subject: %0100d\n", i, i));
		raw(SYS_poll, (long)&polled, 1, 2000, 0, 0, 0);
		long n = recv(any, p, sizeof(p), MSG_DONTWAIT);
		say("%s", n < 0 ? strerrorname_np(errno) : n ? "read" : "empty");
		if (n < 0)
			say("answered %.20s", peer_got(all[i].from)->p);
	}
	return 0;
}
