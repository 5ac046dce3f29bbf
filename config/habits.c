/* SPDX-License-Identifier: MIT */
/* Addresses in the notations of other programs: masks, asterisks, ranges, ports behind IPv6. They are
 * not read, but told in the one that is. Part of the load; called by target.c. */
#include "build.h"

#include <arpa/inet.h>
#include <ctype.h>

#define PIECES_SHOWN 6 /* prefixes that stand for a range */
#define SHOWN_MAX (PIECES_SHOWN * (ADDR_TEXT_MAX + 6))

static bool parse_plain(struct word w, struct addr *a)
{
	return w.n && w.s[0] != '[' && addr_parse(a, w.s, w.n) == 0 && a->port == 0;
}

static size_t put_prefix(char *out, const struct addr *a, unsigned bits)
{
	size_t n = addr_print_host(a, out);
	unsigned shown = a->family == AF_INET ? bits - 96 : bits;
	return shown == (a->family == AF_INET ? 32 : 128) ? n : n + (size_t)sprintf(out + n, "/%u", shown);
}

/* The length of a netmask, or of its opposite (0.0.0.255), of 128; 0 = it is none. */
static unsigned mask_length(const struct addr *mask)
{
	unsigned first = mask->family == AF_INET ? 96 : 0, bits = first, ones = 0;
	bool opposite = !(mask->ip[first / 8] & 0x80);
	for (unsigned i = first; i < 128; i++) {
		bool one = ((mask->ip[i / 8] >> (7 - i % 8) & 1) != 0) != opposite;
		if (one && bits != i)
			return 0;
		bits += one;
		ones += one;
	}
	return ones ? bits : 0;
}

static bool say_mask(struct build *b, struct word w, struct word host, struct word mask)
{
	struct addr a, m;
	char text[ADDR_TEXT_MAX + 6];
	if (!parse_plain(host, &a) || !parse_plain(mask, &m) || a.family != m.family)
		return false;
	unsigned bits = mask_length(&m);
	if (!bits)
		return false;
	for (unsigned i = bits; i < 128; i++)
		a.ip[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	put_prefix(text, &a, bits);
	build_error(b, w, "a netmask is written as its length: write %s", text);
	return true;
}

/* 10.0.*.*, 10.0.x.x, 10.0., 10.0.0/24: what of four octets stands in front. */
static bool say_octets(struct build *b, struct word w)
{
	unsigned octets[4] = {0}, count = 0;
	size_t i = 0;
	while (count < 4 && i < w.n && isdigit((unsigned char)w.s[i])) {
		unsigned value = 0;
		for (; i < w.n && isdigit((unsigned char)w.s[i]); i++)
			value = value * 10 + (unsigned)(w.s[i] - '0');
		if (value > 255)
			return false;
		octets[count++] = value;
		if (i < w.n && w.s[i] == '.')
			i++;
		else
			break;
	}
	struct word rest = {w.s + i, w.n - i};
	uint32_t bits = count * 8;
	if (rest.n && rest.s[0] == '/' && (count == 4 ||
		!word_number((struct word){rest.s + 1, rest.n - 1}, 32, &bits)))
		return false;
	for (size_t k = 0; k < rest.n && rest.s[0] != '/'; k++)
		if (!strchr("*.xX", rest.s[k]))
			return false;
	if (!count || count == 4 || (!rest.n && w.s[w.n - 1] != '.'))
		return false;
	build_error(b, w, "\"%.*s\" is no notation of this file: write %u.%u.%u.%u/%u", (int)w.n, w.s,
		octets[0], octets[1], octets[2], octets[3], bits);
	return true;
}

/* 2001:db8:*, 2001:db8::* */
static bool say_groups(struct build *b, struct word w)
{
	const char *star = memchr(w.s, '*', w.n);
	char text[INET6_ADDRSTRLEN + 2];
	struct addr a;
	if (!star || !memchr(w.s, ':', (size_t)(star - w.s)) || star != w.s + w.n - 1)
		return false;
	size_t n = (size_t)(star - w.s);
	while (n && w.s[n - 1] == ':')
		n--;
	unsigned groups = 1;
	for (size_t i = 0; i < n; i++)
		groups += w.s[i] == ':';
	if (n + 3 > sizeof(text) || groups > 7 || memmem(w.s, n, "::", 2))
		return false;
	memcpy(text, w.s, n);
	strcpy(text + n, "::");
	if (addr_parse(&a, text, n + 2))
		return false;
	build_error(b, w, "\"%.*s\" is no notation of this file: write %s/%u", (int)w.n, w.s, text,
		groups * 16);
	return true;
}

static int compare_ip(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, 16);
}

/* The widest prefix that begins at *first and does not reach beyond last; first moves behind it. False:
 * that was the last one of all. */
static bool take_prefix(struct addr *first, const struct addr *last, unsigned least, unsigned *bits)
{
	uint8_t end[16], widest[16];
	*bits = 128;
	memcpy(widest, first->ip, 16);
	for (unsigned wide = 127; *bits > least; wide--) {
		if (first->ip[wide / 8] >> (7 - wide % 8) & 1)
			break;
		memcpy(end, widest, 16);
		end[wide / 8] |= (uint8_t)(0x80 >> wide % 8);
		if (compare_ip(end, last->ip) > 0)
			break;
		memcpy(widest, end, 16);
		*bits = wide;
	}
	memcpy(first->ip, widest, 16);
	for (int i = 15; i >= 0; i--)
		if (++first->ip[i])
			return true;
	return false;
}

