/* SPDX-License-Identifier: MIT */
/* addr: endpoints and prefixes in and out of text and of kernel addresses, also damaged ones. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rounds.h"
#include "config/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A copy whose last byte is the last before a page that cannot be read. */
static void *at_page_end(const void *from, size_t n)
{
	static char *area;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (!area) {
		area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + page, page, PROT_NONE) == 0);
	}
	return memcpy(area + page - n, from, n);
}

static int parse(struct addr *a, const char *text)
{
	size_t n = strlen(text);
	return addr_parse(a, at_page_end(text, n), n);
}

static const struct {
	const char *text;
	const char *printed; /* NULL = refused */
	const char *host;
	uint16_t family;
} addresses[] = {
	{"1.2.3.4", "1.2.3.4", "1.2.3.4", AF_INET},
	{"1.2.3.4:5060", "1.2.3.4:5060", "1.2.3.4", AF_INET},
	{"0.0.0.0", "0.0.0.0", "0.0.0.0", AF_INET},
	{"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255", AF_INET},
	{"1.2.3.4:0", "1.2.3.4", "1.2.3.4", AF_INET},
	{"::", "[::]", "::", AF_INET6},
	{"::1", "[::1]", "::1", AF_INET6},
	{"[::1]", "[::1]", "::1", AF_INET6},
	{"[::1]:5060", "[::1]:5060", "::1", AF_INET6},
	{"2001:db8::1", "[2001:db8::1]", "2001:db8::1", AF_INET6},
	{"2001:DB8::A", "[2001:db8::a]", "2001:db8::a", AF_INET6},
	{"2001:0db8:0000:0000:0000:0000:0000:0001", "[2001:db8::1]", "2001:db8::1", AF_INET6},
	{"1:0:0:2:0:0:0:3", "[1:0:0:2::3]", "1:0:0:2::3", AF_INET6},   /* the longest run */
	{"1:0:0:2:3:0:0:4", "[1::2:3:0:0:4]", "1::2:3:0:0:4", AF_INET6}, /* the first of equals */
	{"1:0:2:3:4:5:6:7", "[1:0:2:3:4:5:6:7]", "1:0:2:3:4:5:6:7", AF_INET6}, /* one is no run */
	{"0:0:1:0:0:0:0:0", "[0:0:1::]", "0:0:1::", AF_INET6},
	{"1:2:3:4:5:6:7:0", "[1:2:3:4:5:6:7:0]", "1:2:3:4:5:6:7:0", AF_INET6},
	{"1::", "[1::]", "1::", AF_INET6},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AF_INET6},
	{"fe80::1%2", "[fe80::1%2]", "fe80::1%2", AF_INET6},
	{"[fe80::1%4294967295]:5060", "[fe80::1%4294967295]:5060", "fe80::1%4294967295", AF_INET6},
	/* both writings of IPv4 are one address */
	{"::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4", AF_INET},
	{"[::ffff:102:304]:5060", "1.2.3.4:5060", "1.2.3.4", AF_INET},
	{"::1.2.3.4", "[::102:304]", "::102:304", AF_INET6},
	{"", NULL, NULL, 0}, {":", NULL, NULL, 0}, {":5060", NULL, NULL, 0}, {"[", NULL, NULL, 0},
	{"[]", NULL, NULL, 0}, {"[]:5060", NULL, NULL, 0}, {"[::1", NULL, NULL, 0},
	{"::1]", NULL, NULL, 0}, {"[::1]5060", NULL, NULL, 0}, {"[::1]:", NULL, NULL, 0},
	{"[::1]:x", NULL, NULL, 0}, {"[::1]:65536", NULL, NULL, 0}, {"[1.2.3.4]", NULL, NULL, 0},
	{"[1.2.3.4]:5060", NULL, NULL, 0}, {"1.2.3.4:", NULL, NULL, 0}, {"1.2.3.4:-1", NULL, NULL, 0},
	{"1.2.3.4:05060", NULL, NULL, 0}, {"1.2.3.4:99999999999", NULL, NULL, 0},
	{"1.2.3.4:4294972356", NULL, NULL, 0}, {"1.2.3", NULL, NULL, 0}, {"1.2.3.4.5", NULL, NULL, 0},
	{"1.2.3.256", NULL, NULL, 0}, {"01.2.3.4", NULL, NULL, 0}, {"1.2.3.4 ", NULL, NULL, 0},
	{" 1.2.3.4", NULL, NULL, 0}, {"1.2.3.4%2", NULL, NULL, 0}, {"fe80::1%", NULL, NULL, 0},
	{"fe80::1%eth0", NULL, NULL, 0}, {"fe80::1%4294967296", NULL, NULL, 0},
	{"2001:db8::1%2", NULL, NULL, 0}, {"1::2::3", NULL, NULL, 0}, {"1:2:3:4:5:6:7:8:9", NULL, NULL, 0},
	{"12345::", NULL, NULL, 0}, {"g::", NULL, NULL, 0}, {"example.com", NULL, NULL, 0},
	{"0000000000000000000000000000000000000000000000:0:0:1", NULL, NULL, 0},
};

