/* SPDX-License-Identifier: MIT */
/* decide_connection: connections, and probes for the address that one would have. */
#include "decision.h"

#define STREAMS \
	"[bond:external]\n" \
	"member = tcp:203.0.113.1:5060\n" \
	"member = tcp:203.0.113.2:5070\n" \
	"member = tls:203.0.113.1:5061\n" \
	"member = tcp:[2001:db8::1]:5060\n" \
	"[bond:internal]\n" \
	"member = tcp:10.0.0.1:5060\n" \
	"member = udp:10.0.0.1:5060\n"

Test(decide, connections)
{
	CHECK(STREAMS "[bond:open]\nmember = ws:203.0.113.1:80\nno-member = pass\n"
		"[route:secure]\nto = 198.51.100.9\ntransport = tls\nbond = external\n"
		"[route:datagrams]\nto = 198.51.100.8\ntransport = udp\nbond = internal\n"
		"[route:carriers]\nto = 198.51.100.0/24, 2001:db8:c::/48\nbond = external\n"
		"[route:alone]\nto = 192.0.2.9\nbond = none\n"
		"[route:open]\nto = 192.0.2.0/25\nbond = open\n"
		"[route:rest]\nbond = internal\n",
		INNER "7 tcp - client\n8 tcp 203.0.113.1:5060\n9 tcp 0.0.0.0:5080\n",
		{"connections are bound to the member's address before they are opened",
			"connect 7 198.51.100.7:5060",
			"steered by carriers to external tcp:203.0.113.1:5060, bind"},
		{"an address that the host does not listen on is one, too",
			"connect 7 100.64.0.1:5060",
			"steered by rest to internal tcp:10.0.0.1:5060, bind"},
		{"of the destination's family", "connect 7 [2001:db8:c::7]:5060",
			"steered by carriers to external tcp:[2001:db8::1]:5060, bind"},
		{"port 5061 is tls", "connect 7 198.51.100.7:5061",
			"steered by carriers to external tls:203.0.113.1:5061, bind"},
		{"the route's own word before the port", "connect 7 198.51.100.9:5060",
			"steered by secure to external tls:203.0.113.1:5061, bind"},
		{"a route of datagrams takes none", "connect 7 198.51.100.8:5060",
			"steered by carriers to external tcp:203.0.113.1:5060, bind"},
		{"no member of that transport", "connect 7 198.51.100.7:443",
			"no member by carriers for wss, fail"},
		{"no-member = pass", "connect 7 192.0.2.7:5060", "no member by open for tcp"},
		{"the same, where it fits", "connect 7 192.0.2.7:80",
			"steered by open to open ws:203.0.113.1:80, bind"},
		{"leave it alone", "connect 7 192.0.2.9:5060", "bond none by alone for tcp"},
		{"a route without to applies at sip-ports only", "connect 7 100.64.0.1:5432",
			"no route for tcp"},
		{"nothing that goes to a listener of the host itself is touched",
			"connect 7 203.0.113.1:5060", "own address for tcp"},
		{"a listener for datagrams is another", "connect 7 10.0.0.1:5060",
			"own address for tcp"},
		{"on all addresses of the machine", "connect 7 127.0.0.1:5080",
			"own address for tcp"},
		{"no other's", "connect 7 198.51.100.7:5080",
			"steered by carriers to external tcp:203.0.113.1:5060, bind"},
		{"the unspecified address is the sender's own", "connect 7 0.0.0.0:5060",
			"own address for tcp"},
		{"bond_use() before all routes", "connect 7 198.51.100.7:5060 use=internal",
			"steered to internal tcp:10.0.0.1:5060 of internal, bind"},
		{"without one", "connect 7 100.64.0.1:5432 use=external",
			"steered to external tcp:203.0.113.1:5060 of external, bind"},
		{"the transport is the port's then", "connect 7 198.51.100.9:5061 use=external",
			"steered to external tls:203.0.113.1:5061 of external, bind"},
		{"no member of it", "connect 7 198.51.100.7:5061 use=internal",
			"no member for tls of internal, fail"},
		{"but not to the host itself", "connect 7 203.0.113.1:5060 use=internal",
			"own address for tcp"});
}

Test(decide, connections_that_the_kernel_refuses)
{
	CHECK(STREAMS "[bond:open]\nmember = tcp:203.0.113.1:5060\nno-member = pass\n"
		"[route:carriers]\nto = 198.51.100.0/24\nbond = external\n"
		"[route:open]\nto = 192.0.2.0/24\nbond = open\n", "7 tcp - client\n",
		{"the next fitting one is tried", "connect 7 198.51.100.7:5060 next",
			"steered by carriers to external tcp:203.0.113.2:5070, bind"},
		{"until there is none", "connect 7 198.51.100.7:5060 next next",
			"refused by the kernel by carriers for tcp, fail"},
		{"of the same transport", "connect 7 198.51.100.7:5061 next",
			"refused by the kernel by carriers for tls, fail"},
		{"no-member = pass", "connect 7 192.0.2.7:5060 next",
			"refused by the kernel by open for tcp"},
		{"of a bond that the script asks for",
			"connect 7 192.0.2.7:5060 use=external next",
			"steered to external tcp:203.0.113.2:5070 of external, bind"});
}

