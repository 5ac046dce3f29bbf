/* SPDX-License-Identifier: MIT */
/* Bonds, members and routes are told by their slots, which outlive a reload: what was counted of one that
 * is there no more is nobody's. */
#include "status_rules.h"

#include <stdlib.h>

#include "core/image.h"
#include "status_store.h"

#define IMAGE_BYTES_MAX (UINT64_C(256) << 20) /* of ten million prefixes */
#define TRIES 3                               /* while rules are published */

/* A copy of the image that counts, checked; NULL = there is none that can be read. */
static const struct image *read_image(struct status *s)
{
	for (int tries = 0; tries < TRIES; tries++) {
		const struct segment_page *page = status_part(s, s->host.head.page, SEGMENT_PAGE_SIZE);
		uint64_t current = page ? segment_current(page) : 0, at = segment_current_offset(current);
		const struct image *head = current ? status_part(s, at, sizeof(*head)) : NULL;
		if (!current)
			return NULL;
		if (!head || head->size > IMAGE_BYTES_MAX)
			continue;
		const struct image *i = status_part(s, at, head->size);
		if (!i || !image_check(i, head->size) || i->generation != segment_current_generation(current))
			continue;
		status_add_table(s, "room for rules, bytes", "rules_bytes", page->allocated, s->host.head.reserved, 0);
		return i;
	}
	return NULL;
}

static const struct image_bond *bond_at(const struct image *i, size_t n)
{
	return (const struct image_bond *)image_part(i, IMAGE_BONDS) + n;
}

static const struct image_member *member_at(const struct image *i, size_t n)
{
	return (const struct image_member *)image_part(i, IMAGE_MEMBERS) + n;
}

static const struct image_route *route_at(const struct image *i, size_t n)
{
	return (const struct image_route *)image_part(i, IMAGE_ROUTES) + n;
}

static bool take_member(struct status *s, const struct image *i, struct status_member *m, size_t number)
{
	const struct image_member *of = member_at(i, number);
	char text[ADDR_TEXT_MAX], *name = status_keep(s, ADDR_TEXT_MAX + 8);

	if (!name)
		return false;
	addr_print(&of->addr, text);
	snprintf(name, ADDR_TEXT_MAX + 8, "%s:%s", transport_names[of->transport], text);
	m->name = name;
	m->written = image_text(i, of->written);
	m->as = image_text(i, of->as_host);
	m->as_port = of->as_port;
	m->transport = of->transport;
	m->line = of->place.line;
	m->addr = of->addr;
	m->bond = of->bond;
	m->open = of->open;
	return true;
}

bool status_take_image(struct status *s, const struct image *i)
{
	size_t bonds = image_count(i, IMAGE_BONDS), routes = image_count(i, IMAGE_ROUTES);
	struct status_member *members = status_keep(s, image_count(i, IMAGE_MEMBERS) * sizeof(*members));

	s->bonds = status_keep(s, bonds * sizeof(*s->bonds));
	s->routes = status_keep(s, routes * sizeof(*s->routes));
	if (!members || !s->bonds || !s->routes)
		return false;
	for (size_t b = 0; b < bonds; b++) {
		const struct image_bond *of = bond_at(i, b);
		s->bonds[b].name = image_text(i, of->name);
		s->bonds[b].line = of->place.line;
		s->bonds[b].members = members + of->first_member;
		s->bonds[b].member_count = of->member_count;
		for (uint32_t m = 0; m < of->member_count; m++)
			if (!take_member(s, i, &s->bonds[b].members[m], of->first_member + m))
				return false;
	}
	for (size_t r = 0; r < routes; r++) {
		const struct image_route *of = route_at(i, r);
		s->routes[r].name = image_text(i, of->name);
		s->routes[r].line = of->place.line;
		s->routes[r].bond =
			of->bond == ROUTE_BOND_NONE ? NULL : image_text(i, bond_at(i, of->bond)->name);
	}
	const uint16_t *numbers = image_part(i, IMAGE_DOMAIN_NUMBERS);
	for (uint32_t n = 0; n < image_count(i, IMAGE_DOMAIN_NUMBERS); n++)
		if (numbers[n] == MODEL_NONE)
			s->domains_left_out++;
		else
			table_numbers_add(&s->named, numbers[n]);
	s->members = members;
	s->member_count = image_count(i, IMAGE_MEMBERS);
	s->bond_count = bonds;
	s->route_count = routes;
	s->headers_keep = i->headers_keep;
	s->has_rules = true;
	return true;
}

/* What has which slot: one more than its number; 0 = nothing does. */
static uint32_t *by_slot(const struct image *i, enum image_kind kind)
{
	static const enum image_part parts[] = {IMAGE_BONDS, IMAGE_MEMBERS, IMAGE_ROUTES};
	size_t count = image_count(i, parts[kind]), end = i->slots_end[kind];
	uint32_t *numbers = calloc(end + 1, sizeof(*numbers));

	for (size_t n = 0; numbers && n < count; n++) {
		uint32_t slot = kind == IMAGE_BOND ? bond_at(i, n)->slot :
			kind == IMAGE_MEMBER ? member_at(i, n)->slot : route_at(i, n)->slot;
		if (slot < end)
			numbers[slot] = (uint32_t)n + 1;
	}
	return numbers;
}

