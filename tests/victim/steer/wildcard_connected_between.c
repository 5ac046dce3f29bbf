/* SPDX-License-Identifier: MIT */
/* A wildcard listener that carries two members of a bond, and was connected in between: what libbond
 * asks of it for itself, the host does not see. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
IP_PKTINFO: 0
sendto = all
answer of 0 bytes of control data
connected, and no more
IP_PKTINFO: 0
sendto = all
answer of 0 bytes of control data
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static void look(int fd, const struct ep *to)
{
	char text[2000], control[200];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control)};
	int value = -1;
	socklen_t len = sizeof(value);

	MUST(getsockopt(fd, IPPROTO_IP, IP_PKTINFO, &value, &len));
	say("IP_PKTINFO: %d", value);
	ask("sendto", fd, to, NULL);
	wait_readable(fd);
	MUST(recvmsg(fd, &msg, MSG_DONTWAIT));
	say("answer of %zu bytes of control data", (size_t)msg.msg_controllen);
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	int any = udp("0.0.0.0", 5060);

	look(any, &routed);
	MUST(connect(any, &routed.sa, routed.len));
	MUST(connect(any, &unspec, sizeof(unspec)));
	say("connected, and no more");
	look(any, &routed);
	return 0;
}
