/* SPDX-License-Identifier: MIT */
/* Errors that come back by ICMP belong to the program: when, once, and through the error queue. */
#include "../victim.h"

#include <linux/errqueue.h>

int main(void)
{
	struct ep dead = ep("127.0.0.1", 7999), to = ep("127.0.0.1", 7005);
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005), one = 1, e;
	socklen_t len = sizeof(e);
	char text[600], control[300];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct sock_extended_err *err;

	DID(sendto(s, SIP, SIP_LEN, 0, &dead.sa, dead.len)); /* unconnected: nothing comes back */
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	MUST(connect(s, &dead.sa, dead.len));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(write(s, SIP, SIP_LEN));
	DID(recv(s, text, sizeof(text), MSG_DONTWAIT));
	DID(recv(s, text, sizeof(text), MSG_DONTWAIT));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &len));
	say("%s", strerrorname_np(e));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(connect(s, &to.sa, to.len));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(send(s, SIP, SIP_LEN, 0));
	say_heard("ear", ear);
	s = udp("127.0.0.1", 7002);
	MUST(setsockopt(s, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
	DID(sendto(s, SIP, SIP_LEN, 0, &dead.sa, dead.len));
	DID(sendto(s, SIP, SIP_LEN, 0, &dead.sa, dead.len));
	DID(recvmsg(s, &m, MSG_ERRQUEUE));
	err = (void *)CMSG_DATA(CMSG_FIRSTHDR(&m));
	say("errno %s origin %d flags %#x", strerrorname_np(err->ee_errno), err->ee_origin,
		m.msg_flags);
	DID(recvmsg(s, &m, MSG_ERRQUEUE));
	return 0;
}
