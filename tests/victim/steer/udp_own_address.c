/* SPDX-License-Identifier: MIT */
/* With a route for everything: requests to the host's own listeners and to the members stay, those
 * to another program on this machine are steered. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:all]
bond = ext
*/
/*expect
sendto = all
M hears 224 "OPTIONS" from 10.0.2.1:5060
sendto = all
H hears 224 "OPTIONS" from 10.0.2.1:5060
sendto = all
P hears 205 "OPTIONS" from 10.0.2.1:5060
program hears 205 "OPTIONS" from 10.0.1.1:5060
program: exit 0
*/
#include "steer.h"

int main(void)
{
	struct ep to_m = ep(M4, 5060), to_h = ep(H4, 5060), to_p = ep(T4, 5090),
		  to_o = ep(T4, 5091);
	int ready[2], h, m, p;
	pid_t pid;

	MUST(pipe(ready));
	pid = MUST(fork());
	if (pid == 0) {
		int o = udp(T4, 5091);

		MUST(write(ready[1], "", 1));
		say_heard("program", o);
		_exit(0);
	}
	MUST(read(ready[0], &(char){0}, 1));
	h = udp(H4, 5060), m = udp(M4, 5060), p = udp(T4, 5090);
	ask("sendto", h, &to_m, NULL);
	say_heard("M", m);
	ask("sendto", h, &to_h, NULL);
	say_heard("H", h);
	ask("sendto", h, &to_p, NULL);
	say_heard("P", p);
	MUST(sendto(h, SIP, SIP_LEN, 0, &to_o.sa, to_o.len));
	say_child("program", pid);
	return 0;
}
