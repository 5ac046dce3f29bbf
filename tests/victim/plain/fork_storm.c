/* SPDX-License-Identifier: MIT */
/* 600 children while other threads send; each child sends, binds, dups and closes. */
/*victim
seconds: 40
*/
#include "../victim.h"

static volatile bool stop;
static struct ep to;

static void *sender(void *arg)
{
	int fd = *(int *)arg;

	while (!stop) {
		int s = socket(AF_INET, SOCK_DGRAM, 0);

		sendto(fd, SIP, SIP_LEN, MSG_DONTWAIT, &to.sa, to.len);
		sendto(s, SIP, SIP_LEN, MSG_DONTWAIT, &to.sa, to.len);
		close(s);
	}
	return NULL;
}

static int child(int fd)
{
	struct ep any = ep("127.0.0.1", 0), e = {.len = sizeof(e.ss)};
	int s = socket(AF_INET, SOCK_DGRAM, 0), d;

	if (sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len) != (ssize_t)SIP_LEN)
		return 1;
	if (s == -1 || bind(s, &any.sa, any.len) || connect(s, &to.sa, to.len))
		return 2;
	if (send(s, SIP, SIP_LEN, 0) != (ssize_t)SIP_LEN)
		return 3;
	d = dup(s);
	if (d == -1 || close(s) || getsockname(d, &e.sa, &e.len) || close(d))
		return 4;
	return 0;
}

int main(void)
{
	int fd = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005), small = 1, fine = 0;
	pthread_t threads[3];

	to = ep("127.0.0.1", 7005);
	MUST(setsockopt(ear, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)));
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, sender, &fd);
	for (int i = 0; i < 600; i++) {
		pid_t pid = MUST(fork());
		int status;

		if (pid == 0)
			_exit(child(fd));
		MUST(waitpid(pid, &status, 0));
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			fine++;
		else
			say("child %d: status %#x", i, status);
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	say("%d children fine", fine);
	return 0;
}
