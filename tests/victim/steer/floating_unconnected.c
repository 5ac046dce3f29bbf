/* SPDX-License-Identifier: MIT */
/* Client sockets whose port the kernel chooses, not connected: they leave from the member, hear the
 * answer themselves and keep their port; those that hear every address stay as they are, one that is bound
 * to an address comes to hear the members too. */
/*victim
case: sendto sendmsg sendmsg-bytes sendmmsg
*/
/*expect
-- unbound
$CASE = all
heard on it: peer saw 10.0.1.1:*
$CASE = all
heard on it: peer saw 10.0.1.1:*
same port: yes
is 0.0.0.0:*
-- bound to 0.0.0.0:0
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
is 0.0.0.0:*
-- bound to 10.0.2.1:0
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
is 0.0.0.0:*
-- bound to [::]:0, v4-mapped destination
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
-- bound to [::]:0
$CASE = all
heard on it: peer saw [fd00:1::1]:*
port kept: yes
is [::]:*
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x5
peer: udp [fd00:1::1]:* > [2001:db8::9]:5060: OPTIONS
*/
#include "steer.h"

static const char *call;

static void bound_to(const char *host, const char *dst)
{
	struct ep to = ep(dst, 5060), e;
	int s = udp(host, 0), port = true_port(s);

	ask(call, s, &to, EARS({"it", s}));
	say("port kept: %s", ep_port(&seen) == port ? "yes" : "no");
	e = true_name(s);
	if (!strstr(dst, "ffff"))
		say("is %s", ep_text(&e));
	close(s);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), e, first;
	int s = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	(void)argc;
	call = argv[1];
	say("-- unbound");
	ask(call, s, &routed, EARS({"it", s}));
	first = seen;
	ask(call, s, &routed, EARS({"it", s}));
	say("same port: %s", ep_port(&first) == ep_port(&seen) ? "yes" : "no");
	e = true_name(s);
	say("is %s", ep_text(&e));
	close(s);
	say("-- bound to 0.0.0.0:0");
	bound_to("0.0.0.0", ROUTED4);
	say("-- bound to 10.0.2.1:0");
	bound_to(H4, ROUTED4);
	say("-- bound to [::]:0, v4-mapped destination");
	bound_to("::", "::ffff:" ROUTED4);
	say("-- bound to [::]:0");
	bound_to("::", ROUTED6);
	return 0;
}
