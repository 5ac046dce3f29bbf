/* SPDX-License-Identifier: MIT */
/* The first request of a client socket is sent by several threads at once: all of them leave from
 * the member, and the socket hears all answers. */
/*victim
case: unbound any0 connected
*/
/*expect
160 sent, 160 heard
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x160
*/
#include "steer.h"

static pthread_barrier_t barrier;
static _Atomic int sent;
static struct ep routed;
static bool connected;

static void *sender(void *arg)
{
	int s = *(int *)arg;

	pthread_barrier_wait(&barrier);
	if (connected ? send(s, SIP, SIP_LEN, 0) > 0
		      : sendto(s, SIP, SIP_LEN, 0, &routed.sa, routed.len) > 0)
		sent++;
	return NULL;
}

int main(int argc, char **argv)
{
	int heard = 0;

	routed = ep(ROUTED4, 5060);
	connected = argc > 1 && argv[1][0] == 'c';
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 40; i++) {
		int s = argv[1][0] == 'a' ? udp("0.0.0.0", 0)
					  : MUST(socket(AF_INET, SOCK_DGRAM, 0)),
		    before = sent;
		pthread_t t[4];
		char text[600];

		if (connected)
			MUST(connect(s, &routed.sa, routed.len));
		for (int k = 0; k < 4; k++)
			pthread_create(&t[k], NULL, sender, &s);
		for (int k = 0; k < 4; k++)
			pthread_join(t[k], NULL);
		for (int k = before; k < sent; k++) {
			wait_readable(s);
			heard += recv(s, text, sizeof(text), MSG_DONTWAIT) > 0;
		}
		close(s);
	}
	say("%d sent, %d heard", sent, heard);
	return 0;
}
