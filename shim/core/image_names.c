/* SPDX-License-Identifier: MIT */
/* Names that calls still use: those of earlier members and aliases, as far as no present one has them.
 * What was written by the operator is kept or the image is refused; addresses are kept while there is
 * room, the latest first. Part of image_write(). */
#include "image_past.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

static struct image_name name_of_member(const struct member *m, uint32_t bond_slot)
{
	return (struct image_name){.name = m->as_host,
		.stone = {.addr = m->addr, .bond_slot = bond_slot, .port = m->as_port,
			.transport = m->transport}};
}

static struct image_name name_of_alias(const struct alias *a)
{
	return (struct image_name){.name = a->name,
		.stone = {.addr = a->listener.addr, .bond_slot = IMAGE_NO_SLOT, .port = a->port,
			.transport = a->listener.transport, .alias = 1}};
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcasecmp(a, b) == 0);
}

static bool same_name(const struct image_name *a, const struct image_name *b)
{
	const struct image_tombstone *x = &a->stone, *y = &b->stone;

	return x->alias == y->alias && x->transport == y->transport && x->port == y->port &&
		x->addr.scope == y->addr.scope && addr_equal(&x->addr, &y->addr) &&
		same_text(a->name, b->name);
}

static uint32_t hash_name(const struct image_name *n)
{
	uint32_t hash = HASH_START ^ n->stone.port ^ (uint32_t)n->stone.addr.port << 16 ^ n->stone.alias;

	for (size_t i = 0; i < sizeof(n->stone.addr.ip); i++)
		hash = (hash ^ n->stone.addr.ip[i]) * 16777619;
	for (const char *s = n->name; s && *s; s++)
		hash = (hash ^ ((unsigned char)*s | 32)) * 16777619;
	return hash;
}

/* Names in a hash with open addressing. */
struct name_table {
	struct image_name *names;
	uint32_t *slots; /* 1 + number in names */
	uint32_t mask, count;
};

static bool names_room(struct name_table *t, size_t room)
{
	t->mask = 1;
	while (t->mask < 2 * room + 1)
		t->mask = t->mask * 2 + 1;
	t->names = calloc(room + 1, sizeof(*t->names));
	t->slots = calloc((size_t)t->mask + 1, sizeof(*t->slots));
	return t->names && t->slots;
}

static void names_end(struct name_table *t)
{
	free(t->names);
	free(t->slots);
}

/* Adds the name; false: it is there. */
static bool names_add(struct name_table *t, const struct image_name *n)
{
	uint32_t i = hash_name(n) & t->mask;

	for (; t->slots[i]; i = (i + 1) & t->mask) {
		if (same_name(&t->names[t->slots[i] - 1], n))
			return false;
	}
	t->names[t->count++] = *n;
	t->slots[i] = t->count;
	return true;
}

/* Of a former bond, where it is a bond still. */
static uint32_t slot_still(const struct image_past *p, const struct config *c, uint32_t slot)
{
	for (size_t i = 0; slot != IMAGE_NO_SLOT && i < c->bond_count; i++) {
		if (p->slots[IMAGE_BOND][i] == slot)
			return slot;
	}
	return IMAGE_NO_SLOT;
}

static void bury(struct name_table *t, const struct image_past *p, const struct config *c,
	struct image_name n)
{
	if (names_add(t, &n))
		t->names[t->count - 1].stone.bond_slot = slot_still(p, c, n.stone.bond_slot);
}

/* The latest come first, then the earlier ones in their order. */
static void add_former(struct name_table *t, const struct image_past *p, const struct config *c,
	const struct config *before, const struct image *former)
{
	const struct image_tombstone *stones = image_part(former, IMAGE_TOMBSTONES);

	for (size_t i = 0; i < before->member_count; i++) {
		const struct member *m = &before->members[i];
		bury(t, p, c, name_of_member(m, before->bonds[m->bond].slot));
	}
	for (size_t i = 0; i < before->alias_count; i++)
		bury(t, p, c, name_of_alias(&before->aliases[i]));
	for (uint32_t i = 0; i < image_count(former, IMAGE_TOMBSTONES); i++) {
		struct image_name n = {.stone = stones[i],
			.name = stones[i].name ? image_text(former, stones[i].name) : NULL};
		n.stone.name = 0;
		bury(t, p, c, n);
	}
}

static int choose(struct image_past *p, const struct image_name *all, size_t count)
{
	size_t written = 0, addresses = 0;

	for (size_t i = 0; i < count; i++)
		written += all[i].name != NULL;
	if (written > IMAGE_TOMBSTONES_MAX)
		return ENOSPC;
	p->names = calloc(count + 1, sizeof(*p->names));
	if (!p->names)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!all[i].name && written + addresses++ >= IMAGE_TOMBSTONES_MAX)
			continue;
		p->names[p->name_count++] = all[i];
	}
	return 0;
}

int image_names(struct image_past *p, const struct config *c, const struct config *before,
	const struct image *former)
{
	struct name_table t = {0};
	int error = ENOMEM;

	if (!former)
		return 0;
	if (names_room(&t, c->member_count + c->alias_count + before->member_count +
			before->alias_count + image_count(former, IMAGE_TOMBSTONES))) {
		for (size_t i = 0; i < c->member_count; i++) {
			struct image_name n = name_of_member(&c->members[i], IMAGE_NO_SLOT);
			names_add(&t, &n);
		}
		for (size_t i = 0; i < c->alias_count; i++) {
			struct image_name n = name_of_alias(&c->aliases[i]);
			names_add(&t, &n);
		}
		uint32_t present = t.count;
		add_former(&t, p, c, before, former);
		error = choose(p, t.names + present, t.count - present);
	}
	names_end(&t);
	return error;
}
