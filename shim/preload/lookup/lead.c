/* SPDX-License-Identifier: MIT */
#include "lead.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/raw.h"
#include "ours.h"
#include "place.h"

uint16_t lead_protocol(enum transport t)
{
	return t == TRANSPORT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}

/* Sockets from which the host sends as that member keep others off as well. */
static int look_for_others(const struct member *m)
{
	int fd = place_open(m, false);

	if (fd >= 0)
		raw_close(fd);
	else if (fd != -EADDRINUSE || m->transport != TRANSPORT_UDP || !ours_alone(&m->addr))
		return -fd;
	return 0;
}

int lead_unasked(const struct lookup_maps *at, const struct member *m, uint32_t number)
{
	return lookup_point(at, &m->addr, lead_protocol(m->transport), number);
}

int lead(const struct lookup_maps *at, const struct member *m, uint32_t number)
{
	uint32_t before;
	bool led = lookup_points(at, &m->addr, lead_protocol(m->transport), &before);

	if (led && before == number)
		return 0;
	int error = led ? 0 : look_for_others(m);
	return error ? error : lead_unasked(at, m, number);
}

enum opening lead_opening(int error, uint16_t port, unsigned *detail)
{
	*detail = error ? (unsigned)error : port;
	if (error == EADDRINUSE)
		*detail = 0; /* whose it is */
	return !error ? OPENING_LOOKUP
		: error == EADDRINUSE ? OPENING_TAKEN
		: error == E2BIG || error == EMFILE ? OPENING_FULL : OPENING_REFUSED;
}

bool lead_is_wanted(const struct rules *r, const struct addr *a, uint16_t protocol)
{
	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->open == OPEN_LOOKUP && lead_protocol(m->transport) == protocol && addr_equal(&m->addr, a) &&
			m->addr.scope == a->scope)
			return true;
	}
	return false;
}

void lead_end_others(const struct lookup_maps *at, const struct rules *r)
{
	struct lookup_key key = {.protocol = 0}, next;
	struct addr a;
	bool more = lookup_next(at, &key);

	while (more) {
		next = key;
		more = lookup_next(at, &next); /* before this one goes */
		lookup_key_addr(&key, &a);
		if (!lead_is_wanted(r, &a, key.protocol))
			lookup_end(at, &a, key.protocol);
		key = next;
	}
}
