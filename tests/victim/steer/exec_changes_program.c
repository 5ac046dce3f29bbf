/* SPDX-License-Identifier: MIT */
/* A host that execs itself with other arguments (a restart): listeners made anew are members, the
 * environment that exec keeps is enough. */
/*expect
first
sendto = all
heard on M: peer saw 10.0.1.1:5060
second
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	char *args[] = {argv[0], "second", NULL};
	int h = udp(H4, 5060), m = udp(M4, 5060);

	say("%s", argc > 1 ? argv[1] : "first");
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	if (argc > 1)
		return 0;
	close_range(3, 100, 0);
	execv("/proc/self/exe", args);
	die("exec");
}
