/* SPDX-License-Identifier: MIT */
/* Whatever leaves a listener of opened members, and is not steered, leaves from the host's own address by each
 * call: not from what the kernel would choose for a socket that hears them all. */
/*victim
case: v4 v6 mapped
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
*/
/*expect v4
-- sendto
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmsg
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmsg-bytes
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmmsg
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- nothing, and much
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- in portions
on the wire from 10.0.2.1:5060
whole
on the wire from 10.0.2.1:5060
whole
-- segments
on the wire from 10.0.2.1:5060
100 bytes
on the wire from 10.0.2.1:5060
100 bytes
on the wire from 10.0.2.1:5060
100 bytes
-- it hears the member
  - Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1;bond-in=*
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 1 bytes 78 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 20 bytes 00010000 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: anything x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: large x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: nothing
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: segment x3
*/
/*expect v6
-- sendto
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- sendmsg
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- sendmsg-bytes
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- sendmmsg
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- nothing, and much
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- in portions
on the wire from [fd00:2::1]:5060
whole
on the wire from [fd00:2::1]:5060
whole
-- segments
on the wire from [fd00:2::1]:5060
100 bytes
on the wire from [fd00:2::1]:5060
100 bytes
on the wire from [fd00:2::1]:5060
100 bytes
-- it hears the member
  - Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1;bond-in=*
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: 1 bytes 78 x4
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: 20 bytes 00010000 x4
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: 4 bytes 0d0a0d0a x4
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x5
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x4
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: anything x4
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: large x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: nothing
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: segment x3
*/
/*expect mapped
-- sendto
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmsg
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmsg-bytes
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- sendmmsg
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- nothing, and much
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- in portions
on the wire from 10.0.2.1:5060
whole
on the wire from 10.0.2.1:5060
whole
-- segments
on the wire from 10.0.2.1:5060
100 bytes
on the wire from 10.0.2.1:5060
100 bytes
on the wire from 10.0.2.1:5060
100 bytes
-- it hears the member
  - Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1;bond-in=*
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 1 bytes 78 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 20 bytes 00010000 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x5
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: anything x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: large x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: nothing
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: segment x3
*/
#include "open.h"

#include <netinet/udp.h>

static int h;

static void one(const char *call, const void *p, size_t n)
{
	struct ep to = ep(PEER, QUIET);
	long ret = send_by(call, h, &to, p, n);

	if (ret != (long)n)
		say("%s of %zu = %ld %s", call, n, ret, ret < 0 ? strerrorname_np(errno) : "");
	peer_got(PEER);
}

/* One datagram in two portions. */
static void in_portions(const void *p, size_t n)
{
	struct ep to = ep(PEER, QUIET);

	MUST(sendto(h, p, n / 2, MSG_MORE, &to.sa, to.len));
	MUST(sendto(h, (const char *)p + n / 2, n - n / 2, 0, &to.sa, to.len));
	struct text *t = peer_got(PEER);
	if (t)
		say("%s", t->n == n && memcmp(t->p, p, n) == 0 ? "whole" : "not whole");
}

/* Several datagrams in one call (udp(7)). */
static void in_segments(void)
{
	char bytes[300], control[CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8)));
	struct ep to = ep(PEER, QUIET);
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	uint16_t size = 100;

	memset(bytes, 's', sizeof(bytes));
	for (int i = 0; i < 3; i++)
		memcpy(bytes + i * 100, "segment ", 8);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	say("-- segments");
	if (sendmsg(h, &m, 0) != sizeof(bytes))
		say("%s", strerrorname_np(errno));
	for (int i = 0; i < 3; i++) {
		struct text *t = peer_got(PEER);
		if (t)
			say("%zu bytes", t->n);
	}
}

int main(int argc, char **argv)
{
	static const char *const calls[] = {"sendto", "sendmsg", "sendmsg-bytes", "sendmmsg"};
	static const char stun[20] = "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijk";
	static char large[20000];
	struct text *req, *answer = sip("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\n"
					"From: <sip:p@x>;tag=1\nTo: <sip:h@x>;tag=2\nCall-ID: 1\nCSeq: 1 OPTIONS\n");
	struct ep m;

	choose_family(argv[argc - 1]);
	h = udp(H, 5060);
	m = ep(M, 5060);
	memset(large, 'l', sizeof(large));
	memcpy(large, "large ", 6);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		say("-- %s", calls[i]);
		req = options((int)i);
		one(calls[i], req->p, req->n);
		one(calls[i], answer->p, answer->n);
		one(calls[i], "\r\n\r\n", 4);
		one(calls[i], stun, sizeof(stun));
		one(calls[i], "anything else that is no message of SIP at all, of some more bytes than sixty", 77);
		one(calls[i], "x", 1);
	}
	say("-- nothing, and much");
	one("sendto", "", 0);
	one("sendmsg", large, sizeof(large));
	say("-- in portions");
	req = options(9);
	in_portions(req->p, req->n);
	in_portions(large, sizeof(large));
	in_segments();
	say("-- it hears the member");
	comes(h, ROUTED, &m, sip("OPTIONS sip:x@example.net SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\n"
				 "From: <sip:p@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"));
	return 0;
}
