/* SPDX-License-Identifier: MIT */
/* Errors of the message or of the path are not a member's: too long, port 0, nobody there (ICMP).
 * */
/*expect
sendto = -1 EMSGSIZE
sendto = -1 EMSGSIZE
sendto = -1 EMSGSIZE
sendto = -1 EINVAL
sendto = -1 EINVAL
sendto = -1 EINVAL
floating, connected
send = all
recv: ECONNREFUSED
send = all
send: ECONNREFUSED
send = all
listener, not connected
sendto = all
sendto = all
stream
connect: ECONNREFUSED
connect: ECONNREFUSED
*/
/*victim
unsteered: yes
*/
#include "steer.h"

static void refused(const char *call, long ret)
{
	say("%s: %s", call, ret == -1 ? strerrorname_np(errno) : "no error");
}

static void settle(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0); /* until the ICMP message is there */
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), zero = ep(ROUTED4, 0), dead = ep(ROUTED4, 5999);
	int h = udp(H4, 5060), p = udp(H4, 5070), f = MUST(socket(AF_INET, SOCK_DGRAM, 0)), c, s;
	static char big[70000], text[600];

	udp(M4, 5060);
	memcpy(big, SIP, SIP_LEN);
	memset(big + SIP_LEN, 'x', sizeof(big) - SIP_LEN);
	ask_data("sendto", h, &routed, big, sizeof(big), NULL);
	ask_data("sendto", p, &routed, big, sizeof(big), NULL);
	ask_data("sendto", f, &routed, big, sizeof(big), NULL);
	ask("sendto", h, &zero, NULL);
	ask("sendto", p, &zero, NULL);
	ask("sendto", f, &zero, NULL);
	say("floating, connected");
	c = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(c, &dead.sa, dead.len));
	ask("send", c, NULL, NULL);
	settle(c);
	refused("recv", recv(c, text, sizeof(text), MSG_DONTWAIT));
	ask("send", c, NULL, NULL);
	settle(c);
	refused("send", send(c, SIP, SIP_LEN, 0));
	ask("send", c, NULL, NULL);
	say("listener, not connected");
	ask("sendto", p, &dead, NULL);
	ask("sendto", p, &dead, NULL);
	say("stream");
	s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	refused("connect", connect(s, &dead.sa, dead.len));
	s = bound(SOCK_STREAM, "0.0.0.0", 7001);
	refused("connect", connect(s, &dead.sa, dead.len));
	return 0;
}
