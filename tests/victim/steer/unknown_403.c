/* SPDX-License-Identifier: MIT */
/* [host] unknown = 403: a request that comes in on a socket of no bond is answered in the host's place:
 * to where it came from (rport, or the port of its Via), with the same tag for each copy, never larger
 * than it is; an ACK is swallowed. Responses and what comes in on a member are the host's. */
/*ini
[host]
unknown = 403
[bond:in]
member = udp:10.0.1.1:5060
*/
/*expect
-- INVITE
recv = -1 EAGAIN
on the wire from 10.0.2.1:5060
-- its copy
recv = -1 EAGAIN
on the wire from 10.0.2.1:5060
the same tag: yes
  | SIP/2.0 403 Forbidden
  | Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-1;maddr=192.0.2.6;received=198.51.100.9;rport=5080
  | Via: SIP/2.0/UDP x;branch=z9hG4bK-0
  | Via: SIP/2.0/UDP y
  | From: <sip:a@x>;tag=xa
  | To: <sip:b@x>;tag=****************
  | Call-ID: 1
  | CSeq: 1 INVITE
  | Content-Length: 0
  | 
-- its ACK
recv = -1 EAGAIN
-- CANCEL
recv = -1 EAGAIN
on the wire from 10.0.2.1:5060
  | SIP/2.0 403 Forbidden
  | Via: SIP/2.0/UDP 192.0.2.5:5080;branch=z9hG4bK-1;received=198.51.100.9
  | From: <sip:a@x>;tag=xa
  | To: <sip:b@x>;tag=****************
  | Call-ID: 1
  | CSeq: 1 CANCEL
  | Content-Length: 0
  | 
-- BYE with a token
recv = -1 EAGAIN
on the wire from 10.0.2.1:5060
  | SIP/2.0 403 Forbidden
  | Via: SIP/2.0/UDP 192.0.2.5:5080;branch=z9hG4bK-2;received=198.51.100.9
  | From: <sip:a@x>;tag=xa
  | To: <sip:b@x>;tag=xb
  | Call-ID: 1
  | CSeq: 1 BYE
  | Content-Length: 0
  | 
-- too short to be answered
recv = -1 EAGAIN
-- no Via, no CSeq
recv = -1 EAGAIN
-- no Via, no CSeq
recv = -1 EAGAIN
-- a response is the host's
recv = 45 
-- and what keeps a flow open, or is STUN's
recv = 4 
recv = 20 
recv = 20 
-- what is nothing of these counts as a request
recv = -1 EAGAIN
recv = -1 EAGAIN
recv = -1 EAGAIN
recv = -1 EAGAIN
-- but not on a socket for something else
recv = 5 
-- on the member
  - Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-1;rport;maddr=192.0.2.6
  + Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-1;rport;maddr=192.0.2.6;bond-in=*
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: SIP/2.0 x4
*/
#include "talk.h"

static int h, at_port = 5060;

static struct text *bytes(const char *p, size_t n)
{
	static struct text t;

	memcpy(t.p, p, n);
	t.n = n;
	return &t;
}

/* Prints what the host reads at once, if anything, and what the peer got at its port. */
static struct text *refused(const char *what, const struct text *message, bool answered)
{
	struct ep at = ep(H4, at_port);
	char p[2000];
	struct pollfd poll_h = {.fd = h, .events = POLLIN};
	struct text *got;

	if (what)
		say("-- %s", what);
	peer_sends(ROUTED4, QUIET, &at, message);
	raw(SYS_poll, (long)&poll_h, 1, 2000, 0, 0, 0);
	errno = 0;
	long n = recv(h, p, sizeof(p), MSG_DONTWAIT);
	say("recv = %ld %s", n, errno ? strerrorname_np(errno) : "");
	if (!answered)
		return NULL;
	got = peer_got(ROUTED4);
	if (got && got->n > message->n)
		say("larger than the request");
	return got;
}

static void print(struct text *t)
{
	static struct lines l;

	if (!t)
		return;
	char *tag = strstr(t->p, ";tag=");
	while (tag && strncmp(tag, ";tag=x", 6) == 0)
		tag = strstr(tag + 1, ";tag=");
	if (tag)
		memset(tag + 5, '*', strcspn(tag + 5, "\r;"));
	split(&l, t->p, t->n);
	for (int i = 0; i < l.count; i++)
		say_line("|", l.p[i], bare_length(&l, i));
}