/* eth0 of the fake machine: 192.0.2.10, 192.0.2.11, 2001:db8::10. */
Test(decide, of_those_of_one_line_the_ones_that_the_host_listens_on)
{
	static const char ini[] = "[bond:b]\nmember = tcp:eth0\nmember = tcp:203.0.113.1:5060\n"
		"[route:r]\nto = 198.51.100.0/24\nbond = b\n";

	CHECK(ini, "7 tcp - client\n8 tcp 192.0.2.11:5060\n9 tcp 203.0.113.1:5060\n",
		{"first the ones that the host listens on", "connect 7 198.51.100.7:5060",
			"steered by r to b tcp:192.0.2.11:5060, bind"},
		{"then the others of the line", "connect 7 198.51.100.7:5060 next",
			"steered by r to b tcp:192.0.2.10:5060, bind"},
		{"then the next line", "connect 7 198.51.100.7:5060 next next",
			"steered by r to b tcp:203.0.113.1:5060, bind"},
		{"and no more", "connect 7 198.51.100.7:5060 next next next",
			"refused by the kernel by r for tcp, fail"});
	CHECK(ini, "7 tcp - client\n8 udp 192.0.2.11:5060\n",
		{"a socket of datagrams is none that listens for connections",
			"connect 7 198.51.100.7:5060",
			"steered by r to b tcp:192.0.2.10:5060, bind"});
	CHECK(ini, "7 tcp - client\n8 tcp 192.0.2.11:5060\ngone 8\n",
		{"another process of the host may hold it still", "connect 7 198.51.100.7:5060",
			"steered by r to b tcp:192.0.2.11:5060, bind"});
}

/* `socket`: the one that the host bound the connection to, else its first listener. */
Test(decide, the_socket_of_a_connection)
{
	static const char ini[] = STREAMS
		"[route:first]\nto = 198.51.100.7\nsocket = tcp:10.0.0.1:5060\nbond = external\n"
		"[route:second]\nto = 198.51.100.7\nsocket = tcp:10.0.0.2:5080\nbond = internal\n"
		"[route:tls]\nto = 198.51.100.7\nsocket = tls:10.0.0.1:5061\nbond = internal\n"
		"[route:later]\nto = 198.51.100.9\nsocket = tcp:10.0.0.2:5099\nbond = external\n"
		"[route:six]\nto = 2001:db8:c::/48\nsocket = tcp:[2001:db8::9]:5060\nbond = external\n";

	CHECK(ini, "7 tcp - client\n4 tcp 10.0.0.1:5060\n5 tcp 10.0.0.2:5080\n6 tcp [2001:db8::9]:5060\n"
		"8 tcp 0.0.0.0:5090\n9 tcp 10.0.0.1:5061\n10 tcp 10.0.0.2:5099\n",
		{"the first listener", "connect 7 198.51.100.7:5070",
			"steered by first to external tcp:203.0.113.1:5060, bind"},
		{"of that family", "connect 7 [2001:db8:c::7]:5060",
			"steered by six to external tcp:[2001:db8::1]:5060, bind"},
		{"what the host bound, without a port",
			"connect 7 198.51.100.7:5070 source=10.0.0.2",
			"steered by second to internal tcp:10.0.0.1:5060, bind"},
		{"with its port", "connect 7 198.51.100.7:5070 source=10.0.0.2:5080",
			"steered by second to internal tcp:10.0.0.1:5060, bind"},
		{"with another, which no listener has",
			"connect 7 198.51.100.7:5070 source=10.0.0.2:40000",
			"steered by second to internal tcp:10.0.0.1:5060, bind"},
		{"of two at one address that of the port",
			"connect 7 198.51.100.9:5070 source=10.0.0.2:5099",
			"steered by later to external tcp:203.0.113.1:5060, bind"},
		{"the first of them where there is none",
			"connect 7 198.51.100.9:5070 source=10.0.0.2", "no route for tcp"},
		{"of all addresses is of none", "connect 7 198.51.100.7:5070 source=0.0.0.0",
			"steered by first to external tcp:203.0.113.1:5060, bind"},
		{"where nothing listens", "connect 7 198.51.100.7:5070 source=10.0.0.3",
			"no route for tcp"},
		{"the listener of what is spoken there", "connect 7 198.51.100.7:5061",
			"no member by tls for tls, fail"});
	CHECK(ini, "7 tcp - client\n5 tcp 10.0.0.2:5080\n4 tcp 10.0.0.1:5060\n",
		{"in the order in which the host bound them", "connect 7 198.51.100.7:5070",
			"steered by second to internal tcp:10.0.0.1:5060, bind"});
	CHECK(ini, "7 tcp - client\n4 tcp 0.0.0.0:5060\n",
		{"none of one address: not known", "connect 7 198.51.100.7:5070",
			"no route for tcp"});
}

