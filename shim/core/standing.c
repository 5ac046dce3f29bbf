/* SPDX-License-Identifier: MIT */
/* Gives rules the room for what is known of the sockets by them. */
#include "standing.h"

#include "config/match_table.h"
#include "names.h"

#define ROOM_ALIGN 16

static size_t round_up(size_t n)
{
	return (n + ROOM_ALIGN - 1) & ~(size_t)(ROOM_ALIGN - 1);
}

static size_t lists_of(const struct rules *r)
{
	uint32_t lists = r->match ? r->match->lists_end / LIST_STEP : 0;

	return lists < HEARS_LISTS_MAX ? lists : HEARS_LISTS_MAX;
}

size_t rules_room(const struct rules *r)
{
	return round_up(sizeof(*r->names)) + round_up(rules_members(r) * sizeof(*r->carriers)) +
		round_up(lists_of(r) * sizeof(*r->in_lists)) +
		round_up(rules_members(r) * sizeof(struct name));
}

void rules_stand(struct rules *r, void *room)
{
	char *at = room;

	r->names = room;
	r->carriers = (void *)(at += round_up(sizeof(*r->names)));
	r->in_lists = (void *)(at += round_up(rules_members(r) * sizeof(*r->carriers)));
	names_of_members(r, (void *)(at + round_up(lists_of(r) * sizeof(*r->in_lists))));
}
