/* SPDX-License-Identifier: MIT */
/* The same by the thread that libc knows, which is there where an interface is named. */
/*victim
case: alone locked killed
seconds: 10
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[bond:side]
member = udp:vc:5099
[route:r]
to = 198.51.100.0/24
bond = ext
[route:s]
to = 192.0.2.7
bond = side
*/
/*expect alone
sendto = all
heard on M: peer saw 10.0.1.1:5060
3 reloads while it stands still: replaced rules are held: yes
replaced rules hold 0 bytes; the oldest are those that count: yes
sendto = all
heard on T: peer saw 10.0.3.1:5060
-- and once more
2 reloads while it stands still: replaced rules are held: yes
replaced rules hold 0 bytes; the oldest are those that count: yes
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS
*/
/*expect locked
sendto = all
heard on M: peer saw 10.0.1.1:5060
3 reloads while it stands still: replaced rules are held: yes
replaced rules hold 0 bytes; the oldest are those that count: yes
sendto = all
heard on T: peer saw 10.0.3.1:5060
-- and once more
2 reloads while it stands still: replaced rules are held: yes
replaced rules hold 0 bytes; the oldest are those that count: yes
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS
*/
/*expect killed
sendto = all
heard on M: peer saw 10.0.1.1:5060
3 reloads while it stands still: replaced rules are held: yes
the one that looked after it is killed
sendto = all
heard on T: peer saw 10.0.3.1:5060
replaced rules hold 0 bytes; the oldest are those that count: yes
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#define GB_MORE "[bond:side]\nmember = udp:vc:5099\n[route:s]\nto = 192.0.2.7\nbond = side\n"
#include "given_back.h"

int main(int argc, char **argv)
{
	return argc > 1 ? gb_main(argv[1]) : 1;
}
