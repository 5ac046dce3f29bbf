/* SPDX-License-Identifier: MIT */
/* A member's listener that is closed is a member no more, in whatever way it is closed; its number
 * in other hands is never sent on. */
/*victim
case: close dup2 close_range syscall fclose
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = -1 ENETUNREACH
the new owner got 0 bytes
bound again
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5070), pair[2], m, n = -1;

	(void)argc;
	MUST(pipe(pair));
	m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	if (strcmp(argv[1], "close") == 0)
		close(m);
	else if (strcmp(argv[1], "close_range") == 0)
		close_range(m, m, 0);
	else if (strcmp(argv[1], "syscall") == 0)
		syscall(SYS_close, m);
	else if (strcmp(argv[1], "fclose") == 0)
		fclose(fdopen(m, "w"));
	MUST(dup2(pair[1], m));
	ask("sendto", h, &routed, EARS({"H", h}));
	MUST(ioctl(pair[0], FIONREAD, &n));
	say("the new owner got %d bytes", n);
	say("bound again");
	m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	return 0;
}
