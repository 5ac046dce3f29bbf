/* SPDX-License-Identifier: MIT */
/* Rules are made of the image for this alone: of where sockets stand by them nothing is asked, but of which numbers
 * listeners have. Who takes rules in a host's call may do the same by older ones meanwhile; it says so behind it
 * (lookups_done()), and it is done once more. */
#include "idle.h"

#include <netinet/in.h>

#include "base/raw.h"
#include "core/image.h"
#include "core/opened.h"
#include "lead.h"
#include "preload/hot.h"
#include "preload/image_now.h"
#include "preload/process.h"
#include "segment/lookups.h"
#include "way.h"

#define TRIES 8 /* the next step goes on */

bool idle_wanted(void)
{
	return lookup_is_open() && this_host.segment.lookups;
}

/* The rules of an image, and the room that they have. */
struct made {
	struct rules rules;
	size_t size;
	char room[] __attribute__((aligned(IMAGE_ALIGN)));
};

static struct made *make(const struct image *i)
{
	size_t size = sizeof(struct made) + image_room(i);
	struct made *m = raw_map(size);

	if (!m)
		return NULL;
	m->size = size;
	image_attach(&m->rules, i, m->room);
	way_choose(&m->rules.config, rules_members(&m->rules));
	return m;
}

/* Where the listener of that number is, if it is one for m. */
static bool fits(const struct rules *r, const struct member *m, uint32_t number, struct addr *at)
{
	uint16_t protocol;

	if (!lookups_at(this_host.segment.lookups, number, at, &protocol))
		return false;
	return opened_leads(r, at, protocol == IPPROTO_UDP ? TRANSPORT_UDP : rules_listener_transport(r, at), m);
}

/* The number of the listener to which what comes to m is to be led, and its port; -1: there is none. As
 * listeners_leading() has it. */
static int leading(const struct lookup_maps *maps, const struct rules *r, const struct member *m, uint16_t *port)
{
	struct addr at;
	int best = -1;

	for (uint32_t n = 0; n < LOOKUPS_MAX; n++) {
		if (!fits(r, m, n, &at) || (best >= 0 && at.port != m->addr.port) || !lookup_has(maps, n))
			continue;
		best = (int)n;
		*port = at.port;
		if (at.port == m->addr.port)
			break;
	}
	return best;
}

/* One that is led stays where it is: whether another listener is better now a call of the host's tells. */
static void lead_one(const struct lookup_maps *maps, const struct rules *r, const struct member *m)
{
	struct addr at;
	uint16_t port;
	uint32_t before;
	unsigned detail;

	if (lookup_points(maps, &m->addr, lead_protocol(m->transport), &before) && fits(r, m, before, &at))
		return;
	int number = leading(maps, r, m, &port);
	if (number < 0)
		return;
	enum opening o = lead_opening(lead(maps, m, (uint32_t)number), port, &detail);
	states_set_opening(this_host.segment.states, m, o, detail);
}

static void lead_all(const struct lookup_maps *maps, const struct rules *r)
{
	for (size_t i = 0; i < r->config.member_count; i++) {
		if (r->config.members[i].open == OPEN_LOOKUP)
			lead_one(maps, r, &r->config.members[i]);
	}
	lead_end_others(maps, r);
}

/* False: not now. */
static bool go_by(struct fetch *f, const struct image *i)
{
	struct lookup_maps host = lookup_maps(), maps;
	struct made *made = make(i);

	if (!made)
		return false;
	maps = (struct lookup_maps){fetch(f, host.members), fetch(f, host.sockets)};
	bool held = made->rules.generation >= atomic_load(&page.p.oldest) && maps.members >= 0 && maps.sockets >= 0;
	if (held)
		lead_all(&maps, &made->rules);
	fetch_end(f, maps.members);
	fetch_end(f, maps.sockets);
	raw_unmap(made, made->size);
	return held;
}

void idle_step(struct fetch *f)
{
	for (int tries = 0; tries < TRIES; tries++) {
		uint32_t before = lookups_of(this_host.segment.lookups);
		const struct image *i = before == image_generation_now() ? NULL : image_now();
		if (!i || !go_by(f, i))
			return;
		lookups_moved(this_host.segment.lookups, before, i->generation);
	}
}
