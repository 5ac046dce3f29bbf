/* SPDX-License-Identifier: MIT */
/* Steered sends from a signal handler that interrupts steered sends. */
/*expect
handler fine, main fine, enough of both
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS xMANY
*/
#include "steer.h"

#include <sys/time.h>

static int h, p, m;
static struct ep routed;
static volatile int runs, bad;

static void handler(int sig)
{
	int saved = errno;

	(void)sig;
	runs++;
	if (sendto(p, SIP, SIP_LEN, 0, &routed.sa, routed.len) != (ssize_t)SIP_LEN)
		bad++;
	errno = saved;
}

int main(void)
{
	struct itimerval every = {{0, 500}, {0, 500}}, off = {{0, 0}, {0, 0}};
	int wrong = 0, n = 0;
	char text[600];

	routed = ep(ROUTED4, 5060);
	h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060);
	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &every, NULL);
	while (n < 2000 || runs < 200) {
		if (sendto(h, SIP, SIP_LEN, 0, &routed.sa, routed.len) != (ssize_t)SIP_LEN)
			wrong++;
		while (recv(m, text, sizeof(text), MSG_DONTWAIT) > 0)
			;
		if (recv(h, text, sizeof(text), MSG_DONTWAIT) > 0 ||
			recv(p, text, sizeof(text), MSG_DONTWAIT) > 0)
			wrong++; /* an answer there means a request left from there */
		n++;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	say("handler %s, main %s, enough of both", bad ? "wrong" : "fine",
		wrong ? "wrong" : "fine");
	return 0;
}
