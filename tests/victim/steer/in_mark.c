/* SPDX-License-Identifier: MIT */
/* The first Via value that arrives gets the mark, wherever it stands; a mark that is there already is
 * forged and goes. Below it, and in responses, nothing is marked or removed. */
/*ini
[bond:in]
member = udp:10.0.1.1:5060
[route:r]
from = in
bond = in
*/
/*expect
-- several values in a row
  - Via: SIP/2.0/UDP a;branch=z9hG4bK-1 , SIP/2.0/UDP b;branch=z9hG4bK-0
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=* , SIP/2.0/UDP b;branch=z9hG4bK-0
-- folded, compact, quoted comma, a comment
  -  branch=z9hG4bK-1;x="a, b",
  +  branch=z9hG4bK-1;x="a, b";bond-in=*,
-- not the first row of the header
  - Via: SIP/2.0/UDP a;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
-- forged, once and twice, in any case; one below stays
  - Via: SIP/2.0/UDP a;bond-in=*;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
  - Via: SIP/2.0/UDP a;BOND-IN=x;branch=z9hG4bK-1;bond-in
  + Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=*
-- a peer's own bond beside it stays
  - Via: SIP/2.0/UDP a;bond=*;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP a;bond=*;branch=z9hG4bK-1;bond-in=*
-- a response
-- no Via, another version, no SIP: let in without a mark, with, not
  - Via: SIP/2.0/UDP a
  + Via: SIP/2.0/UDP a;bond-in=*
  - GET / HTTP/1.1
  - Via: SIP/2.0/UDP a;bond-in=*
  - 
-- the host's answer: the mark goes, by name, wherever it stands; that of lower ones stays
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*;received=x
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;received=x
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;Bond-In = aaaaaaaaaa ;branch=z9hG4bK-1, SIP/2.0/UDP b;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080 ;branch=z9hG4bK-1, SIP/2.0/UDP b;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0 x2
*/
#include "talk.h"

static struct ep at;
static int m;

static struct text *ask_with(const char *vias)
{
	return comes(m, ROUTED4, &at,
		sip("OPTIONS sip:h@10.0.1.1 SIP/2.0\n%s"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n", vias));
}

int main(void)
{
	at = ep(M4, 5060);
	m = udp(M4, 5060);
	say("-- several values in a row");
	ask_with("Via: SIP/2.0/UDP a;branch=z9hG4bK-1 , SIP/2.0/UDP b;branch=z9hG4bK-0\n");
	say("-- folded, compact, quoted comma, a comment");
	ask_with("v :\n SIP/2.0/UDP a;\n branch=z9hG4bK-1;x=\"a, b\",\n SIP/2.0/UDP b\n");
	say("-- not the first row of the header");
	ask_with("Max-Forwards: 7\nVia: SIP/2.0/UDP a;branch=z9hG4bK-1\nVia: SIP/2.0/UDP b\n");
	say("-- forged, once and twice, in any case; one below stays");
	ask_with("Via: SIP/2.0/UDP a;bond-in=aaaaaaaaaa;branch=z9hG4bK-1\n");
	ask_with("Via: SIP/2.0/UDP a;BOND-IN=x;branch=z9hG4bK-1;bond-in\n"
		 "Via: SIP/2.0/UDP b;bond-in=aaaaaaaaaa\n");
	say("-- a peer's own bond beside it stays");
	ask_with("Via: SIP/2.0/UDP a;bond=aaaaaaaaaa;branch=z9hG4bK-1\n");
	say("-- a response");
	comes(m, ROUTED4, &at,
		sip("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1\n"
		    "Via: SIP/2.0/UDP b;bond-in=aaaaaaaaaa\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	say("-- no Via, another version, no SIP: let in without a mark, with, not");
	comes(m, ROUTED4, &at, sip("OPTIONS sip:h@10.0.1.1 SIP/2.0\nCall-ID: 1\n"));
	comes(m, ROUTED4, &at, sip("OPTIONS sip:h@10.0.1.1 SIP/3.0\nVia: SIP/2.0/UDP a\n"));
	comes(m, ROUTED4, &at, sip("GET / HTTP/1.1\nVia: SIP/2.0/UDP a;bond-in=aaaaaaaaaa\n"));
	say("-- the host's answer: the mark goes, by name, wherever it stands; that of lower ones stays");
	goes(m, ROUTED4,
		sip("SIP/2.0 200 OK\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=aaaaaaaaaa;received=x\n"
		    "Via: SIP/2.0/UDP b;bond-in=aaaaaaaaaa\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	goes(m, ROUTED4,
		sip("SIP/2.0 200 OK\n"
		    "Via: SIP/2.0/UDP 198.51.100.9:5080;Bond-In = aaaaaaaaaa ;branch=z9hG4bK-1, "
		    "SIP/2.0/UDP b;bond-in=aaaaaaaaaa\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	return 0;
}
