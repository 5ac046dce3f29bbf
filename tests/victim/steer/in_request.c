/* SPDX-License-Identifier: MIT */
/* A request in a dialog calls the host by the member's name: R-URI and Route are the host's own
 * again, to the byte, in either order and form in which a peer may write them. */
/*expect
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1
  - Record-Route: <sip:10.0.2.1;lr;ftag=1>
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-1;bond=*
  + Record-Route: <sip:10.0.1.1;lr;ftag=1;bond=*>
  - Contact: <sip:h@10.0.2.1:5060;ob>
  + Contact: <sip:h@10.0.1.1:5060;ob;bond=*>
-- Contact as R-URI
  - BYE sip:h@10.0.1.1:5060;ob;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1
  + BYE sip:h@10.0.2.1:5060;ob SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*
-- Record-Route as Route
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2
  - Route: <sip:10.0.1.1;lr;ftag=1;bond=*>
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2;bond-in=*
  + Route: <sip:10.0.2.1;lr;ftag=1>
-- both, and a Route of others behind it
  - BYE sip:h@10.0.1.1:5060;ob;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3
  - Route: <sip:10.0.1.1;lr;ftag=1;bond=*>,
  + BYE sip:h@10.0.2.1:5060;ob SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-3;bond-in=*
  + Route: <sip:10.0.2.1;lr;ftag=1>,
-- with a port that the peer added, and a token in capitals
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-4
  - ROUTE : <sip:10.0.1.1:5060;BOND=*;lr>
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-4;bond-in=*
  + ROUTE : <sip:10.0.2.1;lr>
-- a strict router's way
  - BYE sip:10.0.1.1;lr;ftag=1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-5
  + BYE sip:10.0.2.1;lr;ftag=1 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-5;bond-in=*
-- on the other socket
  - BYE sip:h@10.0.1.1:5060;ob;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-6
  + BYE sip:h@10.0.2.1:5060;ob SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-6;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
*/
#include "talk.h"

static struct text *request(const char *uri, const char *routes, int number)
{
	return sip("BYE %s SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-%d\n"
		   "%sFrom: <sip:a@x>;tag=2\nTo: <sip:b@x>;tag=1\nCall-ID: 1\nCSeq: %d BYE\n",
		uri, number, routes, number);
}

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct ep at = ep(M4, 5060), h_at = ep(H4, 5060);
	char contact[200], own[200], token[20], routes[1000], uri[300];
	struct text *wire;

	wire = goes(h, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\n"
		    "Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-1\n"
		    "Record-Route: <sip:10.0.2.1;lr;ftag=1>\n"
		    "From: <sip:b@x>;tag=1\nTo: <sip:a@x>\nCall-ID: 1\nCSeq: 1 INVITE\n"
		    "Contact: <sip:h@10.0.2.1:5060;ob>\n"));
	if (!wire)
		return 1;
	snprintf(contact, sizeof(contact), "%s", part(wire, "Contact: <", ">"));
	snprintf(own, sizeof(own), "%s", part(wire, "Record-Route: <", ">"));
	snprintf(token, sizeof(token), "%s", strstr(own, "bond=") + 5);
	say("-- Contact as R-URI");
	comes(m, ROUTED4, &at, request(contact, "", 1));
	say("-- Record-Route as Route");
	snprintf(routes, sizeof(routes), "Route: <%s>\n", own);
	comes(m, ROUTED4, &at, request("sip:b@192.0.2.7", routes, 2));
	say("-- both, and a Route of others behind it");
	snprintf(routes, sizeof(routes), "Route: <%s>,\n <sip:x.example;lr>\n", own);
	comes(m, ROUTED4, &at, request(contact, routes, 3));
	say("-- with a port that the peer added, and a token in capitals");
	for (char *c = token; *c; c++)
		*c = toupper(*c);
	snprintf(routes, sizeof(routes), "ROUTE : <sip:10.0.1.1:5060;BOND=%s;lr>\n", token);
	comes(m, ROUTED4, &at, request("sip:b@192.0.2.7", routes, 4));
	say("-- a strict router's way");
	comes(m, ROUTED4, &at, request(own, "Route: <sip:b@192.0.2.7>\n", 5));
	say("-- on the other socket");
	snprintf(uri, sizeof(uri), "%s", contact);
	comes(h, ROUTED4, &h_at, request(uri, "", 6));
	return 0;
}
