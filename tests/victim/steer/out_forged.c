/* SPDX-License-Identifier: MIT */
/* What never crosses the wire is removed from what the host sends, too, whatever its number and size,
 * in one piece or in many; the host is told the size of its own message. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*ini
[host]
header = X-Bond
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
response with 70 marks: on the wire from 10.0.1.1:5060
as it was, without them
request with 70 fields: on the wire from 10.0.1.1:5060
as it was, without them
request with 300 fields: on the wire from 10.0.1.1:5060
as it was, without them
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
*/
#include "talk.h"

static int m;
static const char *call;

/* Sends start, then what() of each number, and says whether the wire has it without what it removes. */
static void sends(const char *what, const char *start, int count, const char *gone, const char *kept,
	const char *end)
{
	struct text *t = text_new(), *left = text_new(), *got = text_new();
	struct ep to = ep(ROUTED4, QUIET);
	long ret;

	t->n = sprintf(t->p, "%s", start);
	left->n = sprintf(left->p, "%s", start);
	for (int i = 0; i < count; i++) {
		t->n += sprintf(t->p + t->n, "%s%s", gone, kept);
		left->n += sprintf(left->p + left->n, "%s", kept);
	}
	t->n += sprintf(t->p + t->n, "%s", end);
	left->n += sprintf(left->p + left->n, "%s", end);
	if (t->n > 1024 && strcmp(call, "sendmsg-bytes") == 0)
		ret = sendto(m, t->p, t->n, 0, &to.sa, to.len);
	else
		ret = send_by(call, m, &to, t->p, t->n);
	if (ret != (long)t->n)
		say("%s: %ld", what, ret);
	printf("%s: ", what);
	got = peer_got(ROUTED4);
	if (got)
		say("%s", got->n == left->n && memcmp(got->p, left->p, got->n) == 0
				? "as it was, without them"
				: got->p);
}

int main(int argc, char **argv)
{
	(void)argc;
	call = argv[1];
	m = udp(M4, 5060);
	setvbuf(stdout, NULL, _IONBF, 0);
	sends("response with 70 marks",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1", 70, ";bond-in=a",
		";x", "\r\nCSeq: 1 INVITE\r\n\r\nbond-in");
	sends("request with 70 fields", "OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.1\r\n", 70,
		"X-Bond-In:\r\n", "a:\r\n", "CSeq: 1 OPTIONS\r\n\r\n");
	sends("request with 300 fields", "OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.1\r\n", 300,
		"X-Bond-Out: ext\r\n", "Subject: a\r\n", "CSeq: 1 OPTIONS\r\n\r\n");
	return 0;
}
