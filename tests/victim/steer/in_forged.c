/* SPDX-License-Identifier: MIT */
/* What nobody may send is removed from a datagram whatever its number and size: marks in the top Via,
 * fields for the script. A request in which more is to be restored than an edit can hold does not come
 * in. */
/*ini
[host]
header = X-Bond
secret = a long secret of this test
[bond:in]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = in
*/
/*victim
case: recvfrom recvfrom-null recv read readv recvmsg recvmmsg
*/
/*expect
1 mark: 1 of our marks, 1 of our fields, the rest as it was
70 marks: 1 of our marks, 1 of our fields, the rest as it was
2500 marks: 1 of our marks, 1 of our fields, the rest as it was
70 fields: 1 of our marks, 1 of our fields, the rest as it was
2000 fields: 1 of our marks, 1 of our fields, the rest as it was
30 fields of 2000 bytes: 1 of our marks, 1 of our fields, the rest as it was
64 of all: 1 of our marks, 1 of our fields, the rest as it was
500 of all: 1 of our marks, 1 of our fields, the rest as it was
on the wire from 10.0.1.1:5060
  - Record-Route: <sip:10.0.2.1;lr>
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
16 routes: 16 of the host, 0 of the member
60 routes: nothing
60 routes of a response: 0 of the host, 60 of the member
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
*/
#include "talk.h"

#include "forged.h"

static int m;
static const char *call;

static long reads(char *p, size_t n, const void *bytes, size_t size)
{
	struct ep at = ep(M4, 5060);
	struct text *t = text_new();
	struct pollfd ready = {.fd = m, .events = POLLIN};

	memcpy(t->p, bytes, t->n = size);
	peer_sends(ROUTED4, QUIET, &at, t);
	raw(SYS_poll, (long)&ready, 1, 2000, 0, 0, 0);
	MUST(fcntl(m, F_SETFL, O_NONBLOCK));
	return receive_by(call, m, p, n);
}

static void forged(const char *what, int marks, int rows, int size)
{
	static char p[TEXT_MAX];
	struct forged *f = forged_make(marks, rows, size, true);

	forged_say(what, f, p, reads(p, sizeof(p), f->sent, f->sent_n));
}

/* How many Routes name that, of a message with so many of ours. */
static void routes(const char *what, const char *start, const char *field, int count, const char *ours)
{
	static char p[TEXT_MAX], message[TEXT_MAX];
	int n = sprintf(message, "%s\r\nVia: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1\r\n%s: ", start, field);

	for (int i = 0; i < count; i++)
		n += sprintf(message + n, "%s<%s>", i ? "," : "", ours);
	n += sprintf(message + n, "\r\nCSeq: 1 INVITE\r\n\r\n");
	long got = reads(p, sizeof(p) - 1, message, n);
	int host = 0, member = 0;
	if (got <= 0) {
		say("%s: nothing", what);
		return;
	}
	p[got] = '\0';
	for (char *at = p; (at = strstr(at, "sip:10.0.2.1")); at++)
		host++;
	for (char *at = p; (at = strstr(at, "sip:10.0.1.1;lr;bond")); at++)
		member++;
	say("%s: %d of the host, %d of the member", what, host, member);
}

int main(int argc, char **argv)
{
	int h = udp(H4, 5060);
	struct text *wire;

	(void)argc;
	call = argv[1];
	m = udp(M4, 5060);
	forged("1 mark", 1, 0, 0);
	forged("70 marks", 70, 0, 0);
	forged("2500 marks", 2500, 0, 0);
	forged("70 fields", 0, 70, 1);
	forged("2000 fields", 0, 2000, 4);
	forged("30 fields of 2000 bytes", 0, 30, 2000);
	forged("64 of all", 64, 64, 100);
	forged("500 of all", 500, 500, 30);
	wire = goes(h, ROUTED4,
		sip("INVITE sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1\n"
		    "Record-Route: <sip:10.0.2.1;lr>\nCSeq: 1 INVITE\n"));
	const char *ours = part(wire, "Record-Route: <", ">");
	routes("16 routes", "INVITE sip:b@x SIP/2.0", "Route", 16, ours);
	routes("60 routes", "INVITE sip:b@x SIP/2.0", "Route", 60, ours);
	routes("60 routes of a response", "SIP/2.0 200 OK", "Record-Route", 60, ours);
	return 0;
}
