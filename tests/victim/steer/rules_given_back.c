/* SPDX-License-Identifier: MIT */
/* The memory of rules that were replaced goes when it is due, though no bondctl comes again: by the thread
 * that libc does not know, wherever its process is, by another one after it was killed, and while one that
 * still has the first rules stands still. */
/*victim
case: alone locked mlocked killed stopped
seconds: 10
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
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
/*expect mlocked
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
/*expect stopped
sendto = all
heard on M: peer saw 10.0.1.1:5060
5 reloads while it stands still: replaced rules are held: yes
replaced rules hold 0 bytes; the oldest are those that count: yes
one that was stopped from the first rules on
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on T: peer saw 10.0.3.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "given_back.h"

int main(int argc, char **argv)
{
	return argc > 1 ? gb_main(argv[1]) : 1;
}
