/* SPDX-License-Identifier: MIT */
/* IPv6: brackets, however the host writes its address; it comes back in the same letters. */
/*expect
-- [fd00:2::1]
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-1
  - Record-Route: <sip:[fd00:2::1];lr>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:[fd00:1::1];lr;bond=*>
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
  - Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-1;bond=*
  - Record-Route: <sip:[fd00:1::1];lr;bond=*>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-1
  + Record-Route: <sip:[fd00:2::1];lr>
  - BYE sip:h@[FD00:1::1];bond=* SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x1
  + BYE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x1;bond-in=*
-- [FD00:2:0:0:0:0:0:1]:5060
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [FD00:2:0:0:0:0:0:1]:5060;branch=z9hG4bK-2
  - Record-Route: <sip:[FD00:2:0:0:0:0:0:1]:5060;lr>
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-2;bond=*
  + Record-Route: <sip:[fd00:1::1]:5060;lr;bond=*>
  - Contact: <sip:h@[FD00:2:0:0:0:0:0:1]:5060>
  + Contact: <sip:h@[fd00:1::1]:5060;bond=*>
  - Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-2;bond=*
  - Record-Route: <sip:[fd00:1::1]:5060;lr;bond=*>
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-2
  + Record-Route: <sip:[FD00:2:0:0:0:0:0:1]:5060;lr>
  - BYE sip:h@[FD00:1::1]:5060;bond=* SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x2
  + BYE sip:h@[FD00:2:0:0:0:0:0:1]:5060 SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x2;bond-in=*
-- [fd00:0002:0000:0000:0000:0000:0000:0001]
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:0002:0000:0000:0000:0000:0000:0001];branch=z9hG4bK-3
  - Record-Route: <sip:[fd00:0002:0000:0000:0000:0000:0000:0001];lr>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-3;bond=*
  + Record-Route: <sip:[fd00:1::1];lr;bond=*>
  - Contact: <sip:h@[fd00:0002:0000:0000:0000:0000:0000:0001]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
  - Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-3;bond=*
  - Record-Route: <sip:[fd00:1::1];lr;bond=*>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-3
  + Record-Route: <sip:[fd00:0002:0000:0000:0000:0000:0000:0001];lr>
  - BYE sip:h@[FD00:1::1];bond=* SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x3
  + BYE sip:h@[fd00:0002:0000:0000:0000:0000:0000:0001] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x3;bond-in=*
-- no brackets: none of its own
on the wire from [fd00:1::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: INVITE x3
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS
*/
#include "talk.h"

static void both(int h, int m, const char *own, int number)
{
	struct ep at = ep(M6, 5060);
	char contact[200];
	struct text *wire;

	say("-- %s", own);
	wire = goes(h, ROUTED6,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d\n"
		    "Record-Route: <sip:%s;lr>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@%s>\n", own, number, own, own));
	if (!wire)
		return;
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	comes(m, ROUTED6, &at, answer_to(wire, "200 OK", "", ""));
	char *rest = strchr(contact, ']');
	for (char *c = strchr(contact, '['); c < rest; c++)
		*c = toupper(*c);
	comes(m, ROUTED6, &at,
		sip("BYE %s SIP/2.0\nVia: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-x%d\n"
		    "From: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: 1 BYE\n",
			contact, number));
}

int main(void)
{
	int h = udp(H6, 5060), m = udp(M6, 5060);

	both(h, m, "[fd00:2::1]", 1);
	both(h, m, "[FD00:2:0:0:0:0:0:1]:5060", 2);
	both(h, m, "[fd00:0002:0000:0000:0000:0000:0000:0001]", 3);
	say("-- no brackets: none of its own");
	goes(h, ROUTED6,
		sip("OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP fd00:2::1;branch=z9hG4bK-4\n"
		    "Contact: <sip:h@fd00:2::1>\nCSeq: 1 OPTIONS\n"));
	return 0;
}
