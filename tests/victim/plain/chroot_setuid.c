/* SPDX-License-Identifier: MIT */
/* The program locks itself into an empty directory and drops its rights after the start. */
#include "../victim.h"

#include <grp.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), c;
	char dir[] = "/tmp/victim-XXXXXX";
	pid_t pid;

	if (!mkdtemp(dir))
		die("mkdtemp");
	pid = fork();
	if (pid == 0) {
		MUST(chroot(dir));
		MUST(chdir("/"));
		MUST(setgroups(0, NULL));
		MUST(setgid(65534));
		MUST(setuid(65534));
		DID(open("/etc/passwd", O_RDONLY));
		DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
		say_heard("ear", ear);
		c = udp("127.0.0.1", 7002);
		DID(sendto(c, SIP, SIP_LEN, 0, &to.sa, to.len));
		say_heard("ear", ear);
		tcp_listener("127.0.0.1", 7006);
		c = tcp_to("127.0.0.1", 7006);
		DID(send(c, SIP, SIP_LEN, 0));
		DID(close(s));
		pid = fork();
		if (pid == 0)
			_exit(sendto(c, SIP, SIP_LEN, 0, NULL, 0) == (ssize_t)SIP_LEN ? 4 : 5);
		say_child("grandchild", pid);
		say_open(12);
		exit(0);
	}
	say_child("child", pid);
	DID(rmdir(dir));
	return 0;
}
