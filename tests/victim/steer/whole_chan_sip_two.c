/* SPDX-License-Identifier: MIT */
/* As whole_chan_sip.c, with two members of the bond. */
/*ini
[bond:one]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
member = udp:[fd00:1::1]:5060
member = udp:[fd00:3::1]:5060
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect
-- calls 198.51.100.9
on the wire from 10.0.1.1:5060
its answer
ACK
on the wire from 10.0.1.1:5060
re-INVITE by the peer
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p1
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p1;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p1;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p1
re-INVITE by the host
on the wire from 10.0.1.1:5060
its answer
ACK
on the wire from 10.0.1.1:5060
BYE by the host
on the wire from 10.0.1.1:5060
its answer
-- is called by 198.51.100.9 at 10.0.1.1
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p2
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p2;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p2;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p2
re-INVITE by the host
on the wire from 10.0.1.1:5060
its answer
ACK
on the wire from 10.0.1.1:5060
BYE by the host
on the wire from 10.0.1.1:5060
its answer
-- is called by 198.51.100.9 at 10.0.3.1
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p3
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p3;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p3;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-p3
re-INVITE by the host
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1:5060;rport;branch=z9hG4bK-3-1INVITE
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-3-1INVITE;bond=*
its answer
  - Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-3-1INVITE;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1:5060;rport;branch=z9hG4bK-3-1INVITE
ACK
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1:5060;rport;branch=z9hG4bK-3-1ACK
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-3-1ACK;bond=*
BYE by the host
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.1.1:5060;rport;branch=z9hG4bK-3-2BYE
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-3-2BYE;bond=*
its answer
  - Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-3-2BYE;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1:5060;rport;branch=z9hG4bK-3-2BYE
-- is called by 203.0.113.9 at 10.0.3.1
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4
  - Contact: <sip:h@10.0.0.1:5060>
  + Contact: <sip:h@10.0.3.1:5060;bond=*>
re-INVITE by the host
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-4-1INVITE
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-4-1INVITE;bond=*
  - Contact: <sip:h@10.0.0.1:5060>
  + Contact: <sip:h@10.0.3.1:5060;bond=*>
its answer
  - Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-4-1INVITE;bond=*
  + Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-4-1INVITE
ACK
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-4-1ACK
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-4-1ACK;bond=*
  - Contact: <sip:h@10.0.0.1:5060>
  + Contact: <sip:h@10.0.3.1:5060;bond=*>
BYE by the host
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-4-2BYE
  + Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-4-2BYE;bond=*
  - Contact: <sip:h@10.0.0.1:5060>
  + Contact: <sip:h@10.0.3.1:5060;bond=*>
its answer
  - Via: SIP/2.0/UDP 10.0.3.1:5060;rport;branch=z9hG4bK-4-2BYE;bond=*
  + Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-4-2BYE
-- calls 203.0.113.9
on the wire from 10.0.0.1:5060
its answer
ACK
on the wire from 10.0.0.1:5060
re-INVITE by the peer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5;bond-in=*
on the wire from 10.0.0.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5
re-INVITE by the host
on the wire from 10.0.0.1:5060
its answer
ACK
on the wire from 10.0.0.1:5060
BYE by the host
on the wire from 10.0.0.1:5060
its answer
-- is called by 203.0.113.9 at 10.0.2.1
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6
re-INVITE by the host
on the wire from 10.0.2.1:5060
its answer
ACK
on the wire from 10.0.2.1:5060
BYE by the host
on the wire from 10.0.2.1:5060
its answer
-- calls 2001:db8::9
on the wire from [fd00:1::1]:5060
its answer
ACK
on the wire from [fd00:1::1]:5060
re-INVITE by the peer
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p7
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p7;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p7;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p7
re-INVITE by the host
on the wire from [fd00:1::1]:5060
its answer
ACK
on the wire from [fd00:1::1]:5060
BYE by the host
on the wire from [fd00:1::1]:5060
its answer
-- is called by 2001:db8::9 at fd00:3::1
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p8
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p8;bond-in=*
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p8;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-p8
re-INVITE by the host
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [fd00:1::1]:5060;rport;branch=z9hG4bK-8-1INVITE
  + Via: SIP/2.0/UDP [fd00:3::1]:5060;rport;branch=z9hG4bK-8-1INVITE;bond=*
its answer
  - Via: SIP/2.0/UDP [fd00:3::1]:5060;rport;branch=z9hG4bK-8-1INVITE;bond=*
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;rport;branch=z9hG4bK-8-1INVITE
ACK
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [fd00:1::1]:5060;rport;branch=z9hG4bK-8-1ACK
  + Via: SIP/2.0/UDP [fd00:3::1]:5060;rport;branch=z9hG4bK-8-1ACK;bond=*
BYE by the host
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [fd00:1::1]:5060;rport;branch=z9hG4bK-8-2BYE
  + Via: SIP/2.0/UDP [fd00:3::1]:5060;rport;branch=z9hG4bK-8-2BYE;bond=*
its answer
  - Via: SIP/2.0/UDP [fd00:3::1]:5060;rport;branch=z9hG4bK-8-2BYE;bond=*
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;rport;branch=z9hG4bK-8-2BYE
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: ACK x2
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: BYE
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: INVITE x2
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: ACK x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: BYE x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0 x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: ACK
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: BYE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: BYE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: ACK
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: BYE
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: ACK x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: BYE
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: SIP/2.0
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: ACK
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: BYE
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: INVITE
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: SIP/2.0
*/
#define MEMBERS_2
#include "whole_chan_sip.c"
