/* SPDX-License-Identifier: MIT */
/* The sizes that the host is told are those of what it reads: looked at twice and read they are the
 * same; what does not fit its buffer is cut as the kernel cuts it, never edited in part. */
/*ini
[bond:in]
member = udp:10.0.1.1:5060
[route:r]
from = in
bond = in
*/
/*expect
peek: message +19, marked, whole
peek: message +19, marked, whole
read: message +19, marked, whole
peek with MSG_TRUNC: message +19, marked, whole
recvmsg peek: message +19, marked, whole
recvmsg: message +19, marked, whole
-- no room for the mark
room for the message: message +0, not marked, whole
room for the message: message +0, not marked, whole
and for all but a byte of the mark: message +0, not marked, whole
and for the mark: message +19, marked, whole
-- no room for the message
peek: message -1, not marked, cut
peek with MSG_TRUNC: message +19, not marked, cut
recvmsg peek: message -1, not marked, cut, told so
read: message -1, not marked, cut
a few bytes: message -179, not marked, cut
a few bytes: message -179, not marked, cut, told so
-- a forged mark makes it shorter: cut is cut, but the mark is none any more
peek: message -30, marked, whole
peek: message -1, not marked, cut
read: message -1, not marked, cut
-- nearly as large as datagrams are
read: message +19, marked, whole
*/
#include "talk.h"

static struct ep at;
static int m;
static struct text *message;

static void arrives(void)
{
	struct pollfd p = {.fd = m, .events = POLLIN};

	peer_sends(ROUTED4, QUIET, &at, message);
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
}

static void say_read(const char *what, long n, const char *p, size_t room, int flags)
{
	bool marked = n > 0 && memmem(p, room < (size_t)n ? room : (size_t)n, "bond-in=", 8);
	bool tail = n >= 4 && (size_t)n <= room && memcmp(p + n - 4, "\r\n\r\n", 4) == 0;

	say("%s: message %+ld, %s, %s%s%s", what, n - (long)message->n, marked ? "marked" : "not marked",
		tail ? "whole" : "cut", flags & MSG_TRUNC ? ", told so" : "",
		n >= 0 && p[room] != '#' ? ", written behind the buffer" : "");
}

static void receive(const char *what, size_t room, int flags)
{
	static char p[TEXT_MAX];

	memset(p, '#', sizeof(p));
	say_read(what, recv(m, p, room, flags), p, room, 0);
}

static void receive_msg(const char *what, size_t room, int flags)
{
	static char p[TEXT_MAX];
	struct iovec iov = {p, room};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(p, '#', sizeof(p));
	long n = recvmsg(m, &msg, flags);
	say_read(what, n, p, room, msg.msg_flags);
}

int main(void)
{
	at = ep(M4, 5060);
	m = udp(M4, 5060);
	message = sip("OPTIONS sip:h@10.0.1.1 SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bK-1\n"
		      "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"
		      "Subject: 0123456789012345678901234567890123456789\n");
	arrives();
	receive("peek", 4096, MSG_PEEK);
	receive("peek", 4096, MSG_PEEK);
	receive("read", 4096, 0);
	arrives();
	receive("peek with MSG_TRUNC", 4096, MSG_PEEK | MSG_TRUNC);
	receive_msg("recvmsg peek", 4096, MSG_PEEK);
	receive_msg("recvmsg", 4096, 0);
	say("-- no room for the mark");
	arrives();
	receive("room for the message", message->n, MSG_PEEK);
	receive("room for the message", message->n, 0);
	arrives();
	receive("and for all but a byte of the mark", message->n + 18, MSG_PEEK);
	receive_msg("and for the mark", message->n + 19, 0);
	say("-- no room for the message");
	arrives();
	receive("peek", message->n - 1, MSG_PEEK);
	receive("peek with MSG_TRUNC", message->n - 1, MSG_PEEK | MSG_TRUNC);
	receive_msg("recvmsg peek", message->n - 1, MSG_PEEK);
	receive("read", message->n - 1, 0);
	arrives();
	receive("a few bytes", 10, MSG_PEEK);
	receive_msg("a few bytes", 10, 0);
	say("-- a forged mark makes it shorter: cut is cut, but the mark is none any more");
	message = sip("OPTIONS sip:h@10.0.1.1 SIP/2.0\n"
		      "Via: SIP/2.0/UDP a;branch=z9hG4bK-1;bond-in=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		      "From: <sip:a@x>;tag=2\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n");
	arrives();
	receive("peek", 4096, MSG_PEEK);
	receive("peek", message->n - 1, MSG_PEEK);
	receive("read", message->n - 1, 0);
	say("-- nearly as large as datagrams are");
	message = text_new();
	message->n = sprintf(message->p, "OPTIONS sip:h@10.0.1.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP a;branch=z9hG4bK-1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length: 65000\r\n\r\n");
	memset(message->p + message->n, 'x', 65000);
	message->n += 65000;
	memcpy(message->p + message->n - 4, "\r\n\r\n", 4);
	arrives();
	receive("read", 65535, 0);
	return 0;
}
