/* SPDX-License-Identifier: MIT */
/* match: which route answers, in tables for each condition, and against a plain search through
 * random routes. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/ini.h"
#include "config/match.h"
#include "config/match_domains.h"
#include "config/match_table.h"
#include "fake_system.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct addr address(const char *text)
{
	struct addr a;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

static struct match *load(struct config *c, const char *text)
{
	struct findings f;
	struct match *m;
	int error = config_load_text(c, "test.ini", text, strlen(text), &f);
	if (error)
		findings_print(&f, "test.ini", stderr, false);
	cr_assert_eq(error, 0);
	findings_free(&f);
	cr_assert_eq(match_compile(&m, c), 0);
	return m;
}

struct asked {
	const char *text; /* "host" or "host:port"; NULL = the message names none */
	int calls;
};

static bool next_hop(void *ctx, struct next_hop *nh)
{
	struct asked *asked = ctx;
	asked->calls++;
	if (!asked->text)
		return false;
	const char *colon = strchr(asked->text, ':');
	nh->host = asked->text;
	nh->host_len = colon ? (size_t)(colon - asked->text) : strlen(asked->text);
	nh->port = colon ? (uint16_t)atoi(colon + 1) : 0;
	return true;
}

/* ctx: the domains that wait, a bit each */
static bool waits(const void *ctx, uint32_t domain)
{
	return *(const uint32_t *)ctx >> domain & 1;
}

static void read_facts(struct match_facts *f, const char *list)
{
	for (; *list; list += list[1] ? 2 : 1) {
		if (*list == '+')
			f->more = true;
		else
			f->domains[f->count++] = (uint32_t)(*list - '0');
	}
}

/* A question in words; "dns=0,2 waits=1 open": domains 0 and 2 have the address, 1 waits, texts
 * may decide alone. "udp 203.0.113.9:5060 name=carrier1.com from=udp:10.0.0.1:5060 probe";
 * "own": the host's own request, which came in nowhere. */
static enum match_result ask(const struct match *m, const char *words, struct answer *a, int *calls)
{
	char copy[256], *save;
	struct asked asked = {0};
	struct addr dst, sock;
	struct question q = {.dst = &dst, .ctx = &asked};
	uint32_t waiting = 0; /* a bit a domain */
	struct match_facts facts = {.settled = true, .waits = waits, .ctx = &waiting};
	snprintf(copy, sizeof(copy), "%s", words);
	q.stream = strcmp(strtok_r(copy, " ", &save), "udp") != 0;
	dst = address(strtok_r(NULL, " ", &save));
	for (char *w; (w = strtok_r(NULL, " ", &save));) {
		if (strcmp(w, "probe") == 0) {
			q.probe = true;
		} else if (strcmp(w, "own") == 0) {
			q.from_known = true;
		} else if (strncmp(w, "dns=", 4) == 0) {
			read_facts(&facts, w + 4);
			q.facts = &facts;
		} else if (strncmp(w, "waits=", 6) == 0) {
			facts.settled = false;
			for (w += 6; *w; w++)
				if (*w != ',')
					waiting |= 1u << (*w - '0');
		} else if (strcmp(w, "open") == 0) {
			facts.settled = false;
		} else if (strncmp(w, "name=", 5) == 0) {
			q.next_hop = next_hop;
			asked.text = strcmp(w + 5, "?") == 0 ? NULL : w + 5;
		} else if (strncmp(w, "from=", 5) == 0) {
			char *colon = strchr(w + 5, ':');
			q.socket_transport = (uint8_t)transport_parse(w + 5, (size_t)(colon - w - 5));
			sock = address(colon + 1);
			q.socket = &sock;
		} else {
			cr_assert_fail("%s", w);
		}
	}
	enum match_result result = match_route(m, &q, a);
	*calls = asked.calls;
	return result;
}

struct expectation {
	const char *question;
	const char *answer; /* route; "-" none, "own", "?NAME" undecided; "~" in front: by domain,
	                       "!NAME" behind: that domain route was passed over unanswered */
};

static void check(const char *ini, const struct expectation *e, size_t count)
{
	struct config c;
	struct match *m = load(&c, ini);
	for (size_t i = 0; i < count; i++) {
		struct answer a;
		char got[256];
		int calls, n = 0;
		enum match_result result = ask(m, e[i].question, &a, &calls);
		if (result == MATCH_NONE)
			n = snprintf(got, sizeof(got), "-");
		else if (result == MATCH_OWN)
			n = snprintf(got, sizeof(got), "own");
		else
			n = snprintf(got, sizeof(got), "%s%s%s", a.by_domain ? "~" : "",
				result == MATCH_UNDECIDED ? "?" : "", c.routes[a.route].name);
		if (a.by_address)
			n += snprintf(got + n, sizeof(got) - (size_t)n, "@%u", a.domain);
		if (a.by_address && a.shared_route != NO_ROUTE_NUMBER)
			n += snprintf(got + n, sizeof(got) - (size_t)n, "+%s",
				c.routes[a.shared_route].name);
		if (a.elsewhere)
			n += snprintf(got + n, sizeof(got) - (size_t)n, "*");
		if (a.domain_unanswered)
			snprintf(got + n, sizeof(got) - (size_t)n, "!%s",
				c.routes[a.unanswered_route].name);
		cr_assert_str_eq(got, e[i].answer, "%s: %s, not %s", e[i].question, got, e[i].answer);
		cr_assert_leq(calls, 1);
	}
	match_free(m);
	config_free(&c);
}

