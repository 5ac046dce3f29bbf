/* SPDX-License-Identifier: MIT */
/* A tiny proxy in a victim (RFC 3261 16): adds its Via and Record-Route, takes its own Route away,
 * forwards a request from the socket that it came to, and a response by the second Via. */
#ifndef PROXY_H
#define PROXY_H

#include "talk.h"

/* By these it knows itself; port 5060. */
static const char *const proxy_names[] = {"10.0.2.1", "10.0.1.1", "10.0.3.1"};

static void add(struct text *t, const char *p, size_t n)
{
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

/* Where a URI leads: <sip:user@host:port;...> or without <>. */
static struct ep proxy_target(const char *uri)
{
	char host[100];
	int port = 5060;
	const char *from = strstr(uri, "sip:") + 4;
	const char *at = strpbrk(from, "@;> ,\r");

	if (at && *at == '@')
		from = at + 1;
	if (*from == '[') {
		size_t n = strcspn(++from, "]");
		snprintf(host, sizeof(host), "%.*s", (int)n, from);
		from += n + 1;
	} else {
		size_t n = strcspn(from, ":;> ,\r");
		snprintf(host, sizeof(host), "%.*s", (int)n, from);
		from += n;
	}
	if (*from == ':')
		port = atoi(from + 1);
	return ep(host, port);
}

static bool proxy_is_own(const char *uri)
{
	struct ep e = proxy_target(uri);

	for (size_t i = 0; i < sizeof(proxy_names) / sizeof(proxy_names[0]); i++) {
		struct ep own = ep(proxy_names[i], 5060);
		if (e.len == own.len && memcmp(&e.ss, &own.ss, e.len) == 0)
			return true;
	}
	return false;
}

/* What the proxy makes of a request that it forwards from a socket of that name. Its branch is made of
 * the request's own: that of a resend, CANCEL and ACK is the same. */
static struct text *proxy_request(const struct text *in, const char *name, struct ep *to)
{
	static struct lines l;
	struct text *out = text_new();
	bool routed = false, invite = strncmp(in->p, "INVITE", 6) == 0, first = true;
	char branch[100];

	snprintf(branch, sizeof(branch), "%s", part(in, "branch=", ";,\r"));
	split(&l, in->p, in->n);
	*to = proxy_target(in->p);
	for (int i = 0; i < l.count; i++) {
		if (strncasecmp(l.p[i], "route:", 6) == 0 && !routed) {
			if (proxy_is_own(l.p[i])) {
				const char *more = memchr(l.p[i], ',', l.n[i]);
				if (more) {
					add(out, "Route:", 6);
					add(out, more + 1, l.p[i] + l.n[i] - more - 1);
					*to = proxy_target(more);
					routed = true;
				}
				continue;
			}
			*to = proxy_target(l.p[i]);
			routed = true;
		}
		if (strncasecmp(l.p[i], "via:", 4) == 0 && first) {
			out->n += sprintf(out->p + out->n,
				"Via: SIP/2.0/UDP %s;branch=%s.p\r\n", name, branch);
			if (invite)
				out->n += sprintf(out->p + out->n, "Record-Route: <sip:%s;lr>\r\n",
					name);
			first = false;
		}
		add(out, l.p[i], l.n[i]);
	}
	return out;
}

/* A response without its top Via, and where it goes: what the next one says in received and rport,
 * else its sent-by. NULL: it is not the proxy's. */
static struct text *proxy_response(const struct text *in, struct ep *to)
{
	static struct lines l;
	struct text *out = text_new();
	int vias = 0;

	split(&l, in->p, in->n);
	for (int i = 0; i < l.count; i++) {
		if (strncasecmp(l.p[i], "via:", 4) == 0 && vias++ < 2) {
			char value[1000], host[100];
			snprintf(value, sizeof(value), "%.*s", (int)l.n[i], l.p[i]);
			char *by = strstr(value, "/UDP ") + 5, *p;
			size_t n = strcspn(by, ":;\r");
			snprintf(host, sizeof(host), "%.*s", (int)n, by);
			int port = by[n] == ':' ? atoi(by + n + 1) : 5060;
			if (vias == 1) {
				struct text uri = {.n = 0};
				uri.n = sprintf(uri.p, "<sip:%s:%d>", host, port);
				if (!proxy_is_own(uri.p))
					return NULL;
				continue;
			}
			if ((p = strstr(value, "rport=")))
				port = atoi(p + 6);
			if ((p = strstr(value, "received=")))
				snprintf(host, sizeof(host), "%.*s", (int)strcspn(p + 9, ";\r"), p + 9);
			*to = ep(host, port);
		}
		add(out, l.p[i], l.n[i]);
	}
	return vias > 1 ? out : NULL;
}

/* What it forwarded last, as it has it itself. */
static struct text *proxy_made;

/* The proxy reads one message from fd, as the peer at host has sent it, and forwards it from out.
 * Prints what the proxy is shown and what of its own message is changed on the wire at `there`. */
static struct text *forwards(int fd, const char *host, const struct text *message, int out,
	const char *there)
{
	struct ep here = true_name(fd), mine = true_name(out), to;
	char name[64];
	struct text *in = comes(fd, host, &here, message), *made, *wire;

	if (!in)
		return NULL;
	inet_ntop(AF_INET, &mine.v4.sin_addr, name, sizeof(name));
	made = strncmp(in->p, "SIP/2.0", 7) == 0 ? proxy_response(in, &to)
						 : proxy_request(in, name, &to);
	proxy_made = made;
	if (!made) {
		say("the proxy takes it for none of its own");
		return NULL;
	}
	if (sendto(out, made->p, made->n, 0, &to.sa, to.len) < 0) {
		say("forwarding = -1 %s", strerrorname_np(errno));
		return NULL;
	}
	say("forwarded to %s", ep_text(&to));
	wire = peer_got(there);
	if (wire)
		say_changes_on_wire(made, wire);
	return wire;
}

#endif
