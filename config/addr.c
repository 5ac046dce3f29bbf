/* SPDX-License-Identifier: MIT */
/* One form for IPv4 and IPv6 endpoints. Used by the configuration and by every hook.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* The kernel takes a sockaddr_in6 without sin6_scope_id (RFC 2133) as well. */
#define SIN6_SHORT offsetof(struct sockaddr_in6, sin6_scope_id)

static bool scoped(const uint8_t *ip)
{
	return (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) || (ip[0] == 0xff && (ip[1] & 15) == 2);
}

static void set_ip4(struct addr *a, const void *four)
{
	memcpy(a->ip, mapped, sizeof(mapped));
	memcpy(a->ip + 12, four, 4);
	a->family = AF_INET;
}

static void set_ip6(struct addr *a, const void *sixteen)
{
	memcpy(a->ip, sixteen, 16);
	a->family = memcmp(a->ip, mapped, sizeof(mapped)) == 0 ? AF_INET : AF_INET6;
}

int addr_from_sockaddr(struct addr *a, const void *sa, socklen_t len)
{
	sa_family_t family;
	memset(a, 0, sizeof(*a));
	if (!sa || len < sizeof(family))
		return EINVAL;
	memcpy(&family, sa, sizeof(family));
	if (family == AF_INET) {
		struct sockaddr_in in;
		if (len < sizeof(in))
			return EINVAL;
		memcpy(&in, sa, sizeof(in));
		set_ip4(a, &in.sin_addr);
		a->port = ntohs(in.sin_port);
		return 0;
	}
	if (family == AF_INET6) {
		struct sockaddr_in6 in6 = {0};
		if (len < SIN6_SHORT)
			return EINVAL;
		memcpy(&in6, sa, len < sizeof(in6) ? SIN6_SHORT : sizeof(in6));
		set_ip6(a, &in6.sin6_addr);
		a->port = ntohs(in6.sin6_port);
		if (scoped(a->ip))
			a->scope = in6.sin6_scope_id;
		return 0;
	}
	return EAFNOSUPPORT;
}

