/* SPDX-License-Identifier: MIT */
/* A client socket (bound to an address, port 0) serves routed and unrouted destinations side by side: by
 * a route it leaves from the member with the member's address in Via and Contact, anything else from the
 * host's own address untouched; both are heard, no other address is; its own port stays, and its own name
 * is what the host is told and what comes back. */
/*ini
[bond:one]
member = udp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect
-- by a route
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1;rport
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;rport;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;ob>
  + Contact: <sip:h@10.0.1.1:PORT;ob;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;rport;bond=*;received=10.0.1.1
  + Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1;rport;received=10.0.1.1
  - Contact: <sip:h@10.0.1.1:PORT;ob;bond=*>
  + Contact: <sip:h@10.0.2.1:PORT;ob>
the host is told its own address and port
-- a call to that Contact, and the host's answer
  - INVITE sip:h@10.0.1.1:PORT;ob;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2
  + INVITE sip:h@10.0.2.1:PORT;ob SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2;bond-in=*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-2
  - Contact: <sip:h@10.0.2.1:PORT>
  + Contact: <sip:h@10.0.1.1:PORT;bond=*>
-- by no route
on the wire from 10.0.2.1:*
its answer is heard
-- what is no SIP, by no route
on the wire from 10.0.2.1:*
on the wire from 10.0.2.1:*
on the wire from 10.0.2.1:*
-- what keeps a flow open
on the wire from 10.0.1.1:*
on the wire from 10.0.2.1:*
-- a request to its own address, and the host's answer
on the wire from 10.0.2.1:*
-- to an address of the machine that is neither
nothing to read
-- another socket names it in its Contact
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1:PORT>
  + Contact: <sip:h@10.0.1.1:PORT;bond=*>
-- a child sends
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-5;rport
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-5;rport;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;ob>
  + Contact: <sip:h@10.0.1.1:PORT;ob;bond=*>
on the wire from 10.0.2.1:*
-- connected to where no route leads
on the wire from 10.0.2.1:*
the host is told its own address and port
-- connected by a route
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-6;rport
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-6;rport;bond=*
  - Contact: <sip:h@10.0.2.1:PORT;ob>
  + Contact: <sip:h@10.0.1.1:PORT;ob;bond=*>
-- its answer
  - Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-6;rport;bond=*
  + Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-6;rport
peer: udp 10.0.1.1:* > 198.51.100.9:5080: 4 bytes 0d0a0d0a
peer: udp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.1.1:* > 198.51.100.9:5080: REGISTER
peer: udp 10.0.1.1:* > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.2.1:* > 203.0.113.9:5080: 20 bytes 00010000
peer: udp 10.0.2.1:* > 203.0.113.9:5080: 5 bytes 80007274
peer: udp 10.0.2.1:* > 203.0.113.9:5080: OPTIONS x3
peer: udp 10.0.2.1:* > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:* > 203.0.113.9:5080: small x2
*/
#include "talk.h"

static struct {
	const char *own, *own_text, *member, *routed, *routed_text, *other, *third;
} net =
#ifdef V6
	{H6, "[" H6 "]", M6, ROUTED6, "[" ROUTED6 "]", OTHER6, T6};
#else
	{H4, H4, M4, ROUTED4, ROUTED4, OTHER4, T4};
#endif

static struct text *request(const char *method, const char *branch)
{
	return sip("%s sip:x.example SIP/2.0\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%s;rport\n"
		   "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: c%s\nCSeq: 1 %s\n"
		   "Contact: <sip:h@%s:%d;ob>\n", method, net.own_text, chosen_port, branch, branch,
		method, net.own_text, chosen_port);
}

static void say_name_kept(int fd)
{
	struct ep told = told_name(fd), own = ep(net.own, chosen_port);

	if (told.len == own.len && memcmp(&told.ss, &own.ss, 8) == 0 && ep_port(&told) == chosen_port &&
		strcmp(ep_text(&told), ep_text(&own)) == 0)
		say("the host is told its own address and port");
	else
		say("the host is told %s", ep_text(&told));
}

static void hear_one(int fd, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char text[2000];

	if (raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0) > 0 && recv(fd, text, sizeof(text), 0) > 0)
		say("%s is heard", what);
	else
		say("%s is not heard", what);
}

