/* SPDX-License-Identifier: MIT */
/* A host that asks how large the next datagram is, by FIONREAD or by MSG_PEEK with MSG_TRUNC, and makes as
 * much room, gets all of it with the mark, and its answer leaves from where the request came to; what is
 * restored and what is no SIP are whole as well. */
/*ini
[bond:one]
member = udp:10.0.3.1:5060
member = udp:[fd00:3::1]:5060
[route:one]
to = 198.51.100.0/24
bond = one
*/
/*expect
-- FIONREAD
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in1
-- FIONREAD, then recvmsg
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in2
-- recv of 2 bytes
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in3
-- recvfrom of nothing
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in4
-- recvmsg without room
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK-in5
-- IPv6, FIONREAD
  - Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6
  + Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6;bond-in=*
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9];branch=z9hG4bK-in6
-- what is no SIP
its size
its size
its size
its size
its size
-- nothing
0 bytes
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0 x5
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
*/
#ifndef ANY4 /* what it binds */
#define ANY4 "0.0.0.0"
#define ANY6 "::"
#endif

#include <sys/ioctl.h>

#include "talk.h"

/* How large the next datagram is, as hosts ask it. */
static long size(const char *how, int fd)
{
	char some[2];
	struct iovec iov = {some, sizeof(some)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = strstr(how, "without") ? 0 : 1};
	int n = 0, flags = MSG_PEEK | MSG_TRUNC;

	if (strstr(how, "FIONREAD")) {
		MUST(ioctl(fd, FIONREAD, &n));
		return n;
	}
	if (strncmp(how, "recvmsg", 7) == 0)
		return recvmsg(fd, &m, flags);
	if (strcmp(how, "recvfrom of nothing") == 0)
		return recvfrom(fd, NULL, 0, flags, NULL, NULL);
	return recv(fd, some, sizeof(some), flags);
}

static void wait_for(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0);
}

/* A request comes in, and is answered. */
static void asked(const char *how, const char *call, int fd, const char *peer, const char *name,
	const struct ep *at, int number)
{
	struct text *in = text_new(), *message = sip(
		"OPTIONS sip:h@x SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-in%d\n"
		"From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: c%d\nCSeq: 1 OPTIONS\n",
		name, number, number);

	say("-- %s", how);
	peer_sends(peer, QUIET, at, message);
	wait_for(fd);
	long room = size(how, fd), n;
	memset(in->p, '#', sizeof(in->p));
	MUST(n = receive_by(call, fd, in->p, (size_t)room));
	in->p[in->n = (size_t)n] = '\0';
	say_changes(message, in);
	goes(fd, peer, answer_to(in, "200 OK", "", ""));
}

int main(void)
{
	static const char *const hows[] = {"FIONREAD", "FIONREAD, then recvmsg", "recv of 2 bytes",
		"recvfrom of nothing", "recvmsg without room"};
	int any = udp(ANY4, 5060);
	struct ep m = ep(T4, 5060), m6 = ep(T6, 5060);
	char small[100];

	for (int i = 0; i < 5; i++)
		asked(hows[i], i == 1 ? "recvmsg" : i == 2 ? "recv" : "recvfrom", any, OTHER4, OTHER4, &m,
			i + 1);
	close(any);
	any = udp(ANY6, 5060);
	asked("IPv6, FIONREAD", "recvfrom", any, OTHER6, "[" OTHER6 "]", &m6, 6);
	close(any);
	any = udp(ANY4, 5060);
	say("-- what is no SIP");
	for (int i = 0; i < 5; i++) {
		struct text *noise = text_new();
		noise->n = (size_t)sprintf(noise->p, "noise, of no protocol");
		peer_sends(OTHER4, QUIET, &m, noise);
		wait_for(any);
		say(size(hows[i], any) == (long)noise->n ? "its size" : "something else");
		recv(any, small, sizeof(small), 0);
	}
	say("-- nothing");
	say("%ld bytes", size("FIONREAD", any));
	return 0;
}
