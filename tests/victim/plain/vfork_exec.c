/* SPDX-License-Identifier: MIT */
/* vfork, dup2, close and exec in the child; the parent's sockets stay what they were. */
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), t = udp("127.0.0.1", 7002);
	int l = tcp_listener("127.0.0.1", 7006), pair[2], c;
	char text[100] = "";
	pid_t pid;

	MUST(pipe(pair));
	pid = vfork();
	if (pid == 0) {
		dup2(pair[1], s);
		dup2(pair[1], 1);
		close(t);
		close(l);
		close_range(50, 60, 0);
		fcntl(pair[1], F_DUPFD, 30);
		/* numbers of three digits may be a log that the child opened for itself */
		execl("/bin/sh", "sh", "-c",
			"echo child >&4; ls /proc/self/fd | grep -v ... | tr '\\n' ' '", NULL);
		_exit(9);
	}
	close(pair[1]);
	say_child("child", pid);
	while (read(pair[0], text, sizeof(text) - 1) > 0) {
		say("%s", text);
		memset(text, 0, sizeof(text));
	}
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	c = tcp_to("127.0.0.1", 7006);
	DID(send(c, SIP, SIP_LEN, 0));
	say_heard("accepted", MUST(accept(l, NULL, NULL)));
	pid = vfork();
	if (pid == 0) {
		close(s);
		_exit(sendto(t, SIP, SIP_LEN, 0, &to.sa, to.len) == (ssize_t)SIP_LEN ? 5 : 6);
	}
	say_child("child", pid);
	say_heard("ear", ear);
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	say_open(20);
	return 0;
}
