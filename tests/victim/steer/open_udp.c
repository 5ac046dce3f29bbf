/* SPDX-License-Identifier: MIT */
/* A host of one datagram socket hears the members that are opened: what comes to them is answered from them,
 * what comes to its own address from that; nothing else is heard. By a route it leaves from the member, all
 * other things from its own address, which is all that the host is told of. So in a child. */
/*victim
case: IPv4 IPv6 mapped
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[bond:two]
member = udp:10.0.3.1:5061 open=filter
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect IPv4
-- a call to 10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- a call to 10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- a call to 10.0.2.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3
-- to an address of the machine that is neither
nothing to read
-- by a route, and its answer
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-4;rport
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-4;rport;bond=*
  - Contact: <sip:h@10.0.2.1:5060;ob>
  + Contact: <sip:h@10.0.1.1:5060;ob;bond=*>
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-4;rport;bond=*
  + Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-4;rport
-- by no route
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
the host is told 10.0.2.1:5060
-- in a child
-- a call to 10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-7;rport
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-7;rport;bond=*
  - Contact: <sip:h@10.0.2.1:5060;ob>
  + Contact: <sip:h@10.0.1.1:5060;ob;bond=*>
the host is told 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: small x2
*/
/*expect IPv6
-- a call to fd00:1::1, and the host's answer
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-1;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK-1
  - Contact: <sip:h@[fd00:2::1]:5060>
  + Contact: <sip:h@[fd00:1::1]:5060;bond=*>
-- a call to fd00:1::1, and the host's answer
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-2;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-2;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-2
  - Contact: <sip:h@[fd00:2::1]:5060>
  + Contact: <sip:h@[fd00:1::1]:5060;bond=*>
-- a call to fd00:2::1, and the host's answer
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-3;bond-in=*
on the wire from [fd00:2::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-3;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-3
-- to an address of the machine that is neither
nothing to read
-- by a route, and its answer
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1]:5060;branch=z9hG4bK-4;rport
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-4;rport;bond=*
  - Contact: <sip:h@[fd00:2::1]:5060;ob>
  + Contact: <sip:h@[fd00:1::1]:5060;ob;bond=*>
  - Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-4;rport;bond=*
  + Via: SIP/2.0/UDP [fd00:2::1]:5060;branch=z9hG4bK-4;rport
-- by no route
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
the host is told [fd00:2::1]:5060
-- in a child
-- a call to fd00:1::1, and the host's answer
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-6
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-6;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-6;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-6
  - Contact: <sip:h@[fd00:2::1]:5060>
  + Contact: <sip:h@[fd00:1::1]:5060;bond=*>
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1]:5060;branch=z9hG4bK-7;rport
  + Via: SIP/2.0/UDP [fd00:1::1]:5060;branch=z9hG4bK-7;rport;bond=*
  - Contact: <sip:h@[fd00:2::1]:5060;ob>
  + Contact: <sip:h@[fd00:1::1]:5060;ob;bond=*>
the host is told [fd00:2::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: SIP/2.0
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: small x2
*/
/*expect mapped
-- a call to ::ffff:10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1;bond-in=*
  + Via: SIP/2.0/UDP 198.51.100.9:5080;branch=z9hG4bK-1
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- a call to ::ffff:10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-2
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
-- a call to ::ffff:10.0.2.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-3
-- to an address of the machine that is neither
nothing to read
-- by a route, and its answer
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-4;rport
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-4;rport;bond=*
  - Contact: <sip:h@10.0.2.1:5060;ob>
  + Contact: <sip:h@10.0.1.1:5060;ob;bond=*>
  - Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-4;rport;bond=*
  + Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-4;rport
-- by no route
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
the host is told [::ffff:10.0.2.1]:5060
-- in a child
-- a call to ::ffff:10.0.1.1, and the host's answer
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-6
  - Contact: <sip:h@10.0.2.1:5060>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-7;rport
  + Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK-7;rport;bond=*
  - Contact: <sip:h@10.0.2.1:5060;ob>
  + Contact: <sip:h@10.0.1.1:5060;ob;bond=*>
the host is told [::ffff:10.0.2.1]:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: small x2
*/
#include "talk.h"

static struct {
	const char *own, *own_text, *member, *routed, *routed_text, *other, *other_text, *third;
} net = {H4, H4, M4, ROUTED4, ROUTED4, OTHER4, OTHER4, T4};

static void names(int fd)
{
	struct ep told = told_name(fd);

	say("the host is told %s", ep_text(&told));
}

static void call_from(int fd, const char *peer, const char *peer_text, const char *to, const char *branch)
{
	struct ep at = ep(to, 5060);
	char contact[100];
	struct text *in;

	say("-- a call to %s, and the host's answer", to);
	in = comes(fd, peer, &at,
		sip("INVITE sip:h@x SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-%s\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:h@x>\nCall-ID: %s\nCSeq: 1 INVITE\n",
			peer_text, branch, branch));
	snprintf(contact, sizeof(contact), "Contact: <sip:h@%s:5060>\n", net.own_text);
	if (in)
		goes(fd, peer, answer_to(in, "200 OK", "", contact));
}

static struct text *request(const char *method, const char *branch)
{
	return sip("%s sip:x.example SIP/2.0\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%s;rport\n"
		   "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: c%s\nCSeq: 1 %s\n"
		   "Contact: <sip:h@%s:5060;ob>\n", method, net.own_text, branch, branch, method, net.own_text);
}

static struct text *bytes(const char *p, size_t n)
{
	struct text *t = text_new();

	memcpy(t->p, p, n);
	t->n = n;
	return t;
}

static void all(int fd)
{
	struct ep stranger = ep(net.third, 5060), at = ep(net.member, 5060);
	struct text *wire;

	call_from(fd, net.routed, net.routed_text, net.member, "1");
	call_from(fd, net.other, net.other_text, net.member, "2");
	call_from(fd, net.other, net.other_text, net.own, "3");
	say("-- to an address of the machine that is neither");
	comes_to_nobody(fd, net.routed, &stranger, bytes("hello", 5));
	say("-- by a route, and its answer");
	wire = goes(fd, net.routed, request("OPTIONS", "4"));
	if (wire)
		comes(fd, net.routed, &at, answer_to(wire, "200 OK", "", ""));
	say("-- by no route");
	goes(fd, net.other, request("OPTIONS", "5"));
	goes(fd, net.other, bytes("small", 5));
	goes_by("sendmsg", fd, net.other, bytes("small letters, which cannot be SIP, in more than sixty-four bytes...", 68));
	names(fd);
}

int main(int argc, char **argv)
{
	int fd, status;

	(void)argc;
	if (strcmp(argv[1], "IPv6") == 0)
		net = (typeof(net)){H6, "[" H6 "]", M6, ROUTED6, "[" ROUTED6 "]", OTHER6, "[" OTHER6 "]", T6};
	if (strcmp(argv[1], "mapped") == 0) {
		net.own = "::ffff:" H4;
		net.member = "::ffff:" M4;
		net.routed = "::ffff:" ROUTED4;
		net.other = "::ffff:" OTHER4;
	}
	fd = udp(net.own, 5060);
	all(fd);
	fflush(stdout);
	if (fork() == 0) {
		say("-- in a child");
		call_from(fd, net.other, net.other_text, net.member, "6");
		goes(fd, net.other, request("OPTIONS", "7"));
		names(fd);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	return 0;
}
