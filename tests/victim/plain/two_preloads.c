/* SPDX-License-Identifier: MIT */
/* A preload before libbond and one after it: both see the calls that the program makes. */
/*victim
preload: count_before @ count_after
*/
#include "../victim.h"

extern void count_before_say(void) __attribute__((weak));
extern void count_after_say(void) __attribute__((weak));

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), c;
	pid_t pid;

	tcp_listener("127.0.0.1", 7006);
	for (int i = 0; i < 5; i++)
		DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(sendto(s, NULL, 0, 0, NULL, 0));
	c = tcp_to("127.0.0.1", 7006);
	DID(close(c));
	DID(close(c));
	DID(close(99));
	pid = fork();
	if (pid == 0) {
		sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len);
		close(s);
		count_before_say();
		count_after_say();
		_exit(0);
	}
	say_child("child", pid);
	if (!count_before_say || !count_after_say)
		die("the counting libraries");
	count_before_say();
	count_after_say();
	return 0;
}
