/* SPDX-License-Identifier: MIT */
/* A cell is taken by its key alone: all that it counts was zero before. */
#include "tallies.h"

#include "base/hash.h"

#define NEAR 64 /* places looked at for a key */

const char *const tally_names[TALLIES] = {
	[TALLY_REQUESTS] = "requests",
	[TALLY_BYTES] = "bytes",
	[TALLY_RESPONSES] = "responses",
	[TALLY_KEEPALIVES] = "keepalives",
	[TALLY_CONNECTIONS] = "connections",
	[TALLY_ACCEPTED] = "accepted",
	[TALLY_CAME_REQUESTS] = "came_requests",
	[TALLY_CAME_RESPONSES] = "came_responses",
	[TALLY_EDITED] = "edited",
	[TALLY_RESTORED] = "restored",
	[TALLY_PROBES] = "probes",
	[TALLY_REFUSED] = "refused",
	[TALLY_FAILOVERS] = "failovers",
	[TALLY_NO_MEMBER] = "no_member",
	[TALLY_PASSED] = "passed",
	[TALLY_FORBIDDEN] = "forbidden",
	[TALLY_DROPPED] = "dropped",
	[TALLY_FORGED] = "forged",
	[TALLY_FOREIGN] = "foreign",
	[TALLY_UNEDITED_LARGE] = "unedited_large",
	[TALLY_UNEDITED_ROOM] = "unedited_room",
	[TALLY_UNEDITED_MEMORY] = "unedited_memory",
	[TALLY_UNEDITED_CUT] = "unedited_cut",
	[TALLY_TLS_BEGUN] = "tls_begun",
	[TALLY_TLS_SEEN] = "tls_seen",
};

_Static_assert(TALLY_REQUESTS == 0 && TALLY_BYTES == 1, "these two stand in pairs");
_Static_assert(sizeof(struct tallies) == 64, "the arrays begin at a cache line");

struct rest {
	_Atomic uint64_t counts[TALLIES_REST];
};

static uint32_t cells_for(uint32_t expected)
{
	uint32_t cells = TALLIES_CELLS_MIN;

	while (cells < TALLIES_CELLS_MAX && cells / 2 < expected)
		cells *= 2;
	return cells;
}

static uint32_t stripes_for(uint32_t cells)
{
	return cells <= TALLIES_STRIPED_MAX ? TALLIES_STRIPES : 1;
}

static size_t size_of(uint32_t cells, uint32_t stripes)
{
	return sizeof(struct tallies) +
		cells * (sizeof(uint64_t) + stripes * sizeof(struct tally_pair) + sizeof(struct rest));
}

size_t tallies_size(uint32_t expected)
{
	uint32_t cells = cells_for(expected);

	return size_of(cells, stripes_for(cells));
}

static _Atomic uint64_t *keys_of(const struct tallies *t)
{
	return (_Atomic uint64_t *)(uintptr_t)(t + 1);
}

static struct tally_pair *pairs_of(const struct tallies *t, uint32_t cells)
{
	return (struct tally_pair *)(keys_of(t) + cells);
}

static struct rest *rest_of(const struct tallies *t, uint32_t cells, uint32_t stripes)
{
	return (struct rest *)(pairs_of(t, cells) + (size_t)stripes * cells);
}

static uint64_t others_key(void)
{
	return tally_key(TALLY_NO_SLOT, TALLY_OF_OTHERS, TALLY_NO_SLOT);
}

void tallies_format(void *area, uint32_t expected)
{
	struct tallies *t = area;

	t->cells = cells_for(expected);
	t->stripes = stripes_for(t->cells);
	atomic_store(&keys_of(t)[t->cells - 1], others_key());
}

uint32_t tallies_cell(struct tallies *t, uint64_t key, bool *full)
{
	*full = false;
	if (!t)
		return 0;
	uint32_t mask = t->cells - 1, at = (uint32_t)(hash_mix(key) >> 32);

	for (uint32_t i = 0; i < NEAR; i++, at++) {
		_Atomic uint64_t *place = &keys_of(t)[at & mask];
		uint64_t is = atomic_load_explicit(place, memory_order_relaxed);
		if (!is && atomic_compare_exchange_strong(place, &is, key)) {
			atomic_fetch_add(&t->used, 1);
			return at & mask;
		}
		if (is == key)
			return at & mask;
	}
	*full = true;
	return mask;
}

