/* SPDX-License-Identifier: MIT */
/* Looked up in memory that the processes of a host share: whatever is found there is taken for what these
 * rules make of it. */
#include "kept.h"

#include "config/select.h"

/* How well member number i is the kept one: 0 = not at all. */
static int likeness(const struct rules *r, uint32_t i, const struct choice *kept)
{
	const struct member *m = &r->config.members[i];

	if (m->transport != kept->transport || !addr_equal(&m->addr, &kept->at))
		return 0;
	bool bond = m->bond != MODEL_NONE && r->config.bonds[m->bond].slot == kept->bond;
	return 1 + (i < r->config.member_count) + 2 * bond + 4 * (rules_called(m) == kept->called);
}

uint32_t kept_member(const struct rules *r, const struct choice *kept)
{
	uint32_t found = SELECT_NONE;
	int best = 0;

	for (uint32_t i = 0; i < rules_members(r); i++) {
		int like = likeness(r, i, kept);
		if (like > best) {
			best = like;
			found = i;
		}
	}
	return found;
}

bool kept_find(const struct host *h, const struct rules *r, const struct sender *s, struct choice *kept)
{
	const struct arrival *a = s->arrival;

	if (!a)
		return false;
	/* a stateless proxy makes one branch of another, which a peer may copy (16.11) */
	if (choices_find(h->segment.choices, a->transaction, s->dst, kept))
		return a->of_host || kept->arrived == arrival_print(a);
	return choices_begun(h->segment.begun, arrival_began(a), s->dst, kept) && kept->rules != r->generation &&
		kept->to == choices_to(s->dst) && (a->of_host || kept->arrived == arrival_print_said(a));
}

bool kept_came_before(const struct host *h, const struct sender *s)
{
	static const struct addr anywhere;
	const struct arrival *a = s->arrival;
	struct choice noted;

	/* what came in by rules that do not ask is noted by those that hold, too */
	if (!a || a->marked || !h->rules->marks_all || !choices_begun(h->segment.came, arrival_token(a->mark), &anywhere, &noted))
		return false;
	uint64_t came = arrival_came(a->bound, a->call_id, a->cseq);
	return came && noted.arrived == (uint32_t)came && noted.route == (uint32_t)(came >> 32);
}

bool kept_is_of_before(const struct host *h, const struct sender *s)
{
	struct choice begun;

	if (!s->arrival || !h->before || !choices_are_all(h->segment.choices, h->before_since))
		return false;
	if (choices_begun(h->segment.begun, arrival_began(s->arrival), s->dst, &begun))
		return begun.rules == h->before->generation &&
			(s->arrival->of_host || begun.arrived == arrival_print_said(s->arrival));
	return s->arrival->follows || (!h->before->marks_all && kept_came_before(h, s));
}
