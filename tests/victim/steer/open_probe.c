/* SPDX-License-Identifier: MIT */
/* "Which address would I use?" where the member is opened: the host's own, as it has no socket of the member's.
 * Elsewhere what the kernel says, but for addresses of opened members, of which the host has no socket either. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060 open
member = udp:[fd00:1::1]:5060 open
member = udp:10.0.0.1:5060 open
member = udp:[fd00::1]:5060 open
[route:r]
to = 198.51.100.0/24, 2001:db8::/64
bond = ext
*/
/*expect
IPv4, routed: told 10.0.2.1:*
IPv4, other: told 10.0.2.1:*
IPv6, routed: told [fd00:2::1]:*
IPv6, other: told [fd00:2::1]:*
v4-mapped, routed: told [::ffff:10.0.2.1]:*
v4-mapped, other: told [::ffff:10.0.2.1]:*
IPv4, the other network: told 10.0.4.1:*
IPv6, the other network: told [fd00:4::1]:*
IPv4, bound before: told 10.0.0.1:*
*/
#include "steer.h"

static void probe(const char *what, int family, const char *host)
{
	int s = MUST(socket(family, SOCK_DGRAM, 0));
	struct ep to = ep(host, 5060), told;

	MUST(connect(s, &to.sa, to.len));
	told = told_name(s);
	say("%s: told %s", what, ep_text(&told));
	close(s);
}

int main(void)
{
	udp(H4, 5060);
	udp(H6, 5060);
	probe("IPv4, routed", AF_INET, ROUTED4);
	probe("IPv4, other", AF_INET, OTHER4);
	probe("IPv6, routed", AF_INET6, ROUTED6);
	probe("IPv6, other", AF_INET6, OTHER6);
	probe("v4-mapped, routed", AF_INET6, "::ffff:" ROUTED4);
	probe("v4-mapped, other", AF_INET6, "::ffff:" OTHER4);
	probe("IPv4, the other network", AF_INET, "10.0.4.9");
	probe("IPv6, the other network", AF_INET6, "fd00:4::9");

	struct ep to = ep(OTHER4, 5060), told;
	int s = udp("10.0.0.1", 0); /* what the host chose itself is what it is told */

	MUST(connect(s, &to.sa, to.len));
	told = told_name(s);
	say("IPv4, bound before: told %s", ep_text(&told));
	return 0;
}