#define BOND "[bond:b]\nmember = udp:eth1\nmember = tcp:eth1\n"

TestSuite(match, .init = fake_system);

Test(match, addresses)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.0:5060", "net"}, {"udp 203.0.113.255:1", "net"},
		{"udp 203.0.112.255:5060", "-"}, {"udp 203.0.114.0:5060", "-"},
		{"udp 203.0.113.7:5060", "first"}, {"tcp 203.0.113.7:9999", "first"},
		{"udp 203.0.113.8:5070", "port"}, {"udp 203.0.113.8:5060", "net"},
		{"udp ::ffff:203.0.113.7", "first"},
		{"udp [2001:db8::1]:5060", "six"}, {"tls [2001:db8:ffff::1]:5061", "six"},
		{"udp [2001:db9::1]:5060", "-"}, {"udp [2001:db8:1::9]:5099", "six-port"},
		{"udp [2001:db8:1::9]:5060", "six"},
		{"udp 0.0.0.0:5060", "-"}, {"udp 255.255.255.255:5060", "-"},
		{"udp [::]:5060", "-"}, {"udp [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1", "-"},
		{"udp 198.51.100.1:5060", "late"}, {"udp 198.51.100.200:5060", "late-wide"},
	};
	check(BOND "[route:first]\nto = 203.0.113.7\nbond = b\n"
		"[route:port]\nto = 203.0.113.8:5070\nbond = b\n"
		"[route:net]\nto = 203.0.113.0/24\nbond = b\n"
		"[route:six-port]\nto = [2001:db8:1::9]:5099\nbond = b\n"
		"[route:six]\nto = 2001:db8::/32\nbond = b\n"
		"[route:never]\nto = 203.0.113.0/25\nbond = none\n"
		"[route:late]\nto = 198.51.100.0/25\nbond = none\n"
		"[route:late-wide]\nto = 198.51.100.0/24\nbond = b\n", e, COUNT(e));
}

/* The order of the file, not the longer prefix, decides. */
Test(match, file_order_before_length)
{
	static const struct expectation e[] = {
		{"udp 10.1.2.3:5060", "wide"}, {"udp 10.1.2.4:5060", "wide"}, {"udp 11.1.2.3:5060", "-"},
		{"udp [2001:db8::1]:5060", "host"}, {"udp [2001:db8::2]:5060", "wide6"},
	};
	check(BOND "[route:wide]\nto = 10.0.0.0/8\nbond = b\n"
		"[route:narrow]\nto = 10.1.2.3, 10.1.0.0/16\nbond = none\n"
		"[route:host]\nto = 2001:db8::1\nbond = b\n"
		"[route:wide6]\nto = ::/0\nbond = b\n", e, COUNT(e));
}

Test(match, edges_of_the_space)
{
	static const struct expectation e[] = {
		{"udp 0.0.0.1:5060", "low"}, {"udp 127.255.255.255:5060", "low"},
		{"udp 128.0.0.0:5060", "high"}, {"udp 255.255.255.254:5060", "high"},
		{"udp [::2]:5060", "low6"}, {"udp [7fff::]:5060", "low6"}, {"udp [8000::]:5060", "high6"},
		{"udp [ffff::1]:5060", "high6"},
	};
	check(BOND "[route:low]\nto = 0.0.0.0/1\nbond = b\n[route:high]\nto = 128.0.0.0/1\nbond = b\n"
		"[route:low6]\nto = ::/1\nbond = b\n[route:high6]\nto = 8000::/1\nbond = b\n",
		e, COUNT(e));
}

/* Two clusters far apart, which no single index step tells apart. */
Test(match, clusters)
{
	static const struct expectation e[] = {
		{"udp 10.7.0.0:5060", "-"}, {"udp 10.7.0.1:5060", "low"}, {"udp 10.7.0.2:5060", "-"},
		{"udp 10.7.0.3:5060", "low"}, {"udp 10.7.0.9:5060", "low"}, {"udp 10.7.0.10:5060", "-"},
		{"udp 255.255.255.244:5060", "-"}, {"udp 255.255.255.245:5060", "high"},
		{"udp 255.255.255.254:5060", "-"}, {"udp 255.255.255.255:5060", "high"},
		{"udp 100.0.0.1:5060", "-"}, {"udp 0.0.0.1:5060", "-"},
		{"udp [2001:db8::1]:5060", "low"}, {"udp [2001:db8::2]:5060", "-"},
		{"udp [2001:db8::9]:5060", "low"}, {"udp [ffff::fff5]:5060", "high"},
		{"udp [ffff::fff6]:5060", "-"},
	};
	check(BOND "[route:low]\nbond = b\nto = 10.7.0.1, 10.7.0.3, 10.7.0.5, 10.7.0.7, 10.7.0.9\n"
		"to = 2001:db8::1, 2001:db8::3, 2001:db8::5, 2001:db8::7, 2001:db8::9\n"
		"[route:high]\nbond = b\nto = 255.255.255.245, 255.255.255.247, 255.255.255.249\n"
		"to = 255.255.255.251, 255.255.255.253, 255.255.255.255\n"
		"to = ffff::fff1, ffff::fff3, ffff::fff5, ffff::fff7, ffff::fff9\n", e, COUNT(e));
}

