/* SPDX-License-Identifier: MIT */
/* Data in memory that may not be read on its way to a routed destination: EFAULT and nothing sent,
 * by every call. */
/*victim
unsteered: yes
*/
/*expect
H: sendto sendmsg sendmmsg fail with EFAULT
floating: sendto sendmsg sendmmsg fail with EFAULT
connected: send write writev fail with EFAULT
*/
#include "steer.h"

static char *page;

static bool faults(const char *call, int fd, const struct ep *to)
{
	const void *buffers[] = {page + 4096, page + 4096 - 30};

	memcpy(page + 4096 - 30, SIP, 30);
	for (size_t i = 0; i < 2; i++) {
		errno = 0;
		if (send_by(call, fd, to, buffers[i], 300) != -1 || errno != EFAULT) {
			say("%s buffer %zu: %s", call, i, strerrorname_np(errno));
			return false;
		}
	}
	return true;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), f = MUST(socket(AF_INET, SOCK_DGRAM, 0)), c = udp(H4, 5070);

	udp(M4, 5060);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(page + 4096, 4096, PROT_NONE);
	if (faults("sendto", h, &routed) && faults("sendmsg", h, &routed) &&
		faults("sendmmsg", h, &routed))
		say("H: sendto sendmsg sendmmsg fail with EFAULT");
	if (faults("sendto", f, &routed) && faults("sendmsg", f, &routed) &&
		faults("sendmmsg", f, &routed))
		say("floating: sendto sendmsg sendmmsg fail with EFAULT");
	MUST(connect(c, &routed.sa, routed.len));
	if (faults("send", c, NULL) && faults("write", c, NULL) && faults("writev", c, NULL))
		say("connected: send write writev fail with EFAULT");
	return 0;
}