Test(addr, parse_and_print)
{
	for (size_t i = 0; i < COUNT(addresses); i++) {
		const char *text = addresses[i].text;
		char printed[ADDR_TEXT_MAX], host[ADDR_TEXT_MAX];
		struct addr a, again;
		int error = parse(&a, text);
		cr_assert_eq(error, addresses[i].printed ? 0 : EINVAL, "\"%s\": %d", text, error);
		cr_assert_eq(a.family, addresses[i].family, "\"%s\"", text);
		if (error) {
			static const struct addr none;
			cr_assert_eq(memcmp(&a, &none, sizeof(a)), 0, "\"%s\" leaves rests", text);
			continue;
		}
		cr_assert_eq(addr_print(&a, printed), strlen(printed));
		cr_assert_str_eq(printed, addresses[i].printed);
		cr_assert_eq(addr_print_host(&a, host), strlen(host));
		cr_assert_str_eq(host, addresses[i].host);
		cr_assert_eq(parse(&again, printed), 0, "\"%s\" is not read back", printed);
		cr_assert(addr_equal(&a, &again) && a.scope == again.scope, "\"%s\"", printed);
	}
}

Test(addr, embedded_nul_is_no_address)
{
	struct addr a;
	struct prefix p;
	cr_assert_eq(addr_parse(&a, "1.2.3.4\0", 8), EINVAL);
	cr_assert_eq(addr_parse(&a, "::1\0", 4), EINVAL);
	cr_assert_eq(prefix_parse(&p, "1.2.3.0\0/24", 11), EINVAL);
}

Test(addr, longest_text_fits)
{
	struct addr a;
	char text[ADDR_TEXT_MAX];
	cr_assert_eq(parse(&a, "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535"), 0);
	cr_assert_lt(addr_print(&a, text), ADDR_TEXT_MAX);
}

/* Against inet_ntop() and inet_pton() on addresses with many zero groups. */
Test(addr, agrees_with_libc)
{
	unsigned seed = 1;
	for (int i = 0; i < rounds(20000); i++) {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(5060)};
		char expected[INET6_ADDRSTRLEN], host[ADDR_TEXT_MAX];
		struct addr a;
		for (int k = 0; k < 16; k += 2)
			if (rand_r(&seed) % 3 == 0) {
				in6.sin6_addr.s6_addr[k] = (uint8_t)(rand_r(&seed) % 3 * 0x5a);
				in6.sin6_addr.s6_addr[k + 1] = (uint8_t)rand_r(&seed);
			}
		cr_assert_eq(addr_from_sockaddr(&a, &in6, sizeof(in6)), 0);
		inet_ntop(AF_INET6, &in6.sin6_addr, expected, sizeof(expected));
		if (strchr(expected, '.')) /* libc prints ::/96 in dots, RFC 5952 leaves that open */
			continue;
		addr_print_host(&a, host);
		cr_assert_str_eq(host, expected);
	}
}

