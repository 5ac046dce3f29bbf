/* SPDX-License-Identifier: MIT */
/* Who has which slot: what was there before keeps its own, what comes anew takes the least that is free,
 * and what was removed rests on its own until nobody can mean it any more. Part of image_write(). */
#include "image_past.h"

#include <errno.h>
#include <stdlib.h>

/* A slot of the former image, in use there or at rest. */
struct held {
	uint64_t identity;
	uint64_t since; /* at rest; UINT64_MAX = in use */
	uint32_t slot;
	bool taken;     /* it goes on */
};

struct kind {
	enum image_kind kind;
	const struct config *c, *before;
	size_t count;
	struct held *held; /* sorted */
	size_t held_count;
	uint8_t *used; /* a bit a slot */
	uint32_t end;  /* slots before it may be in use */
};

static size_t count_of(const struct config *c, enum image_kind kind)
{
	return kind == IMAGE_BOND ? c->bond_count
		: kind == IMAGE_MEMBER ? c->member_count : c->route_count;
}

static uint32_t slot_of(const struct config *c, enum image_kind kind, size_t i)
{
	return kind == IMAGE_BOND ? c->bonds[i].slot
		: kind == IMAGE_MEMBER ? c->members[i].slot : c->routes[i].slot;
}

static int compare_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->identity != y->identity)
		return x->identity < y->identity ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* A time to come is one of another clock: it rests. */
static bool rests(const struct image_retired *r, uint64_t now)
{
	return r->since > now || now - r->since < IMAGE_SLOT_REST;
}

static bool gather(struct kind *k, const struct image *former, uint64_t now)
{
	size_t before = count_of(k->before, k->kind);
	size_t retired = former ? image_count(former, IMAGE_RETIRED) : 0;

	k->held = malloc((before + retired + 1) * sizeof(*k->held));
	if (!k->held)
		return false;
	for (size_t i = 0; i < before; i++)
		k->held[k->held_count++] = (struct held){
			.identity = image_identity(k->before, k->kind, (uint32_t)i),
			.since = UINT64_MAX, .slot = slot_of(k->before, k->kind, i)};
	for (size_t i = 0; i < retired; i++) {
		const struct image_retired *r =
			(const struct image_retired *)image_part(former, IMAGE_RETIRED) + i;
		if (r->kind == k->kind && rests(r, now))
			k->held[k->held_count++] = (struct held){
				.identity = r->identity, .since = r->since, .slot = r->slot};
	}
	qsort(k->held, k->held_count, sizeof(*k->held), compare_held);
	k->end = (uint32_t)k->count + (former ? former->slots_end[k->kind] : 0);
	k->used = calloc(k->end / 8 + 1, 1);
	for (size_t i = 0; k->used && i < k->held_count; i++)
		k->used[k->held[i].slot / 8] |= (uint8_t)(1 << k->held[i].slot % 8);
	return k->used != NULL;
}

/* The slot that it has already, or IMAGE_NO_SLOT. */
static uint32_t find_held(struct kind *k, uint32_t number)
{
	uint64_t identity = image_identity(k->c, k->kind, number);
	size_t low = 0, high = k->held_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (k->held[middle].identity < identity)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < k->held_count && k->held[low].identity == identity; low++) {
		if (!k->held[low].taken) {
			k->held[low].taken = true;
			return k->held[low].slot;
		}
	}
	return IMAGE_NO_SLOT;
}

static void assign(struct kind *k, uint32_t *slots)
{
	uint32_t free_slot = 0;

	for (uint32_t i = 0; i < k->count; i++)
		slots[i] = find_held(k, i);
	for (uint32_t i = 0; i < k->count; i++) {
		if (slots[i] != IMAGE_NO_SLOT)
			continue;
		while (k->used[free_slot / 8] >> free_slot % 8 & 1)
			free_slot++;
		slots[i] = free_slot++;
	}
}

static uint32_t end_of(const struct kind *k, const uint32_t *slots)
{
	uint32_t end = 0;

	for (size_t i = 0; i < k->count; i++)
		end = slots[i] >= end ? slots[i] + 1 : end;
	for (size_t i = 0; i < k->held_count; i++)
		end = k->held[i].slot >= end ? k->held[i].slot + 1 : end;
	return end;
}

static int retire(struct image_past *p, const struct kind *k, uint64_t now)
{
	struct image_retired *more = realloc(
		p->retired, (p->retired_count + k->held_count + 1) * sizeof(*p->retired));

	if (!more)
		return ENOMEM;
	p->retired = more;
	for (size_t i = 0; i < k->held_count; i++) {
		const struct held *h = &k->held[i];
		if (!h->taken)
			p->retired[p->retired_count++] = (struct image_retired){.identity = h->identity,
				.since = h->since == UINT64_MAX ? now : h->since,
				.kind = k->kind, .slot = h->slot};
	}
	return p->retired_count > IMAGE_RETIRED_MAX ? EAGAIN : 0;
}

int image_slots(struct image_past *p, const struct config *c, const struct config *before,
	const struct image *former, uint64_t now)
{
	int error = 0;

	for (enum image_kind i = 0; i < IMAGE_KINDS && !error; i++) {
		struct kind k = {.kind = i, .c = c, .before = before, .count = count_of(c, i)};
		p->slots[i] = malloc((k.count + 1) * sizeof(*p->slots[i]));
		error = k.count > IMAGE_SLOTS_MAX / 2 ? EFBIG
			: p->slots[i] && gather(&k, former, now) ? 0 : ENOMEM;
		if (!error) {
			assign(&k, p->slots[i]);
			p->slots_end[i] = end_of(&k, p->slots[i]);
			error = p->slots_end[i] > IMAGE_SLOTS_MAX ? EFBIG : retire(p, &k, now);
		}
		free(k.held);
		free(k.used);
	}
	return error;
}