Test(decide, arrivals_of_connections)
{
	CHECK(STREAMS "[bond:open]\nmember = tcp:203.0.113.1:5060\nno-member = pass\n"
		"[route:outside]\nfrom = external\nto = 198.51.100.0/24\nbond = internal\n"
		"[route:inside]\nfrom = internal\nto = 198.51.100.0/24\nbond = external\n"
		"[route:open]\nfrom = internal\nto = 192.0.2.0/25\nbond = open\n"
		"[route:none]\nfrom = internal\nto = 192.0.2.128/25\nbond = none\n"
		"[host]\nsecret = 0123456789abcdef\n", "7 tcp - client\n",
		{"by what the thread has read", "connect 7 198.51.100.7:5060 now=external",
			"steered by outside to internal tcp:10.0.0.1:5060, bind"},
		{"the same", "connect 7 198.51.100.7:5060 now=internal",
			"steered by inside to external tcp:203.0.113.1:5060, bind"},
		{"of several bonds", "connect 7 198.51.100.7:5060 now=open,internal",
			"steered by inside to external tcp:203.0.113.1:5060, bind"},
		{"on a listener of no bond", "connect 7 198.51.100.7:5060 now=-",
			"no route for tcp"},
		{"opened by a thread that has not read it: no later route is tried",
			"connect 7 198.51.100.7:5060", "arrival unknown by outside for tcp, fail"},
		{"no-member of this route's bond decides", "connect 7 192.0.2.7:5060",
			"arrival unknown by open for tcp"},
		{"of no bond", "connect 7 192.0.2.200:5060", "arrival unknown by none for tcp"});
}

/* ---- probes ---- */

Test(decide, probes)
{
	static const char ini[] =
		"[bond:external]\nmember = udp:203.0.113.1:5060\nmember = udp:203.0.113.2:5070\n"
		"member = udp:[2001:db8::1]:5060\nmember = tcp:203.0.113.3:5060\n"
		"[bond:internal]\nmember = udp:10.0.0.1:5060\n"
		"[route:socket]\nto = 100.64.0.0/24\nsocket = udp:10.0.0.1:5060\nbond = external\n"
		"[route:from]\nto = 100.64.1.0/24\nfrom = internal\nbond = external\n"
		"[route:streams]\nto = 100.64.2.0/24\ntransport = tcp\nbond = external\n"
		"[route:port]\nto = 100.64.3.7:5060\nbond = external\n"
		"[route:alone]\nto = 100.64.4.0/24\nbond = none\n"
		"[route:carriers]\nto = 198.51.100.0/24, 2001:db8:c::/48\nbond = external\n"
		"[host]\nsecret = 0123456789abcdef\n";

	CHECK(ini, INNER "4 udp 203.0.113.1:5060\n5 udp 203.0.113.2:5070\n6 udp [2001:db8::1]:5060\n"
		"7 udp - connected\n8 udp 10.0.0.1:0 connected\n9 udp 0.0.0.0:0 connected\n10 udp 10.0.0.1:5353\n",
		{"for a routed destination the answer is the member's address",
			"probe 7 198.51.100.7:5060",
			"probe by carriers to external udp:203.0.113.1:5060"},
		{"of its family", "probe 7 [2001:db8:c::7]:5060",
			"probe by carriers to external udp:[2001:db8::1]:5060"},
		{"bound to all addresses is not bound", "probe 9 198.51.100.7:5060",
			"probe by carriers to external udp:203.0.113.1:5060"},
		{"what the host bound it knows", "probe 8 198.51.100.7:5060", "nothing"},
		{"no route: the truth", "probe 7 192.0.2.7:5060", "no route"},
		{"no bond: the truth", "probe 7 100.64.4.7:5060", "bond none by alone"},
		{"a listener of the host: the truth", "probe 7 10.0.0.1:5353", "nothing"},
		{"a member's own address, too", "probe 7 203.0.113.2:5070", "nothing"},
		{"a condition that is not known here: the truth", "probe 7 100.64.0.7:5060",
			"arrival unknown by socket"},
		{"the same", "probe 7 100.64.1.7:5060", "arrival unknown by from"},
		{"a route of connections is none", "probe 7 100.64.2.7:5060", "no route"},
		{"the port of DNS stands for that of SIP", "probe 7 100.64.3.7:53",
			"probe by port to external udp:203.0.113.1:5060"},
		{"another does not", "probe 7 100.64.3.7:5070", "no route"});
	CHECK(ini, INNER "5 udp 203.0.113.2:5070\n7 udp - connected\n",
		{"if the host listens on that member", "probe 7 198.51.100.7:5060",
			"probe by carriers to external udp:203.0.113.2:5070"},
		{"else the truth", "probe 7 [2001:db8:c::7]:5060", "nothing by carriers"});
	CHECK(ini, INNER "4 udp 203.0.113.1:5060\n5 udp 203.0.113.2:5070\n7 udp - connected\ngone 4\ngone 5\n",
		{"what was closed is listened on no more", "probe 7 198.51.100.7:5060",
			"nothing by carriers"});
	CHECK(ini, INNER "0 udp 203.0.113.1:5060\n7 udp - connected\n",
		{"by whatever number", "probe 7 198.51.100.7:5060",
			"probe by carriers to external udp:203.0.113.1:5060"});
}
