/* SPDX-License-Identifier: MIT */
/* Four threads send routed and unrouted requests from the same sockets at once. */
/*expect
routed: 400 sent, 0 wrong
other: 400 sent, 0 wrong
M heard 400, H heard 400, other 0
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x400
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS x400
*/
#include "steer.h"

static int h, p, m;
static _Atomic int sent[2], wrong[2], heard[2], strays;

static void *sender(void *arg)
{
	struct ep to[2] = {ep(ROUTED4, 5060), ep(OTHER4, 5060)};
	int fds[2] = {(intptr_t)arg % 2 ? p : h, h};

	for (int i = 0; i < 200; i++) {
		if (sendto(fds[i % 2], SIP, SIP_LEN, 0, &to[i % 2].sa, to[i % 2].len) ==
			(ssize_t)SIP_LEN)
			sent[i % 2]++;
		else
			wrong[i % 2]++;
		if (i % 10 == 9)
			usleep(1000); /* the peer keeps up */
	}
	return NULL;
}

static void *reader(void *arg)
{
	(void)arg;
	for (;;) {
		struct pollfd polls[3] = {{m, POLLIN, 0}, {h, POLLIN, 0}, {p, POLLIN, 0}};
		char text[600];
		ssize_t n;

		if (poll(polls, 3, 1000) <= 0)
			return NULL;
		for (int i = 0; i < 3; i++) {
			while ((n = recv(polls[i].fd, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
				text[n] = '\0';
				if (i < 2 && strstr(text, i ? "Seen: " H4 : "Seen: " M4))
					heard[i]++;
				else
					strays++;
			}
		}
		if (heard[0] + heard[1] + strays >= 800)
			return NULL;
	}
}

int main(void)
{
	pthread_t threads[4], r;

	h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060);
	MUST(setsockopt(h, SOL_SOCKET, SO_RCVBUFFORCE, &(int){4 << 20}, sizeof(int)));
	MUST(setsockopt(m, SOL_SOCKET, SO_RCVBUFFORCE, &(int){4 << 20}, sizeof(int)));
	pthread_create(&r, NULL, reader, NULL);
	for (intptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, sender, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	pthread_join(r, NULL);
	say("routed: %d sent, %d wrong", sent[0], wrong[0]);
	say("other: %d sent, %d wrong", sent[1], wrong[1]);
	say("M heard %d, H heard %d, other %d", heard[0], heard[1], strays);
	return 0;
}
