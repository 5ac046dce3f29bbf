/* SPDX-License-Identifier: MIT */
/* One member's state, as it is written by the host and read by bondctl. */
#include "states.h"

#include <stdio.h>
#include <string.h>

const char *const state_names[STATES] = {
	[STATE_UNKNOWN] = "unknown",
	[STATE_UP] = "up",
	[STATE_NEVER] = "absent",
	[STATE_GONE] = "address-gone",
	[STATE_LINK_GONE] = "interface-gone",
	[STATE_LINK_DOWN] = "interface-down",
	[STATE_NO_CARRIER] = "no-carrier",
	[STATE_TENTATIVE] = "tentative",
	[STATE_DUPLICATE] = "duplicate",
};

void states_link(const struct member_state *m, char text[IF_NAMESIZE])
{
	uint64_t words[2] = {m->link[0], m->link[1]};

	memcpy(text, words, IF_NAMESIZE);
	text[IF_NAMESIZE - 1] = 0;
	for (char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~')
			*p = '?';
	}
}

void state_explain(const struct member_state *m, char *text)
{
	char link[IF_NAMESIZE];
	const char *what = "";

	states_link(m, link);
	switch (state_of(m->now)) {
	case STATE_NEVER:
		what = "its address is not on this machine";
		break;
	case STATE_GONE:
		what = "its address has gone";
		break;
	case STATE_LINK_GONE:
		what = " has gone";
		break;
	case STATE_LINK_DOWN:
		what = " is down";
		break;
	case STATE_NO_CARRIER:
		what = " has no carrier";
		break;
	case STATE_TENTATIVE:
		what = "its address is tentative";
		break;
	case STATE_DUPLICATE:
		what = "another machine has its address";
		break;
	default:
		break;
	}
	snprintf(text, STATE_TEXT_MAX, "%s%s%s", *what == ' ' ? "interface " : "", *what == ' ' ? link : "", what);
}

bool states_set(struct states *all, uint32_t slot, enum state s, const char *link, uint64_t now)
{
	char name[IF_NAMESIZE] = "";
	uint64_t words[2];

	if (slot >= STATES_MAX)
		return false;
	struct member_state *m = &all->members[slot];
	memcpy(name, link, strnlen(link, sizeof(name) - 1)); /* without stdio: see preload/housekeeping/bare.h */
	memcpy(words, name, sizeof(words));
	for (int i = 0; i < 2; i++) {
		if (atomic_load_explicit(&m->link[i], memory_order_relaxed) != words[i])
			atomic_store_explicit(&m->link[i], words[i], memory_order_relaxed);
	}
	uint64_t before = atomic_load(&m->now);
	if (state_of(before) == s)
		return false;
	/* another reason is no other begin */
	if (state_is_down(s) && state_is_down(state_of(before)))
		now = state_since(before);
	if (state_is_down(s))
		atomic_store(&m->down, state_word(s, now));
	atomic_store(&m->now, state_word(s, now));
	atomic_fetch_add(&all->changes, 1);
	return true;
}