Test(match, no_routes_at_all)
{
	static const struct expectation e[] = {
		{"udp 1.2.3.4:5060", "-"}, {"tcp 1.2.3.4:5060", "-"}, {"udp [::9]:5060", "-"},
		{"udp 10.0.0.1:5060", "own"}, {"udp 1.2.3.4:5060 name=a.com probe", "-"},
	};
	static const struct expectation none[] = {
		{"udp 1.2.3.4:5060", "-"}, {"tcp [2001:db8::1]:5060", "-"}, {"udp 0.0.0.0", "-"},
	};
	check(BOND, e, COUNT(e));
	check(";\n", none, COUNT(none));
}

Test(match, hears_addresses)
{
	static const struct expectation e[] = {
		{"udp 10.0.0.1:5060", "own"}, {"tcp 10.0.0.1:5060", "all"}, {"tls 10.0.0.1:5061", "own"},
		{"udp 10.0.0.1:5061", "all"}, {"udp [fd00::1]:5060", "own"}, {"tcp [fd00::1]:5061", "own"},
		{"udp [fd00::1]:5099", "all"}, {"udp 10.0.0.2:5060", "all"},
		{"udp 10.0.0.1:5060 probe", "own"}, {"udp 10.0.0.1:5060 name=a.com", "own"},
		{"udp [fe80::7%2]:5060", "own"}, {"udp [fe80::7%3]:5060", "all"},
	};
	check("[bond:b]\nmember = udp:eth1\nmember = tls:eth1\n[bond:c]\nmember = udp:eth1\n"
		"member = udp:[fe80::7%eth0]\n"
		"[route:named]\nto = a.com\nbond = b\n[route:all]\nbond = b\n"
		"[route:x]\nto = 10.0.0.1\nbond = none\n", e, 1);
	check("[bond:b]\nmember = udp:eth1\nmember = tls:eth1\n[bond:c]\nmember = udp:eth1\n"
		"member = udp:[fe80::7%eth0]\n"
		"[route:all]\nto = 0.0.0.0/0, ::/0\nbond = b\n", e, COUNT(e));
}

Test(match, anywhere_and_sip_ports)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:1", "all"}, {"udp [2001:db8::1]:9", "all"},
		{"tcp 203.0.113.1:5060", "all"}, {"tls 203.0.113.1:5061", "all"},
		{"tcp 203.0.113.1:5432", "-"}, {"tcp [2001:db8::1]:80", "-"},
		{"tcp 198.51.100.1:5432", "named"},
	};
	static const struct expectation ports[] = {
		{"tcp 203.0.113.1:5060", "-"}, {"tcp 203.0.113.1:7000", "all"},
		{"tcp 203.0.113.1:65535", "all"}, {"tcp 203.0.113.1:65534", "-"},
		{"tcp 203.0.113.1:7001", "-"}, {"udp 203.0.113.1:5060", "all"},
	};
	check(BOND "[route:all]\nbond = b\n[route:named]\nto = 198.51.100.1\nbond = b\n", e, COUNT(e));
	check(BOND "[host]\nsip-ports = 7000, 65535\n[route:all]\nbond = b\n", ports, COUNT(ports));
}

Test(match, transport)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:5060", "datagrams"}, {"tcp 203.0.113.1:5060", "tls"},
		{"udp 198.51.100.1:5060", "rest"}, {"tcp 198.51.100.1:5060", "sctp"},
		{"udp 192.0.2.99:5060", "rest"}, {"tcp 192.0.2.99:5060", "rest"},
	};
	check(BOND "[route:tls]\nto = 203.0.113.1\ntransport = tls\nbond = b\n"
		"[route:datagrams]\nto = 203.0.113.0/24\ntransport = udp\nbond = b\n"
		"[route:sctp]\nto = 198.51.100.1\ntransport = sctp\nbond = b\n"
		"[route:rest]\nbond = none\n", e, COUNT(e));
}

Test(match, socket)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:5060", "rest"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5070", "one"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5071", "rest"},
		{"udp 203.0.113.1:5060 from=tcp:10.0.0.1:5070", "rest"},
		{"udp 203.0.113.1:5060 from=udp:[fd00::1]:5070", "one"},
		{"tcp 203.0.113.1:5060 from=tcp:10.0.0.1:5080", "two"},
		{"tcp 203.0.113.1:5432 from=tcp:10.0.0.1:5080", "-"},
		{"udp 203.0.113.1:5060 from=udp:0.0.0.0:5090", "any"},
		{"udp 203.0.113.1:5060 from=udp:[::]:5090", "rest"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5090", "rest"},
		{"udp 198.51.100.1:5060 from=udp:10.0.0.1:5100", "both"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5100", "rest"},
		{"udp 203.0.113.1:5060 probe", "?one"}, {"udp 198.51.100.1:5060 probe", "?one"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5071 probe", "rest"},
		{"tcp 203.0.113.1:5432 probe", "-"},
	};
	check(BOND "[route:one]\nsocket = udp:10.0.0.1:5070, udp:[fd00::1]:5070\nbond = b\n"
		"[route:two]\nsocket = udp:10.0.0.9:5080, tcp:10.0.0.1:5080\nbond = b\n"
		"[route:any]\nsocket = udp:0.0.0.0:5090\nbond = b\n"
		"[route:both]\nto = 198.51.100.0/24\nsocket = udp:10.0.0.1:5100\nbond = b\n"
		"[route:rest]\nbond = none\n", e, COUNT(e));
}

Test(match, from_that_is_not_known)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:5060", "?in"}, {"tcp 203.0.113.1:5060", "?in"},
		{"udp 203.0.113.1:5060 own", "rest"}, {"tcp 203.0.113.1:5060 own", "rest"},
		{"udp 203.0.113.1:5060 probe", "?in"}, {"udp 198.51.100.1:5060 probe", "?in"},
		{"udp 203.0.113.1:5060 name=a.com", "?in"},
		{"udp 203.0.113.1:5060 name=a.com own", "rest"},
		{"udp 192.0.2.99:5060 from=udp:10.0.0.1:5060 probe", "?in"},
		{"tcp 203.0.113.1:5432 probe", "-"},
	};
	static const struct expectation named[] = {
		{"udp 203.0.113.1:5060 name=a.com", "~?in"},
		{"udp 203.0.113.1:5060 name=b.com", "rest"},
		{"udp 203.0.113.1:5060 name=a.com own", "rest"},
		{"udp 203.0.113.1:5060 own", "rest"},
		{"udp 203.0.113.1:5060 probe", "?in"},
		{"udp 203.0.113.1:5060 name=a.com probe", "~?in"},
		{"udp 203.0.113.1:5060 name=b.com probe", "rest"},
	};
	check(BOND "[route:in]\nfrom = b\nbond = b\n[route:rest]\nbond = b\n", e, COUNT(e));
	check(BOND "[route:in]\nfrom = b\nto = a.com\nbond = b\n[route:rest]\nbond = b\n", named,
		COUNT(named));
}

