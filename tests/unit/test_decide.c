/* SPDX-License-Identifier: MIT */
/* decide and choose, of datagrams: each sentence of libbond(8) "How a call is decided" as rows of an INI,
 * a host's sockets and a message. Connections and probes are in test_decide_connection.c, what a message
 * tells of its past in test_decide_arrival.c, what DNS says in test_decide_domains.c. Which route matches
 * is a question of its own: test_match.c. */
#include "decision.h"
#include "sip/scan.h"

/* ---- is it SIP that leaves? ---- */

static enum scan_kind kind_of(const char *text)
{
	struct scan_start start;

	return scan_kind(text, strlen(text), &start);
}

/* What the rows of tests/data/starts.tsv say of hosts, in short: which of the questions is asked. */
Test(decide, what_is_sip)
{
	static const struct {
		const char *sentence, *text;
		enum scan_kind kind;
	} rows[] = {
		{"recognised by its first line", "INVITE sip:b SIP/2.0\r\n", SCAN_REQUEST},
		{"line ends, blanks may stand in front", "\r\n \r\nBYE sip:b SIP/2.0\r\n", SCAN_REQUEST},
		{"any bytes but white space", "\x7f\"{}@ sip:b SIP/2.0\r\n", SCAN_REQUEST},
		{"SIP/2.0 in any case", "BYE sip:b sIp/2.0\r\n", SCAN_REQUEST},
		{"may be followed by others", "BYE sip:b SIP/3.141\r\n", SCAN_REQUEST},
		{"small letters are bounded to 15 bytes", "abcdefghijklmno sip:b SIP/2.0\r\n", SCAN_REQUEST},
		{"and not more", "abcdefghijklmnop sip:b SIP/2.0\r\n", SCAN_OTHER},
		{"8-bit bytes as well", "\x80\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61\x61 "
			"sip:b SIP/2.0\r\n", SCAN_OTHER},
		{"responses", "SIP/2.0 200 OK\r\n", SCAN_RESPONSE},
		{"keep-alives (CRLF", "\r\n\r\n", SCAN_KEEPALIVE},
		{"other payloads", "<xml/>\r\n", SCAN_OTHER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(kind_of(rows[i].text), rows[i].kind, "%s", rows[i].sentence);
	cr_expect(scan_is_keepalive("\0\1\0\0\x21\x12\xa4\x42" "abcdefghijkl", 20), "STUN)");
}

Test(decide, what_is_decided)
{
	CHECK(SIDES CARRIERS "[route:capture]\nto = 192.0.2.9\nbond = none\n", INNER OUTER,
		{"requests are routed", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"whatever their method", "request 3 198.51.100.7:5060 method=OPTIONS",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"keep-alives leave by the member that requests to the same address "
			"leave by", "keepalive 3 198.51.100.7:5060",
			"keep-alive by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"the same", "keepalive 4 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"the same, without a route", "keepalive 3 192.0.2.1:5060", "no route"},
		{"no route matches", "request 3 192.0.2.1:5060", "no route"},
		{"a capture server: bond = none", "request 3 192.0.2.9:9060",
			"bond none by capture"},
		{"the same", "keepalive 3 192.0.2.9:9060", "bond none by capture"},
		{"nothing that goes to a listener of the host itself is touched",
			"request 3 203.0.113.2:5070", "own address"},
		{"the same of the sending socket", "request 3 10.0.0.1:5060", "own address"},
		{"the same of a keep-alive", "keepalive 3 203.0.113.2:5070", "own address"},
		{"at another port there is none", "request 3 203.0.113.2:5071", "no route"});
}

Test(decide, no_route_fails)
{
	static const char ini[] = SIDES CARRIERS "[route:capture]\nto = 192.0.2.9\nbond = none\n"
		"[host]\nno-route = fail\nsip-ports = 5060, 5080\n";

	CHECK(ini, INNER OUTER "7 udp 10.0.0.1:5080 sip\n8 udp 0.0.0.0:0 sip\n9 tcp -  client\n",
		{"with no-route = fail what no route matches fails with ENETUNREACH",
			"request 3 192.0.2.1:5060", "no route, fail"},
		{"from any socket", "request 8 192.0.2.1:5060", "no route, fail"},
		{"keep-alives aside", "keepalive 3 192.0.2.1:5060", "no route, spared"},
		{"a capture server needs a route, as with bond = none", "request 3 192.0.2.9:9060",
			"bond none by capture"},
		{"a listener of the host", "request 3 10.0.0.1:5080", "own address"},
		{"one of the host without a dialog", "request 3 192.0.2.1:5060 via=UDP",
			"no route, fail"},
		{"a connection at one of sip-ports", "connect 9 192.0.2.1:5080",
			"no route for tcp, fail"},
		{"the first of them", "connect 9 192.0.2.1:5060", "no route for tcp, fail"},
		{"and no other", "connect 9 192.0.2.1:5432", "no route for tcp"});
}

/* ---- which route? ---- */

Test(decide, the_first_route_whose_conditions_all_hold)
{
	CHECK(SIDES
		"[route:port]\nto = 198.51.100.7:5080\nbond = internal\n"
		"[route:socket]\nto = 198.51.100.0/25\nsocket = udp:203.0.113.1:5060\nbond = none\n"
		"[route:streams]\nto = 198.51.100.0/24\ntransport = tcp\nbond = none\n"
		CARRIERS "[route:late]\nto = 198.51.100.7\nbond = none\n",
		INNER OUTER "7 udp 0.0.0.0:0 sip\n",
		{"the first one in the file", "request 3 198.51.100.7:5080",
			"already by port to internal udp:10.0.0.1:5060"},
		{"whose conditions all hold: not that port", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"the socket", "request 4 198.51.100.7:5060", "bond none by socket"},
		{"not that socket", "request 5 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.2:5070"},
		{"what a pktinfo of the host's own says is the socket",
			"request 3 198.51.100.7:5060 source=203.0.113.1:5060",
			"bond none by socket"},
		{"a floating socket is none", "request 7 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"nor by an address of its own",
			"request 7 198.51.100.7:5060 source=203.0.113.1:5060",
			"already by carriers to external udp:203.0.113.1:5060"});
}

/* ---- which member? ---- */

Test(decide, the_member)
{
	CHECK(SIDES CARRIERS "[route:other]\nto = 192.0.2.0/24\nbond = internal\n",
		INNER OUTER "7 udp 10.0.0.1:5070 sip\n8 udp [2001:db8::9]:5060 sip\n9 udp [2001:db8::9]:5080 sip\n",
		{"if the host already sends from a fitting member, that one",
			"request 5 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.2:5070"},
		{"the same", "request 4 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"by the host's own pktinfo",
			"request 3 198.51.100.7:5060 source=203.0.113.2:5070",
			"already by carriers to external udp:203.0.113.2:5070"},
		{"a member of another bond is none", "request 4 192.0.2.7:5060",
			"steered by other to internal udp:10.0.0.1:5060, pktinfo"},
		{"a member's address at another port is none",
			"request 7 198.51.100.7:5060 source=203.0.113.2:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"else the first fitting member that can be used", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"of the destination's family", "request 8 [2001:db8:c::7]:5060",
			"steered by carriers to external udp:[2001:db8::1]:5060, pktinfo"},
		{"on the host's own descriptor where the answer will be heard there",
			"request 8 [2001:db8:c::7]:5060 to-tag",
			"steered by carriers to external udp:[2001:db8::1]:5060, pktinfo"},
		{"else on the descriptor of the member", "request 9 [2001:db8:c::7]:5060",
			"steered by carriers to external udp:[2001:db8::1]:5060, fd 6"},
		{"the same", "request 7 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, fd 4"},
		{"the port says where the answer is heard", "request 5 192.0.2.7:5060",
			"steered by other to internal udp:10.0.0.1:5060, fd 3"});
}

Test(decide, members_that_the_host_listens_on)
{
	CHECK(SIDES CARRIERS, INNER "5 udp 203.0.113.2:5070\n6 udp [2001:db8::1]:5060 unseen\n",
		{"from a listener a member that the host listens on",
			"request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.2:5070, fd 5"},
		{"one that was bound before libbond looked is none",
			"request 3 [2001:db8:c::7]:5060", "not bound by carriers, fail"});
	CHECK(SIDES CARRIERS, INNER OUTER "gone 4\n",
		{"one that was closed is none", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.2:5070, fd 5"});
	CHECK(SIDES CARRIERS, INNER OUTER "7 as 4\ngone 4\n8 udp 10.0.0.1:5070 sip\n",
		{"a duplicate is one still", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"by its number", "request 8 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, fd 7"});
	CHECK(SIDES CARRIERS, INNER "4 udp 203.0.113.1:5060 connected\n5 udp 203.0.113.2:5070\n",
		{"one that the host has connected hears its peer alone",
			"request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.2:5070, fd 5"});
	CHECK(SIDES CARRIERS, INNER "4 tcp 203.0.113.1:5060\n5 udp 203.0.113.2:5060\n",
		{"one of TCP is none, nor one at another port", "request 3 198.51.100.7:5060",
			"not bound by carriers, fail"});
}

Test(decide, none_is_usable)
{
	CHECK(SIDES CARRIERS "[bond:open]\nmember = udp:192.0.2.1:5060\nno-member = pass\n"
		"[route:passes]\nto = 192.0.2.128/25, 2001:db8:d::/48\nbond = open\n"
		"[bond:six]\nmember = udp:[2001:db8::1]:5060\n"
		"[route:six]\nto = 192.0.2.64/26\nbond = six\n",
		INNER "7 udp 203.0.113.7:5080 connected sip\n8 udp 0.0.0.0:0 connected steered sip\n",
		{"the call fails with ENETUNREACH", "request 3 198.51.100.7:5060",
			"not bound by carriers, fail"},
		{"no member of that family", "request 3 192.0.2.65:5060",
			"no member by six, fail"},
		{"a keep-alive never fails", "keepalive 3 198.51.100.7:5060",
			"not bound by carriers, spared"},
		{"with no-member = pass it is sent as if there were no libbond",
			"request 3 192.0.2.129:5060", "not bound by passes"},
		{"the same without a fitting one", "request 3 [2001:db8:d::1]:5060",
			"no member by passes"},
		{"a listener that the host connected is one conversation; it stays",
			"request 7 198.51.100.7:5060", "connected listener by carriers"},
		{"but not where nothing fits", "request 7 192.0.2.65:5060",
			"no member by six, fail"},
		{"already bound for good", "request 8 198.51.100.7:5060",
			"cannot move by carriers, fail"});
	CHECK(SIDES CARRIERS, INNER OUTER "7 udp 203.0.113.7:5060 connected sip\n8 udp 203.0.113.7:5080 connected sip\n",
		{"a connected listener at a member's port sends by its own descriptor",
			"request 7 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"at another port it stays", "request 8 198.51.100.7:5060",
			"connected listener by carriers"});
}

Test(decide, the_kernel_refuses_the_address_of_a_member)
{
	CHECK("[bond:b]\nmember = udp:203.0.113.1:5060\nmember = udp:[2001:db8::1]:5060\n"
		"member = udp:203.0.113.2:5060\nmember = udp:203.0.113.3:5060\n"
		"[bond:open]\nmember = udp:203.0.113.1:5060\nno-member = pass\n"
		"[route:r]\nto = 198.51.100.0/24\nbond = b\n[route:o]\nto = 192.0.2.0/24\nbond = open\n",
		INNER "4 udp 203.0.113.1:5060\n5 udp 203.0.113.2:5060\n7 udp 203.0.113.3:5060\n",
		{"the next fitting one is tried", "request 3 198.51.100.7:5060 next",
			"steered by r to b udp:203.0.113.2:5060, pktinfo"},
		{"and the next", "request 3 198.51.100.7:5060 next next",
			"steered by r to b udp:203.0.113.3:5060, pktinfo"},
		{"until there is none", "request 3 198.51.100.7:5060 next next next",
			"refused by the kernel by r, fail"},
		{"of the one that the host sends from, from the first on",
			"request 5 198.51.100.7:5060 next",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"each once", "request 5 198.51.100.7:5060 next next",
			"steered by r to b udp:203.0.113.3:5060, pktinfo"},
		{"each once", "request 5 198.51.100.7:5060 next next next",
			"refused by the kernel by r, fail"},
		{"no-member = pass", "request 3 192.0.2.7:5060 next",
			"refused by the kernel by o"});
}

Test(decide, scopes)
{
	CHECK("[bond:b]\nmember = udp:127.0.0.1:5060\nmember = udp:169.254.7.7:5060\n"
		"member = udp:203.0.113.1:5060\nmember = udp:[fe80::10%eth0]:5060\nmember = udp:[fe80::11%eth1]:5060\n"
		"member = udp:[::1]:5060\nmember = udp:[2001:db8::1]:5060\n[route:all]\nbond = b\n",
		"3 udp 203.0.113.9:5060 sip\n4 udp 127.0.0.1:5060\n5 udp 169.254.7.7:5060\n6 udp 203.0.113.1:5060\n"
		"7 udp [fe80::10%2]:5060\n8 udp [fe80::11%3]:5060\n9 udp [::1]:5060\n10 udp [2001:db8::1]:5060\n"
		"11 udp [2001:db8::9]:5060 sip\n",
		{"loopback addresses serve only loopback destinations",
			"request 3 198.51.100.7:5060",
			"steered by all to b udp:203.0.113.1:5060, pktinfo"},
		{"the same", "request 3 127.0.0.9:5070",
			"steered by all to b udp:127.0.0.1:5060, pktinfo"},
		{"link-local ones only link-local destinations", "request 3 169.254.1.1:5060",
			"steered by all to b udp:169.254.7.7:5060, pktinfo"},
		{"of IPv6 on the same interface", "request 11 [fe80::9%3]:5060",
			"steered by all to b udp:[fe80::11%3]:5060, pktinfo"},
		{"the same", "request 11 [fe80::9%2]:5060",
			"steered by all to b udp:[fe80::10%2]:5060, pktinfo"},
		{"the same", "request 11 [fe80::9%7]:5060", "no member by all, fail"},
		{"loopback", "request 11 [::1]:5070",
			"steered by all to b udp:[::1]:5060, pktinfo"},
		{"global", "request 11 [2001:db8:c::1]:5060",
			"steered by all to b udp:[2001:db8::1]:5060, pktinfo"},
		{"a member that does not fit is none that the host sends from",
			"request 4 198.51.100.7:5060",
			"steered by all to b udp:203.0.113.1:5060, pktinfo"});
}

Test(decide, own_addresses)
{
	CHECK(SIDES "[route:all]\nbond = external\n",
		"local 10.0.0.1 203.0.113.1 2001:db8::1\n" INNER OUTER
		"7 udp 0.0.0.0:5070\n8 udp [::]:5090\n9 udp [::]:5100 v6only\n10 udp 10.0.0.1:0 sip\n",
		{"nothing that goes to a listener of the host itself",
			"request 3 203.0.113.1:5060", "own address"},
		{"that is no member's either", "request 3 10.0.0.1:5070", "own address"},
		{"a wildcard socket hears each address of the machine",
			"request 3 203.0.113.1:5070", "own address"},
		{"and loopback", "request 3 127.0.0.1:5070", "own address"},
		{"not those of others", "request 3 203.0.113.9:5070",
			"steered by all to external udp:203.0.113.1:5060, pktinfo"},
		{"[::] takes IPv4 too", "request 3 10.0.0.1:5090", "own address"},
		{"0.0.0.0 takes nothing else", "request 6 [2001:db8::1]:5070",
			"already by all to external udp:[2001:db8::1]:5060"},
		{"[::] takes IPv6", "request 6 [2001:db8::1]:5090", "own address"},
		{"the unspecified address is the sender's own", "request 3 0.0.0.0:5099",
			"own address"},
		{"of both families", "request 6 [::]:5099", "own address"},
		{"a client's socket is no listener", "request 10 10.0.0.1:5555",
			"steered by all to external udp:203.0.113.1:5060, rebind"});
	CHECK(SIDES "[route:all]\nbond = external\n", INNER OUTER "7 udp 10.0.0.1:5099\ngone 5\ngone 7\n",
		{"a member's own address is never steered, even if nobody listens there",
			"request 3 203.0.113.2:5070", "own address"},
		{"what the host does not listen on any more is another's",
			"request 3 10.0.0.1:5099",
			"steered by all to external udp:203.0.113.1:5060, pktinfo"});
}

/* ---- how a datagram leaves ---- */

Test(decide, clients)
{
	CHECK(SIDES CARRIERS "[route:other]\nto = 192.0.2.0/24\nbond = internal\n", OUTER
		"7 udp - sip\n8 udp 0.0.0.0:0 sip\n9 udp - connected sip\n10 udp 203.0.113.1:0 connected steered sip\n"
		"11 udp 10.0.0.1:0 sip\n12 udp 203.0.113.2:0 sip\n13 udp 203.0.113.1:0 steered sip\n",
		{"a socket whose port the system chose comes to hear the members",
			"request 7 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"the same", "request 8 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"whether the host listens on the member or not", "request 8 192.0.2.7:5060",
			"steered by other to internal udp:10.0.0.1:5060, pktinfo"},
		{"anything else from the host's address", "request 8 100.64.0.1:5060", "no route"},
		{"one that is connected is bound to the member instead",
			"request 9 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, rebind"},
		{"that one again is there already", "request 10 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"what another member should send fails as cannot be steered",
			"request 10 192.0.2.7:5060", "cannot move by other, fail"},
		{"one that is bound to an address is moved", "request 11 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, rebind"},
		{"a port of its own is no other socket", "request 12 198.51.100.7:5060",
			"already by carriers to external udp:203.0.113.2:5070"},
		{"the kernel refuses the first", "request 8 198.51.100.7:5060 next",
			"steered by carriers to external udp:203.0.113.2:5070, pktinfo"},
		{"one that was moved stays there", "request 13 192.0.2.7:5060",
			"cannot move by other, fail"},
		{"keep-alives too", "keepalive 7 198.51.100.7:5060",
			"keep-alive by carriers to external udp:203.0.113.1:5060, pktinfo"});
}

Test(decide, devices)
{
	CHECK("[bond:b]\nmember = udp:203.0.113.1:5060 device eth0\nmember = udp:203.0.113.2:5060\n"
		"[route:r]\nto = 198.51.100.0/24\nbond = b\n",
		"3 udp 203.0.113.1:5060 sip\n4 udp 10.0.0.1:5060 sip\n5 udp 203.0.113.1:0 connected steered sip\n"
		"6 udp 203.0.113.2:5060\n",
		{"what the member sends is bound to this interface: by its own "
			"descriptor as well", "request 3 198.51.100.7:5060",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"the same by another", "request 4 198.51.100.7:5060",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"of a client's socket that was moved", "request 5 198.51.100.7:5060",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"another member by itself", "request 6 198.51.100.7:5060",
			"already by r to b udp:203.0.113.2:5060"});
}

Test(decide, wildcards)
{
	static const char machine[] = "local 10.0.0.1 203.0.113.1 203.0.113.2 2001:db8::1\n";
	char sockets[200];

	snprintf(sockets, sizeof(sockets), "%s3 udp 0.0.0.0:5060 sip\n4 udp [::]:5070\n7 udp 0.0.0.0:5080 sip\n", machine);
	CHECK(SIDES CARRIERS, sockets,
		{"a wildcard listener sends by the member itself", "request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"one at another port by the one that carries it", "request 7 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, fd 3"},
		{"the second member is on the dual one", "request 7 198.51.100.7:5060 next",
			"steered by carriers to external udp:203.0.113.2:5070, fd 4"},
		{"which sends IPv4 itself", "request 4 198.51.100.7:5060 next",
			"steered by carriers to external udp:203.0.113.2:5070, pktinfo"},
		{"none carries the member of IPv6", "request 4 [2001:db8:c::7]:5060",
			"not bound by carriers, fail"},
		{"from a member's address that its pktinfo names",
			"request 3 198.51.100.7:5060 source=203.0.113.1:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"from another address", "request 3 198.51.100.7:5060 source=10.0.0.1:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"});
	snprintf(sockets, sizeof(sockets), "%s3 udp [::]:5060 v6only sip\n4 udp 10.0.0.1:5060\n", machine);
	CHECK(SIDES CARRIERS, sockets,
		{"IPv6 alone", "request 3 [2001:db8:c::7]:5060",
			"steered by carriers to external udp:[2001:db8::1]:5060, pktinfo"},
		{"carries no member of IPv4", "request 4 198.51.100.7:5060",
			"not bound by carriers, fail"});
	snprintf(sockets, sizeof(sockets), "%s3 udp [::]:5060 sip\n4 udp 203.0.113.1:5060\n5 udp 10.0.0.1:5099 sip\n", machine);
	CHECK(SIDES CARRIERS, sockets,
		{"v4-mapped destinations are IPv4", "request 3 [::ffff:198.51.100.7]:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"v4-mapped sources too",
			"request 3 198.51.100.7:5060 source=[::ffff:203.0.113.1]:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"a socket of that address is preferred to one of all",
			"request 5 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, fd 4"});
	snprintf(sockets, sizeof(sockets), "%s3 udp 0.0.0.0:5060 unseen sip\n", machine);
	CHECK(SIDES CARRIERS, sockets,
		{"the answer is heard there, whatever carries the member",
			"request 3 198.51.100.7:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"});
}
