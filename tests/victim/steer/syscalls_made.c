/* SPDX-License-Identifier: MIT */
/* A steered send is one system call, like any other. */
/*victim
modes: routes
*/
/*expect
another descriptor
  system call sendto: 8
  exit 0
another descriptor, by sendmsg
  system call sendmsg: 8
  exit 0
same port
  system call sendmsg: 8
  exit 0
a client socket
  system call sendmsg: 8
  exit 0
a connected one
  system call sendto: 8
  exit 0
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x20
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x30
*/
#include "steer.h"
#include "../count_syscalls.h"

static int from;
static bool connected, by_sendmsg;
static struct ep routed;

static void work(void)
{
	if (connected)
		MUST(connect(from, &routed.sa, routed.len));
	for (int i = 0; i < 10; i++) {
		if (i == 2) /* a client socket has a port after the first, and is asked for it then */
			marker();
		MUST(send_by(connected    ? "send"
			     : by_sendmsg ? "sendmsg"
					  : "sendto",
			from, &routed, SIP, SIP_LEN));
	}
	marker();
}

int main(void)
{
	int h = udp(H4, 5060), p = udp(H4, 5070);

	udp(M4, 5060);
	routed = ep(ROUTED4, 5060);
	say("another descriptor");
	from = p;
	count_syscalls(work);
	say("another descriptor, by sendmsg");
	by_sendmsg = true;
	count_syscalls(work);
	by_sendmsg = false;
	say("same port");
	from = h;
	count_syscalls(work);
	say("a client socket");
	from = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	count_syscalls(work);
	say("a connected one");
	from = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	connected = true;
	count_syscalls(work);
	return 0;
}
