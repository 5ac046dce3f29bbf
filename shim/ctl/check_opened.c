/* SPDX-License-Identifier: MIT */
/* By the rules of preload/opened/ and preload/lookup/, of listeners that are read instead of bound. */
#include "check_opened.h"

#include <stdio.h>
#include <string.h>

#include "check_quote.h"

struct about {
	struct quote quote;
	const struct config *c;
	const struct check_listeners *heard;
};

void check_listeners_add(struct check_listeners *l, bool datagram, const struct addr *addr)
{
	if (l->count == CHECK_LISTENERS_MAX)
		l->unclear = true;
	else
		l->items[l->count++] = (struct check_listener){datagram, *addr};
}

static bool is_sip_port(const struct config *c, uint16_t port)
{
	for (size_t i = 0; i < c->sip_port_count; i++)
		if (c->sip_ports[i] == port)
			return true;
	return false;
}

/* What the host has for a member. */
struct has {
	bool itself; /* a listener at its address, */
	bool all;    /* at every address of its port, */
	bool port;   /* at another of its port, */
	bool led;    /* to which sk_lookup leads what comes to any port */
};

static struct has look(const struct about *a, const struct member *m)
{
	struct has has = {.itself = false};

	for (size_t i = 0; i < a->heard->count; i++) {
		const struct check_listener *l = &a->heard->items[i];
		if (l->datagram != (m->transport == TRANSPORT_UDP) || l->addr.family != m->addr.family)
			continue;
		bool same = l->addr.port == m->addr.port;
		has.itself = has.itself || addr_equal(&l->addr, &m->addr);
		has.all = has.all || (same && addr_is_any(&l->addr));
		has.port = has.port || same;
		has.led = has.led || same || is_sip_port(a->c, l->addr.port);
	}
	return has;
}

static void compare(struct about *a, const struct member *m)
{
	struct has has = look(a, m);
	const char *kind = m->transport == TRANSPORT_UDP ? "UDP" : "TCP";
	const char *family = m->addr.family == AF_INET ? "IPv4" : "IPv6";
	char text[300] = "";

	if (has.itself)
		snprintf(text, sizeof(text), "the host listens there itself: leave `open` out");
	else if (has.all)
		snprintf(text, sizeof(text), "the host listens at every address of its port: leave `open` out");
	else if (has.port || a->heard->unclear)
		return;
	else if (m->open == OPEN_FILTER)
		snprintf(text, sizeof(text), "the host has no listener of %s and %s at port %u, without which it is not "
					     "opened by filter: write a port that it has, or open=sk_lookup",
			kind, family, m->addr.port);
	else if (!has.led)
		snprintf(text, sizeof(text), "the host has no listener of %s and %s that it could be led to: have it "
					     "listen at port %u",
			kind, family, m->addr.port);
	else if (m->open == OPEN_ANY)
		snprintf(text, sizeof(text), "the host has no listener of %s and %s at port %u: it is opened by sk_lookup "
					     "alone, which needs CAP_BPF and CAP_NET_ADMIN when the host starts",
			kind, family, m->addr.port);
	if (*text)
		quote_warn(&a->quote, m->place, strlen(m->written), text);
}

void check_opened(struct findings *f, const struct config *c, const char *file, const struct check_listeners *heard)
{
	struct about a = {.c = c, .heard = heard};

	quote_open(&a.quote, f, file);
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (!m->open)
			continue;
		if (m->transport == TRANSPORT_TLS || m->transport == TRANSPORT_WSS)
			quote_warn(&a.quote, m->place, strlen(m->written),
				"what goes over TLS is not seen: what comes in there names this address to the host, "
				"which has to know it as its own, as by its `alias`");
		if (heard && (heard->count || heard->unclear))
			compare(&a, m);
	}
	quote_close(&a.quote);
}
