/* SPDX-License-Identifier: MIT */
/* rules: what is worked out of an INI once. */
#include "config/select.h"
#include "host.h"

static void drop(struct rules *r)
{
	match_free((struct match *)(uintptr_t)r->match);
	config_free(&r->config);
}

#define BOND "[bond:b]\nmember = udp:203.0.113.1:5060\n"
#define SECRET "[host]\nsecret = 0123456789abcdef\n"

Test(rules, what_is_asked_of_messages)
{
	static const struct {
		const char *ini;
		const char *flags; /* edits, marks, marks_all, connections_from */
	} rows[] = {
		{";\n", "----"},
		{SECRET "header = X-Bond\n", "----"}, /* without members nothing is */
		{BOND, "em--"},
		{BOND "[host]\nheaders = keep\n", "----"},
		{BOND SECRET "header = X-Bond\n", "ema-"},
		{BOND SECRET "header = X-Bond\nheaders = keep\n", "-ma-"},
		{BOND "[route:r]\nto = 198.51.100.1\nbond = b\n", "em--"},
		{BOND "[route:r]\nfrom = b\nbond = b\n" SECRET, "emac"},
		{BOND "[route:r]\nfrom = b\nbond = b\n" SECRET "headers = keep\n", "-mac"},
		{BOND "[route:r]\nfrom = b\ntransport = udp\nbond = b\n" SECRET, "ema-"},
		{BOND "[route:q]\nto = 198.51.100.1\ntransport = tcp\nbond = b\n"
			"[route:r]\nfrom = b\ntransport = udp\nbond = b\n" SECRET, "ema-"},
		{BOND "[route:q]\nto = 198.51.100.1\nfrom = b\ntransport = tls\nbond = b\n"
			"[route:r]\nbond = b\n" SECRET, "emac"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules r = {0};
		host_rules(&r, rows[i].ini);
		char flags[] = {r.edits ? 'e' : '-', r.marks ? 'm' : '-', r.marks_all ? 'a' : '-',
			r.connections_from ? 'c' : '-', 0};
		cr_expect_str_eq(flags, rows[i].flags, "%s: %s", rows[i].ini, flags);
		drop(&r);
	}
}

Test(rules, prefixes_are_in_match_alone)
{
	struct rules r = {0};
	struct addr dst = host_address("192.0.2.1:5080");
	struct question q = {.dst = &dst};
	struct answer a;

	host_rules(&r, BOND "[route:r]\nbond = b\nto = 198.51.100.0/24, one.example.com, 2001:db8::/32\n"
		"to = *.two.example.com, 192.0.2.1:5080\n");
	cr_expect_eq(r.config.target_count, 2);
	cr_expect_str_eq(r.config.targets[0].domain, "one.example.com");
	cr_expect_eq(match_route(r.match, &q, &a), MATCH_ROUTE);
	cr_expect_eq(r.generation, 1);
	cr_expect(!r.domains.on);
	drop(&r);
}

#define MEMBERS \
	"[bond:a]\nmember = udp:203.0.113.1:5060\nmember = tcp:203.0.113.1:5060\n" \
	"member = udp:203.0.113.1:5070\n" \
	"[bond:b]\nmember = udp:203.0.113.1:5070\nmember = tls:203.0.113.2:5070\n" \
	"member = udp:[2001:db8::1]:5060\nmember = tcp:203.0.113.3:6000\nmember = ws:203.0.113.3:6001\n" \
	"member = tls:203.0.113.4:6000\n"

static uint32_t at(const struct rules *r, const char *socket)
{
	struct addr a;
	enum transport t = host_socket_name(socket, &a);

	return rules_member_at(r, &a, t);
}

static uint32_t of_host(const struct rules *r, const char *socket)
{
	struct addr a;
	enum transport t = host_socket_name(socket, &a);

	return rules_member_of_host(r, &a, t);
}

Test(rules, members)
{
	struct rules r = {0}, none = {0};

	host_rules(&r, MEMBERS);
	host_rules(&none, ";\n");
	cr_expect_eq(at(&r, "udp:203.0.113.1:5060"), 0);
	cr_expect_eq(at(&r, "tcp:203.0.113.1:5060"), 1);
	cr_expect_eq(at(&r, "udp:203.0.113.1:5070"), 2, "the first of two");
	cr_expect_eq(at(&r, "tls:203.0.113.2:5070"), 4);
	cr_expect_eq(at(&r, "udp:[2001:db8::1]:5060"), 5);
	cr_expect_eq(at(&r, "udp:203.0.113.1:5061"), SELECT_NONE);
	cr_expect_eq(at(&r, "tls:203.0.113.1:5060"), SELECT_NONE);
	cr_expect_eq(at(&r, "udp:203.0.113.2:5070"), SELECT_NONE);
	cr_expect_eq(at(&none, "udp:203.0.113.1:5060"), SELECT_NONE);
	cr_expect_eq(of_host(&r, "udp:203.0.113.1:40000"), 0, "whatever its port");
	cr_expect_eq(of_host(&r, "udp:203.0.113.1"), 0);
	cr_expect_eq(of_host(&r, "tcp:203.0.113.1:5070"), 1);
	cr_expect_eq(of_host(&r, "udp:203.0.113.2:5070"), SELECT_NONE);
	cr_expect_eq(of_host(&r, "udp:[2001:db8::1]:9"), 5);
	cr_expect_eq(of_host(&none, "udp:203.0.113.1:5060"), SELECT_NONE);
	drop(&r);
	drop(&none);
}

/* SIP over TCP, or another transport; a port of SIP; what a listener there speaks. */
Test(rules, what_is_spoken_at_an_address)
{
	static const char ini[] = MEMBERS
		"[route:r]\nsocket = tcp:10.0.0.1:7000, tls:10.0.0.1:7001, udp:10.0.0.1:7002\nbond = a\n"
		"[bond:opened]\nmember = wss:203.0.113.7:7003 open\n"
		"[route:o]\nto = 192.0.2.0/24\nbond = opened\n"
		"[host]\nsip-ports = 5060, 5061, 5090, 65535, 1\nalias = ws.example.com ws:10.0.0.5:7004\n";
	static const struct {
		const char *address;
		bool tcp, sip_port;
		enum transport listener;
	} rows[] = {
		{"203.0.113.1:5060", true, true, TRANSPORT_TCP},   /* a member */
		{"203.0.113.3:6000", true, true, TRANSPORT_TCP},   /* at another port */
		{"203.0.113.4:6000", false, true, TRANSPORT_TLS},  /* of another transport there */
		{"203.0.113.3:6001", false, true, TRANSPORT_WS},   /* so */
		{"203.0.113.2:5070", false, true, TRANSPORT_TLS},  /* so */
		{"203.0.113.9:6000", false, true, TRANSPORT_TCP},  /* an address of none */
		{"0.0.0.0:6000", false, true, TRANSPORT_TCP},      /* every address: the first member's */
		{"0.0.0.0:6001", false, true, TRANSPORT_WS},
		{"[::]:5070", false, true, TRANSPORT_TLS},
		{"10.0.0.1:7000", true, true, TRANSPORT_TCP},      /* a `socket` */
		{"10.0.0.1:7001", false, true, TRANSPORT_TLS},     /* of TLS */
		{"10.0.0.5:7003", false, true, TRANSPORT_WSS},     /* one that hears an opened member */
		{"[2001:db8::5]:7003", false, true, TRANSPORT_TCP},
		{"10.0.0.5:7004", false, false, TRANSPORT_WS},     /* an alias is of it */
		{"10.0.0.1:7002", false, true, TRANSPORT_TCP},     /* of datagrams */
		{"10.0.0.2:7000", false, true, TRANSPORT_TCP},     /* at another address */
		{"10.0.0.2:5060", true, true, TRANSPORT_TCP},      /* one of sip-ports */
		{"10.0.0.2:5090", true, true, TRANSPORT_TCP},
		{"10.0.0.2:65535", true, true, TRANSPORT_TCP},
		{"10.0.0.2:1", true, true, TRANSPORT_TCP},
		{"10.0.0.2:5061", false, true, TRANSPORT_TLS},     /* and of TLS */
		{"10.0.0.2:80", false, false, TRANSPORT_WS},
		{"10.0.0.2:443", false, false, TRANSPORT_WSS},
		{"10.0.0.2:5091", false, false, TRANSPORT_TCP},
		{"10.0.0.2:65534", false, false, TRANSPORT_TCP},
		{"10.0.0.2:2", false, false, TRANSPORT_TCP},
	};
	struct rules r = {0};

	host_rules(&r, ini);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = host_address(rows[i].address);
		cr_expect_eq(rules_speak_tcp(&r, &a), rows[i].tcp, "%s", rows[i].address);
		cr_expect_eq(rules_is_sip_port(&r, a.port), rows[i].sip_port, "%s", rows[i].address);
		cr_expect_eq(rules_listener_transport(&r, &a), rows[i].listener, "%s", rows[i].address);
	}
	drop(&r);
}

/* The first secret writes, both read; without one there is a key that anybody could make. */
Test(rules, keys)
{
	static const char *const inis[] = {BOND, BOND SECRET, BOND SECRET "secret = fedcba9876543210\n"};
	static const char *const secrets[][2] = {
		{"", NULL}, {"0123456789abcdef", NULL}, {"0123456789abcdef", "fedcba9876543210"}};

	for (size_t i = 0; i < sizeof(inis) / sizeof(inis[0]); i++) {
		struct rules r = {0};
		host_rules(&r, inis[i]);
		cr_assert_eq(r.key_count, secrets[i][1] ? 2 : 1);
		for (size_t k = 0; k < r.key_count; k++) {
			struct prf_key key;
			prf_key(&key, secrets[i][k], strlen(secrets[i][k]));
			cr_expect(key.k[0] == r.keys[k].k[0] && key.k[1] == r.keys[k].k[1], "%s", inis[i]);
		}
		drop(&r);
	}
}
