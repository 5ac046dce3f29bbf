/* SPDX-License-Identifier: MIT */
/* One of two numbers of a socket is closed; the other goes on. */
#include "../victim.h"

int main(void)
{
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7002), d;
	int l = tcp_listener("127.0.0.1", 7003), l2, c, a, a2;
	struct ep to = ep("127.0.0.1", 7002);

	d = DID(dup(s));
	DID(close(s));
	DID(sendto(d, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	s = DID(dup(d));
	DID(close(d));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);

	l2 = DID(dup(l));
	DID(close(l));
	c = tcp_to("127.0.0.1", 7003);
	a = DID(accept(l2, NULL, NULL));
	a2 = DID(fcntl(a, F_DUPFD_CLOEXEC, 30));
	DID(close(a));
	DID(send(c, SIP, SIP_LEN, 0));
	say_heard("a2", a2);
	DID(send(a2, SIP, SIP_LEN, 0));
	say_heard("c", c);
	DID(close(a2));
	say_heard("c", c);
	say_open(40);
	return 0;
}
