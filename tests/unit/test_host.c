/* SPDX-License-Identifier: MIT */
/* host: as many as wanted in one process, none of which knows anything of another. */
#include "decision.h"

/* Each has its own rules, sockets, listeners, names, domains and kept choices: what one of them gets
 * changes no answer of the other. */
Test(host, two_know_nothing_of_each_other)
{
	static const char one[] = "[bond:b]\nmember = udp:203.0.113.1:5060\nmember = tcp:203.0.113.1:5060\n"
		"[route:r]\nto = 198.51.100.0/24\nbond = b\n[route:d]\nto = one.example.com\nbond = b\n"
		"[host]\nsecret = 0123456789abcdef\n";
	static const char two[] = "[bond:c]\nmember = udp:10.0.0.1:5060\nmember = tcp:10.0.0.1:5060\n"
		"[route:s]\nto = 198.51.100.7, 203.0.113.0/24\nbond = c\n[route:e]\nto = one.example.com\nbond = none\n"
		"[host]\nno-route = fail\nsecret = fedcba9876543210\n";
	static const struct row of_one[] = {
		{"its route and member", "request 3 198.51.100.7:5060",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"its no-route", "request 3 192.0.2.1:5060", "no route"},
		{"what the other one hears is no own address", "request 3 198.51.100.8:5060",
			"steered by r to b udp:203.0.113.1:5060, pktinfo"},
		{"its own address", "request 4 10.0.0.9:5060", "own address"},
		{"its domain", "request 3 192.0.2.5:5060",
			"steered by d to b udp:203.0.113.1:5060, pktinfo, dns one.example.com"},
		{"its choices", "request 3 198.51.100.7:5060 branch=z9hG4bKa",
			"kept from 10.0.0.9:5060"},
		{"connections", "connect 7 198.51.100.7:5060",
			"steered by r to b tcp:203.0.113.1:5060, bind"},
	};
	static const struct row of_two[] = {
		{"its route and member", "request 3 198.51.100.7:5060",
			"steered by s to c udp:10.0.0.1:5060, pktinfo"},
		{"its no-route", "request 3 192.0.2.1:5060", "no route, fail"},
		{"its own address", "request 3 198.51.100.8:5060", "own address"},
		{"what the other one hears is no own address", "request 3 203.0.113.1:5060",
			"steered by s to c udp:10.0.0.1:5060, pktinfo"},
		{"its domain", "request 3 192.0.2.6:5060", "bond none by e, dns one.example.com"},
		{"another's choice is none", "request 3 198.51.100.7:5060 branch=z9hG4bKa",
			"steered by s to c udp:10.0.0.1:5060, pktinfo"},
		{"connections", "connect 7 198.51.100.7:5060",
			"steered by s to c tcp:10.0.0.1:5060, bind"},
	};
	struct test_host *a = host_make(one, "");
	struct test_host *b = host_make(two, "");

	host_lines(a, "3 udp 10.0.0.9:5060 sip\n");
	host_lines(b, "3 udp 198.51.100.8:5060 sip\n");
	host_lines(a, "4 udp 203.0.113.1:5060\n7 tcp - client\ndns one.example.com udp:192.0.2.5:5060\n");
	host_lines(b, "4 udp 10.0.0.1:5060\n5 udp 10.0.0.9:5060\n7 tcp - client\n"
		"dns one.example.com udp:192.0.2.6:5060\n");
	host_lines(a, "kept z9hG4bKa 198.51.100.7:5060 listener 10.0.0.9:5060\n");
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(of_one) / sizeof(of_one[0]); k++) {
			check_rows(a, &of_one[k], 1);
			check_rows(b, &of_two[k], 1);
		}
	}
	host_free(a);
	check_rows(b, of_two, sizeof(of_two) / sizeof(of_two[0]));
	host_free(b);
}
