/* SPDX-License-Identifier: MIT */
/* No member fits (no IPv6 one, none that the host bound): ENETUNREACH by every call, nothing on the
 * wire; what is no request still goes. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = ext
*/
/*expect
sendto = -1 ENETUNREACH
sendmsg = -1 ENETUNREACH
sendmsg-bytes = -1 ENETUNREACH
sendmmsg = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = all
heard on H6: peer saw [fd00:2::1]:5060
sendto = all
send = -1 ENETUNREACH
write = -1 ENETUNREACH
writev = -1 ENETUNREACH
connect = -1 ENETUNREACH
connect = -1 ENETUNREACH
fast open = -1 ENETUNREACH
wildcard of another port
sendto = -1 ENETUNREACH
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5060: SIP/2.0
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5060: TEST
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), routed6 = ep(ROUTED6, 5060);
	int h = udp(H4, 5060), h6 = udp(H6, 5060), u6 = MUST(socket(AF_INET6, SOCK_DGRAM, 0)), c6,
	    any;
	int block = MUST(socket(AF_INET6, SOCK_STREAM, 0));
	int not = MUST(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0));

	ask("sendto", h6, &routed6, NULL);
	ask("sendmsg", h6, &routed6, NULL);
	ask("sendmsg-bytes", h6, &routed6, NULL);
	ask("sendmmsg", h6, &routed6, NULL);
	ask("sendto", h, &routed, NULL); /* fits, but nobody bound it */
	ask("sendto", u6, &routed6, NULL);
	ask_data("sendto", h6, &routed6, "TEST", 4, EARS({"H6", h6}));
	ask_data("sendto", h6, &routed6, "SIP/2.0 200 OK\r\n\r\n", 18, NULL);
	c6 = udp(H6, 5070);
	MUST(connect(c6, &routed6.sa, routed6.len));
	ask("send", c6, NULL, NULL);
	ask("write", c6, NULL, NULL);
	ask("writev", c6, NULL, NULL);
	errno = 0;
	say_result("connect", connect(block, &routed6.sa, routed6.len));
	errno = 0;
	say_result("connect", connect(not, &routed6.sa, routed6.len));
	errno = 0;
	say_result(
		"fast open", sendto(block, SIP, SIP_LEN, MSG_FASTOPEN, &routed6.sa, routed6.len));
	say("wildcard of another port");
	any = udp("0.0.0.0", 5070);
	ask("sendto", any, &routed, NULL);
	return 0;
}