/* Domains are numbered a = 0, *.w = 1, b = 2, b:5070 = 3, c = 4. */
Test(match, domains_by_address)
{
	static const struct expectation e[] = {
		/* the address decides, whatever the text */
		{"udp 192.0.2.1:5060 name=x.com dns=0", "ra@0"},
		{"udp 192.0.2.1:5062 name=a.com dns=0", "ra@0"},
		{"tcp 192.0.2.1:9999 dns=0", "ra@0"},
		{"tcp 192.0.2.1:5060 dns=", "rest"},
		{"udp 192.0.2.1:5060 name=a.com dns=", "rest"},
		{"udp 192.0.2.1:5060 dns=4", "rc@4"},
		/* also before a prefix of a later route, and not of an earlier one */
		{"udp 10.0.0.77:5060 dns=2", "rb@2"},
		{"udp 10.0.0.77:5060 dns=4", "prefix"},
		/* a port that is written */
		{"udp 192.0.2.1:5070 dns=3", "rb@3"},
		{"udp 192.0.2.1:5071 dns=3", "rest"},
		/* shared: a datagram by its text, else by order */
		{"udp 192.0.2.1:5060 name=c.com dns=4,0", "~rc@4"},
		{"udp 192.0.2.1:5060 name=A.com. dns=0,4", "~ra@0"},
		{"udp 192.0.2.1:5060 name=x.com dns=4,0", "ra@0+rc"},
		{"udp 192.0.2.1:5060 name=? dns=4,0", "ra@0+rc"},
		{"tcp 192.0.2.1:5060 dns=4,2", "rb@2+rc"},
		{"udp 192.0.2.1:5060 dns=4,2", "rb@2+rc"},
		{"udp 192.0.2.1:5060 dns=3,2", "rb@2"},
		{"udp 192.0.2.1:5060 dns=4,2 probe", "?rb"},
		{"udp 192.0.2.1:5060 dns=4 probe", "rc@4"},
		{"udp 192.0.2.1:5060 dns=0,+ name=c.com", "~rc@4"},
		/* before the first answer */
		{"udp 192.0.2.1:5060 name=c.com dns= waits=4", "~rc"},
		{"udp 192.0.2.1:5060 name=c.com dns= waits=0", "rest*!ra"},
		{"udp 192.0.2.1:5060 name=x.com dns= waits=2,4", "rest!rb"},
		{"udp 192.0.2.1:5060 name=x.com dns=4 waits=2", "rc@4!rb"},
		{"udp 192.0.2.1:5060 name=c.com dns= waits=2,4", "~rc!rb"},
		{"udp 192.0.2.1:5060 name=b.com dns= waits=2,4", "~rb"},
		{"udp 192.0.2.1:5060 name=x.com dns=0 waits=2", "ra@0"},
		{"udp 192.0.2.1:5060 dns= waits=2,4", "rest!rb"},
		{"tcp 192.0.2.1:5060 dns= waits=2,4", "rest!rb"},
		{"tcp 192.0.2.1:5060 dns=2 waits=4", "rb@2"},
		{"tcp 192.0.2.1:5060 dns=4 waits=2", "rc@4!rb"},
		{"udp 192.0.2.1:5060 dns= waits=2 probe", "?rb"},
		{"udp 192.0.2.1:5060 name=a.com dns=4 waits=0", "~ra"},
		{"udp 192.0.2.1:5060 name=b.com dns=0 waits=2,3", "ra@0"},
		/* wildcards: by text, or by what the host learnt */
		{"udp 192.0.2.1:5060 name=x.w.com dns= open", "~rw"},
		{"udp 192.0.2.1:5060 name=x.w.com dns=4 open", "~rw"},
		{"udp 192.0.2.1:5060 name=x.w.com dns=0 open", "ra@0"},
		{"udp 192.0.2.1:5060 name=b.com dns= open", "rest*"},
		{"tcp 192.0.2.1:5060 dns=1 open", "rw@1"},
		{"tcp 192.0.2.1:5060 dns= open", "rest"},
		/* more domains than the configuration has */
		{"udp 192.0.2.1:5060 dns=9", "rest"},
	};
	check(BOND "[host]\nsip-ports = 5060, 9999\n[route:ra]\nto = a.com\nbond = b\n"
		"[route:rw]\nto = *.w.com\nbond = b\n[route:rb]\nto = b.com, b.com:5070\nbond = b\n"
		"[route:prefix]\nto = 10.0.0.0/8\nbond = b\n[route:rc]\nto = c.com\nbond = b\n"
		"[route:rest]\nbond = b\n", e, COUNT(e));
}

