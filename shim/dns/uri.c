/* SPDX-License-Identifier: MIT */
/* Takes a URI or a host apart for a look-up. */
#include "uri.h"

#include <errno.h>
#include <strings.h>

struct span {
	const char *s;
	size_t n;
};

static bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.s, word, s.n) == 0;
}

/* Cuts s at the first of the stop bytes and returns what stood before; s keeps the stop byte. */
static struct span cut(struct span *s, const char *stops)
{
	struct span head = {s->s, 0};
	while (head.n < s->n && strchr(stops, s->s[head.n]) == NULL)
		head.n++;
	s->s += head.n;
	s->n -= head.n;
	return head;
}

static int refuse(const char **why, const char *sentence)
{
	*why = sentence;
	return EINVAL;
}

static int parse_port(struct span s, uint16_t *port)
{
	unsigned v = 0;
	if (s.n == 0 || s.n > 5)
		return EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return EINVAL;
		v = v * 10 + (unsigned)(s.s[i] - '0');
	}
	if (v == 0 || v > UINT16_MAX)
		return EINVAL;
	*port = (uint16_t)v;
	return 0;
}

static bool starts_with(struct span s, const char *word)
{
	size_t n = strlen(word);
	return s.n >= n && strncasecmp(s.s, word, n) == 0;
}

/* Without a scheme it may be NAME:PORT: so only those that are no name of a machine. */
static const char *other_scheme(struct span s)
{
	static const char *const others[] = {"http:", "https:", "mailto:", "im:", "pres:", "urn:",
		"xmpp:", "h323:"};
	if (starts_with(s, "tel:"))
		return "a tel: URI names no host that DNS could look up: write the sip: URI that "
		       "stands for it, as in sip:+15551234@carrier1.com";
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (starts_with(s, others[i]))
			return "this is no SIP URI: write sip:HOST or sips:HOST";
	return NULL;
}

static int parse_host(struct uri *u, struct span host, const char **why)
{
	struct addr a;
	if (host.n == 0)
		return refuse(why, "the host is missing: write one, as in sip:carrier1.com");
	u->host[0] = '\0';
	memset(&u->numeric, 0, sizeof(u->numeric));
	if (addr_parse(&a, host.s, host.n) == 0) {
		a.port = 0;
		u->numeric = a;
		return 0;
	}
	if (host.s[0] == '[')
		return refuse(why, "the IPv6 address in brackets is not valid");
	if (memchr(host.s, ':', host.n))
		return refuse(why, "an IPv6 address in a URI needs brackets");
	if (answer_name(u->host, host.s, host.n))
		return refuse(why, "the host is no valid name");
	return 0;
}

static int parse_parameter(struct uri *u, struct span p, const char **why)
{
	struct span name = cut(&p, "=");
	struct span value = {p.s + (p.n > 0), p.n - (p.n > 0)};
	if (span_is(name, "transport")) {
		u->transport = (uint8_t)transport_parse(value.s, value.n);
		if (u->transport == TRANSPORT_NONE)
			return refuse(why, "transport= must be udp, tcp, tls, ws, wss or sctp");
	}
	if (span_is(name, "maddr"))
		return parse_host(u, value, why);
	return 0;
}

int uri_parse(struct uri *u, const char *s, size_t n, const char **why)
{
	struct span rest = {s, n};
	memset(u, 0, sizeof(*u));
	if (rest.n > 1 && rest.s[0] == '<' && rest.s[rest.n - 1] == '>')
		rest = (struct span){rest.s + 1, rest.n - 2};
	*why = other_scheme(rest);
	if (*why)
		return EINVAL;
	if (starts_with(rest, "sips:")) {
		u->sips = true;
		rest = (struct span){rest.s + 5, rest.n - 5};
	} else if (starts_with(rest, "sip:")) {
		rest = (struct span){rest.s + 4, rest.n - 4};
	}
	/* a user part may hold ';' and '?', so the '@' comes first (RFC 3261 19.1.2) */
	const char *at = memchr(rest.s, '@', rest.n);
	if (at)
		rest = (struct span){at + 1, (size_t)(rest.s + rest.n - at - 1)};
	struct span host = rest;
	if (rest.n > 0 && rest.s[0] == '[') {
		struct span inside = cut(&rest, "]");
		if (rest.n == 0)
			return refuse(why, "the IPv6 address has no closing bracket");
		rest = (struct span){rest.s + 1, rest.n - 1};
		host.n = inside.n + 1;
	} else {
		host = cut(&rest, ":;?");
	}
	int e = parse_host(u, host, why);
	if (e)
		return e;
	if (rest.n > 0 && rest.s[0] == ':') {
		rest = (struct span){rest.s + 1, rest.n - 1};
		struct span port = cut(&rest, ";?");
		if (port.n == 0)
			return refuse(why, "the port is missing behind the colon: write one, or "
					   "leave the colon out");
		if (parse_port(port, &u->port))
			return refuse(why, "the port must be a number from 1 to 65535");
	}
	while (e == 0 && rest.n > 0 && rest.s[0] == ';') {
		rest = (struct span){rest.s + 1, rest.n - 1};
		e = parse_parameter(u, cut(&rest, ";?"), why);
	}
	if (e == 0 && rest.n > 0 && rest.s[0] != '?')
		return refuse(
			why, "there is something after the address that does not belong there");
	return e;
}
