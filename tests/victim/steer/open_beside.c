/* SPDX-License-Identifier: MIT */
/* A port of which members are opened: the first listener hears them, later ones hear what they are bound to, and
 * the host may bind and listen in any order, with any options or without. Nobody else gets in who would not get
 * in without libbond, also where the kernel remembers how the port was shared. */
/*victim
case: udp tcp udp6 tcp6
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect udp
-- without options
the first: told 10.0.2.1:5060, in truth 0.0.0.0:5060
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: silence
udp to 10.0.0.1:5060: silence
the later one: told 10.0.3.1:5060, in truth 10.0.3.1:5060
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: the later one
udp to 10.0.0.1:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- with SO_REUSEADDR
the first: told 10.0.2.1:5060, in truth 0.0.0.0:5060
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: silence
udp to 10.0.0.1:5060: silence
the later one: told 10.0.3.1:5060, in truth 10.0.3.1:5060
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: the later one
udp to 10.0.0.1:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- bound, then listening
bind = 0
bind = 0
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: the later one
udp to 10.0.0.1:5060: silence
-- the same with SO_REUSEADDR
bind = 0
bind = 0
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: the later one
udp to 10.0.0.1:5060: silence
-- with SO_REUSEPORT
bind = 0
bind = 0
udp to 10.0.2.1:5060: the first
udp to 10.0.1.1:5060: the first
udp to 10.0.3.1:5060: the later one
udp to 10.0.0.1:5060: silence
*/
/*expect tcp
-- without options
the first: told 10.0.2.1:5060, in truth 0.0.0.0:5060
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: silence
tcp to 10.0.0.1:5060: silence
the later one: told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: the later one, told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.0.1:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- with SO_REUSEADDR
the first: told 10.0.2.1:5060, in truth 0.0.0.0:5060
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: silence
tcp to 10.0.0.1:5060: silence
the later one: told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: the later one, told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.0.1:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- bound, then listening
bind = 0
bind = 0
listen = 0
listen = 0
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: the later one, told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.0.1:5060: silence
-- the same with SO_REUSEADDR
bind = 0
bind = 0
listen = 0
listen = 0
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: the later one, told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.0.1:5060: silence
-- with SO_REUSEPORT
bind = 0
bind = 0
listen = 0
listen = 0
tcp to 10.0.2.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: the first, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: the later one, told 10.0.3.1:5060, in truth 10.0.3.1:5060
tcp to 10.0.0.1:5060: silence
*/
/*expect udp6
-- without options
the first: told [fd00:2::1]:5060, in truth [::]:5060
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: silence
udp to [fd00::1]:5060: silence
the later one: told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: the later one
udp to [fd00::1]:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- with SO_REUSEADDR
the first: told [fd00:2::1]:5060, in truth [::]:5060
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: silence
udp to [fd00::1]:5060: silence
the later one: told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: the later one
udp to [fd00::1]:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- bound, then listening
bind = 0
bind = 0
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: the later one
udp to [fd00::1]:5060: silence
-- the same with SO_REUSEADDR
bind = 0
bind = 0
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: the later one
udp to [fd00::1]:5060: silence
-- with SO_REUSEPORT
bind = 0
bind = 0
udp to [fd00:2::1]:5060: the first
udp to [fd00:1::1]:5060: the first
udp to [fd00:3::1]:5060: the later one
udp to [fd00::1]:5060: silence
*/
/*expect tcp6
-- without options
the first: told [fd00:2::1]:5060, in truth [::]:5060
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: silence
tcp to [fd00::1]:5060: silence
the later one: told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: the later one, told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00::1]:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- with SO_REUSEADDR
the first: told [fd00:2::1]:5060, in truth [::]:5060
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: silence
tcp to [fd00::1]:5060: silence
the later one: told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: the later one, told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00::1]:5060: silence
another program there: EADDRINUSE
another program at the member: EADDRINUSE
another program at the first: EADDRINUSE
once more: bind EADDRINUSE
another program, when both are closed: bound
-- bound, then listening
bind = 0
bind = 0
listen = 0
listen = 0
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: the later one, told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00::1]:5060: silence
-- the same with SO_REUSEADDR
bind = 0
bind = 0
listen = 0
listen = 0
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: the later one, told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00::1]:5060: silence
-- with SO_REUSEPORT
bind = 0
bind = 0
listen = 0
listen = 0
tcp to [fd00:2::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: the first, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: the later one, told [fd00:3::1]:5060, in truth [fd00:3::1]:5060
tcp to [fd00::1]:5060: silence
*/
#include "opened.h"

static int type;
static const char *member, *own, *third, *other;

static void all(int h, int t)
{
	const struct ear *ears = t < 0 ? EARS({"the first", h}) : EARS({"the first", h}, {"the later one", t});

	reach(type, own, 5060, ears);
	reach(type, member, 5060, ears);
	reach(type, third, 5060, ears);
	reach(type, other, 5060, ears);
}

/* Both are bound before they listen. */
static void late_listen(int option)
{
	struct ep a = ep(own, 5060), b = ep(third, 5060);
	int h = MUST(socket(a.sa.sa_family, type, 0)), t = MUST(socket(a.sa.sa_family, type, 0)), one = 1;

	if (option) {
		MUST(setsockopt(h, SOL_SOCKET, option, &one, sizeof(one)));
		MUST(setsockopt(t, SOL_SOCKET, option, &one, sizeof(one)));
	}
	say_result("bind", bind(h, &a.sa, a.len));
	say_result("bind", bind(t, &b.sa, b.len));
	if (type == SOCK_STREAM) {
		say_result("listen", listen(t, 16));
		say_result("listen", listen(h, 16));
	}
	all(h, t);
	close(h);
	close(t);
}

static void in_turn(int option)
{
	int h = try_listener("the first", type, own, 5060, option), t;

	all(h, -1);
	t = try_listener("the later one", type, third, 5060, option);
	all(h, t);
	other_program("another program there", type, third, 5060, SO_REUSEPORT);
	other_program("another program at the member", type, member, 5060, SO_REUSEPORT);
	other_program("another program at the first", type, own, 5060, SO_REUSEPORT);
	try_listener("once more", type, own, 5060, 0);
	close(h);
	close(t);
	other_program("another program, when both are closed", type, member, 5060, 0);
}

int main(int argc, char **argv)
{
	bool six = strchr(argv[1], '6');

	(void)argc;
	type = strncmp(argv[1], "udp", 3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
	member = six ? M6 : M4;
	own = six ? H6 : H4;
	third = six ? T6 : T4;
	other = six ? "fd00::1" : "10.0.0.1";
	say("-- without options");
	in_turn(0);
	say("-- with SO_REUSEADDR");
	in_turn(SO_REUSEADDR);
	say("-- bound, then listening");
	late_listen(0);
	say("-- the same with SO_REUSEADDR");
	late_listen(SO_REUSEADDR);
	say("-- with SO_REUSEPORT");
	late_listen(SO_REUSEPORT);
	return 0;
}
