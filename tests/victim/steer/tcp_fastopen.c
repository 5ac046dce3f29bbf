/* SPDX-License-Identifier: MIT */
/* sendto() and sendmsg() with MSG_FASTOPEN are connects. */
/*victim
case: unbound any0
*/
/*expect
sendto = all
heard on it: peer saw 10.0.1.1:*
sendmsg = all
heard on it: peer saw 10.0.1.1:*
sendto = all
heard on it: peer saw 10.0.0.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static int fresh(const char *which)
{
	return which[0] == 'u' ? MUST(socket(AF_INET, SOCK_STREAM, 0))
			       : bound(SOCK_STREAM, "0.0.0.0", 0);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {.msg_name = &routed.ss,
		.msg_namelen = routed.len,
		.msg_iov = &iov,
		.msg_iovlen = 1};
	int s = fresh(argv[1]);
	ssize_t n;

	(void)argc;
	n = sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &routed.sa, routed.len);
	say("sendto = %s", n == (ssize_t)SIP_LEN ? "all" : strerrorname_np(errno));
	hear(EARS({"it", s}));
	s = fresh(argv[1]);
	n = sendmsg(s, &m, MSG_FASTOPEN);
	say("sendmsg = %s", n == (ssize_t)SIP_LEN ? "all" : strerrorname_np(errno));
	hear(EARS({"it", s}));
	s = fresh(argv[1]);
	n = sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &other.sa, other.len);
	say("sendto = %s", n == (ssize_t)SIP_LEN ? "all" : strerrorname_np(errno));
	hear(EARS({"it", s}));
	return 0;
}
