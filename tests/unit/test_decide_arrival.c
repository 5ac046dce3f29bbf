/* SPDX-License-Identifier: MIT */
/* decide, by what a message tells of its past: the script's wish, where its request came in, how its
 * transaction began, and by what name its dialog knows the host. */
#include "decision.h"

/* ---- does the host's script say it? ---- */

#define SCRIPT "header = X-Bond\nsecret = 0123456789abcdef\n"

Test(decide, the_hosts_script)
{
	static const char ini[] = SIDES "[bond:tight]\nmember = udp:192.0.2.1:5060\n"
		"[bond:loose]\nmember = udp:192.0.2.1:5060\nno-member = pass\n" CARRIERS "[host]\n" SCRIPT;

	CHECK(ini, INNER OUTER "7 tcp 10.0.0.1:5060\n8 udp - sip\n",
		{"by bond_use()", "request 3 100.64.0.1:5060 use=external",
			"steered to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"before all routes", "request 3 198.51.100.7:5060 use=internal",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"of a keep-alive, too", "keepalive 3 100.64.0.1:5060 use=external",
			"keep-alive to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"what goes to the host itself is not touched",
			"request 3 203.0.113.1:5060 use=external", "own address"},
		{"no member of it", "request 3 100.64.0.1:5060 use=tight",
			"not bound of tight, fail"},
		{"the same with no-member = pass", "request 3 100.64.0.1:5060 use=loose",
			"not bound of loose"},
		{"the same of a keep-alive", "keepalive 3 100.64.0.1:5060 use=tight",
			"not bound of tight, spared"},
		{"the kernel refuses it", "request 3 100.64.0.1:5060 use=external next",
			"steered to external udp:203.0.113.2:5070 of external, fd 5"},
		{"by the header, of the host's own request",
			"request 3 100.64.0.1:5060 wish=external",
			"steered to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"names have no case", "request 3 198.51.100.7:5060 wish=INTERNAL",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"of a client's socket", "request 8 100.64.0.1:5060 wish=external",
			"steered to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"of one that came in at a listener",
			"request 3 100.64.0.1:5060 wish=external in=udp:10.0.0.1:5060",
			"steered to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"of a connection too",
			"request 3 100.64.0.1:5060 wish=external in=tcp:10.0.0.1:5060 via=TCP",
			"steered to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"the script asks for no bond", "request 3 198.51.100.7:5060 wish=none",
			"bond none"},
		{"the script asks for a bond that does not exist",
			"request 3 198.51.100.7:5060 wish=nosuch", "unknown bond, fail"},
		{"the header before bond_use()",
			"request 3 198.51.100.7:5060 wish=internal use=external",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"no header: bond_use()",
			"request 3 198.51.100.7:5060 use=internal in=udp:10.0.0.1:5060",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"neither: the routes", "request 3 198.51.100.7:5060 in=udp:10.0.0.1:5060",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"a request that came in without a mark was not looked at: its header "
			"is a peer's", "request 3 198.51.100.7:5060 wish=internal via=UDP",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"a mark in the form that leaves proves nothing",
			"request 3 198.51.100.7:5060 wish=internal in=udp:10.0.0.1:5060 sealed",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"nor that of another branch",
			"request 3 198.51.100.7:5060 wish=internal in=udp:10.0.0.1:5060 "
			"of=z9hG4bKother",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"TLS carries no marks", "request 3 198.51.100.7:5060 wish=internal via=TLS",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"});
	CHECK(SIDES CARRIERS "[host]\nheader-over-tls = trust\n" SCRIPT, INNER OUTER,
		{"where it is trusted it counts",
			"request 3 198.51.100.7:5060 wish=internal via=TLS",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"the same of WebSocket", "request 3 198.51.100.7:5060 wish=internal via=WSS",
			"already to internal udp:10.0.0.1:5060 of internal"},
		{"of UDP it is not", "request 3 198.51.100.7:5060 wish=internal via=UDP",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"});
}

/* ---- is it decided already? ---- */

#define FROM_SIDES \
	SIDES "[bond:shared]\nmember = udp:203.0.113.1:5060\n" \
	"[route:outside]\nfrom = external\nto = 198.51.100.0/24\nbond = internal\n" \
	"[route:inside]\nfrom = internal\nto = 198.51.100.0/24, 100.64.0.0/24\nbond = external\n" \
	"[host]\nsecret = 0123456789abcdef\n"

Test(decide, where_it_came_in)
{
	CHECK(FROM_SIDES, INNER OUTER "7 udp 0.0.0.0:0 sip\n8 tcp 203.0.113.1:5060\n",
		{"came in on a member of this bond",
			"request 4 198.51.100.7:5060 in=udp:203.0.113.1:5060",
			"steered by outside to internal udp:10.0.0.1:5060, pktinfo"},
		{"or that", "request 4 198.51.100.7:5060 in=udp:10.0.0.1:5060",
			"already by inside to external udp:203.0.113.1:5060"},
		{"not of any", "request 4 100.64.0.1:5060 in=udp:203.0.113.1:5060", "no route"},
		{"on a socket of no bond", "request 4 198.51.100.7:5060 in=tcp:203.0.113.1:5060",
			"no route"},
		{"what the host sends of its own never came in", "request 4 198.51.100.7:5060",
			"no route, text"},
		{"a keep-alive did not either", "keepalive 4 198.51.100.7:5060", "no route"},
		{"nobody can say: no later route is tried", "request 4 198.51.100.7:5060 via=UDP",
			"arrival unknown by outside, fail, text"},
		{"to decides without it", "request 4 192.0.2.7:5060 via=UDP", "no route"},
		{"by TLS, which carries no marks", "request 4 100.64.0.1:5060 via=TLS",
			"arrival unknown by inside, fail, text"},
		{"a mark that left this host is no proof",
			"request 4 198.51.100.7:5060 in=udp:203.0.113.1:5060 sealed",
			"arrival unknown by outside, fail"},
		{"nor one of another branch",
			"request 4 198.51.100.7:5060 in=udp:203.0.113.1:5060 of=z9hG4bKother",
			"arrival unknown by outside, fail"},
		{"in the topmost Via where the host puts none of its own there",
			"request 4 198.51.100.7:5060 in=udp:203.0.113.1:5060 top",
			"steered by outside to internal udp:10.0.0.1:5060, pktinfo"},
		{"a client's socket", "request 7 198.51.100.7:5060 in=udp:203.0.113.1:5060",
			"steered by outside to internal udp:10.0.0.1:5060, pktinfo"});
	CHECK("[bond:a]\nmember = udp:203.0.113.1:5060\n[bond:b]\nmember = udp:203.0.113.1:5060\n"
		"[bond:out]\nmember = udp:10.0.0.1:5060\nno-member = pass\n"
		"[route:second]\nfrom = b\nto = 198.51.100.0/24\nbond = out\n"
		"[route:left]\nfrom = b\nto = 100.64.0.0/24\nbond = none\n"
		"[route:rest]\nbond = a\n[host]\nsecret = 0123456789abcdef\n", INNER OUTER,
		{"all bonds of the member", "request 4 198.51.100.7:5060 in=udp:203.0.113.1:5060",
			"steered by second to out udp:10.0.0.1:5060, pktinfo"},
		{"nobody can say: no-member of this route's bond decides",
			"request 4 198.51.100.7:5060 via=UDP", "arrival unknown by second, text"},
		{"the same of no bond", "request 4 100.64.0.1:5060 via=UDP",
			"arrival unknown by left, text"},
		{"the host's own is asked for its later routes", "request 4 198.51.100.7:5060",
			"already by rest to a udp:203.0.113.1:5060, text"});
}

Test(decide, transactions)
{
	static const char branch[] =
		"kept z9hG4bKa 198.51.100.7:5060 member external 203.0.113.2:5070\n"
		"kept z9hG4bKb 198.51.100.7:5060 listener 10.0.0.1:5080\n"
		"kept z9hG4bKc 198.51.100.7:5060 member external 203.0.113.2:5070 udp:10.0.0.1:5060\n"
		"kept z9hG4bKd 198.51.100.7:5060 member shared 203.0.113.1:5060\n"
		"kept z9hG4bKe 198.51.100.7:5060 member external 203.0.113.9:5060\n"
		"kept z9hG4bKf 198.51.100.7:5060 listener 10.0.0.1:5099\n"
		"kept z9hG4bKg 198.51.100.7:5060 member internal 203.0.113.1:5060\n"
		"kept z9hG4bKh 198.51.100.7:5060 member external 203.0.113.2:5070 udp:203.0.113.1:5060\n";
	char sockets[1500];

	snprintf(sockets, sizeof(sockets), INNER OUTER "7 udp 10.0.0.1:5080 sip\n8 udp 203.0.113.1:5061 connected sip\n%s",
		branch);
	CHECK(FROM_SIDES, sockets,
		{"a resend leaves as the first request of its transaction did",
			"request 3 198.51.100.7:5060 branch=z9hG4bKa",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"a CANCEL does", "request 3 198.51.100.7:5060 branch=z9hG4bKa method=CANCEL",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"the ACK to a failure does",
			"request 3 198.51.100.7:5060 branch=z9hG4bKa method=ACK",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"another transaction does not", "request 3 198.51.100.7:5060 branch=z9hG4bKz",
			"no route"},
		{"nor one to another place", "request 3 198.51.100.8:5060 branch=z9hG4bKa",
			"no route"},
		{"nor to another port", "request 3 198.51.100.7:5061 branch=z9hG4bKa", "no route"},
		{"from the member itself", "request 5 198.51.100.7:5060 branch=z9hG4bKa",
			"kept to external udp:203.0.113.2:5070 of external"},
		{"by a listener of the host", "request 3 198.51.100.7:5060 branch=z9hG4bKb",
			"kept from 10.0.0.1:5080, fd 7"},
		{"from the listener itself", "request 7 198.51.100.7:5060 branch=z9hG4bKb",
			"kept from 10.0.0.1:5080"},
		{"one that is gone", "request 3 198.51.100.7:5060 branch=z9hG4bKf", "no route"},
		{"a member that is gone from the file",
			"request 3 198.51.100.7:5060 branch=z9hG4bKe", "no route"},
		{"of two bonds with the member it is that one",
			"request 3 198.51.100.7:5060 branch=z9hG4bKd",
			"kept to shared udp:203.0.113.1:5060 of shared, pktinfo"},
		{"a bond that has the member no more: another that has it",
			"request 3 198.51.100.7:5060 branch=z9hG4bKg",
			"kept to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"before all that the script says",
			"request 3 198.51.100.7:5060 branch=z9hG4bKa use=internal",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"even if that way is closed by now",
			"request 8 198.51.100.7:5060 branch=z9hG4bKa",
			"kept to external udp:203.0.113.2:5070 of external, fail"},
		{"not what goes to the host itself", "request 3 203.0.113.1:5060 branch=z9hG4bKa",
			"own address"},
		{"one that came in where the first did",
			"request 3 198.51.100.7:5060 branch=z9hG4bKc in=udp:10.0.0.1:5060",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"one that came in elsewhere does not get it, though it has the same "
			"branch",
			"request 4 198.51.100.7:5060 branch=z9hG4bKc in=udp:203.0.113.1:5060",
			"steered by outside to internal udp:10.0.0.1:5060, pktinfo"},
		{"what came in is told from what is the host's own",
			"request 4 198.51.100.7:5060 branch=z9hG4bKa in=udp:203.0.113.1:5060",
			"steered by outside to internal udp:10.0.0.1:5060, pktinfo"},
		{"a mark of another form tells two requests apart as well",
			"request 4 198.51.100.7:5060 branch=z9hG4bKh in=udp:203.0.113.1:5060",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"},
		{"what has no second Via is the host's own CANCEL",
			"request 4 198.51.100.7:5060 branch=z9hG4bKc method=CANCEL",
			"kept to external udp:203.0.113.2:5070 of external, fd 5"});
}

/* ---- the return path ---- */

Test(decide, return_path)
{
	static const char ini[] = SIDES CARRIERS
		"[route:named]\nto = 100.64.0.0/24\nsocket = udp:10.0.0.1:5060\nbond = internal\n"
		"[host]\nsecret = 0123456789abcdef\n";

	CHECK(ini, INNER OUTER "7 udp 10.0.0.1:5080 sip\n8 udp 203.0.113.1:5090 sip connected\n9 udp 203.0.113.7:5060\n"
		"10 udp 10.0.0.9:5060\ngone 10\n",
		{"the dialog knows the host by another name: it leaves from there",
			"request 4 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080", "return path from 10.0.0.1:5080, fd 7"},
		{"it is routed as if the host sent from the name",
			"request 4 100.64.0.1:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5060",
			"steered by named to internal udp:10.0.0.1:5060, pktinfo"},
		{"not by what it stands on", "request 4 100.64.0.1:5060", "no route"},
		{"a route that matches leads to its bond",
			"request 4 198.51.100.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080",
			"steered by carriers to external udp:203.0.113.1:5060, pktinfo"},
		{"by the very name that the host sends from nothing is moved",
			"request 4 198.51.100.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:203.0.113.1:5060",
			"already by carriers to external udp:203.0.113.1:5060"},
		{"from where the host sends already",
			"request 7 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080", "no route"},
		{"a host that sends from another socket than the one it read on has "
			"chosen that itself",
			"request 3 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080", "no route"},
		{"a dialog of the other family is none",
			"request 4 [2001:db8:d::1]:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080", "no route"},
		{"a connected socket stays where it is",
			"request 8 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080 source=203.0.113.1:5060",
			"return path from 10.0.0.1:5080"},
		{"the listener is gone: from where it stands",
			"request 4 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.9:5060", "return path from 10.0.0.9:5060"},
		{"what leaves this host in another form names no dialog",
			"request 4 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5080 sealed", "no route"},
		{"no dialog: from where the host sends it",
			"request 4 192.0.2.7:5060 in=udp:203.0.113.1:5060", "no route"});
	CHECK(SIDES "[host]\nno-route = fail\nsecret = 0123456789abcdef\n", INNER OUTER,
		{"the dialog's own way is one, though no route is",
			"request 4 192.0.2.7:5060 to-tag in=udp:203.0.113.1:5060 "
			"dialog=udp:10.0.0.1:5060", "return path from 10.0.0.1:5060, fd 3"});
}

Test(decide, dialogs_that_came_in_on_a_wildcard)
{
	static const char ini[] = SIDES CARRIERS "[route:other]\nto = 100.64.0.0/24\nbond = internal\n"
		"[host]\nno-route = fail\nsecret = 0123456789abcdef\n";

	CHECK(ini, "local 10.0.0.1 203.0.113.1 203.0.113.2 203.0.113.9 2001:db8::1\n3 udp 0.0.0.0:5060 sip\n"
		"4 udp [::]:5070 sip\n5 udp 0.0.0.0:5080 sip\n7 udp 10.0.0.1:5090 sip\n",
		{"leaves from that address, by that member's name",
			"request 3 192.0.2.7:5060 to-tag came=203.0.113.1:5060",
			"return path to external udp:203.0.113.1:5060 of external, pktinfo"},
		{"a member's or not", "request 3 192.0.2.7:5060 to-tag came=203.0.113.9:5060",
			"return path, pktinfo"},
		{"where a route says otherwise it does not",
			"request 3 100.64.0.1:5060 to-tag came=203.0.113.1:5060",
			"steered by other to internal udp:10.0.0.1:5060, pktinfo"},
		{"where a route leads to the bond of that member",
			"request 4 198.51.100.7:5060 to-tag came=203.0.113.2:5070",
			"steered by carriers to external udp:203.0.113.2:5070, pktinfo"},
		{"where the socket cannot send from it, the first that can be used",
			"request 5 198.51.100.7:5060 to-tag came=203.0.113.9:5080",
			"steered by carriers to external udp:203.0.113.1:5060, fd 3"},
		{"another family", "request 4 [2001:db8:c::7]:5060 to-tag came=203.0.113.2:5070",
			"not bound by carriers, fail"},
		{"the same without a route",
			"request 4 [2001:db8:d::7]:5060 to-tag came=203.0.113.2:5070",
			"no route, fail"},
		{"a socket of one address sends from there",
			"request 7 192.0.2.7:5060 to-tag came=203.0.113.1:5060", "no route, fail"},
		{"it came in nowhere that is known", "request 3 192.0.2.7:5060 to-tag",
			"no route, fail"});
}
