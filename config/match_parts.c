/* SPDX-License-Identifier: MIT */
/* The arrays of a match by their number. Called when routes are compiled, and when an image of them is
 * written or attached. */
#include "match_parts.h"

static const struct {
	uint16_t field; /* of struct match */
	uint8_t size;
} parts_table[MATCH_PARTS] = {
	[MATCH_OCTETS] = {offsetof(struct match, octets), sizeof(int32_t)},
	[MATCH_LISTS] = {offsetof(struct match, lists), sizeof(struct candidate)},
	[MATCH_SLOTS4] = {offsetof(struct match, slots4), sizeof(uint32_t)},
	[MATCH_EDGES4] = {offsetof(struct match, edges4), sizeof(struct edge4)},
	[MATCH_NODES4] = {offsetof(struct match, nodes4), sizeof(struct node4)},
	[MATCH_CONDITIONS] = {offsetof(struct match, conditions), sizeof(struct conditions)},
	[MATCH_DOMAIN_ROUTES] = {offsetof(struct match, domain_routes), sizeof(uint16_t)},
	[MATCH_DOMAINS] = {offsetof(struct match, domains), sizeof(struct domain_target)},
	[MATCH_SIP_PORTS] = {offsetof(struct match, sip_ports), 1},
	[MATCH_NAMES] = {offsetof(struct match, names), sizeof(struct domain_name)},
	[MATCH_NAME_ROUTES] = {offsetof(struct match, name_routes), sizeof(struct name_route)},
	[MATCH_NAME_SLOTS] = {offsetof(struct match, name_slots), sizeof(uint32_t)},
	[MATCH_TEXT] = {offsetof(struct match, text), 1},
	[MATCH_EDGES6] = {offsetof(struct match, edges6), sizeof(struct edge6)},
	[MATCH_NODES6] = {offsetof(struct match, nodes6), sizeof(struct node6)},
	[MATCH_SLOTS6] = {offsetof(struct match, slots6), sizeof(uint32_t)},
};

size_t match_part_size(enum match_part part)
{
	return parts_table[part].size;
}

const void *match_part_get(const struct match *m, enum match_part part)
{
	const void *p;

	memcpy(&p, (const char *)m + parts_table[part].field, sizeof(p));
	return p;
}

void match_part_set(struct match *m, enum match_part part, const void *p)
{
	memcpy((char *)m + parts_table[part].field, &p, sizeof(p));
}

void match_tag(char *base, const struct part *parts, uint32_t tag)
{
	int32_t *octets = (int32_t *)(base + parts[MATCH_OCTETS].at);
	struct edge4 *edges4 = (struct edge4 *)(base + parts[MATCH_EDGES4].at);
	struct edge6 *edges6 = (struct edge6 *)(base + parts[MATCH_EDGES6].at);

	for (uint32_t i = 0; i < parts[MATCH_OCTETS].count; i++) {
		if (octets[i] >= 0 && octets[i] != OCTETS_TREE)
			octets[i] |= (int32_t)tag;
	}
	for (uint32_t i = 0; i < parts[MATCH_EDGES4].count; i++)
		edges4[i].list |= tag;
	for (uint32_t i = 0; i < parts[MATCH_EDGES6].count; i++)
		edges6[i].list |= tag;
}

void match_attach(
	struct match *m, const struct config *c, const char *base, const struct part *parts)
{
	memset(m, 0, sizeof(*m));
	for (enum match_part i = 0; i < MATCH_PARTS; i++) {
		m->counts[i] = parts[i].count;
		match_part_set(m, i, base + parts[i].at);
	}
	m->root4 = m->nodes4[0];
	m->root6 = m->nodes6[0];
	m->lists_end = m->counts[MATCH_LISTS] * LIST_STEP;
	m->domain_route_count = m->counts[MATCH_DOMAIN_ROUTES];
	m->domain_count = m->counts[MATCH_DOMAINS];
	m->name_mask = m->counts[MATCH_NAME_SLOTS] - 1;
	m->name_count = m->counts[MATCH_NAMES];
	m->config = c;
}