int main(void)
{
	static const char padding[] =
		"Subject: 01234567890123456789012345678901234567890123456789012345678901234567890123456789\n";
	int m = udp(M4, 5060);
	struct ep at = ep(M4, 5060);
	struct text *first, *again, *cancel;

	h = udp(H4, 5060);
	struct text *invite = sip("INVITE sip:b@10.0.2.1 SIP/2.0\n"
				  "Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-1;rport;maddr=192.0.2.6\n"
				  "v: SIP/2.0/UDP x;branch=z9hG4bK-0, SIP/2.0/UDP y\n"
				  "Record-Route: <sip:x;lr>\n"
				  "f: <sip:a@x>;tag=xa\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n%s",
		padding);
	first = refused("INVITE", invite, true);
	if (!first)
		return 1;
	char tag[100];
	snprintf(tag, sizeof(tag), "%s", part(first, "To: <sip:b@x>;tag=", "\r"));
	again = refused("its copy", invite, true);
	say("the same tag: %s", again && strcmp(tag, part(again, "To: <sip:b@x>;tag=", "\r")) == 0
			? "yes" : "no");
	print(first);
	refused("its ACK", sip("ACK sip:b@10.0.2.1 SIP/2.0\n"
			       "Via: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bK-1;rport\n"
			       "f: <sip:a@x>;tag=xa\nTo: <sip:b@x>;tag=%s\nCall-ID: 1\nCSeq: 1 ACK\n",
			tag), false);
	cancel = refused("CANCEL", sip("CANCEL sip:b@10.0.2.1 SIP/2.0\n"
			       "Via: SIP/2.0/UDP 192.0.2.5:5080;branch=z9hG4bK-1\n"
			       "f: <sip:a@x>;tag=xa\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 CANCEL\n%s",
			padding), true);
	print(cancel);
	print(refused("BYE with a token", sip("BYE sip:b@10.0.1.1;bond=aaaaaaaaaa SIP/2.0\n"
			       "Via: SIP/2.0/UDP 192.0.2.5:5080;branch=z9hG4bK-2;received=192.0.2.9\n"
			       "Route: <sip:10.0.1.1;lr;bond=aaaaaaaaaa>\n"
			       "f: <sip:a@x>;tag=xa\nTo: <sip:b@x>;tag=xb\nCall-ID: 1\n"
			       "CSeq: 1 BYE\n%s", padding), true));
	refused("too short to be answered", sip("OPTIONS sip:b SIP/2.0\nv:SIP/2.0/UDP x:5080\n"
			       "f:<sip:a>\nt:<sip:b>\ni:1\nCSeq:1 OPTIONS\n"), false);
	refused("no Via, no CSeq", sip("OPTIONS sip:b@x SIP/2.0\nf: <sip:a@x>\nt: <sip:b@x>\n"
			       "i: 1\nCSeq: 1 OPTIONS\n%s", padding), false);
	refused("no Via, no CSeq", sip("OPTIONS sip:b@x SIP/2.0\nv: SIP/2.0/UDP x\nf: <sip:a@x>\n"
			       "t: <sip:b@x>\ni: 1\n%s", padding), false);
	refused("a response is the host's", sip("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.2.1\n"), false);
	refused("and what keeps a flow open, or is STUN's", bytes("\r\n\r\n", 4), false);
	refused(NULL, bytes("\0\1\0\0\x21\x12\xa4\x42" "123456789012", 20), false);
	refused(NULL, bytes("\1\1\0\0\x21\x12\xa4\x42" "123456789012", 20), false);
	refused("what is nothing of these counts as a request", sip("TEST"), false);
	refused(NULL, bytes("\x80\0 SIP/2.0", 10), false);
	refused(NULL, bytes("xxxxxxxxxxxxxxxxxxxxxxxx", 20), false);
	refused(NULL, sip("GET sip:b@10.0.2.1 HTTP/1.1\nVia: SIP/2.0/UDP 192.0.2.5\n"), false);
	int was = h;
	h = udp(H4, 30000);
	at_port = 30000;
	refused("but not on a socket for something else", bytes("\x80\0\1\2\3", 5), false);
	at_port = 5060, h = was;
	say("-- on the member");
	comes(m, ROUTED4, &at, invite);
	return 0;
}
