/* SPDX-License-Identifier: MIT */
/* By the rules of preload/opened/ and preload/lookup/, of listeners that are read instead of bound. */
#include "check_opened.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "check_quote.h"
#include "config/expand.h"
#include "core/opened.h"
#include "installed.h"

struct about {
	struct quote quote;
	const struct config *c;
	struct rules rules; /* of c, as far as core/opened.h looks at them */
	const struct check_listeners *heard;
};

void check_listeners_add(struct check_listeners *l, bool datagram, const struct addr *addr)
{
	if (l->count == CHECK_LISTENERS_MAX)
		l->unclear = true;
	else
		l->items[l->count++] = (struct check_listener){datagram, *addr};
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
	enum transport t = (enum transport)m->transport;
	struct has has = {.itself = false};

	for (size_t i = 0; i < a->heard->count; i++) {
		const struct check_listener *l = &a->heard->items[i];
		if (l->datagram != (t == TRANSPORT_UDP) || l->addr.family != m->addr.family)
			continue;
		bool same = l->addr.port == m->addr.port;
		has.itself = has.itself || addr_equal(&l->addr, &m->addr);
		has.all = has.all || (same && addr_is_any(&l->addr));
		has.port = has.port || same;
		has.led = has.led || opened_could_lead(&a->rules, &l->addr, t, m);
	}
	return has;
}

/* One of m's kind and family, marked to be opened by that way: of m's port, or of another one. */
static const struct member *find(const struct config *c, const struct member *m, enum open_way way, bool same_port)
{
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *o = &c->members[i];
		if (o->open == way && o->addr.family == m->addr.family &&
			(o->transport == TRANSPORT_UDP) == (m->transport == TRANSPORT_UDP) &&
			(o->addr.port == m->addr.port) == same_port)
			return o;
	}
	return NULL;
}

/* A listener goes one way for all of its members. */
static void look_for_mixture(struct about *a, const struct member *m)
{
	const struct member *same = find(a->c, m, OPEN_FILTER, true), *other = find(a->c, m, OPEN_FILTER, false);
	char text[300];

	if (m->open != OPEN_LOOKUP || find(a->c, m, OPEN_NOT, true))
		return;
	if (same)
		snprintf(text, sizeof(text), "it is opened by the filter that %s (line %u) wants for the listener of its port: mark "
					     "all members of a port in one way",
			same->written, same->place.line);
	else if (other)
		snprintf(text, sizeof(text), "what comes here is not led to the listener of port %u, which hears %s (line %u) by a "
					     "filter: mark both in one way",
			other->addr.port, other->written, other->place.line);
	if (same || other)
		quote_warn(&a->quote, m->place, strlen(m->written), text);
}

static void compare(struct about *a, const struct member *m)
{
	struct has has = look(a, m);
	const char *kind = m->transport == TRANSPORT_UDP ? "UDP" : "TCP";
	const char *family = m->addr.family == AF_INET ? "IPv4" : "IPv6";
	char text[300] = "";

	if (expand_system->print && expand_system->print(&m->addr, text))
		return; /* a name, of which no address is known here */
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
					     "alone, which needs CAP_BPF and CAP_NET_ADMIN when the host starts, and keeps it from starting without "
					     "them",
			kind, family, m->addr.port);
	if (*text)
		quote_warn(&a->quote, m->place, strlen(m->written), text);
}

void check_opened(struct findings *f, const struct config *c, const char *file, const struct check_listeners *heard)
{
	struct about a = {.c = c, .rules = {.config = *c}, .heard = heard};
	char library[PATH_MAX];
	bool sees_tls = expand_system->assume || installed_find("libbond-tls.so", library);

	quote_open(&a.quote, f, c, file);
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (!m->open)
			continue;
		if (!sees_tls && transport_is_secure((enum transport)m->transport))
			quote_warn(&a.quote, m->place, strlen(m->written),
				"what goes over TLS is not seen without libbond-tls.so, which is not installed here: what comes "
				"in there names this address to the host, which has to know it as its own, as by its `alias`");
		look_for_mixture(&a, m);
		if (heard && (heard->count || heard->unclear))
			compare(&a, m);
	}
	quote_close(&a.quote);
}
