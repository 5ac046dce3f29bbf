/* SPDX-License-Identifier: MIT */
/* Members of one port, some of which are to be opened by a filter and some by sk_lookup: the listener hears all of them,
 * by the way that it has. It keeps that way where a reload writes another. */
/*victim
modes: routes
seconds: 30
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060 open=filter
member = udp:10.0.3.1:5060 open=sk_lookup
member = tcp:10.0.1.1:5060 open=sk_lookup
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
u: told 10.0.2.1:5060, in truth 0.0.0.0:5060
t: told 10.0.2.1:5060, in truth 10.0.2.1:5060
-- as it began
udp to 10.0.1.1:5060: u
udp to 10.0.3.1:5060: u
tcp to 10.0.1.1:5060: t, told 10.0.2.1:5060, in truth 10.0.1.1:5060
-- the other way round
udp to 10.0.1.1:5060: u
udp to 10.0.3.1:5060: u
tcp to 10.0.1.1:5060: t, told 10.0.2.1:5060, in truth 10.0.1.1:5060
-- by any
udp to 10.0.1.1:5060: u
udp to 10.0.3.1:5060: u
tcp to 10.0.1.1:5060: t, told 10.0.2.1:5060, in truth 10.0.1.1:5060
-- without one
udp to 10.0.1.1:5060: u
udp to 10.0.3.1:5060: silence
tcp to 10.0.1.1:5060: ECONNREFUSED
*/
#include "opened.h"
#include "given_back.h"

#define ROUTE "[route:r]\nto = 198.51.100.0/24\nbond = ext\n"

static int u, t;

static void look(const char *what)
{
	say("-- %s", what);
	reach(SOCK_DGRAM, M4, 5060, EARS({"u", u}));
	reach(SOCK_DGRAM, T4, 5060, EARS({"u", u}));
	reach(SOCK_STREAM, M4, 5060, EARS({"t", t}));
}

static void reload(const char *what, const char *members)
{
	static char text[1000];

	snprintf(text, sizeof(text), "[bond:ext]\n%s" ROUTE, members);
	gb_reload(text);
	close(bound(SOCK_DGRAM, "0.0.0.0", 0)); /* a call that takes the rules */
	look(what);
}

int main(void)
{
	u = try_listener("u", SOCK_DGRAM, H4, 5060, 0);
	t = try_listener("t", SOCK_STREAM, H4, 5060, 0);
	look("as it began");
	reload("the other way round", "member = udp:10.0.1.1:5060 open=sk_lookup\nmember = udp:10.0.3.1:5060 open=filter\n"
				      "member = tcp:10.0.1.1:5060 open=filter\n");
	reload("by any", "member = udp:10.0.1.1:5060 open\nmember = udp:10.0.3.1:5060 open\n"
			 "member = tcp:10.0.1.1:5060 open\n");
	reload("without one", "member = udp:10.0.1.1:5060 open\n");
	return 0;
}