static void calls(int fd, const struct text *wire)
{
	struct ep at = ep(net.member, chosen_port);
	struct text *in;
	char contact[100], answer[100];

	say("-- its answer");
	snprintf(contact, sizeof(contact), "Contact: %s\n", part(wire, "Contact: ", "\r"));
	snprintf(answer, sizeof(answer), ";received=%s", net.member);
	comes(fd, net.routed, &at, answer_to(wire, "200 OK", answer, contact));
	say_name_kept(fd);
	say("-- a call to that Contact, and the host's answer");
	in = comes(fd, net.routed, &at,
		sip("INVITE %s SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-2\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 2\nCSeq: 1 INVITE\n",
			part(wire, "Contact: <", ">"), net.routed_text));
	snprintf(contact, sizeof(contact), "Contact: <sip:h@%s:%d>\n", net.own_text, chosen_port);
	if (in)
		goes(fd, net.routed, answer_to(in, "200 OK", "", contact));
}

static struct text *bytes(const char *p, size_t n)
{
	struct text *t = text_new();

	memcpy(t->p, p, n);
	t->n = n;
	return t;
}

static void others(int fd)
{
	static const char stun[20] = {0, 1, 0, 0, 0x21, 0x12, (char)0xa4, 0x42};
	struct ep own = ep(net.own, chosen_port), stranger = ep(net.third, chosen_port);
	struct text *in;

	say("-- by no route");
	goes(fd, net.other, request("OPTIONS", "3"));
	peer_sends(net.other, QUIET, &own, bytes("SIP/2.0 200 OK\r\n\r\n", 18));
	hear_one(fd, "its answer");
	say("-- what is no SIP, by no route");
	goes(fd, net.other, bytes("small letters, which cannot be SIP, in more than sixty-four bytes...", 68));
	goes(fd, net.other, bytes("\x80\x00rtp", 5));
	goes_by("sendmsg", fd, net.other, bytes("small", 5));
	say("-- what keeps a flow open");
	goes(fd, net.routed, bytes("\r\n\r\n", 4));
	goes(fd, net.other, bytes(stun, sizeof(stun)));
	say("-- a request to its own address, and the host's answer");
	in = comes(fd, net.other, &own, sip("OPTIONS sip:h SIP/2.0\nVia: SIP/2.0/UDP o;branch=z9hG4bK-7\n"
					    "From: <sip:a@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 7\n"
					    "CSeq: 1 OPTIONS\n"));
	if (in)
		goes(fd, net.other, answer_to(in, "200 OK", "", ""));
	say("-- to an address of the machine that is neither");
	comes_to_nobody(fd, net.routed, &stranger, bytes("hello", 5));
}

static void connected(int fd)
{
	struct ep other = ep(net.other, QUIET), routed = ep(net.routed, QUIET);
	struct ep at = ep(net.member, chosen_port);
	struct text *wire;

	say("-- connected to where no route leads");
	MUST(connect(fd, &other.sa, other.len));
	goes_by("send", fd, net.other, request("OPTIONS", "8"));
	say_name_kept(fd);
	say("-- connected by a route");
	MUST(connect(fd, &routed.sa, routed.len));
	wire = goes_by("send", fd, net.routed, request("OPTIONS", "6"));
	say("-- its answer");
	if (wire)
		comes(fd, net.routed, &at, answer_to(wire, "200 OK", "", ""));
}

int main(void)
{
	int fd, listener, status;
	struct text *wire;

	fd = udp(net.own, 0);
	listener = udp(net.member, 5060);
	chosen_port = true_port(fd);
	say("-- by a route");
	wire = goes(fd, net.routed, request("REGISTER", "1"));
	if (!wire)
		return 1;
	calls(fd, wire);
	others(fd);
	say("-- another socket names it in its Contact");
	goes(listener, net.routed,
		sip("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-9\n"
		    "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 9\nCSeq: 1 OPTIONS\n"
		    "Contact: <sip:h@%s:%d>\n", net.own_text, net.own_text, chosen_port));
	say("-- a child sends");
	fflush(stdout);
	if (fork() == 0) {
		goes(fd, net.routed, request("OPTIONS", "5"));
		goes(fd, net.other, request("OPTIONS", "10"));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	connected(fd);
	return 0;
}