Test(match, domains)
{
	static const struct expectation e[] = {
		{"udp 192.0.2.99:5060 name=carrier1.com", "~exact"},
		{"udp 192.0.2.99:5060 name=CARRIER1.Com", "~exact"},
		{"udp 192.0.2.99:5060 name=carrier1.com.", "~exact"},
		{"udp 192.0.2.99:5060 name=carrier1.com:5070", "~exact"},
		{"udp 192.0.2.99:5060 name=x.carrier1.com", "-"},
		{"udp 192.0.2.99:5060 name=carrier1.co", "-"},
		{"udp 192.0.2.99:5060 name=arrier1.com", "-"},
		{"udp 192.0.2.99:5060 name=carrier2.net", "-"},
		{"udp 192.0.2.99:5060 name=a.carrier2.net", "~below"},
		{"udp 192.0.2.99:5060 name=a.b.C.carrier2.NET", "~below"},
		{"udp 192.0.2.99:5060 name=xcarrier2.net", "-"},
		{"udp 192.0.2.99:5060 name=.carrier2.net", "-"},
		{"udp 192.0.2.99:5060 name=ported.com:5070", "~ported"},
		{"udp 192.0.2.99:5060 name=ported.com:5060", "-"},
		{"udp 192.0.2.99:5060 name=ported.com", "-"},
		{"udp 192.0.2.99:5060 name=plain.com", "~plain"},
		{"udp 192.0.2.99:5060 name=plain.com:5060", "~plain"},
		{"udp 192.0.2.99:5060 name=plain.com:5061", "-"},
		{"udp 192.0.2.99:5060 name=secure.com", "~secure"},
		{"udp 192.0.2.99:5060 name=192.0.2.99", "-"},
		{"udp 192.0.2.99:5060 name=com", "-"}, {"udp 192.0.2.99:5060 name=.", "-"},
		{"udp 192.0.2.99:5060", "-!exact"}, {"tcp 192.0.2.99:5060", "-!exact"},
		{"udp 192.0.2.99:5060 name=?", "-!exact"}, {"udp 192.0.2.99:5060 probe", "?exact"},
		{"udp 192.0.2.99:5060 name=? probe", "?exact"},
		{"udp 192.0.2.99:5060 name=a.carrier2.net probe", "~below"},
		{"udp 192.0.2.99:5060 name=other.com probe", "-"},
	};
	check(BOND "[route:exact]\nto = carrier1.com\nbond = b\n"
		"[route:below]\nto = *.Carrier2.net.\nbond = b\n"
		"[route:ported]\nto = ported.com:5070\nbond = b\n"
		"[route:plain]\nto = plain.com:5060\nbond = b\n"
		"[route:secure]\nto = secure.com:5061\nbond = b\n", e, COUNT(e));
}

Test(match, domains_among_addresses)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:5060 name=one.com", "net"},
		{"udp 203.0.113.1:5060 name=zero.com", "~zero"},
		{"udp 203.0.113.1:5060", "net!zero"},
		{"udp 203.0.113.1:5060 probe", "?zero"},
		{"udp 198.51.100.1:5060 name=one.com", "~one"},
		{"udp 198.51.100.1:5060 name=a.one.com", "~both"},
		{"udp 198.51.100.1:5060 name=mixed.com", "~mixed"},
		{"udp 198.51.100.7:5060 name=other.com", "mixed"},
		{"udp 198.51.100.7:5060", "mixed!zero"},
		{"udp 198.51.100.1:5060 name=other.com", "rest"},
		{"udp 198.51.100.1:5060", "rest!zero"},
		{"tcp 198.51.100.1:5060", "rest!zero"},
		{"tcp 198.51.100.1:5432", "-!zero"},
		{"udp 198.51.100.1:5060 name=late.com", "rest"},
	};
	check(BOND "[route:zero]\nto = zero.com\nbond = b\n"
		"[route:net]\nto = 203.0.113.0/24\nbond = b\n"
		"[route:one]\nto = one.com\nbond = b\n"
		"[route:both]\nto = *.one.com, one.com\nbond = b\n"
		"[route:mixed]\nto = mixed.com, 198.51.100.7\nbond = b\n"
		"[route:rest]\nbond = b\n"
		"[route:late]\nto = late.com\nbond = b\n", e, COUNT(e));
}

Test(match, domains_with_conditions)
{
	static const struct expectation e[] = {
		{"udp 203.0.113.1:5060 name=a.com", "~plain"},
		{"udp 203.0.113.1:5060 name=a.com from=udp:10.0.0.1:5070", "~socket"},
		{"udp 203.0.113.1:5060", "-!plain"},
		{"udp 203.0.113.1:5060 from=udp:10.0.0.1:5070", "-!socket"},
		{"tcp 203.0.113.1:5060", "-!tls"},
		{"udp 203.0.113.1:5060 name=a.com probe", "~?socket"},
		{"udp 203.0.113.1:5060 name=b.com probe", "-"},
	};
	check(BOND "[route:tls]\nto = a.com\ntransport = tls\nbond = b\n"
		"[route:socket]\nto = a.com\nsocket = udp:10.0.0.1:5070\nbond = b\n"
		"[route:plain]\nto = a.com\nbond = b\n", e, COUNT(e));
}

