/* SPDX-License-Identifier: MIT */
/* With routes by `to` alone an arriving datagram is marked as soon as its response could leave by another
 * socket of the host, one of which is a member's: then the response leaves from where the request came
 * in. Such a mark is in the form that leaves already, and changes nothing else of what the host sends. */
/*expect
-- one socket, and one of another family
-- two of that family
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3;bond-in=*
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4;bond-in=*
-- the other family still has one
-- the host's answers, by either socket
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-4
-- forwarded, by no route and by one: the mark as it was
on the wire from 10.0.2.1:5060
the same mark
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-p;bond=*
the same mark
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0 x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
*/
#include "talk.h"

#define REST "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"

static struct text *asked(
	int fd, const char *from, const char *name, const struct ep *at, int number)
{
	return comes(fd, from, at,
		sip("OPTIONS sip:h@x SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-%d\n" REST,
			name, number));
}

static const char *via_of(const struct text *t)
{
	return part(t, "\nVia: SIP/2.0/UDP 198", "\r");
}

/* The host forwards what it read; whether the mark in the lower Via is what it was. */
static void forwards(int fd, const char *own, const char *to, const char *method, const char *via)
{
	struct text *wire = goes(fd, to, sip("%s sip:b@x SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-p\n"
		"Via: SIP/2.0/UDP 198%s\n" REST, method, own, via));

	say("%s mark", strstr(wire->p, via) ? "the same" : "another");
}

int main(void)
{
	struct ep m4 = ep(M4, 5060), m6 = ep(M6, 5060), h4 = ep(H4, 5060);
	int m = udp(M4, 5060), six, h;
	struct text *by_m, *by_h;
	char via[200];

	say("-- one socket, and one of another family");
	asked(m, ROUTED4, ROUTED4, &m4, 1);
	six = udp(M6, 5060);
	asked(m, ROUTED4, ROUTED4, &m4, 2);
	say("-- two of that family");
	h = udp(H4, 5060);
	by_m = asked(m, ROUTED4, ROUTED4, &m4, 3);
	by_h = asked(h, OTHER4, OTHER4, &h4, 4);
	say("-- the other family still has one");
	asked(six, "2001:db8::9", "[2001:db8::9]", &m6, 5);
	say("-- the host's answers, by either socket");
	goes(m, ROUTED4, answer_to(by_m, "200 OK", "", ""));
	goes(h, ROUTED4, answer_to(by_m, "200 OK", "", ""));
	goes(h, OTHER4, answer_to(by_h, "200 OK", "", ""));
	goes(m, OTHER4, answer_to(by_h, "200 OK", "", ""));
	say("-- forwarded, by no route and by one: the mark as it was");
	snprintf(via, sizeof(via), "%s", via_of(by_m));
	forwards(h, H4, OTHER4, "OPTIONS", via);
	forwards(h, H4, ROUTED4, "OPTIONS", via);
	return 0;
}
