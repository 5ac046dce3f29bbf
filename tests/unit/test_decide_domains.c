/* SPDX-License-Identifier: MIT */
/* decide and choose, by what DNS says of the domains in routes. */
#include "decision.h"

#define DOMAINS \
	"[bond:external]\nmember = udp:203.0.113.1:5060\nmember = tcp:203.0.113.1:5060\n" \
	"member = tls:203.0.113.1:5061\n[bond:internal]\nmember = udp:10.0.0.1:5060\nmember = tcp:10.0.0.1:5060\n" \
	"[route:one]\nto = one.example.com\nbond = external\n" \
	"[route:two]\nto = two.example.com\nbond = internal\n" \
	"[route:port]\nto = port.example.com:5080\nbond = internal\n"

Test(decide, domains_that_dns_has_answered)
{
	CHECK(DOMAINS, "3 udp 10.0.0.9:5060 sip\n4 udp 203.0.113.1:5060\n5 udp 10.0.0.1:5060\n7 tcp - client\n"
		"8 udp - connected\n"
		"dns one.example.com udp:198.51.100.1:5060 udp:198.51.100.3:5060 tls:198.51.100.4:5060\n"
		"dns two.example.com udp:198.51.100.2:5060 udp:198.51.100.3:5060\n"
		"dns port.example.com:5080 udp:198.51.100.5:5080\n",
		{"its address is one that DNS gives this domain", "request 3 198.51.100.1:5060",
			"steered by one to external udp:203.0.113.1:5060, pktinfo, dns "
			"one.example.com"},
		{"at any port", "request 3 198.51.100.2:5099",
			"steered by two to internal udp:10.0.0.1:5060, pktinfo, dns "
			"two.example.com"},
		{"another address", "request 3 198.51.100.9:5060", "no route"},
		{"an address of several: the one that the text names",
			"request 3 198.51.100.3:5060 uri=two.example.com",
			"steered by two to internal udp:10.0.0.1:5060, pktinfo, text, named, "
			"dns two.example.com"},
		{"by its Route",
			"request 3 198.51.100.3:5060 uri=one.example.com route=two.example.com",
			"steered by two to internal udp:10.0.0.1:5060, pktinfo, text, named, "
			"dns two.example.com"},
		{"else the first", "request 3 198.51.100.3:5060",
			"steered by one to external udp:203.0.113.1:5060, pktinfo, text, dns "
			"one.example.com, shared two"},
		{"a request whose text names a domain that DNS places elsewhere does "
			"not match it", "request 3 198.51.100.9:5060 uri=one.example.com",
			"no route"},
		{"a keep-alive has no text", "keepalive 3 198.51.100.1:5060",
			"keep-alive by one to external udp:203.0.113.1:5060, pktinfo, dns "
			"one.example.com"},
		{"of that port only", "request 3 198.51.100.5:5080",
			"steered by port to internal udp:10.0.0.1:5060, pktinfo, dns "
			"port.example.com"},
		{"the same", "request 3 198.51.100.5:5060", "no route"},
		{"a connection", "connect 7 198.51.100.1:5060",
			"steered by one to external tcp:203.0.113.1:5060, bind, dns "
			"one.example.com"},
		{"the service that DNS names for that address and port",
			"connect 7 198.51.100.4:5060",
			"steered by one to external tls:203.0.113.1:5061, bind, dns "
			"one.example.com"},
		{"a probe", "probe 8 198.51.100.1:5060",
			"probe by one to external udp:203.0.113.1:5060, dns one.example.com"});
}

Test(decide, domains_that_dns_has_not_answered)
{
	static const char sockets[] = "3 udp 10.0.0.9:5060 sip\n4 udp 203.0.113.1:5060\n5 udp 10.0.0.1:5060\n"
		"7 tcp - client\ndns two.example.com empty\ndns port.example.com:5080 partial udp:198.51.100.5:5080\n";

	CHECK(DOMAINS "[route:all]\nto = 198.51.100.0/25\nbond = internal\n", sockets,
		{"until DNS has answered, the next hop that the request names is this "
			"domain", "request 3 198.51.100.200:5060 uri=one.example.com",
			"steered by one to external udp:203.0.113.1:5060, pktinfo, text, named"},
		{"case and a final dot do not count",
			"request 3 198.51.100.200:5060 uri=ONE.example.com.",
			"steered by one to external udp:203.0.113.1:5060, pktinfo, text, named"},
		{"a connection does not match yet", "connect 7 198.51.100.200:5060",
			"no route for tcp, unknown one.example.com of one"},
		{"a route was passed over, and the request does not name the domain "
			"itself", "request 3 198.51.100.200:5060 uri=x.invalid",
			"no route, text, unknown one.example.com of one"},
		{"the same before another route", "request 3 198.51.100.1:5060 uri=x.invalid",
			"steered by all to internal udp:10.0.0.1:5060, pktinfo, text, unknown "
			"one.example.com of one"},
		{"DNS says that there is none: its text is none either",
			"request 3 198.51.100.200:5060 uri=two.example.com",
			"no route, text, elsewhere, unknown one.example.com of one"},
		{"some of its addresses are known: the text decides, too",
			"request 3 198.51.100.200:5080 uri=port.example.com:5080",
			"steered by port to internal udp:10.0.0.1:5060, pktinfo, text, named, "
			"unknown one.example.com of one"});
	CHECK("[bond:b]\nmember = udp:203.0.113.1:5060\n[route:r]\nto = one.example.com\nbond = b\n",
		INNER "4 udp 203.0.113.1:5060\ndns one.example.com partial udp:198.51.100.5:5060\n",
		{"not every DNS answer is there", "request 3 198.51.100.9:5060 uri=x.invalid",
			"no route, text, partial one.example.com of r"});
	CHECK("[bond:b]\nmember = udp:203.0.113.1:5060\n[route:r]\nto = one.example.com\nbond = b\n",
		INNER "4 udp 203.0.113.1:5060\ndns one.example.com full udp:198.51.100.5:5060\n",
		{"the table has no room for all", "request 3 198.51.100.9:5060 uri=x.invalid",
			"no route, text, full one.example.com of r"});
	CHECK("[bond:b]\nmember = udp:203.0.113.1:5060\n[route:r]\nto = *.example.com\nbond = b\n",
		INNER "4 udp 203.0.113.1:5060\n",
		{"the next hop that the request names is below this domain",
			"request 3 198.51.100.9:5060 uri=a.b.example.com",
			"steered by r to b udp:203.0.113.1:5060, pktinfo, text, named"},
		{"and not the domain itself", "request 3 198.51.100.9:5060 uri=example.com",
			"no route, text"});
	CHECK(DOMAINS, "3 udp 10.0.0.9:5060 sip\n4 udp 203.0.113.1:5060\n5 udp 10.0.0.1:5060\n"
		"dns one.example.com udp:198.51.100.1:5060\n"
		"dns port.example.com:5080 full udp:198.51.100.5:5080\n",
		{"the first that was passed over, by its route and name",
			"request 3 198.51.100.9:5060 uri=x.invalid",
			"no route, text, unknown two.example.com of two"},
		{"another is no doubt where a route before it is found",
			"request 3 198.51.100.1:5060",
			"steered by one to external udp:203.0.113.1:5060, pktinfo, dns "
			"one.example.com"});
}