struct tally_pair *tallies_pair(struct tallies *t, uint32_t cell, unsigned processor)
{
	return &pairs_of(t, t->cells)[(size_t)(processor & (t->stripes - 1)) * t->cells + cell];
}

void tallies_add(struct tallies *t, uint32_t cell, enum tally what, uint64_t n)
{
	if (!t || !n)
		return;
	struct tally_pair *pair = tallies_pair(t, cell, 0);
	_Atomic uint64_t *count = what == TALLY_REQUESTS ? &pair->requests
		: what == TALLY_BYTES                    ? &pair->bytes
			: &rest_of(t, t->cells, t->stripes)[cell].counts[what - 2];
	atomic_fetch_add_explicit(count, n, memory_order_relaxed);
}

bool tallies_open(struct tallies_view *v, const void *copy, size_t size)
{
	const struct tallies *t = copy;

	if (size < sizeof(*t))
		return false;
	*v = (struct tallies_view){.table = t, .cells = t->cells, .stripes = t->stripes};
	return v->cells >= 2 && v->cells <= TALLIES_CELLS_MAX && !(v->cells & (v->cells - 1)) &&
		(v->stripes == 1 || v->stripes == TALLIES_STRIPES) && size_of(v->cells, v->stripes) <= size;
}

static uint64_t read_count(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

static uint32_t slot_of(uint64_t key, unsigned shift)
{
	return (uint32_t)(key >> shift & (TALLY_SLOTS_MAX * 2 - 1)) - 1;
}

static void read_cell(const struct tallies_view *v, uint32_t cell, struct tally_sum *sum)
{
	const struct rest *rest = &rest_of(v->table, v->cells, v->stripes)[cell];

	sum->counts[TALLY_REQUESTS] = sum->counts[TALLY_BYTES] = 0;
	for (uint32_t i = 0; i < v->stripes; i++) {
		const struct tally_pair *p = &pairs_of(v->table, v->cells)[(size_t)i * v->cells + cell];
		sum->counts[TALLY_REQUESTS] += read_count(&p->requests);
		sum->counts[TALLY_BYTES] += read_count(&p->bytes);
	}
	for (int i = 0; i < TALLIES_REST; i++)
		sum->counts[i + 2] = read_count(&rest->counts[i]);
}

bool tallies_next(const struct tallies_view *v, uint32_t *at, struct tally_sum *sum)
{
	while (*at < v->cells) {
		uint32_t cell = (*at)++;
		uint64_t key = read_count(&keys_of(v->table)[cell]);
		unsigned kind = key >> 56 & 0x7f;
		if (!(key >> 63) || kind > TALLY_OF_OTHERS)
			continue;
		sum->kind = (enum tally_kind)kind;
		sum->route = slot_of(key, 28);
		sum->slot = slot_of(key, 0);
		read_cell(v, cell, sum);
		return true;
	}
	return false;
}

static void add(const struct tally_sum *sum, uint64_t counts[TALLIES])
{
	for (int i = 0; i < TALLIES; i++)
		counts[i] += sum->counts[i];
}

void tallies_sum(const struct tallies_view *v, enum tally_kind kind, uint32_t slot, uint64_t counts[TALLIES])
{
	struct tally_sum sum;

	for (uint32_t at = 0; tallies_next(v, &at, &sum);) {
		if (sum.kind == kind && sum.slot == slot)
			add(&sum, counts);
	}
}

void tallies_sum_route(const struct tallies_view *v, uint32_t route, uint64_t counts[TALLIES])
{
	struct tally_sum sum;

	for (uint32_t at = 0; tallies_next(v, &at, &sum);) {
		if (sum.route == route)
			add(&sum, counts);
	}
}

uint32_t tallies_used(const struct tallies_view *v)
{
	uint32_t used = atomic_load_explicit(&v->table->used, memory_order_relaxed);

	return used < v->cells ? used : v->cells;
}