/* The message is looked at only where it can decide. */
Test(match, next_hop_only_when_needed)
{
	static const struct {
		const char *question;
		int calls;
	} cases[] = {
		{"udp 203.0.113.1:5060 name=a.com", 0},  /* an earlier route has the address */
		{"udp 198.51.100.1:5060 name=a.com", 1},
		{"udp 198.51.100.2:5060 name=a.com", 1}, /* the address of a later route */
		{"udp 10.0.0.1:5060 name=a.com", 0},     /* own */
		{"tcp 198.51.100.1:5060 name=a.com", 0}, /* the domain is for datagrams */
	};
	struct config c;
	struct match *m = load(&c, BOND "[route:early]\nto = 203.0.113.1\nbond = b\n"
		"[route:named]\nto = a.com\ntransport = udp\nbond = b\n"
		"[route:late]\nto = 198.51.100.2\nbond = b\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer a;
		int calls;
		ask(m, cases[i].question, &a, &calls);
		cr_assert_eq(calls, cases[i].calls, "%s: %d calls", cases[i].question, calls);
	}
	match_free(m);
	config_free(&c);
}

Test(match, long_and_empty_names)
{
	struct config c;
	struct match *m = load(&c, BOND "[route:r]\nto = *.com, a.com\nbond = b\n");
	char text[600];
	memset(text, 'a', sizeof(text));
	memcpy(text + 249, ".com", 4);
	struct next_hop nh = {text, 253, 0};
	cr_assert(match_domain(m, 0, &nh));
	memcpy(text + 250, ".com", 4);
	nh.host_len = 254;
	cr_assert_not(match_domain(m, 0, &nh), "no name is longer than 253 characters");
	nh.host_len = 0;
	cr_assert_not(match_domain(m, 0, &nh));
	nh = (struct next_hop){"a.com", 5, 0};
	cr_assert(match_domain(m, 0, &nh));
	cr_assert_not(match_domain(m, 1, &nh));
	match_free(m);
	config_free(&c);
}

Test(match, scope_of_link_local_destinations)
{
	static const struct expectation e[] = {
		{"udp [fe80::1%2]:5060", "two"}, {"udp [fe80::1%3]:5060", "any"},
		{"udp [fe80::1]:5060", "any"},
	};
	check(BOND "[route:two]\nto = fe80::1%eth0\nbond = b\n[route:any]\nto = fe80::/10\nbond = b\n",
		e, COUNT(e));
}

/* ---- against a plain search ---- */

static bool conditions_hold(const struct route *r, const struct question *q)
{
	bool found = r->socket_count == 0;
	if (r->transport != TRANSPORT_NONE && (r->transport == TRANSPORT_UDP) == q->stream)
		return false;
	for (size_t i = 0; i < r->socket_count; i++)
		found = found || (q->socket && addr_equal(&r->sockets[i].addr, q->socket) &&
			r->sockets[i].transport == q->socket_transport);
	return found;
}

static enum match_result search(const struct config *c, const struct question *q, uint16_t *route)
{
	*route = UINT16_MAX;
	for (size_t i = 0; i < c->member_count; i++)
		if (addr_equal(&c->members[i].addr, q->dst) &&
			(c->members[i].transport == TRANSPORT_UDP) == !q->stream)
			return MATCH_OWN;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *t = &c->targets[i];
		if (t->route < *route && prefix_contains(&t->prefix, q->dst) &&
			(!t->port || t->port == q->dst->port) && conditions_hold(&c->routes[t->route], q))
			*route = t->route;
	}
	for (uint16_t i = 0; i < c->route_count && i < *route; i++)
		if (!c->routes[i].has_to && conditions_hold(&c->routes[i], q) &&
			(!q->stream || q->dst->port == 5060 || q->dst->port == 5061))
			*route = i;
	return *route == UINT16_MAX ? MATCH_NONE : MATCH_ROUTE;
}

/* Addresses that fall on and beside each other's edges: few bits vary. */
static struct addr random_address(unsigned *seed, int family, int spread)
{
	struct addr a = address(family == AF_INET ? "10.0.0.0" : "2001:db8::");
	int first = family == AF_INET ? 12 : 0;
	for (int i = first; i < 16; i++) {
		if (spread == 0 && i < 14)
			continue;
		if (rand_r(seed) % 3 == 0)
			a.ip[i] = (uint8_t)(rand_r(seed) % 2 ? rand_r(seed) : (rand_r(seed) % 3 - 1));
	}
	if (a.family == AF_INET6 && memcmp(a.ip, address("::ffff:0.0.0.0").ip, 12) == 0)
		a.ip[11] = 0;
	a.port = (uint16_t)(5060 + rand_r(seed) % 3);
	return a;
}

