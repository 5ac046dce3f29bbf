/* SPDX-License-Identifier: MIT */
/* Members whose address is not there, or goes away while the host runs: the next one; with none
 * left, ENETUNREACH; and back again. */
/*victim
dirty: yes
*/
/*ini
[bond:ext]
member = udp:10.9.9.9:5060
member = tcp:10.9.9.9:5060
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
member = udp:10.0.3.1:5060
member = tcp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
-- the first is not on this machine
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
5060: peer saw 10.0.1.1:*
-- the second goes away
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on floating: peer saw 10.0.3.1:*
5060: peer saw 10.0.3.1:*
5060: peer saw 10.0.3.1:*
-- all are gone
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
5060: connect = -1 ENETUNREACH
5060: connect = -1 ENETUNREACH
-- the second is back
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x3
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x4
peer: udp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "dial.h"

static int h, p, m, t;
static struct ep routed;

static void all(bool floating)
{
	int u = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	ask("sendto", h, &routed, EARS({"H", h}, {"P", p}, {"M", m}, {"T", t}));
	ask("sendto", p, &routed, EARS({"H", h}, {"P", p}, {"M", m}, {"T", t}));
	if (floating)
		ask("sendto", u, &routed, EARS({"floating", u}, {"M", m}, {"T", t}));
	dial(ROUTED4, 5060);
	close(u);
}

static void run(const char *command)
{
	if (system(command) != 0)
		die(command);
}

int main(void)
{
	routed = ep(ROUTED4, 5060);
	h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060), t = udp(T4, 5060);
	say("-- the first is not on this machine");
	all(false);
	dial_from("0.0.0.0", ROUTED4, 5060);
	run("ip address del 10.0.1.1/24 dev ma");
	say("-- the second goes away");
	all(true);
	dial_from("0.0.0.0", ROUTED4, 5060);
	run("ip address del 10.0.3.1/24 dev ma");
	say("-- all are gone");
	all(true);
	dial_from("0.0.0.0", ROUTED4, 5060);
	run("ip address add 10.0.1.1/24 dev ma");
	say("-- the second is back");
	all(false);
	return 0;
}
