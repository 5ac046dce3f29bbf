/* SPDX-License-Identifier: MIT */
/* The thread that looks up domains: in one process of the host at any time, wherever the host goes. */
/*victim
case: forked daemon exec_owner last_thread blocked closed vforked in_handler waits daemon_waits
seconds: 120
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[dns]
server = 127.0.0.1:5399
[route:carriers]
to = carrier.example
bond = ext
*/
/*expect forked
together: 1
the owner is killed
together: 1
the owner is killed
together: 1
the owner is killed
together: 1
*/
/*expect daemon
parent: 1
daemon: 1
the daemon has ended
*/
/*expect exec_owner
parent: 1
the owner became another program
children: 1
*/
/*expect last_thread
together: 1
the first thread has ended
the second thread ends
parent: exit 0
*/
/*expect blocked
its signals: all but libc's own
the handler ran 100 times in the first thread
*/
/*expect closed
together: 1
descriptors: 0
together: 1
*/
/*expect vforked
before: 0
vfork child: 0
after: 1
*/
/*expect in_handler
first calls in a handler: 200, crashes: 0
in a handler: 0
right after: 1
together: 1
*/
/*expect waits
before: 0
poll: 1
__poll_chk: 1
ppoll: 1
__ppoll_chk: 1
select: 1
pselect: 1
epoll_wait: 1
epoll_pwait: 1
epoll_pwait2: 1
getaddrinfo: 1
gethostbyname: 1
sendto: 1
sendmmsg: 1
peer: udp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS x2
*/
/*expect daemon_waits
parent: 0
daemon: 1
the daemon has ended
peer: udp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
*/
#include "keeper.h"

int main(int argc, char **argv)
{
	(void)argc;
	keep_by_case(argv[1]);
	return 0;
}
