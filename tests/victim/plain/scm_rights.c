/* SPDX-License-Identifier: MIT */
/* Descriptors passed by SCM_RIGHTS: to itself, to a child, cut off by a short buffer. */
#include "../victim.h"

static void use(const char *who, int u, int c, const struct ep *to)
{
	struct ep e = told_name(u);

	say("%s: udp on %d is %s", who, u, ep_text(&e));
	DID(sendto(u, SIP, SIP_LEN, 0, &to->sa, to->len));
	DID(send(c, SIP, SIP_LEN, 0));
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), u = udp("127.0.0.1", 7001), over[2], got[4], flags = 0;
	int l = tcp_listener("127.0.0.1", 7006), c = tcp_to("127.0.0.1", 7006);
	int a = MUST(accept(l, NULL, NULL));
	struct mmsghdr mm;
	struct iovec iov = {&(char){0}, 1};
	char control[CMSG_SPACE(8)];
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	DID(pass_fds(over[0], (int[]){u, c, l}, 3));
	close(u);
	close(c);
	DID(take_fds(over[1], got, 4, 0, &flags));
	say("numbers %d %d %d flags %#x", got[0], got[1], got[2], flags);
	use("self", got[0], got[1], &to);
	say_heard("ear", ear);
	say_heard("a", a);

	DID(pass_fds(over[0], got, 3));
	DID(take_fds(over[1], got, 1, MSG_CMSG_CLOEXEC, &flags)); /* two are cut off */
	say("number %d flags %#x", got[0], flags);
	say_what(got[0]);
	DID(take_fds(over[1], got, 1, MSG_DONTWAIT, &flags));

	DID(pass_fds(over[0], (int[]){got[0], l}, 2));
	mm = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control)}};
	DID(recvmmsg(over[1], &mm, 1, 0, NULL));
	memcpy(got + 2, CMSG_DATA(CMSG_FIRSTHDR(&mm.msg_hdr)), 8);
	say("numbers %d %d", got[2], got[3]);
	DID(sendto(got[2], SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);

	DID(pass_fds(over[0], (int[]){got[0], a}, 2));
	pid = fork();
	if (pid == 0) {
		int in[2];

		close_range(3, over[1] - 1, 0);
		close_range(over[1] + 1, 100, 0);
		if (take_fds(over[1], in, 2, 0, NULL) != 2)
			_exit(1);
		use("child", in[0], in[1], &to);
		_exit(0);
	}
	say_child("child", pid);
	say_heard("ear", ear);
	say_open(20);
	return 0;
}