static void make_random(struct config *c, unsigned *seed, size_t targets, size_t routes, int spread)
{
	static struct socket_name sockets[2];
	*c = (struct config){.route_count = routes, .target_count = targets, .member_count = 4};
	c->routes = config_alloc(c, routes * sizeof(*c->routes));
	c->targets = config_alloc(c, targets * sizeof(*c->targets));
	c->members = config_alloc(c, 4 * sizeof(*c->members));
	c->sip_ports = config_alloc(c, 2 * sizeof(*c->sip_ports));
	c->sip_ports[0] = 5060;
	c->sip_ports[1] = 5061;
	c->sip_port_count = 2;
	sockets[0] = (struct socket_name){address("10.0.0.1:5060"), TRANSPORT_UDP, {0}};
	sockets[1] = (struct socket_name){address("10.0.0.2:5060"), TRANSPORT_TCP, {0}};
	for (size_t i = 0; i < 4; i++) {
		c->members[i].addr = random_address(seed, i % 2 ? AF_INET : AF_INET6, spread);
		c->members[i].transport = i < 2 ? TRANSPORT_UDP : TRANSPORT_TCP;
	}
	for (size_t i = 0; i < routes; i++) {
		c->routes[i].has_to = i == 0 || rand_r(seed) % 8 != 0;
		if (rand_r(seed) % 4 == 0)
			c->routes[i].transport = (uint8_t)(rand_r(seed) % 3);
		if (rand_r(seed) % 4 == 0) {
			c->routes[i].sockets = sockets + rand_r(seed) % 2;
			c->routes[i].socket_count = 1;
		}
	}
	for (size_t i = 0; i < targets; i++) {
		struct target *t = &c->targets[i];
		int family = rand_r(seed) % 2 ? AF_INET : AF_INET6, bits;
		struct addr a = random_address(seed, family, spread);
		char text[2 * ADDR_TEXT_MAX];
		a.port = 0;
		do
			t->route = (uint16_t)((size_t)rand_r(seed) % routes);
		while (!c->routes[t->route].has_to);
		bits = rand_r(seed) % 2 ? rand_r(seed) % (family == AF_INET ? 33 : 129) :
			family == AF_INET ? 32 - rand_r(seed) % 9 : 128 - rand_r(seed) % 17;
		int n = (int)addr_print_host(&a, text);
		n += sprintf(text + n, "/%d", bits);
		cr_assert_eq(prefix_parse(&t->prefix, text, (size_t)n), 0, "%s", text);
		if (t->prefix.bits == 128 && rand_r(seed) % 2)
			t->port = (uint16_t)(5060 + rand_r(seed) % 2);
	}
}

static void compare(const struct config *c, unsigned *seed, int questions, int spread)
{
	static const struct {
		const char *text;
		enum transport transport;
	} sockets[] = {{"10.0.0.1:5060", TRANSPORT_UDP}, {"10.0.0.2:5060", TRANSPORT_TCP},
		{"10.0.0.3:5060", TRANSPORT_UDP}};
	struct match *m;
	cr_assert_eq(match_compile(&m, c), 0);
	for (int i = 0; i < questions; i++) {
		struct addr dst = random_address(seed, rand_r(seed) % 2 ? AF_INET : AF_INET6, spread);
		struct question q = {.dst = &dst, .stream = rand_r(seed) % 2};
		struct answer a = {.route = 77};
		uint16_t expected;
		if (rand_r(seed) % 3 == 0)
			memcpy(dst.ip, c->targets[(size_t)rand_r(seed) % c->target_count].prefix.addr.ip, 16);
		if (rand_r(seed) % 50 == 0)
			dst = c->members[rand_r(seed) % 4].addr;
		dst.family = memcmp(dst.ip, address("0.0.0.0").ip, 12) ? AF_INET6 : AF_INET;
		int s = rand_r(seed) % 4;
		struct addr socket = address(sockets[s % 3].text);
		q.socket = s < 3 ? &socket : NULL;
		q.socket_transport = (uint8_t)sockets[s % 3].transport;
		enum match_result result = search(c, &q, &expected);
		cr_assert_eq(match_route(m, &q, &a), result);
		if (result == MATCH_ROUTE) {
			char text[ADDR_TEXT_MAX];
			addr_print(&dst, text);
			cr_assert_eq(a.route, expected, "%s: %d, not %d", text, a.route, expected);
		}
	}
	match_free(m);
}

Test(match, as_a_plain_search)
{
	static const struct {
		size_t targets, routes;
		int questions;
	} sizes[] = {{1, 1, 200}, {2, 2, 200}, {5, 3, 500}, {20, 10, 1000}, {100, 10, 2000},
		{300, 40, 1500}, {1000, 100, 1000}, {1000, 1, 500}};
	unsigned seed = 42;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (int spread = 0; spread < 2; spread++) {
			struct config c;
			make_random(&c, &seed, sizes[i].targets, sizes[i].routes, spread);
			compare(&c, &seed, sizes[i].questions, spread);
			config_free(&c);
		}
	}
}

/* Networks of 16 bits with a route inside: few of them are looked up by octets, many in the tree. */
static void divide(uint32_t networks)
{
	struct config c = {.route_count = 3, .target_count = networks};
	struct match *m;
	c.routes = config_alloc(&c, 3 * sizeof(*c.routes));
	c.targets = config_alloc(&c, networks * sizeof(*c.targets));
	for (uint16_t i = 0; i < 3; i++)
		c.routes[i].has_to = true;
	for (uint32_t i = 0; i < networks; i++) {
		char text[40];
		int n = sprintf(text, "%u.%u.%u.16/28", 20 + i / 250, i % 250, i % 2 * 255);
		c.targets[i] = (struct target){.route = (uint16_t)(i % 3)};
		cr_assert_eq(prefix_parse(&c.targets[i].prefix, text, (size_t)n), 0);
	}
	cr_assert_eq(match_compile(&m, &c), 0);
	cr_assert_eq(m->octets[20 << 8 | 1] == OCTETS_TREE, networks > 2000);
	for (uint32_t i = 0; i < networks; i++) {
		struct addr dst = c.targets[i].prefix.addr;
		struct question q = {.dst = &dst};
		struct answer a;
		for (uint8_t host = 0; host < 64; host++) {
			dst.ip[15] = host;
			enum match_result expected =
				host >= 16 && host < 32 ? MATCH_ROUTE : MATCH_NONE;
			cr_assert_eq(match_route(m, &q, &a), expected, "%u: %u", i, host);
			if (expected == MATCH_ROUTE)
				cr_assert_eq(a.route, i % 3);
		}
		dst.ip[14] ^= 1;
		cr_assert_eq(match_route(m, &q, &a), MATCH_NONE);
	}
	match_free(m);
	config_free(&c);
}

