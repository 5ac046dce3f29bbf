/* SPDX-License-Identifier: MIT */
/* Threads that are cancelled inside a call leave nothing behind: requests in pieces are steered
 * afterwards as before. */
/*expect
100 cancelled
sendmsg-bytes = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static int h;

static void *thread(void *arg)
{
	struct ep routed = ep(ROUTED4, 5060);

	(void)arg;
	pthread_cancel(pthread_self());
	send_by("sendmsg-bytes", h, &routed, SIP, SIP_LEN);
	return NULL;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int m = udp(M4, 5060), cancelled = 0;

	h = udp(H4, 5060);
	for (int i = 0; i < 100; i++) {
		pthread_t t;
		void *end;

		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, &end);
		cancelled += end == PTHREAD_CANCELED;
	}
	say("%d cancelled", cancelled);
	ask("sendmsg-bytes", h, &routed, EARS({"H", h}, {"M", m}));
	return 0;
}
