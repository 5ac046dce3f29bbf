/* SPDX-License-Identifier: MIT */
/* Two hundred connections at once, half of them routed, registered with epoll before connect(). */
/*victim
case: unbound any0
*/
/*expect
200 writable, 200 answers
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS x100
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x100
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep to[2] = {ep(ROUTED4, 5060), ep(OTHER4, 5060)}, any = ep("0.0.0.0", 0);
	int set = MUST(epoll_create1(0)), writable = 0, answers = 0;

	(void)argc;
	for (int i = 0; i < 200; i++) {
		struct epoll_event e = {EPOLLOUT | EPOLLIN | EPOLLET, {.u64 = i}};
		int s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

		e.data.u64 = s;
		MUST(epoll_ctl(set, EPOLL_CTL_ADD, s, &e));
		if (argv[1][0] == 'a')
			MUST(bind(s, &any.sa, any.len));
		if (connect(s, &to[i % 2].sa, to[i % 2].len) == -1 && errno != EINPROGRESS)
			die("connect");
	}
	while (answers < 200) {
		struct epoll_event got[64];
		int n = epoll_wait(set, got, 64, 2000);
		char text[600];

		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			int s = got[i].data.u64, error = -1;
			socklen_t len = sizeof(error);

			if (got[i].events & EPOLLIN) {
				answers += recv(s, text, sizeof(text), 0) > 0;
			} else if ((got[i].events & EPOLLOUT) && !(got[i].events & EPOLLHUP)) {
				getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &len);
				writable += error == 0 && send(s, SIP, SIP_LEN, 0) > 0;
			}
		}
	}
	say("%d writable, %d answers", writable, answers);
	return 0;
}
