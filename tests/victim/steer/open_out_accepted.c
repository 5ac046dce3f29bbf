/* SPDX-License-Identifier: MIT */
/* A flow that the host has accepted is not moved by what comes from the same address elsewhere, whoever sent
 * it: only by what the host accepts there. One that it has not goes where the last came. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open
member = udp:10.0.3.1:5060 open
member = udp:[fd00:1::1]:5060 open
member = udp:[fd00:3::1]:5060 open
*/
/*expect v4
-- OPTIONS to 10.0.1.1, 200 OK
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- REGISTER to 10.0.3.1, 401 Unauthorized
on the wire from 10.0.3.1:5060
on the wire from 10.0.3.1:5060
-- REGISTER to 10.0.1.1, which the host does not answer
on the wire from 10.0.1.1:5060
-- REGISTER to 10.0.2.1, 401 Unauthorized
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- REGISTER to 10.0.1.1, 200 OK
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- REGISTER to 10.0.3.1, 401 Unauthorized
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
-- OPTIONS to 10.0.3.1, 200 OK
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
-- OPTIONS to 10.0.2.1, which the host does not answer
on the wire from 10.0.1.1:5060
-- INVITE to 10.0.3.1, 180 Ringing
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
-- INVITE to 10.0.3.1, 200 OK
on the wire from 10.0.3.1:5060
on the wire from 10.0.3.1:5060
-- MESSAGE to 10.0.1.1, 200 OK
on the wire from 10.0.1.1:5060
on the wire from 10.0.3.1:5060
-- SUBSCRIBE to 10.0.2.1, 202 Accepted
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x7
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x3
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: OPTIONS x3
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0 x5
*/
/*expect v6
-- OPTIONS to fd00:1::1, 200 OK
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
-- REGISTER to fd00:3::1, 401 Unauthorized
on the wire from [fd00:3::1]:5060
on the wire from [fd00:3::1]:5060
-- REGISTER to fd00:1::1, which the host does not answer
on the wire from [fd00:1::1]:5060
-- REGISTER to fd00:2::1, 401 Unauthorized
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- REGISTER to fd00:1::1, 200 OK
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
-- REGISTER to fd00:3::1, 401 Unauthorized
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
-- OPTIONS to fd00:3::1, 200 OK
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
-- OPTIONS to fd00:2::1, which the host does not answer
on the wire from [fd00:1::1]:5060
-- INVITE to fd00:3::1, 180 Ringing
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
-- INVITE to fd00:3::1, 200 OK
on the wire from [fd00:3::1]:5060
on the wire from [fd00:3::1]:5060
-- MESSAGE to fd00:1::1, 200 OK
on the wire from [fd00:1::1]:5060
on the wire from [fd00:3::1]:5060
-- SUBSCRIBE to fd00:2::1, 202 Accepted
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x7
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x3
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x2
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x3
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x5
*/
#include "open.h"

static void where(int h, int number)
{
	struct ep to = ep(PEER, QUIET);
	struct text *o = options(number);

	MUST(sendto(h, o->p, o->n, 0, &to.sa, to.len));
	peer_got(PEER);
}

static void came(int h, const char *method, const char *at, const char *status)
{
	static int number;
	struct ep to = ep(at, 5060), back = ep(PEER, QUIET);
	struct text *in = text_new();
	struct pollfd p = {.fd = h, .events = POLLIN};

	say("-- %s to %s, %s", method, at, status ? status : "which the host does not answer");
	peer_sends(PEER, QUIET, &to, request(method, at, ++number));
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0) {
		say("nothing to read");
		return;
	}
	in->n = MUST(recv(h, in->p, TEXT_MAX - 1, 0));
	in->p[in->n] = '\0';
	if (status) {
		struct text *answer = answer_to(in, status, "", "");
		MUST(sendto(h, answer->p, answer->n, 0, &back.sa, back.len));
		peer_got(PEER);
	}
	where(h, number);
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);

	came(h, "OPTIONS", M, "200 OK");
	came(h, "REGISTER", T, "401 Unauthorized");
	came(h, "REGISTER", M, NULL);
	came(h, "REGISTER", H, "401 Unauthorized");
	came(h, "REGISTER", M, "200 OK");
	came(h, "REGISTER", T, "401 Unauthorized");
	came(h, "OPTIONS", T, "200 OK");
	came(h, "OPTIONS", H, NULL);
	came(h, "INVITE", T, "180 Ringing");
	came(h, "INVITE", T, "200 OK");
	came(h, "MESSAGE", M, "200 OK");
	came(h, "SUBSCRIBE", H, "202 Accepted");
	return 0;
}
