/* SPDX-License-Identifier: MIT */
/* What a listener of opened members sends again and again, by which rules nothing is routed: from the host's own
 * address, until the peer comes in by a member; to the host itself; by another descriptor, from a thread and a child;
 * after its number became another socket's. Requests that are noted, and what is no SIP, too; by sendmsg(), and to
 * IPv6. */
/*victim
case: filter sk_lookup keep message message_marked v6 v6_marked v6_lookup
*/
/*ini filter
[bond:b]
member = udp:10.0.1.1:5060 open=filter
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*ini sk_lookup
[bond:b]
member = udp:10.0.1.1:5060 open=sk_lookup
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*ini keep
[host]
headers = keep
[bond:b]
member = udp:10.0.1.1:5060 open
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*ini message
[host]
headers = keep
[bond:b]
member = udp:10.0.1.1:5060 open=filter
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*ini message_marked
[bond:b]
member = udp:10.0.1.1:5060 open=filter
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*ini v6
[host]
headers = keep
[bond:b]
member = udp:[fd00:1::1]:5060 open=filter
[route:r]
to = 2001:db8::/48
bond = b
*/
/*ini v6_marked
[bond:b]
member = udp:[fd00:1::1]:5060 open=filter
[route:r]
to = 2001:db8::/48
bond = b
*/
/*ini v6_lookup
[host]
headers = keep
[bond:b]
member = udp:[fd00:1::1]:5060 open=sk_lookup
[route:r]
to = 2001:db8::/48
bond = b
*/
/*expect filter
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from 10.0.2.1:5060
to itself: 0 failed
  25 from 10.0.2.1:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x10
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x10
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml/> x5
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml>no x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml/> x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml>no x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x50
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: OPTIONS x10
*/
/*expect sk_lookup
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from 10.0.2.1:5060
to itself: 0 failed
  25 from 10.0.2.1:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x10
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x10
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml/> x5
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml>no x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml/> x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml>no x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x50
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: OPTIONS x10
*/
/*expect keep
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from 10.0.2.1:5060
to itself: 0 failed
  25 from 10.0.2.1:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x10
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x10
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml/> x5
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml>no x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml/> x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml>no x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x50
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: OPTIONS x10
*/
/*expect message
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from 10.0.2.1:5060
to itself: 0 failed
  25 from 10.0.2.1:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x10
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x10
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml/> x5
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml>no x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml/> x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml>no x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x50
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: OPTIONS x10
*/
/*expect message_marked
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from 10.0.2.1:5060
to itself: 0 failed
  25 from 10.0.2.1:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x10
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x10
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml/> x5
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: <xml>no x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml/> x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: <xml>no x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x25
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x50
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml/> x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: <xml>no x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: INVITE x5
peer: udp 10.0.3.1:5090 > 203.0.113.9:5080: OPTIONS x10
*/
/*expect v6
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from [fd00:2::1]:5060
to itself: 0 failed
  25 from [fd00:2::1]:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS x10
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x10
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml/> x5
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml>no x5
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml/> x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml>no x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: INVITE x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x50
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: OPTIONS x10
*/
/*expect v6_marked
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from [fd00:2::1]:5060
to itself: 0 failed
  25 from [fd00:2::1]:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS x10
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x10
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml/> x5
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml>no x5
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml/> x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml>no x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: INVITE x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x50
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: OPTIONS x10
*/
/*expect v6_lookup
to a peer that did not come: 0 failed
by a route: 0 failed
to the host's other socket: 0 failed
  25 from [fd00:2::1]:5060
to itself: 0 failed
  25 from [fd00:2::1]:5060
from a thread: 0 failed
from a child: 0 failed
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
to the same, which came in: 0 failed
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
to the same, which came home: 0 failed
by a copy: 0 failed
by a socket that has its number: 0 failed
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS x10
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x10
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml/> x5
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: <xml>no x5
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml/> x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: <xml>no x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: INVITE x25
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x50
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml/> x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: <xml>no x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: INVITE x5
peer: udp [fd00:3::1]:5090 > [2001:db8:1::9]:5080: OPTIONS x10
*/
#include "open.h"

#include <pthread.h>

#define TIMES 5

static const struct text other = {"<xml>no message of SIP, of 64 bytes and more than that in all</xml>\n", 67},
			 small = {"<xml/>", 6};

static const char *call = "sendto";

static void all_from(const char *what, int fd, const char *host, int port)
{
	static int number;
	int n = number += 3; /* transactions of their own */
	const struct text *messages[] = {options(n), invite(n + 1), &other, &small, options(n + 2)};
	struct ep to = ep(host, port);
	int failed = 0;

	for (int i = 0; i < TIMES; i++) {
		for (size_t k = 0; k < sizeof(messages) / sizeof(messages[0]); k++) {
			errno = 4321;
			failed += send_by(call, fd, &to, messages[k]->p, messages[k]->n) != (long)messages[k]->n ||
				errno != 4321;
		}
	}
	say("%s: %d failed", what, failed);
}

/* From where what is there was sent, each place once with how often. */
static void say_sources(int fd)
{
	struct { struct ep from; int count; } seen[8];
	int n = 0, i;

	for (;;) {
		struct ep from = {.len = sizeof(from.ss)};
		char in[3000];
		if (recvfrom(fd, in, sizeof(in), MSG_DONTWAIT, &from.sa, &from.len) < 0)
			break;
		for (i = 0; i < n && strcmp(ep_text(&seen[i].from), ep_text(&from)); i++)
			;
		if (i == n)
			seen[n++].from = from, seen[i].count = 0;
		seen[i].count++;
	}
	for (i = 0; i < n; i++)
		say("  %d from %s", seen[i].count, ep_text(&seen[i].from));
}

static int h, h2;

static void *in_thread(void *unused)
{
	all_from("from a thread", h, PEER, 5080);
	return unused;
}

int main(int argc, char **argv)
{
	const char *name = argv[argc - 1];
	pthread_t thread;

	if (strncmp(name, "v6", 2) == 0)
		choose_family("v6");
	if (strncmp(name, "message", 7) == 0)
		call = "sendmsg";
	h = udp(H, 5060);
	h2 = udp(T, 5090);
	all_from("to a peer that did not come", h, PEER, 5080);
	all_from("by a route", h, ROUTED, 5080);
	all_from("to the host's other socket", h, T, 5090);
	say_sources(h2);
	all_from("to itself", h, H, 5060);
	say_sources(h);
	MUST(pthread_create(&thread, NULL, in_thread, NULL));
	pthread_join(thread, NULL);
	pid_t child = MUST(fork());
	if (!child) {
		all_from("from a child", h, PEER, 5080);
		_exit(0);
	}
	MUST(waitpid(child, NULL, 0));
	comes_in(h, "OPTIONS", M, NULL, 1);
	all_from("to the same, which came in", h, PEER, 5080);
	comes_in(h, "OPTIONS", H, NULL, 2);
	all_from("to the same, which came home", h, PEER, 5080);
	int copy = MUST(dup(h));
	all_from("by a copy", copy, PEER, 5080);
	close(copy);
	MUST(dup2(h2, h));
	all_from("by a socket that has its number", h, PEER, 5080);
	return 0;
}