socklen_t addr_to_sockaddr(const struct addr *a, int domain, struct sockaddr_storage *ss)
{
	if (domain == AF_INET && a->family == AF_INET) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
		memcpy(&in.sin_addr, a->ip + 12, 4);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	if (domain == AF_INET6 && (a->family == AF_INET || a->family == AF_INET6)) {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
		memcpy(&in6.sin6_addr, a->ip, 16);
		in6.sin6_scope_id = a->scope;
		memcpy(ss, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

/* Decimal without sign; false if empty, over max, or with a needless zero in front. */
static bool parse_number(const char *s, size_t n, uint32_t max, uint32_t *value)
{
	uint64_t v = 0;
	if (n == 0 || n > 10 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*value = (uint32_t)v;
	return v <= max;
}

static bool parse_host(struct addr *a, const char *s, size_t n, bool *is_v6)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char ip[16];
	const char *percent = memchr(s, '%', n);
	size_t ip_len = percent ? (size_t)(percent - s) : n;
	if (ip_len == 0 || ip_len >= sizeof(text) || memchr(s, 0, ip_len))
		return false;
	memcpy(text, s, ip_len);
	text[ip_len] = 0;
	*is_v6 = memchr(text, ':', ip_len) != NULL;
	if (!*is_v6) {
		if (percent || inet_pton(AF_INET, text, ip) != 1)
			return false;
		set_ip4(a, ip);
		return true;
	}
	if (inet_pton(AF_INET6, text, ip) != 1)
		return false;
	set_ip6(a, ip);
	if (!percent)
		return true;
	return scoped(a->ip) && parse_number(percent + 1, n - ip_len - 1, UINT32_MAX, &a->scope);
}

int addr_parse(struct addr *a, const char *s, size_t n)
{
	uint32_t port = 0;
	bool is_v6;
	memset(a, 0, sizeof(*a));
	size_t host = n, after = n; /* after: where ":port" may stand */
	const char *h = s;
	if (n && s[0] == '[') {
		const char *close = memchr(s, ']', n);
		if (!close)
			goto bad;
		h = s + 1;
		host = (size_t)(close - h);
		after = (size_t)(close + 1 - s);
	} else if (n) {
		const char *colon = memchr(s, ':', n);
		if (colon && !memchr(colon + 1, ':', n - (size_t)(colon + 1 - s)))
			host = after = (size_t)(colon - s);
	}
	if (after < n &&
		(s[after] != ':' || !parse_number(s + after + 1, n - after - 1, UINT16_MAX, &port)))
		goto bad;
	if (!parse_host(a, h, host, &is_v6) || (h != s && !is_v6))
		goto bad;
	a->port = (uint16_t)port;
	return 0;
bad:
	memset(a, 0, sizeof(*a));
	return EINVAL;
}

int prefix_parse(struct prefix *p, const char *s, size_t n)
{
	const char *slash = n ? memchr(s, '/', n) : NULL;
	size_t host = slash ? (size_t)(slash - s) : n;
	uint32_t bits;
	bool is_v6;
	memset(p, 0, sizeof(*p));
	if (host >= 2 && s[0] == '[' && s[host - 1] == ']') {
		if (!parse_host(&p->addr, s + 1, host - 2, &is_v6) || !is_v6)
			goto bad;
	} else if (!host || !parse_host(&p->addr, s, host, &is_v6)) {
		goto bad;
	}
	bits = is_v6 ? 128 : 32;
	if (slash && !parse_number(slash + 1, n - host - 1, bits, &bits))
		goto bad;
	if (!is_v6)
		bits += 96;
	else if (bits < 96)
		p->addr.family = AF_INET6; /* wider than all of ::ffff:0:0/96 */
	p->bits = (uint8_t)bits;
	if (bits < 128) {
		p->addr.ip[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
		memset(p->addr.ip + bits / 8 + 1, 0, 15 - bits / 8);
	}
	return 0;
bad:
	memset(p, 0, sizeof(*p));
	return EINVAL;
}

static char *print_number(char *out, uint32_t v, uint32_t base)
{
	char digits[10];
	int n = 0;
	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base));
	while (n)
		*out++ = digits[--n];
	return out;
}

/* RFC 5952: the first longest run of two or more zero groups is "::". */
static char *print_ip6(char *out, const uint8_t *ip)
{
	int best = -1, best_len = 1;
	for (int i = 0; i < 8; i++) {
		int len = 0;
		while (i + len < 8 && !ip[2 * (i + len)] && !ip[2 * (i + len) + 1])
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
		i += len;
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			*out++ = ':';
			*out++ = ':';
			i += best_len - 1;
			continue;
		}
		if (i && i != best + best_len)
			*out++ = ':';
		out = print_number(out, (uint32_t)ip[2 * i] << 8 | ip[2 * i + 1], 16);
	}
	return out;
}

static char *print_host(char *out, const struct addr *a)
{
	if (a->family == AF_INET) {
		for (int i = 12; i < 16; i++) {
			out = print_number(out, a->ip[i], 10);
			if (i < 15)
				*out++ = '.';
		}
	} else if (a->family == AF_INET6) {
		out = print_ip6(out, a->ip);
		if (a->scope) {
			*out++ = '%';
			out = print_number(out, a->scope, 10);
		}
	} else {
		*out++ = '-';
	}
	return out;
}

size_t addr_print(const struct addr *a, char *buf)
{
	char *out = buf;
	if (a->family == AF_INET6)
		*out++ = '[';
	out = print_host(out, a);
	if (a->family == AF_INET6)
		*out++ = ']';
	if (a->port) {
		*out++ = ':';
		out = print_number(out, a->port, 10);
	}
	*out = 0;
	return (size_t)(out - buf);
}

size_t addr_print_host(const struct addr *a, char *buf)
{
	char *out = print_host(buf, a);
	*out = 0;
	return (size_t)(out - buf);
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;
	if (p->addr.family != a->family || memcmp(p->addr.ip, a->ip, whole) != 0)
		return false;
	return !rest || ((p->addr.ip[whole] ^ a->ip[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

enum addr_scope addr_scope(const struct addr *a)
{
	static const uint8_t loopback6[16] = {[15] = 1};
	if (a->family == AF_INET) {
		if (a->ip[12] == 127)
			return ADDR_LOOPBACK;
		return a->ip[12] == 169 && a->ip[13] == 254 ? ADDR_LINK_LOCAL : ADDR_GLOBAL;
	}
	if (memcmp(a->ip, loopback6, 16) == 0)
		return ADDR_LOOPBACK;
	return scoped(a->ip) ? ADDR_LINK_LOCAL : ADDR_GLOBAL;
}

bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];
	if (a->family == AF_INET)
		return memcmp(a->ip + 12, zero, 4) == 0;
	return a->family == AF_INET6 && memcmp(a->ip, zero, 16) == 0;
}

struct addr addr_any(uint16_t family, uint16_t port)
{
	struct addr any = {.family = family, .port = port};

	if (family == AF_INET)
		memcpy(any.ip, mapped, sizeof(mapped));
	return any;
}

bool addr_is_among(const struct addr *list, size_t count, const struct addr *a)
{
	for (size_t i = 0; i < count; i++) {
		if (addr_same_host(&list[i], a))
			return true;
	}
	return false;
}
