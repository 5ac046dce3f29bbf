/* SPDX-License-Identifier: MIT */
/* Loaded by a victim with dlopen(). */
#include "../victim.h"

void plugin_use(int fd);

void plugin_use(int fd)
{
	struct ep to = ep("127.0.0.1", 7005);
	int s = DID(socket(AF_INET, SOCK_DGRAM, 0));

	DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(dup2(s, 30));
	DID(close(30));
	DID(close(s));
}
