/* SPDX-License-Identifier: MIT */
/* Loopback and link-local members serve only destinations of their kind, whatever their place in
 * the list. */
/*ini
[bond:ext]
member = udp:127.0.0.1:5060
member = udp:[::1]:5060
member = udp:[fe80::1%va]:5060
member = udp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
member = tcp:127.0.0.1:5060
member = tcp:10.0.1.1:5060
[route:r]
bond = ext
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M6: peer saw [fd00:1::1]:5060
sendto = all
heard on link-local: peer saw [fe80::1]:5060
another program hears 205 "OPTIONS" from 127.0.0.1:5060
program: exit 0
5060: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5060: OPTIONS
peer: udp [fe80::1]:5060 > [fe80::9]:5060: OPTIONS
*/
#include "dial.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), routed6 = ep(ROUTED6, 5060),
		  link = ep("fe80::9%va", 5060);
	struct ep lo = ep("127.0.0.1", 7777);
	int ready[2], h, h6, l, m, m6;
	pid_t pid;

	MUST(pipe(ready));
	pid = MUST(fork());
	if (pid == 0) {
		int o = udp("0.0.0.0", 7777);

		MUST(write(ready[1], "", 1));
		say_heard("another program", o);
		_exit(0);
	}
	MUST(read(ready[0], &(char){0}, 1));
	udp("127.0.0.1", 5060);
	udp("::1", 5060);
	h = udp(H4, 5060), h6 = udp(H6, 5060), l = udp("fe80::1%va", 5060), m = udp(M4, 5060);
	m6 = udp(M6, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", h6, &routed6, EARS({"H6", h6}, {"M6", m6}));
	ask("sendto", h6, &link, EARS({"H6", h6}, {"link-local", l}, {"M6", m6}));
	MUST(sendto(h, SIP, SIP_LEN, 0, &lo.sa, lo.len));
	say_child("program", pid);
	dial(ROUTED4, 5060);
	return 0;
}
