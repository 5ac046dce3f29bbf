/* SPDX-License-Identifier: MIT */
/* An address is steered from the moment that DNS gives it to a domain of a route, however often requests
 * went there before; others in the same list of routes are not. */
/*victim
seconds: 60
modes: none
*/
/*ini
[host]
headers = keep
[dns]
server = 127.0.0.1:5353
refresh = 1
[bond:ext]
member = udp:10.0.1.1:5060
[route:named]
to = one.test
bond = ext
*/
/*expect
-- the first answer
named hears all from 10.0.1.1:5060
named hears all from 10.0.1.1:5060
other hears all from 10.0.2.1:5070
other hears all from 10.0.2.1:5070
third hears all from 10.0.2.1:5070
named hears all from 10.0.1.1:5060
-- another one
other hears all from 10.0.1.1:5060
other hears all from 10.0.1.1:5060
third hears all from 10.0.2.1:5070
third hears all from 10.0.2.1:5070
*/
#include "ways.h"

#define FIRST "10.0.0.1"
#define SECOND "10.0.4.1"
#define THIRD "10.0.3.1"

/* Answers for one.test with the address, and to other questions with none. Ends with its parent. */
static void name_server(volatile const char *address)
{
	int fd = foreign("127.0.0.1", 5353);
	uint8_t p[600];
	long n;

	for (;;) {
		struct ep from = {.len = sizeof(from.ss)};
		size_t end = 12;

		n = raw(SYS_recvfrom, fd, (long)p, 512, 0, (long)&from.ss, (long)&from.len);
		if (n < 17)
			continue;
		while (p[end])
			end += p[end] + 1u;
		end += 5;
		p[2] = 0x84, p[3] = 0; /* an authoritative answer */
		memset(p + 6, 0, 6);
		if (p[end - 4] == 0 && p[end - 3] == 1 && memcmp(p + 12, "\3one\4test", 10) == 0) {
			static const uint8_t record[12] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4};

			p[7] = 1;
			memcpy(p + end, record, 12);
			inet_pton(AF_INET, (const char *)address, p + end + 12);
			end += 16;
		}
		raw(SYS_sendto, fd, (long)p, end, 0, (long)&from.ss, from.len);
	}
}

/* Until a request there comes from the member. */
static void wait_for(int fd, const char *host, int ear)
{
	struct ep e = ep(host, 6000);

	for (int i = 0; i < 500; i++) {
		struct ep from = {.len = sizeof(from.ss)};
		struct pollfd p = {.fd = ear, .events = POLLIN};
		char text[600];

		MUST(sendto(fd, SIP, SIP_LEN, 0, &e.sa, e.len));
		raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
		raw(SYS_recvfrom, ear, (long)text, sizeof(text), MSG_DONTWAIT, (long)&from.ss,
			(long)&from.len);
		if (ep_port(&from) == 5060)
			return;
		usleep(10000);
	}
	say("never");
	_exit(1);
}

int main(void)
{
	char *address = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int named = foreign(FIRST, 6000), other = foreign(SECOND, 6000);
	int third = foreign(THIRD, 6000), h;
	pid_t pid;

	strcpy(address, FIRST);
	pid = MUST(fork());
	if (pid == 0) {
		raw(SYS_prctl, 1 /* PR_SET_PDEATHSIG */, SIGKILL, 0, 0, 0, 0);
		name_server(address);
	}
	h = udp(H4, 5070);
	udp(M4, 5060);
	wait_for(h, FIRST, named);
	say("-- the first answer");
	to("named", h, FIRST, 6000, named, 2);
	to("other", h, SECOND, 6000, other, 2);
	to("third", h, THIRD, 6000, third, 1);
	to("named", h, FIRST, 6000, named, 1);
	strcpy(address, SECOND);
	wait_for(h, SECOND, other);
	say("-- another one");
	to("other", h, SECOND, 6000, other, 2);
	to("third", h, THIRD, 6000, third, 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
