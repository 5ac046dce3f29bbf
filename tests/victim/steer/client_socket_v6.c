/* SPDX-License-Identifier: MIT */
/* As client_socket.c, by IPv6. */
/*ini
[bond:one]
member = udp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect
-- by a route
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-1;rport
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-1;rport;bond=*
  - Contact: <sip:h@[fd00:2::1]:PORT;ob>
  + Contact: <sip:h@[fd00:1::1]:PORT;ob;bond=*>
-- its answer
  - Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-1;rport;bond=*;received=fd00:1::1
  + Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-1;rport;received=fd00:1::1
  - Contact: <sip:h@[fd00:1::1]:PORT;ob;bond=*>
  + Contact: <sip:h@[fd00:2::1]:PORT;ob>
the host is told its own address and port
-- a call to that Contact, and the host's answer
  - INVITE sip:h@[fd00:1::1]:PORT;ob;bond=* SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-2
  + INVITE sip:h@[fd00:2::1]:PORT;ob SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-2;bond-in=*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-2;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-2
  - Contact: <sip:h@[fd00:2::1]:PORT>
  + Contact: <sip:h@[fd00:1::1]:PORT;bond=*>
-- by no route
on the wire from [fd00:2::1]:*
its answer is heard
-- what is no SIP, by no route
on the wire from [fd00:2::1]:*
on the wire from [fd00:2::1]:*
on the wire from [fd00:2::1]:*
-- what keeps a flow open
on the wire from [fd00:1::1]:*
on the wire from [fd00:2::1]:*
-- a request to its own address, and the host's answer
on the wire from [fd00:2::1]:*
-- to an address of the machine that is neither
nothing to read
-- another socket names it in its Contact
on the wire from [fd00:1::1]:5060
  - Contact: <sip:h@[fd00:2::1]:PORT>
  + Contact: <sip:h@[fd00:1::1]:PORT;bond=*>
-- a child sends
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-5;rport
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-5;rport;bond=*
  - Contact: <sip:h@[fd00:2::1]:PORT;ob>
  + Contact: <sip:h@[fd00:1::1]:PORT;ob;bond=*>
on the wire from [fd00:2::1]:*
-- connected to where no route leads
on the wire from [fd00:2::1]:*
the host is told its own address and port
-- connected by a route
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-6;rport
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-6;rport;bond=*
  - Contact: <sip:h@[fd00:2::1]:PORT;ob>
  + Contact: <sip:h@[fd00:1::1]:PORT;ob;bond=*>
-- its answer
  - Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-6;rport;bond=*
  + Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-6;rport
peer: udp [fd00:1::1]:* > [2001:db8::9]:5080: 4 bytes 0d0a0d0a
peer: udp [fd00:1::1]:* > [2001:db8::9]:5080: OPTIONS x2
peer: udp [fd00:1::1]:* > [2001:db8::9]:5080: REGISTER
peer: udp [fd00:1::1]:* > [2001:db8::9]:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: 20 bytes 00010000
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: 5 bytes 80007274
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: OPTIONS x3
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: small x2
*/
#define V6
#include "client_socket.c"
