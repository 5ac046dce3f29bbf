/* SPDX-License-Identifier: MIT */
/* no-member = pass: what left by the host's own choice while the member was gone is resent and cancelled
 * from there when the member is back; what begins then leaves by the member. */
/*victim
dirty: yes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
no-member = pass
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
on the wire from 10.0.2.1:5060
-- the member is back
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: CANCEL
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: INVITE x2
*/
#include "talk.h"

static int h;

static void run(const char *command)
{
	if (system(command) != 0)
		die(command);
}

static void request(const char *method, int number)
{
	goes(h, ROUTED4,
		sip("%s sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 %s\n",
			method, number, method));
}

int main(void)
{
	h = udp(H4, 5060);
	udp(M4, 5060);
	run("ip address del 10.0.1.1/24 dev ma");
	request("INVITE", 1);
	run("ip address add 10.0.1.1/24 dev ma");
	say("-- the member is back");
	request("INVITE", 1);
	request("CANCEL", 1);
	request("INVITE", 2);
	return 0;
}
