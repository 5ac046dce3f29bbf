/* SPDX-License-Identifier: MIT */
/* close_range() of sockets; then their numbers belong to pipes and files. */
#include "../victim.h"

#include <linux/close_range.h>

int main(void)
{
	int pair[2], s[4];
	char text[8] = "";
	struct ep to = ep("127.0.0.1", 7009);

	udp("127.0.0.1", 7009);
	for (int i = 0; i < 4; i++)
		s[i] = udp("127.0.0.1", 7001 + i);
	DID(close_range(s[3], s[0], 0));
	DID(close_range(s[0], s[3], 1 << 20));
	DID(close_range(s[0], s[1], CLOSE_RANGE_CLOEXEC));
	say_open(10);
	DID(sendto(s[0], SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(close_range(s[0], s[1], 0));
	say_open(10);
	DID(sendto(s[0], SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(pipe(pair));
	say("pipe %d %d", pair[0], pair[1]);
	DID(write(pair[1], "ab", 2));
	DID(read(pair[0], text, sizeof(text)));
	DID(write(pair[1], SIP, SIP_LEN));
	DID(sendto(pair[1], SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(close_range(s[2], ~0U, CLOSE_RANGE_UNSHARE));
	DID(open("/dev/null", O_RDWR));
	DID(write(s[2], SIP, SIP_LEN));
	DID(connect(s[2], &to.sa, to.len));
	say_open(10);
	DID(close_range(3, ~0U, 0));
	say_open(10);
	return 0;
}
