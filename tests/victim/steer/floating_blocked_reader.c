/* SPDX-License-Identifier: MIT */
/* A thread already waits in recv() on the client socket when another sends its first request: it
 * gets the answer. */
/*expect
sendto = all
the thread heard an answer, peer saw 10.0.1.1:*
send = all
the thread heard an answer, peer saw 10.0.1.1:*
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static volatile pid_t tid;
static volatile bool asked;

static void *reader(void *arg)
{
	char text[600], *at, host[64] = "?";
	int port;
	ssize_t n;

	tid = gettid();
	n = recv(*(int *)arg, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "Seen: ");
	if (at)
		sscanf(at, "Seen: %63[^:]:%d", host, &port);
	while (!asked)
		sched_yield();
	say("the thread heard %s, peer saw %s:*", n > 0 ? "an answer" : strerrorname_np(errno),
		host);
	return NULL;
}

static void talk(const char *call, int s, const struct ep *to)
{
	pthread_t t;

	tid = 0, asked = false;
	pthread_create(&t, NULL, reader, &s);
	while (!tid)
		sched_yield();
	wait_blocked(tid);
	ask(call, s, to, NULL);
	asked = true;
	pthread_join(t, NULL);
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int s = udp("0.0.0.0", 0), c = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	talk("sendto", s, &routed);
	MUST(connect(c, &routed.sa, routed.len));
	talk("send", c, NULL);
	return 0;
}
