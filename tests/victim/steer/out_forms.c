/* SPDX-License-Identifier: MIT */
/* However the host writes its own fields, they are found: compact names, any case, folded lines, odd
 * spacing, several values in a row, no <>, bare line feeds, no port. */
/*expect
on the wire from 10.0.1.1:5060
  - v: SIP / 2.0 / UDP  10.0.2.1 : 5060 ; branch=z9hG4bK-1, SIP/2.0/UDP x;branch=y
  - RECORD-route >:  <SIP:10.0.2.1:5060;LR>,
  + v: SIP / 2.0 / UDP  10.0.1.1 : 5060 ; branch=z9hG4bK-1;bond=*, SIP/2.0/UDP x;branch=y
  + RECORD-route >:  <SIP:10.0.1.1:5060;LR;bond=*>,
  -  <sip:h@10.0.2.1>;q=0.5 ,
  -  <sip:h@10.0.2.1:5060?Subject=x>;q=0.4
  +  <sip:h@10.0.1.1;bond=*>;q=0.5 ,
  +  <sip:h@10.0.1.1:5060;bond=*?Subject=x>;q=0.4
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1
  + Via: SIP/2.0/UDP 10.0.1.1;bond=*
  - Contact: sip:h@10.0.2.1;expires=5
  + Contact: <sip:h@10.0.1.1;bond=*>;expires=5
-- bare line feeds
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
-- no end of the header, and the last line open
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-4;bond=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SUBSCRIBE
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060);
	struct text *t;

	udp(M4, 5060);
	goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "v: SIP / 2.0 / UDP  10.0.2.1 : 5060 ; branch=z9hG4bK-1, SIP/2.0/UDP x;branch=y\n"
		    "RECORD-route \t:  <SIP:10.0.2.1:5060;LR>,\n"
		    "\t<sip:x.example;lr>\n"
		    "f: <sip:b@x>;tag=1\nt: <sip:a@x>\ni: 1\nCSeq: 1 INVITE\n"
		    "M:\n <sip:h@10.0.2.1>;q=0.5 ,\n <sip:h@10.0.2.1:5060?Subject=x>;q=0.4\nl: 0\n"));
	goes(h, ROUTED4,
		sip("SUBSCRIBE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 2\nCSeq: 1 SUBSCRIBE\n"
		    "Contact: sip:h@10.0.2.1;expires=5\n"));
	say("-- bare line feeds");
	t = text_new();
	t->n = sprintf(t->p, "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3\n"
			     "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 3\nCSeq: 1 OPTIONS\n\n");
	goes(h, ROUTED4, t);
	say("-- no end of the header, and the last line open");
	t = text_new();
	t->n = sprintf(t->p, "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 3\r\n"
			     "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4");
	goes(h, ROUTED4, t);
	return 0;
}
