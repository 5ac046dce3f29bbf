/* SPDX-License-Identifier: MIT */
/* An edit that cannot be made - the message would be no datagram any more, or has more own fields than
 * an edit holds - fails as a whole with ENETUNREACH, and nothing leaves; one byte less does. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
bond = ext
*/
/*expect
sendto = -1 ENETUNREACH
sendmsg = -1 ENETUNREACH
sendmmsg = -1 ENETUNREACH
sendto = all
sendmsg = all
sendmmsg = all
-- many Contacts
3
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
  - Record-Route: <sip:10.0.2.1;lr>
  - Contact: <sip:0@10.0.2.1>
  - Contact: <sip:1@10.0.2.1>
  - Contact: <sip:2@10.0.2.1>
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  + Contact: <sip:0@10.0.1.1;bond=*>
  + Contact: <sip:1@10.0.1.1;bond=*>
  + Contact: <sip:2@10.0.1.1;bond=*>
80
sendto = -1 ENETUNREACH
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: REGISTER
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x3
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	static const char *const calls[] = {"sendto", "sendmsg", "sendmmsg"};
	struct ep to = ep(OTHER4, QUIET);
	struct text *t = text_new();
	size_t body, grows = 16; /* ";bond=" and a token */

	for (int i = 1; i >= 0; i--) {
		t->n = sprintf(t->p, "OPTIONS sip:b@x SIP/2.0\r\n"
				     "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\r\n"
				     "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n", i);
		body = 65507 - grows - t->n + i;
		memset(t->p + t->n, 'x', body);
		t->n += body;
		for (int call = 0; call < 3; call++)
			ask_data(calls[call], h, &to, t->p, t->n, NULL);
	}
	say("-- many Contacts");
	for (int count = 3; count <= 80; count += 77) {
		t->n = sprintf(t->p, "REGISTER sip:b@x SIP/2.0\r\n"
				     "Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\r\nCall-ID: 1\r\n"
				     "Record-Route: <sip:10.0.2.1;lr>\r\n", count);
		for (int i = 0; i < count; i++)
			t->n += sprintf(t->p + t->n, "Contact: <sip:%d@10.0.2.1>\r\n", i);
		t->n += sprintf(t->p + t->n, "CSeq: 1 REGISTER\r\n\r\n");
		say("%d", count);
		goes(h, ROUTED4, t);
	}
	(void)m;
	return 0;
}
