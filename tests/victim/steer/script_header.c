/* SPDX-License-Identifier: MIT */
/* [host] header: the host's script reads where a request came in and says where it is to go, before
 * all routes. It is obeyed in a request whose arrival is known, or that is the host's own, and of several
 * the last one; neither header ever crosses the wire, in no way of writing it. */
/*ini
[host]
header = X-Bond
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:third]
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = third
*/
/*expect
-- in, with forged ones
  - X-Bond-In: third
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
  - x-bond-OUT :
  -  out
  + X-Bond-In: in
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  - X-BOND-IN>: a,
  - >b
-- by a socket of no bond
  - X-Bond-In: third
  - Via: SIP/2.0/UDP x
  + Via: SIP/2.0/UDP x;bond-in=*
-- a response
  - X-Bond-In: third
-- out: the host's own, without, with, any case, several, of no bond, none
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  - X-Bond-Out: out
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  - x-bond-out>:
  -  OUT 
  - X-Bond-In: in
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4
  - X-Bond-Out: in
  - X-Bond-Out: out
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-4;bond=*
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
on the wire from 10.0.2.1:5060
  - X-Bond-Out: None
sendto = -1 ENETUNREACH
-- out: forwarded, with the mark, with another one's, without
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-9
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-9;bond=*
  - X-Bond-Out: out
  - X-Bond-In: in
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-10
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-10;bond=*
  - X-Bond-Out: out
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-11
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-11;bond=*
  - X-Bond-Out: out
-- the CANCEL of what the script sent out, without the header, and its response
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-9
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-9;bond=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1;bond-in=*
  - X-Bond-In: in
  - X-Bond-Out: out
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1
-- to a side that no route knows
on the wire from 10.0.2.1:5060
  - X-Bond-In: in
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-21
  - X-Bond-Out: out
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-21;bond=*
-- between its own sockets
M hears 124 "OPTIONS" from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: CANCEL
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x4
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: OPTIONS x3
*/
#include "proxy.h"

static int h;

static void wish(const char *rows, const char *vias, int number)
{
	goes(h, ROUTED4,
		sip("OPTIONS sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n%s%s"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n",
			number, vias, rows));
}

int main(void)
{
	struct ep at = ep(H4, 5060), none = ep("10.0.0.1", 5060);
	int m = udp(M4, 5060), k = udp("10.0.0.1", 5060);
	struct text *in, *wire;
	char via[200];

	h = udp(H4, 5060), udp(T4, 5060);
	say("-- in, with forged ones");
	in = comes(h, ROUTED4, &at,
		sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\nX-Bond-In: third\n"
		    "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1\nx-bond-OUT :\n out\n"
		    "X-Bond-Inn: 1\nX-Bond: 2\nX-BOND-IN\t: a,\n\tb\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"));
	if (!in)
		return 1;
	snprintf(via, sizeof(via), "Via: %s\n", part(in, "Via: ", "\r"));
	say("-- by a socket of no bond");
	comes(k, ROUTED4, &none, sip("OPTIONS sip:b@x SIP/2.0\nX-Bond-In: third\nVia: SIP/2.0/UDP x\n"));
	say("-- a response");
	comes(h, ROUTED4, &at, sip("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.2.1\nX-Bond-In: third\n"));
	say("-- out: the host's own, without, with, any case, several, of no bond, none");
	wish("", "", 1);
	wish("X-Bond-Out: out\n", "", 2);
	wish("x-bond-out\t:\n OUT \nX-Bond-In: in\n", "", 3);
	wish("X-Bond-Out: in\nX-Bond-Out: out\n", "", 4);
	wish("X-Bond-Out: nobody\n", "", 5);
	wish("X-Bond-Out: out, third\n", "", 6);
	wish("X-Bond-Out: None\n", "", 7);
	wish("X-Bond-Out:\n", "", 8);
	say("-- out: forwarded, with the mark, with another one's, without");
	wish("X-Bond-Out: out\nX-Bond-In: in\n", via, 9);
	wish("X-Bond-Out: out\n", "Via: SIP/2.0/UDP x;branch=z9hG4bK-a2;bond-in=aaaaaaaaaa\n", 10);
	wish("X-Bond-Out: out\n", "Via: SIP/2.0/UDP x;branch=z9hG4bK-a2\n", 11);
	say("-- the CANCEL of what the script sent out, without the header, and its response");
	wire = goes(h, ROUTED4,
		sip("CANCEL sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-9\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 CANCEL\n"));
	goes(h, ROUTED4,
		sip("SIP/2.0 200 OK\n%sX-Bond-In: in\nX-Bond-Out: out\nCSeq: 1 INVITE\n", via));
	say("-- to a side that no route knows");
	goes(h, OTHER4,
		sip("OPTIONS sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-20\n"
		    "X-Bond-In: in\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	goes(h, OTHER4,
		sip("OPTIONS sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-21\n"
		    "X-Bond-Out: out\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	say("-- between its own sockets");
	struct ep own = ep(M4, 5060);
	struct text *t = sip("OPTIONS sip:b@x SIP/2.0\nX-Bond-Out: third\n"
			     "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-22\nCSeq: 1 OPTIONS\n");
	sendto(h, t->p, t->n, 0, &own.sa, own.len);
	say_heard("M", m);
	(void)wire;
	return 0;
}
