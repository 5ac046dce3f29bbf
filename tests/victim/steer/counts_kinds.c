/* SPDX-License-Identifier: MIT */
/* Beside requests: edits and restored names, responses, failover, no member, what is too large, probes, and what
 * is answered or dropped in the host's place, each with its member and route. */
/*ini
[host]
unknown = 403
[bond:ext]
member = udp:10.9.9.9:5060
member = udp:10.0.1.1:5060
[bond:six]
member = udp:[fd00:1::1]:5060
[bond:lax]
member = udp:10.0.3.1:5099
no-member = pass
[route:r]
to = 198.51.100.0/24
bond = ext
[route:six]
to = 203.0.113.0/24
bond = six
[route:lax]
to = 192.0.2.0/24
bond = lax
*/
/*expect
on the wire from 10.0.1.1:5060
  - Record-Route: <sip:10.0.2.1;lr>
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
on the wire from 10.0.1.1:5060
  - Record-Route: <sip:10.0.2.1;lr>
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
on the wire from 10.0.1.1:5060
  - Record-Route: <sip:10.0.2.1;lr>
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
3 times 238 bytes
  - Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Record-Route: <sip:10.0.2.1;lr>
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-9;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-9;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-9;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-9
149 bytes
  - OPTIONS sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2
  - From: <sip:a@x>;tag=2
  - To: <sip:b@x>
  - Call-ID: 2
  - CSeq: 1 OPTIONS
  - Subject: long enough for an answer that is no longer than it is
  - 
  - OPTIONS sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2
  - From: <sip:a@x>;tag=2
  - To: <sip:b@x>
  - Call-ID: 3
  - CSeq: 1 OPTIONS
  - 
-- counted
udp:10.9.9.9:5060: probes 2, refused 1, unedited large 1
udp:10.0.1.1:5060: requests 3, bytes 863, responses 1, came requests 1, came responses 1, edited 4, restored 1, failovers 1, forged 1
ext: requests 3, bytes 863, responses 1, came requests 1, came responses 1, edited 4, restored 1, probes 2, refused 1, failovers 1, forged 1, unedited large 1
six: no member 4
six without a member: no member 4
lax: passed 5
lax without a member: passed 5
route r: requests 3, bytes 714, edited 3, probes 2, refused 1, failovers 1, unedited large 1
route six: no member 4
route lax: passed 5
no route: forbidden 1, dropped 1
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.3.1:5070 > 198.51.100.9:5080: SIP/2.0
*/
#include "counts.h"
#include "talk.h"

/* No datagram any more, once it is edited. */
static void large(int fd)
{
	struct ep to = ep(ROUTED4, 5062);
	struct text *t = sip("OPTIONS sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-5\n"
			     "Contact: <sip:h@10.0.1.1>\nCall-ID: 5\nCSeq: 1 OPTIONS\n");

	memset(t->p + t->n, 'x', 65507 - t->n);
	if (send_by("sendto", fd, &to, t->p, 65507) != -1)
		die("what is too large left");
}

int main(void)
{
	int any = udp("0.0.0.0", 5060), alone = udp(T4, 5070);
	struct ep at = ep(M4, 5060), nobody = ep(T4, 5070), other = ep(OTHER4, 5062), lax = ep("192.0.2.9", 5062);
	struct ep probed = ep(ROUTED4, 5060);
	struct text *wire = NULL, *asked;

	for (int i = 0; i < 3; i++)
		wire = goes(any, ROUTED4,
			sip("INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1\n"
			    "Record-Route: <sip:10.0.2.1;lr>\nFrom: <sip:b@x>;tag=1\nTo: <sip:a@x>\n"
			    "Call-ID: 1\nCSeq: 1 INVITE\nContact: <sip:h@10.0.2.1:5060>\n"));
	say("3 times %zu bytes", wire ? wire->n : 0);
	if (wire)
		comes(any, ROUTED4, &at, answer_to(wire, "200 OK", ";received=10.0.1.1", ""));
	asked = comes(any, ROUTED4, &at,
		sip("BYE sip:h@10.0.1.1 SIP/2.0\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-9;bond-in=aaaaaaaaaa\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n"));
	wire = asked ? goes(any, ROUTED4, answer_to(asked, "200 OK", "", "")) : NULL;
	say("%zu bytes", wire ? wire->n : 0);
	large(any);
	comes(alone, ROUTED4, &nobody,
		sip("OPTIONS sip:h@10.0.3.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 2\nCSeq: 1 OPTIONS\n"
		    "Subject: long enough for an answer that is no longer than it is\n"));
	comes(alone, ROUTED4, &nobody,
		sip("OPTIONS sip:h@10.0.3.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 3\nCSeq: 1 OPTIONS\n"));
	for (int i = 0; i < 4; i++)
		send_by("sendto", any, &other, SIP, SIP_LEN);
	for (int i = 0; i < 5; i++)
		send_by("sendto", any, &lax, SIP, SIP_LEN);
	int s = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(s, &probed.sa, probed.len));
	told_name(s);
	told_name(s);
	say_counts("counted");
	return 0;
}