static const struct {
	const char *text;
	const char *host; /* NULL = refused */
	int bits;
	uint16_t family;
} prefixes[] = {
	{"203.0.113.0/24", "203.0.113.0", 120, AF_INET},
	{"203.0.113.77/24", "203.0.113.0", 120, AF_INET},
	{"203.0.113.77/31", "203.0.113.76", 127, AF_INET},
	{"203.0.113.77", "203.0.113.77", 128, AF_INET},
	{"203.0.113.77/32", "203.0.113.77", 128, AF_INET},
	{"255.255.255.255/0", "0.0.0.0", 96, AF_INET},
	{"255.255.255.255/1", "128.0.0.0", 97, AF_INET},
	{"2001:db8::/32", "2001:db8::", 32, AF_INET6},
	{"[2001:db8::]/32", "2001:db8::", 32, AF_INET6},
	{"2001:db8:ffff::1/33", "2001:db8:8000::", 33, AF_INET6},
	{"2001:db8::1", "2001:db8::1", 128, AF_INET6},
	{"ffff::/0", "::", 0, AF_INET6},
	{"::ffff:10.1.2.3/104", "10.0.0.0", 104, AF_INET},
	{"::ffff:0:0/96", "0.0.0.0", 96, AF_INET},
	{"203.0.113.0/33", NULL, 0, 0}, {"203.0.113.0/", NULL, 0, 0}, {"203.0.113.0/-1", NULL, 0, 0},
	{"203.0.113.0/024", NULL, 0, 0}, {"203.0.113.0/24x", NULL, 0, 0}, {"/24", NULL, 0, 0},
	{"203.0.113.0:5060/24", NULL, 0, 0}, {"203.0.113.0/24:5060", NULL, 0, 0},
	{"203.0.113.0/24/24", NULL, 0, 0}, {"2001:db8::/129", NULL, 0, 0}, {"[1.2.3.4]/8", NULL, 0, 0},
	{"", NULL, 0, 0}, {"x/8", NULL, 0, 0}, {"203.0.113/24", NULL, 0, 0},
};

Test(addr, prefix_parse)
{
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		const char *text = prefixes[i].text;
		size_t n = strlen(text);
		char host[ADDR_TEXT_MAX];
		struct prefix p;
		int error = prefix_parse(&p, at_page_end(text, n), n);
		cr_assert_eq(error, prefixes[i].host ? 0 : EINVAL, "\"%s\": %d", text, error);
		if (error)
			continue;
		addr_print_host(&p.addr, host);
		cr_assert_str_eq(host, prefixes[i].host, "\"%s\": %s", text, host);
		cr_assert_eq(p.bits, prefixes[i].bits, "\"%s\": %d", text, p.bits);
		cr_assert_eq(p.addr.family, prefixes[i].family, "\"%s\"", text);
	}
}

static const struct {
	const char *prefix, *addr;
	bool contains;
} members[] = {
	{"203.0.113.0/24", "203.0.113.255", true},
	{"203.0.113.0/24", "203.0.114.0", false},
	{"203.0.113.0/24", "::ffff:203.0.113.9", true},
	{"0.0.0.0/0", "255.1.2.3", true},
	{"0.0.0.0/0", "::1", false},
	{"::/0", "2001:db8::1", true},
	{"::/0", "1.2.3.4", false},
	{"128.0.0.0/1", "127.255.255.255", false},
	{"128.0.0.0/1", "128.0.0.0", true},
	{"10.0.0.128/25", "10.0.0.127", false},
	{"10.0.0.128/25", "10.0.0.128", true},
	{"10.0.0.1", "10.0.0.1", true},
	{"10.0.0.1", "10.0.0.0", false},
	{"2001:db8::/33", "2001:db8:7fff::", true},
	{"2001:db8::/33", "2001:db8:8000::", false},
	{"2001:db8::1", "2001:db8::1", true},
};

Test(addr, prefix_contains)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		struct prefix p;
		struct addr a;
		cr_assert_eq(prefix_parse(&p, members[i].prefix, strlen(members[i].prefix)), 0);
		cr_assert_eq(parse(&a, members[i].addr), 0);
		cr_assert_eq(prefix_contains(&p, &a), members[i].contains, "%s in %s",
			members[i].addr, members[i].prefix);
	}
}

static const struct {
	const char *text;
	enum addr_scope scope;
	bool any;
} scopes[] = {
	{"1.2.3.4", ADDR_GLOBAL, false}, {"10.0.0.1", ADDR_GLOBAL, false},
	{"0.0.0.0", ADDR_GLOBAL, true}, {"::", ADDR_GLOBAL, true},
	{"::ffff:0.0.0.0", ADDR_GLOBAL, true}, {"127.0.0.1", ADDR_LOOPBACK, false},
	{"127.255.0.9", ADDR_LOOPBACK, false}, {"::ffff:127.0.0.1", ADDR_LOOPBACK, false},
	{"::1", ADDR_LOOPBACK, false}, {"::2", ADDR_GLOBAL, false},
	{"169.254.0.1", ADDR_LINK_LOCAL, false}, {"169.253.0.1", ADDR_GLOBAL, false},
	{"fe80::1", ADDR_LINK_LOCAL, false}, {"febf::1", ADDR_LINK_LOCAL, false},
	{"fec0::1", ADDR_GLOBAL, false}, {"2001:db8::1", ADDR_GLOBAL, false},
	{"fd00::1", ADDR_GLOBAL, false},
};

