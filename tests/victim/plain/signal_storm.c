/* SPDX-License-Identifier: MIT */
/* A timer signal, 100 us after the last one was handled, sends, dups, closes and opens while the main flow does the
 * same. */
/*victim
seconds: 300
*/
#include "../victim.h"

#include <sys/time.h>

static struct ep to;
static volatile int handled, bad;
static int handler_fd;
static const struct itimerval soon = {{0, 0}, {0, 100}}, off;

static void handler(int sig)
{
	int saved = errno, s, d;

	(void)sig;
	handled++;
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s == -1 || connect(s, &to.sa, to.len))
		bad |= 1;
	if (sendto(handler_fd, "HANDLER", 7, MSG_DONTWAIT, &to.sa, to.len) != 7)
		bad |= 2;
	d = dup(s);
	if (d == -1 || close(s) || send(d, SIP, SIP_LEN, MSG_DONTWAIT) != (ssize_t)SIP_LEN)
		bad |= 4;
	if (close(d))
		bad |= 8;
	setitimer(ITIMER_REAL, &soon, NULL);
	errno = saved;
}

int main(void)
{
	int ear = udp("127.0.0.1", 7005), fd = udp("127.0.0.1", 7001), rounds = 0, wrong = 0;
	struct timespec start, now;

	to = ep("127.0.0.1", 7005);
	handler_fd = udp("127.0.0.1", 7002);
	signal(SIGALRM, handler);
	clock_gettime(CLOCK_MONOTONIC, &start);
	setitimer(ITIMER_REAL, &soon, NULL);
	do {
		struct ep from = {.len = sizeof(from.ss)};
		int s, d, n, port;
		char text[600];

		s = socket(AF_INET, SOCK_DGRAM, 0);
		d = fcntl(s, F_DUPFD_CLOEXEC, 60);
		if (s == -1 || d == -1 || connect(d, &to.sa, to.len) || close(s))
			wrong |= 1;
		errno = 77;
		if (sendto(fd, "INVITE sip:m SIP/2.0\r\n", 22, 0, &to.sa, to.len) != 22 ||
			errno != 77)
			wrong |= 2;
		if (write(d, "M", 1) != 1 || dup2(d, 61) != 61 || close(d) || close(61))
			wrong |= 4;
		while ((n = recvfrom(ear, text, sizeof(text), MSG_DONTWAIT, &from.sa, &from.len)) >=
			0) {
			port = ep_port(&from);
			if ((n == 7) != (port == 7002) || (n == 22) != (port == 7001))
				wrong |= 8;
			from.len = sizeof(from.ss);
		}
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 2 || handled <= 100 || rounds <= 100);
	signal(SIGALRM, SIG_IGN);
	setitimer(ITIMER_REAL, &off, NULL);
	say("handler: wrong %d", bad);
	say("main: wrong %d", wrong);
	say_open(70);
	return 0;
}
