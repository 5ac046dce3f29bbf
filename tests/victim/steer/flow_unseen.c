/* SPDX-License-Identifier: MIT */
/* What the host forwards and what came in unseen has no mark: where a `from` route could match, no later
 * route is tried, the bond's no-member decides. The host's own requests have one Via, and go by the later
 * routes, again and again; keep-alives too. */
/*ini
[host]
secret = one-of-the-test-only-32-letters-
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:lax]
member = udp:10.0.1.1:5060
no-member = pass
[bond:third]
member = udp:10.0.3.1:5060
[route:before]
to = 203.0.113.9
bond = third
[route:lax]
from = in
to = 192.0.2.0/24
bond = lax
[route:in-out]
from = in
bond = out
[route:rest]
bond = third
*/
/*expect
-- the host's own, twice
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-p1;bond=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p2
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-p2;bond=*
-- forwarded: Via: SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bK-1
sendto = -1 ENETUNREACH
-- forwarded: v: SIP/2.0/WS 203.0.113.9;branch=z9hG4bK-2
sendto = -1 ENETUNREACH
-- forwarded: VIA : SIP / 2.0 / wss 203.0.113.9;branch=z9hG4bK-3;rport=40000;received=203.0.113.9
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/SCTP 203.0.113.9;branch=z9hG4bK-4
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/TLS-SCTP
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bK-7
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-8
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/TLS 203.0.113.9;branch=z9hG4bK-9;bond-in=aaaaaaaaaa
sendto = -1 ENETUNREACH
-- forwarded: Via: SIP/2.0/XYZ 203.0.113.9;branch=z9hG4bK-10, SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK-11
sendto = -1 ENETUNREACH
-- two in one row
sendto = -1 ENETUNREACH
-- where a route before it decides
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p12
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-p12;bond=*
-- no-member = pass: the host's own way, and no later route
to 192.0.2.9: sent
-- the host's own once more, and a keep-alive
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p14
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-p14;bond=*
sendto = all
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: 4 bytes 0d0a0d0a
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: OPTIONS x3
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: INVITE
*/
#include "proxy.h"

static struct text *forwarded(const char *method, const char *vias)
{
	static int number;

	number++;
	return sip("%s sip:b@198.51.100.9:5080 SIP/2.0\n"
		   "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p%d\n%s"
		   "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: %d\nCSeq: 1 %s\n",
		method, number, vias, number, method);
}

/* Of an unsteered call to where nobody keeps it. */
static void goes_unheard(int fd, const char *host, const struct text *message)
{
	struct ep to = ep(host, 5080);
	ssize_t ret = sendto(fd, message->p, message->n, 0, &to.sa, to.len);

	say("to %s: %s", host, ret < 0 ? strerrorname_np(errno) : "sent");
}

int main(void)
{
	static const char *const vias[] = {
		"Via: SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bK-1\n",
		"v: SIP/2.0/WS 203.0.113.9;branch=z9hG4bK-2\n",
		"VIA : SIP / 2.0 / wss 203.0.113.9;branch=z9hG4bK-3;rport=40000;received=203.0.113.9\n",
		"Via: SIP/2.0/SCTP 203.0.113.9;branch=z9hG4bK-4\nVia: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK-5\n",
		"Via: SIP/2.0/TLS-SCTP\n\t203.0.113.9;branch=z9hG4bK-6\n",
		"Via: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bK-7\n",
		"Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-8\n",
		"Via: SIP/2.0/TLS 203.0.113.9;branch=z9hG4bK-9;bond-in=aaaaaaaaaa\n",
		"Via: SIP/2.0/XYZ 203.0.113.9;branch=z9hG4bK-10, SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK-11\n",
	};
	int h = udp(H4, 5060);

	udp(M4, 5060);
	udp(T4, 5060);
	say("-- the host's own, twice");
	for (int i = 0; i < 2; i++)
		goes(h, ROUTED4, forwarded("OPTIONS", ""));
	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++) {
		say("-- forwarded: %.*s", (int)strcspn(vias[i], "\n"), vias[i]);
		goes(h, ROUTED4, forwarded("INVITE", vias[i]));
	}
	say("-- two in one row");
	goes(h, ROUTED4,
		sip("BYE sip:b@198.51.100.9:5080 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-r,SIP/2.0/TLS 203.0.113.9;branch=z9hG4bK-s\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>;tag=b\nCall-ID: r\nCSeq: 1 BYE\n"));
	say("-- where a route before it decides");
	goes(h, OTHER4, forwarded("INVITE", vias[0]));
	say("-- no-member = pass: the host's own way, and no later route");
	goes_unheard(h, "192.0.2.9", forwarded("INVITE", vias[0]));
	say("-- the host's own once more, and a keep-alive");
	goes(h, ROUTED4, forwarded("OPTIONS", ""));
	struct ep to = ep(ROUTED4, 5060);
	ask_data("sendto", h, &to, "\r\n\r\n", 4, NULL);
	return 0;
}