Test(addr, scope_and_any)
{
	for (size_t i = 0; i < COUNT(scopes); i++) {
		struct addr a;
		cr_assert_eq(parse(&a, scopes[i].text), 0);
		cr_assert_eq(addr_scope(&a), scopes[i].scope, "%s", scopes[i].text);
		cr_assert_eq(addr_is_any(&a), scopes[i].any, "%s", scopes[i].text);
	}
	struct addr none = {0};
	cr_assert_not(addr_is_any(&none));
}

/* Every length from nothing to more than enough; nothing beyond it is read. */
Test(addr, from_sockaddr_lengths)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(5060)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(5061),
		.sin6_scope_id = 7};
	struct addr a;
	inet_pton(AF_INET, "1.2.3.4", &in.sin_addr);
	inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
	for (size_t n = 0; n <= sizeof(ss); n++) {
		memcpy(&ss, &in, sizeof(in));
		int error = addr_from_sockaddr(&a, at_page_end(&ss, n), (socklen_t)n);
		cr_assert_eq(error, n < sizeof(in) ? EINVAL : 0, "IPv4, %zu bytes: %d", n, error);
		if (!error)
			cr_assert(a.family == AF_INET && a.port == 5060 && a.ip[15] == 4 && !a.scope);
		memset(&ss, 0, sizeof(ss));
		memcpy(&ss, &in6, sizeof(in6));
		error = addr_from_sockaddr(&a, at_page_end(&ss, n), (socklen_t)n);
		cr_assert_eq(error, n < 24 ? EINVAL : 0, "IPv6, %zu bytes: %d", n, error);
		if (!error)
			cr_assert(a.family == AF_INET6 && a.port == 5061 &&
				a.scope == (n < sizeof(in6) ? 0u : 7u));
	}
	for (int family = 0; family < 50; family++) {
		ss.ss_family = (sa_family_t)family;
		if (family != AF_INET && family != AF_INET6)
			cr_assert_eq(addr_from_sockaddr(&a, &ss, sizeof(ss)), EAFNOSUPPORT);
		cr_assert(family == AF_INET || family == AF_INET6 || a.family == 0);
	}
	cr_assert_eq(addr_from_sockaddr(&a, NULL, sizeof(ss)), EINVAL);
	cr_assert_eq(addr_from_sockaddr(&a, NULL, 0), EINVAL);
	cr_assert_eq(addr_from_sockaddr(&a, &ss, (socklen_t)-1), EAFNOSUPPORT);
}

Test(addr, scope_only_of_link_local)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 7};
	struct addr a;
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	cr_assert_eq(addr_from_sockaddr(&a, &in6, sizeof(in6)), 0);
	cr_assert_eq(a.scope, 0);
}

Test(addr, to_sockaddr_and_back)
{
	static const struct {
		const char *text;
		int domain;
		socklen_t length;
	} cases[] = {
		{"1.2.3.4:5060", AF_INET, sizeof(struct sockaddr_in)},
		{"1.2.3.4:5060", AF_INET6, sizeof(struct sockaddr_in6)},
		{"[2001:db8::1]:5061", AF_INET6, sizeof(struct sockaddr_in6)},
		{"[fe80::1%7]:5061", AF_INET6, sizeof(struct sockaddr_in6)},
		{"[2001:db8::1]:5061", AF_INET, 0},
		{"1.2.3.4:5060", AF_UNIX, 0},
		{"[2001:db8::1]:5061", AF_UNSPEC, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_storage ss;
		struct addr a, again;
		memset(&ss, 0xaa, sizeof(ss));
		cr_assert_eq(parse(&a, cases[i].text), 0);
		cr_assert_eq(addr_to_sockaddr(&a, cases[i].domain, &ss), cases[i].length);
		if (!cases[i].length)
			continue;
		cr_assert_eq(ss.ss_family, cases[i].domain);
		cr_assert_eq(addr_from_sockaddr(&again, &ss, cases[i].length), 0);
		cr_assert(addr_equal(&a, &again) && a.scope == again.scope &&
			a.family == again.family);
	}
	struct sockaddr_storage ss;
	struct addr none = {0};
	cr_assert_eq(addr_to_sockaddr(&none, AF_INET, &ss), 0);
	cr_assert_eq(addr_to_sockaddr(&none, AF_INET6, &ss), 0);
}
