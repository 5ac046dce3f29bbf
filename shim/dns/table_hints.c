/* SPDX-License-Identifier: MIT */
/* Keeps the hints, which say at once whose an address is: what they say follows from the entries.
 * A reader never misses what belongs there. */
#include "table_hints.h"
#include "answer.h"
#include "table_layout.h"

#include <stdlib.h>

static uint64_t merged(uint64_t old, const struct addr *a, uint32_t key, uint16_t domain)
{
	uint64_t own = a->family == AF_INET ? TABLE_HINT | (uint64_t)domain << 32 | key
					    : TABLE_SEVERAL;
	return old == 0 || old == own ? own : TABLE_SEVERAL;
}

static _Atomic uint64_t *hint_at(struct table *t, uint32_t key)
{
	return (_Atomic uint64_t *)&t->hints[table_hint_place(t, key)];
}

void table_hint_set(struct table *t, const uint64_t ip[2], uint16_t domain)
{
	struct addr a;
	answer_address(&a, AF_INET6, ip);
	uint32_t key = table_hint_key(t, &a);
	table_set_word(hint_at(t, key), merged(table_word(hint_at(t, key)), &a, key, domain));
}

void table_hint_unset(struct table *t, const uint64_t ip[2])
{
	struct addr a;
	answer_address(&a, AF_INET6, ip);
	table_set_word(hint_at(t, table_hint_key(t, &a)), TABLE_SEVERAL);
}

/* Adds what entry e says to the hints at fresh. */
static void add_entry(const struct table *t, const struct table_entry *e, uint64_t *fresh)
{
	const struct table_copy *c = &e->copies[table_word(&e->version) & 1];
	uint64_t ip[2] = {table_word(&c->ip[0]), table_word(&c->ip[1])};
	struct addr a;
	answer_address(&a, AF_INET6, ip);
	uint32_t key = table_hint_key(t, &a);
	uint64_t *word = &fresh[table_hint_place(t, key)];
	unsigned used = table_word(&c->used) & 0xff;
	for (unsigned i = 0; i < used && i < TABLE_SLOTS; i++)
		*word = merged(*word, &a, key, slot_domain(table_word(&c->slots[i])));
}

void table_hints_rebuild(struct table *t)
{
	size_t count = (size_t)t->hint_mask + 1;
	uint64_t *fresh = calloc(count, sizeof(*fresh));
	for (uint32_t i = 0; fresh && i <= t->entry_mask; i++)
		add_entry(t, &t->entries[i], fresh);
	/* without memory no hint stays that says more than to ask */
	for (size_t i = 0; i < count; i++) {
		_Atomic uint64_t *word = (_Atomic uint64_t *)&t->hints[i];
		table_set_word(word, fresh ? fresh[i] : table_word(word) ? TABLE_SEVERAL : 0);
	}
	free(fresh);
}
