/* SPDX-License-Identifier: MIT */
/* dup2() and dup3() of a socket onto itself, onto open numbers and onto nothing. */
#include "../victim.h"

int main(void)
{
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7002), t = udp("127.0.0.1", 7003);
	struct ep to = ep("127.0.0.1", 7002);
	int l = tcp_listener("127.0.0.1", 7004);

	signal(SIGPIPE, SIG_IGN);
	DID(dup2(s, s));
	DID(dup3(s, s, 0));
	DID(dup3(s, 20, 1));
	DID(dup2(-1, -1));
	DID(dup2(30, 30));
	DID(dup2(s, -1));
	DID(dup2(30, s));
	DID(dup2(l, l));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(dup2(t, s)); /* 7001 is gone: the number now is 7003 */
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(dup3(l, t, O_CLOEXEC));
	DID(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(dup3(s, t, 0));
	DID(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(dup2(0, t)); /* not a socket any more */
	DID(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(dup2(s, 25));
	say_open(30);
	return 0;
}
