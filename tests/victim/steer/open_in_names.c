/* SPDX-License-Identifier: MIT */
/* The host sees itself in what comes to an opened member: in the Request-URI and in the topmost Routes, by
 * whatever the member is called there. Other names and other fields stay, and so does all that comes to its
 * own address but for the mark. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open
member = udp:10.0.3.1:5060 as sip.example.com open
member = udp:[fd00:1::1]:5060 open
member = udp:[fd00:3::1]:5060 as sip.example.com open
*/
/*expect v4
-- to 10.0.1.1: sip:h@10.0.1.1
  - INVITE sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + INVITE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@10.0.1.1:5060;transport=udp
  - INVITE sip:h@10.0.1.1:5060;transport=udp SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + INVITE sip:h@10.0.2.1:5060;transport=udp SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:10.0.1.1
  - INVITE sip:10.0.1.1 SIP/2.0
  + INVITE sip:10.0.2.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@10.0.1.1:5070
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@example.net
  - Route: <sip:10.0.1.1;lr>, <sip:next.example.net;lr>
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Route: <sip:10.0.2.1;lr>, <sip:next.example.net;lr>
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@example.net
  - Route: <sip:10.0.1.1:5060;lr>
  - Route: <sip:10.0.1.1;lr;r2=on>
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Route: <sip:10.0.2.1:5060;lr>
  + Route: <sip:10.0.2.1;lr;r2=on>
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@example.net
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: tel:+4930123
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.3.1: sip:h@10.0.3.1
  - INVITE sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + INVITE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.3.1: sip:h@sip.example.com
  - INVITE sip:h@sip.example.com SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + INVITE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.3.1: sip:h@SIP.Example.com:5060
  - INVITE sip:h@SIP.Example.com:5060 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + INVITE sip:h@10.0.2.1:5060 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.1.1: sip:h@sip.example.com
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.2.1: sip:h@10.0.2.1
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
-- to 10.0.2.1: sip:h@10.0.1.1
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-1;bond-in=*
*/
/*expect v6
-- to fd00:1::1: sip:h@[fd00:1::1]
  - INVITE sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + INVITE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@[fd00:1::1]:5060;transport=udp
  - INVITE sip:h@[fd00:1::1]:5060;transport=udp SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + INVITE sip:h@[fd00:2::1]:5060;transport=udp SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:[fd00:1::1]
  - INVITE sip:[fd00:1::1] SIP/2.0
  + INVITE sip:[fd00:2::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@[fd00:1::1]:5070
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@example.net
  - Route: <sip:[fd00:1::1];lr>, <sip:next.example.net;lr>
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Route: <sip:[fd00:2::1];lr>, <sip:next.example.net;lr>
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@example.net
  - Route: <sip:[fd00:1::1]:5060;lr>
  - Route: <sip:[fd00:1::1];lr;r2=on>
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Route: <sip:[fd00:2::1]:5060;lr>
  + Route: <sip:[fd00:2::1];lr;r2=on>
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@example.net
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: tel:+4930123
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:3::1: sip:h@[fd00:3::1]
  - INVITE sip:h@[fd00:3::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + INVITE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:3::1: sip:h@sip.example.com
  - INVITE sip:h@sip.example.com SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + INVITE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:3::1: sip:h@SIP.Example.com:5060
  - INVITE sip:h@SIP.Example.com:5060 SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + INVITE sip:h@[fd00:2::1]:5060 SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:1::1: sip:h@sip.example.com
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:2::1: sip:h@[fd00:2::1]
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
-- to fd00:2::1: sip:h@[fd00:1::1]
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-1;bond-in=*
*/
#include "open.h"

static void arrives(int h, const char *at, const char *uri, const char *rows)
{
	struct ep to = ep(at, 5060);

	say("-- to %s: %s", at, uri);
	comes(h, PEER, &to,
		sip("INVITE %s SIP/2.0\n%sVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-1\nFrom: <sip:p@x>;tag=p\n"
		    "To: <%s>\nCall-ID: 1\nCSeq: 1 INVITE\nContact: <sip:p@%s>\n", uri, rows, THERE, uri, THERE));
}

static const char *with(const char *format, const char *host)
{
	static char texts[8][300];
	static int next;
	char *text = texts[next++ % 8];

	snprintf(text, sizeof(texts[0]), format, host, host);
	return text;
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);
	const char *m = bracketed(M), *t = bracketed(T);

	arrives(h, M, with("sip:h@%s", m), "");
	arrives(h, M, with("sip:h@%s:5060;transport=udp", m), "");
	arrives(h, M, with("sip:%s", m), "Max-Forwards: 70\n");
	arrives(h, M, with("sip:h@%s:5070", m), "");
	arrives(h, M, "sip:h@example.net", with("Route: <sip:%s;lr>, <sip:next.example.net;lr>\n", m));
	arrives(h, M, "sip:h@example.net", with("Route: <sip:%s:5060;lr>\nRoute: <sip:%s;lr;r2=on>\n", m));
	arrives(h, M, "sip:h@example.net", with("Route: <sip:next.example.net;lr>,<sip:%s;lr>\n", m));
	arrives(h, M, "tel:+4930123", with("Record-Route: <sip:%s;lr>\nReferred-By: <sip:h@%s>\n", m));
	arrives(h, T, with("sip:h@%s", t), "");
	arrives(h, T, "sip:h@sip.example.com", "");
	arrives(h, T, "sip:h@SIP.Example.com:5060", "");
	arrives(h, M, "sip:h@sip.example.com", "");
	arrives(h, H, with("sip:h@%s", OWN), "");
	arrives(h, H, with("sip:h@%s", m), "");
	return 0;
}
