/* SPDX-License-Identifier: MIT */
/* Called by rename.c and restore.c where no listener has the name. */
#include "shown_name.h"

#include "name_prepare.h"
#include "token.h"

/* Names of such sockets are addresses: the host has them from getsockname() or from its interfaces. */
static bool address_of(const struct field_host *h, uint16_t default_port, struct addr *a)
{
	if (addr_parse(a, h->host.p, h->host.n) != 0 || a->port)
		return false;
	a->port = h->number ? h->number : default_port;
	return (a->family == AF_INET6) == h->v6;
}

static bool is_local(const struct names *n, const struct addr *a)
{
	for (size_t i = 0; i < n->local_count; i++) {
		if (addr_same_host(&n->local[i], a))
			return true;
	}
	return false;
}

static void fill(const struct names *n, const struct addr *shown, enum transport t,
	const struct shown_pair *pair, struct shown_name *s)
{
	s->real = pair->real;
	s->own = (struct name){.addr = *shown,
		.transport = (uint8_t)t,
		.owner = NAMES_ANY,
		.port = shown->port};
	s->own.addr.scope = 0;
	names_prepare_one(n, &s->own);
}

bool shown_name_own(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t, enum name_form *form, struct shown_name *s)
{
	struct shown_pair pair;
	struct addr a;

	if (!n->shown || !address_of(h, default_port, &a) || !shown_find(n->shown, t, &a, &pair))
		return false;
	if (addr_is_any(&pair.shown) && !is_local(n, &a))
		return false;
	fill(n, &a, t, &pair, s);
	*form = names_form(&s->own, h->host);
	return true;
}

bool shown_name_is_real(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t)
{
	struct shown_pair pair;
	struct addr a;
	unsigned at = 0;

	return n->shown && address_of(h, default_port, &a) &&
		shown_find_real(n->shown, t, &a, &at, &pair);
}

/* Whether the token is of the name in the pair, or of one of those that it stands for. */
static bool is_of(const struct names *n, const struct shown_pair *pair, enum transport t,
	struct span token, enum name_form *form, bool *port, struct shown_name *s)
{
	if (!addr_is_any(&pair->shown)) {
		fill(n, &pair->shown, t, pair, s);
		return token_is(n, token, &s->own, form, port);
	}
	for (size_t i = 0; i < n->local_count; i++) {
		struct addr a = n->local[i];
		a.port = pair->shown.port;
		fill(n, &a, t, pair, s);
		if (token_is(n, token, &s->own, form, port))
			return true;
	}
	return false;
}

bool shown_name_restore(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t, struct span token, enum name_form *form, bool *port, struct shown_name *s)
{
	struct shown_pair pair;
	struct addr a;
	unsigned at = 0;

	if (!n->shown || !address_of(h, default_port, &a))
		return false;
	while (shown_find_real(n->shown, t, &a, &at, &pair)) {
		if (is_of(n, &pair, t, token, form, port, s))
			return true;
	}
	return false;
}