Test(match, few_divided_networks)
{
	divide(500);
}

Test(match, many_divided_networks)
{
	divide(5000);
}

static enum list_kind kind_of(const struct addr *a)
{
	enum addr_scope scope = addr_scope(a);
	return addr_is_any(a) ? LIST_THIS_HOST
		: scope == ADDR_LOOPBACK ? LIST_LOOPBACK
		: scope == ADDR_LINK_LOCAL ? LIST_LINK_LOCAL : LIST_COMMON;
}

/* What fits loopback and link-local addresses differs from what fits others: none shares a list that
 * leads to a route, also by a domain. */
Test(match, lists_of_one_kind)
{
	static const char *const addresses[] = {"126.255.255.255", "127.0.0.0", "127.0.0.9",
		"127.255.255.255", "128.0.0.0", "169.253.255.255", "169.254.0.0", "169.254.7.7",
		"169.254.255.255", "169.255.0.0", "0.0.0.0", "255.255.255.255", "203.0.113.9"};
	static const char *const routes[] = {"[route:all]\nbond = b\n",
		"[route:named]\nbond = b\nto = a.example\n",
		"[route:wide]\nto = 0.0.0.0/0\nbond = b\n",
		"[route:near]\nto = 126.0.0.0/7, 127.0.0.9, 169.254.7.7\nbond = b\n",
		"[route:same]\nto = 127.0.0.0/8, 169.254.0.0/16\nbond = b\n"};
	for (size_t r = 0; r < COUNT(routes); r++) {
		char text[300];
		struct config c;
		snprintf(text, sizeof(text), BOND "%s", routes[r]);
		struct match *m = load(&c, text);
		for (size_t i = 0; i < COUNT(addresses); i++) {
			struct addr a = address(addresses[i]);
			const struct candidate *list = 
				match_candidates(m, match_list4(m, a.ip + 12));
			if (list->conditions[0] != CONDITION_END)
				cr_assert_eq(list->kind, kind_of(&a), "%s: %s", routes[r],
					addresses[i]);
		}
		match_free(m);
		config_free(&c);
	}
}

/* Many ports of one address, and one prefix in many routes: lists, not edges, grow. */
Test(match, long_lists)
{
	enum { N = 1000 };
	struct config c = {.route_count = N, .target_count = 2 * N};
	struct match *m;
	c.routes = config_alloc(&c, N * sizeof(*c.routes));
	c.targets = config_alloc(&c, 2 * N * sizeof(*c.targets));
	for (uint16_t i = 0; i < N; i++) {
		c.routes[i].has_to = true;
		c.routes[i].transport = i % 2 ? TRANSPORT_UDP : TRANSPORT_TCP;
		c.targets[i] = (struct target){.route = i, .port = (uint16_t)(1000 + i)};
		c.targets[N + i] = (struct target){.route = i};
		prefix_parse(&c.targets[i].prefix, "10.0.0.1", 8);
		prefix_parse(&c.targets[N + i].prefix, "10.1.0.0/16", 11);
	}
	cr_assert_eq(match_compile(&m, &c), 0);
	for (uint16_t i = 0; i < N; i++) {
		struct addr dst = address("10.0.0.1");
		struct question q = {.dst = &dst, .stream = i % 2 == 0};
		struct answer a;
		dst.port = (uint16_t)(1000 + i);
		cr_assert_eq(match_route(m, &q, &a), MATCH_ROUTE);
		cr_assert_eq(a.route, i);
		q.stream = !q.stream;
		cr_assert_eq(match_route(m, &q, &a), MATCH_NONE);
		dst = address("10.1.2.3");
		cr_assert_eq(match_route(m, &q, &a), MATCH_ROUTE);
		cr_assert_eq(a.route, q.stream ? 0 : 1);
	}
	match_free(m);
	config_free(&c);
}

/* The table must not be written by the host, and outlives the targets it was made from. */
Test(match, table_stands_alone)
{
	static const char text[] = BOND "[route:r]\nto = 203.0.113.0/24, a.com\nbond = b\n";
	struct config c;
	struct match *m = load(&c, text);
	struct answer a;
	int calls;
	for (size_t i = 0; i < c.target_count; i++)
		memset(&c.targets[i].prefix, 0xff, sizeof(c.targets[i].prefix));
	config_drop_prefixes(&c);
	cr_assert_eq(ask(m, "udp 203.0.113.9:5060", &a, &calls), MATCH_ROUTE);
	cr_assert_eq(ask(m, "udp 192.0.2.99:5060 name=a.com", &a, &calls), MATCH_ROUTE);
	match_free(m);
	match_free(NULL);
	config_free(&c);
}

/* The kernel is asked to write there: it says whether it may. */
Test(match, table_is_read_only)
{
	struct config c;
	struct match *m = load(&c, BOND "[route:r]\nbond = b\n");
	int fds[2];
	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(write(fds[1], "x", 1), 1);
	cr_assert_eq(read(fds[0], (void *)m, 1), -1);
	cr_assert_eq(errno, EFAULT);
	match_free(m);
	config_free(&c);
}
