/* SPDX-License-Identifier: MIT */
/* One member's state, as it is written by the host and read by bondctl. */
#include "states.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/older.h"
#include "base/hash.h"

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
	[STATE_UNOPENED] = "not-opened",
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
	case STATE_UNOPENED:
		what = "no listener hears it";
		break;
	default:
		break;
	}
	snprintf(text, STATE_TEXT_MAX, "%s%s%s", *what == ' ' ? "interface " : "", *what == ' ' ? link : "", what);
}

uint64_t states_identity(enum transport t, const struct addr *a, const char device[IF_NAMESIZE])
{
	char name[IF_NAMESIZE] = "";
	uint64_t words[4], hash = (uint64_t)t << 16 | a->port;

	memcpy(name, device, strnlen(device, sizeof(name) - 1));
	memcpy(words, a->ip, sizeof(a->ip));
	memcpy(words + 2, name, sizeof(name));
	hash = hash_mix(hash ^ (uint64_t)a->scope << 32);
	for (int i = 0; i < 4; i++)
		hash = hash_mix(hash ^ hash >> 29 ^ words[i]);
	return hash ? hash : 1;
}

static const struct member_state *find(const struct states *all, uint64_t of)
{
	for (uint32_t i = 0; i < STATES_MAX; i++) {
		if (atomic_load_explicit(&all->members[i].of, memory_order_relaxed) == of)
			return &all->members[i];
	}
	return NULL;
}

void states_begin(struct states *all, uint32_t slot, uint64_t of)
{
	static const struct member_state nothing;

	if (slot >= STATES_MAX || atomic_load(&all->members[slot].of) == of)
		return;
	struct member_state *m = &all->members[slot];
	const struct member_state *from = find(all, of);
	if (!from)
		from = &nothing;
	atomic_store(&m->of, 0);
	for (int i = 0; i < 2; i++)
		atomic_store(&m->link[i], atomic_load(&from->link[i]));
	atomic_store(&m->down, atomic_load(&from->down));
	atomic_store(&m->now, atomic_load(&from->now));
	atomic_store(&m->of, of);
}

void states_end_others(struct states *all, const struct states_slots *those)
{
	for (uint32_t i = 0; i < STATES_MAX; i++) {
		if (!(those->bits[i / 64] >> i % 64 & 1) &&
			atomic_load_explicit(&all->members[i].of, memory_order_relaxed))
			atomic_store(&all->members[i].of, 0);
	}
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

/* Who has what, as far as it could be told. */
static void explain_holder(char *text, const char *what, uint32_t pid, const char *then)
{
	char who[32] = "another program";

	if (pid)
		snprintf(who, sizeof(who), "process %u", pid);
	snprintf(text, OPENING_TEXT_MAX, "%s in use by %s %s", what, who, then);
}

void opening_explain(uint64_t word, char *text)
{
	uint32_t detail = opening_detail(word);
	const char *what = NULL;

	*text = 0;
	switch (opening_of(word)) {
	case OPENING_IN_USE:
		explain_holder(text, "its port was", detail, "when the listener was bound");
		return;
	case OPENING_TAKEN:
		explain_holder(text, "its address and port were", detail, "(bondctl reload tries again)");
		return;
	case OPENING_REFUSED:
		snprintf(text, OPENING_TEXT_MAX, "the kernel refused it: %s", error_text((int)detail));
		return;
	case OPENING_INHERITED:
		what = "listener inherited: it was bound before the program began";
		break;
	case OPENING_DEVICE:
		what = "the program bound its listener to another device";
		break;
	case OPENING_FULL:
		what = detail == ENOMEM ? "its listener's filter needs a larger net.core.optmem_max"
					: "a listener cannot hear so many members";
		break;
	case OPENING_OTHER_PORT:
		what = detail == EPERM ? "no listener has its port, and sk_lookup needs CAP_BPF and CAP_NET_ADMIN at the start"
				       : "no listener has its port, and this kernel refuses sk_lookup";
		break;
	case OPENING_MIXED:
		what = "the listener hears others by a filter, and then none of another port";
		break;
	case OPENING_NO_LOOKUP:
		what = detail == 0 ? "sk_lookup is begun when the program starts, not later"
			: detail == EPERM ? "sk_lookup needs CAP_BPF and CAP_NET_ADMIN at the start"
					  : "this kernel refuses sk_lookup";
		break;
	default:
		break;
	}
	if (what)
		snprintf(text, OPENING_TEXT_MAX, "%s", what);
}

uint64_t states_opening(const struct states *all, uint32_t slot, uint64_t of)
{
	uint64_t word = all && slot < STATES_MAX ? atomic_load(&all->openings[slot]) : 0;

	return (uint32_t)word == (uint32_t)of ? word : 0;
}

void states_set_opening(struct states *all, const struct member *m, enum opening o, uint32_t detail)
{
	if (all && m->slot < STATES_MAX)
		atomic_store(&all->openings[m->slot],
			opening_word(o, detail, states_identity((enum transport)m->transport, &m->addr, m->device)));
}
