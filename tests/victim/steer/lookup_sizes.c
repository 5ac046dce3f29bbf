/* SPDX-License-Identifier: MIT */
/* size_asked.c on a listener that is led what comes to members: of such a socket the kernel says nothing by FIONREAD,
 * and looks for no datagram where there is no room for one. */
/*ini
[host]
open = sk_lookup
[bond:one]
member = udp:10.0.3.1:5060 open
member = udp:[fd00:3::1]:5060 open
[route:one]
to = 198.51.100.0/24
bond = one
*/
/*expect
-- FIONREAD
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
-- FIONREAD, then recvmsg
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
-- recv of 2 bytes
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
-- recvfrom of nothing
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4
-- recvmsg without room
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5
-- IPv6, FIONREAD
  - Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6
  + Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6;bond-in=*
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6
-- what is no SIP
its size
its size
its size
its size
its size
-- nothing
0 bytes
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0 x5
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
*/
#define ANY4 H4
#define ANY6 H6
#include "size_asked.c"
