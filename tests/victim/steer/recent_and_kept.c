/* SPDX-License-Identifier: MIT */
/* What a process decided for a destination before does not stand against what another one began there:
 * a transaction that fell back to the second member is resent from that one by all. */
/*victim
dirty: yes
modes: none
*/
/*ini
[host]
headers = keep
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- the first is gone, another process
on the wire from 10.0.3.1:5060
other process: exit 0
-- it is back: the resend
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: INVITE x2
*/
#include "talk.h"

static int h;

static void run(const char *command)
{
	if (system(command) != 0)
		die(command);
}

static void invite(int number)
{
	goes(h, ROUTED4,
		sip("INVITE sip:bob@b.example SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n", number));
}

int main(void)
{
	h = udp(H4, 5060);
	udp(M4, 5060), udp(T4, 5060);
	invite(1);
	invite(2);
	pid_t pid = fork();
	if (pid == 0) {
		run("ip address del 10.0.1.1/24 dev ma");
		say("-- the first is gone, another process");
		invite(3);
		run("ip address add 10.0.1.1/24 dev ma");
		_exit(0);
	}
	say_child("other process", pid);
	say("-- it is back: the resend");
	invite(3);
	invite(4);
	return 0;
}