static void add(uint64_t *to, const uint64_t *counts)
{
	for (int t = 0; t < TALLIES; t++)
		to[t] += counts[t];
}

/* Of whom a cell's counts are, by numbers; SIZE_MAX = nobody's. */
static size_t number_of(const struct image *i, const uint32_t *numbers, enum image_kind kind, uint32_t slot)
{
	return slot < i->slots_end[kind] && numbers[slot] ? numbers[slot] - 1 : SIZE_MAX;
}

static void add_cell(struct status *s, const struct image *i, uint32_t *const numbers[IMAGE_KINDS],
	const struct tally_sum *cell)
{
	size_t route = number_of(i, numbers[IMAGE_ROUTE], IMAGE_ROUTE, cell->route), bond = SIZE_MAX;

	add(s->counts, cell->counts);
	if (cell->kind == TALLY_OF_MEMBER) {
		size_t member = number_of(i, numbers[IMAGE_MEMBER], IMAGE_MEMBER, cell->slot);
		if (member != SIZE_MAX) {
			add(s->members[member].counts, cell->counts);
			bond = member_at(i, member)->bond;
		}
	} else if (cell->kind == TALLY_OF_BOND) {
		bond = number_of(i, numbers[IMAGE_BOND], IMAGE_BOND, cell->slot);
		if (bond != SIZE_MAX)
			add(s->bonds[bond].without, cell->counts);
	}
	if (bond != SIZE_MAX)
		add(s->bonds[bond].counts, cell->counts);
	if (route != SIZE_MAX)
		add(s->routes[route].counts, cell->counts);
	if (bond == SIZE_MAX && route == SIZE_MAX)
		add(s->elsewise, cell->counts);
}

bool status_take_tallies(struct status *s, const struct image *i, const void *copy, size_t size)
{
	uint32_t *numbers[IMAGE_KINDS], at = 0;
	struct tallies_view view;
	struct tally_sum cell;
	bool good = true;

	if (!tallies_open(&view, copy, size))
		return true;
	for (int kind = 0; kind < IMAGE_KINDS; kind++) {
		numbers[kind] = by_slot(i, kind);
		good = good && numbers[kind];
	}
	while (good && tallies_next(&view, &at, &cell))
		add_cell(s, i, numbers, &cell);
	for (int kind = 0; kind < IMAGE_KINDS; kind++)
		free(numbers[kind]);
	s->has_tallies = good;
	status_add_table(s, "counts", "tallies", tallies_used(&view), view.cells,
		s->counters.full[FULL_TALLIES]);
	return good;
}

/* What is there is down all the same where it is to be opened, and nothing hears it. */
static void take_openings(struct status *s, const struct image *i, const struct states *states)
{
	for (size_t n = 0; n < s->member_count; n++) {
		const struct image_member *of = member_at(i, n);
		struct status_member *m = &s->members[n];
		if (!m->open)
			continue;
		m->opening = states_opening(states, of->slot,
			states_identity((enum transport)of->transport, &of->addr, of->device));
		if (state_is_down(m->state))
			continue;
		opening_explain(m->opening, m->why);
		if (*m->why)
			m->state = STATE_UNOPENED;
	}
}

void status_take_states(struct status *s, const struct image *i, const struct states *states)
{
	status_add_table(s, "states of members", "states", s->member_count, STATES_MAX, 0);
	s->has_states = states->watched != 0;
	s->trouble = states->trouble <= STATES_NO_RELOAD ? states->trouble : STATES_FINE;
	for (size_t n = 0; n < s->member_count && s->has_states; n++) {
		uint32_t slot = member_at(i, n)->slot;
		struct status_member *m = &s->members[n];
		if (slot >= STATES_MAX)
			continue;
		uint64_t now = states->members[slot].now;
		m->state = state_of(now);
		m->since = state_since(now);
		m->down = state_since(states->members[slot].down);
		state_explain(&states->members[slot], m->why);
	}
	take_openings(s, i, states);
}

bool status_rules(struct status *s)
{
	const struct segment_head *head = &s->host.head;
	const struct image *i = read_image(s);

	if (!i)
		return true;
	s->generation = i->generation;
	s->memory.rules = i->size;
	const struct states *states = head->states ? status_part(s, head->states, sizeof(*states)) : NULL;
	const void *tallies = head->tallies ? status_part(s, head->tallies, head->tallies_size) : NULL;
	if (!status_take_image(s, i))
		return false;
	if (states)
		status_take_states(s, i, states);
	return !tallies || status_take_tallies(s, i, tallies, head->tallies_size);
}
