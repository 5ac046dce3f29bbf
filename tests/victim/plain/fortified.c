/* SPDX-License-Identifier: MIT */
/* A fortified program: its calls are __recv_chk, __recvfrom_chk, __read_chk, __poll_chk. */
/*victim
cc: -O2 -D_FORTIFY_SOURCE=2
*/
#include "../victim.h"

int main(int argc, char **argv)
{
	struct ep to = ep("127.0.0.1", 7005), from = {.len = sizeof(from.ss)};
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001);
	size_t n = argc * 100 + argv[0][0] % 1; /* not known when compiling */
	struct pollfd polls[2] = {{.fd = ear, .events = POLLIN}};
	char buffer[700];

	for (int i = 0; i < 4; i++)
		DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(poll(polls, argc, 1000));
	say("%#x", polls[0].revents);
	DID(recv(ear, buffer, n, 0));
	DID(recvfrom(ear, buffer, n, 0, &from.sa, &from.len));
	say("%s", ep_text(&from));
	DID(read(ear, buffer, n));
	DID(recv(ear, buffer, n, MSG_DONTWAIT | MSG_PEEK));
	DID(recv(ear, buffer, n, MSG_DONTWAIT));
	DID(recv(ear, buffer, n, MSG_DONTWAIT));
	return 0;
}