static void say_pieces(struct build *b, struct word w, struct addr first, const struct addr *last)
{
	char text[SHOWN_MAX + 8];
	size_t n = 0;
	unsigned count = 0, bits, least = first.family == AF_INET ? 96 : 0;
	bool more = true;
	while (more && compare_ip(first.ip, last->ip) <= 0 && count < PIECES_SHOWN) {
		struct addr at = first;
		more = take_prefix(&first, last, least, &bits);
		n += (size_t)sprintf(text + n, "%s", count++ ? ", " : "");
		n += put_prefix(text + n, &at, bits);
	}
	bool rest = more && compare_ip(first.ip, last->ip) <= 0;
	build_error(b, w, "a range is written as prefixes: write %s%s", text, rest ? ", ..." : "");
}

/* 10.0.0.1-10.0.0.9, 10.0.0.1-9, 2001:db8::1-2001:db8::9, 2001:db8::1-9 */
static bool say_range(struct build *b, struct word w)
{
	const char *dash = memchr(w.s, '-', w.n);
	struct addr first, last;
	char text[INET6_ADDRSTRLEN * 2];
	if (!dash)
		return false;
	struct word from = word_trim((struct word){w.s, (size_t)(dash - w.s)});
	struct word to = word_trim((struct word){dash + 1, w.n - (size_t)(dash + 1 - w.s)});
	if (!parse_plain(from, &first) || !to.n || to.n > INET6_ADDRSTRLEN)
		return false;
	if (!memchr(to.s, '.', to.n) && !memchr(to.s, ':', to.n)) {
		size_t n = from.n;
		while (n && from.s[n - 1] != '.' && from.s[n - 1] != ':')
			n--;
		snprintf(text, sizeof(text), "%.*s%.*s", (int)n, from.s, (int)to.n, to.s);
		to = (struct word){text, strlen(text)};
	}
	if (!parse_plain(to, &last) || first.family != last.family || compare_ip(first.ip, last.ip) > 0)
		return false;
	say_pieces(b, w, first, &last);
	return true;
}

bool habit_target(struct build *b, struct word w)
{
	const char *slash = memchr(w.s, '/', w.n);
	struct word host = {w.s, slash ? (size_t)(slash - w.s) : w.n}, mask = w;
	if (slash)
		mask = (struct word){slash + 1, w.n - host.n - 1};
	else if (word_next(&mask, &host) && word_trim(mask).n) {
		struct word kind;
		mask = word_trim(mask);
		struct word rest = mask;
		word_next(&rest, &kind);
		if (word_is(kind, "netmask") || word_is(kind, "mask"))
			mask = word_trim(rest);
	} else {
		mask.n = 0;
	}
	return (mask.n && say_mask(b, w, host, mask)) || say_range(b, w) || say_octets(b, w) ||
		say_groups(b, w);
}

void habit_port(struct build *b, struct word w)
{
	struct addr a;
	uint32_t port;
	size_t last = w.n;
	while (last && w.s[last - 1] != ':')
		last--;
	struct word digits = {w.s + last, w.n - last}, host = {w.s, last ? last - 1 : 0};
	if (digits.n == 4 && word_number(digits, UINT16_MAX, &port) && port >= 1024 &&
		parse_plain(host, &a) && a.family == AF_INET6)
		build_warn(b, w,
			"this is one address at any port: for port %u write [%.*s]:%u, for the address "
			"%.*s/128", port, (int)host.n, host.s, port, (int)w.n, w.s);
}

bool habit_port_beyond(struct build *b, struct word w)
{
	struct addr a;
	uint32_t port;
	size_t last = w.n;
	while (last && w.s[last - 1] != ':')
		last--;
	struct word digits = {w.s + last, w.n - last}, host = {w.s, last ? last - 1 : 0};
	if (!word_number(digits, UINT16_MAX, &port) || !port || !parse_plain(host, &a) ||
		a.family != AF_INET6)
		return false;
	build_error(b, w, "an IPv6 address with a port needs brackets: write [%.*s]:%u", (int)host.n, host.s,
		port);
	return true;
}

bool habit_service(struct build *b, struct word w)
{
	struct word rest = w;
	bool star = rest.n > 2 && rest.s[0] == '*' && rest.s[1] == '.';
	if (star)
		rest = (struct word){w.s + 2, w.n - 2};
	while (rest.n && rest.s[0] == '_') {
		const char *dot = memchr(rest.s, '.', rest.n);
		rest = dot ? (struct word){dot + 1, rest.n - (size_t)(dot + 1 - rest.s)} : (struct word){w.s, 0};
	}
	if (rest.s == w.s + (star ? 2 : 0) && rest.n)
		return false;
	build_error(b, w, "\"%.*s\" names SRV records, which libbond asks for by itself: write %.*s", (int)w.n,
		w.s, rest.n ? (int)rest.n : 6, rest.n ? rest.s : "DOMAIN");
	return true;
}
