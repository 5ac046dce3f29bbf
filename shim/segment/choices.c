/* SPDX-License-Identifier: MIT */
/* The shared mapping. Readers and writers of any process meet here without a lock: an entry is
 * valid only while its key is the same before and after its address was copied. */
#include "choices.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "preload/trace/notices.h"
#include "preload/datagram/fast.h"

#define SETS 2048 /* 4 entries of 64 bytes each: 512 KiB, touched only where used */
#define DIALOG_SETS 8192 /* 32,768 dialogs in 2 MiB */
#define WAYS 4

struct entry {
	_Atomic uint64_t key; /* a cookie, or a dialog; 0 = free or being written */
	_Atomic uint32_t age;
	struct addr name;
	uint8_t pad[24];
};

_Static_assert(sizeof(struct entry) == 64, "one cache line an entry");

/* The key word is written last. What two writers at a time have made of an entry, or a reader has seen
 * half of, does not agree with its sum. */
struct choice {
	_Atomic uint64_t key; /* 0 = free or being written */
	_Atomic uint64_t stamp; /* seconds << 32 | sum of key and kept */
	struct shared_choice kept;
	uint8_t pad[64 - 2 * sizeof(uint64_t) - sizeof(struct shared_choice)];
};

_Static_assert(sizeof(struct choice) == 64, "one cache line a choice");

#define CHOICE_SETS 16384 /* 65,536 choices in 4 MiB, touched only where used */
#define CHOICE_SECONDS 300

struct shared {
	_Atomic uint32_t clock;
	_Atomic uint32_t choice_at; /* when the last choice was kept, in seconds; 0 = none counts */
	_Atomic bool has_dialogs;
	uint8_t pad[55];
	_Atomic uint32_t generation; /* of ways.h, in a line of its own: every send reads it */
	uint8_t pad_too[60];
	struct entry entries[SETS][WAYS];
	struct entry dialogs[DIALOG_SETS][WAYS];
	struct choice choices[CHOICE_SETS][WAYS];
	struct shown_table shown;
};

static struct shared *shared;

void shared_init(void)
{
	void *p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	shared = p == MAP_FAILED ? NULL : p;
	if (shared)
		fast_share(&shared->generation);
}

struct shown_table *shared_shown(void)
{
	return shared ? &shared->shown : NULL;
}

uint64_t shared_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static size_t set_of(uint64_t key, size_t sets)
{
	return (key * UINT64_C(0x9E3779B97F4A7C15)) >> 40 & (sets - 1);
}

static void keep(struct entry *set, uint64_t key, const struct addr *name)
{
	struct entry *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (atomic_load(&set[i].key) == key) {
			oldest = &set[i];
			break;
		}
		if ((int32_t)(atomic_load(&set[i].age) - atomic_load(&oldest->age)) < 0)
			oldest = &set[i];
	}
	atomic_store(&oldest->key, 0);
	oldest->name = *name;
	atomic_store(&oldest->age, atomic_fetch_add(&shared->clock, 1) + 1);
	atomic_store_explicit(&oldest->key, key, memory_order_release);
}

static bool find(struct entry *set, uint64_t key, struct addr *name)
{
	for (int i = 0; i < WAYS; i++) {
		if (atomic_load_explicit(&set[i].key, memory_order_acquire) != key)
			continue;
		struct addr copy = set[i].name;
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set[i].key) != key)
			return false;
		*name = copy;
		return true;
	}
	return false;
}

void shared_remember_name(int fd, const struct addr *name)
{
	uint64_t cookie = shared ? shared_cookie(fd) : 0;

	if (cookie)
		keep(shared->entries[set_of(cookie, SETS)], cookie, name);
}

void shared_forget_name(int fd)
{
	uint64_t cookie = shared ? shared_cookie(fd) : 0;
	struct entry *set = cookie ? shared->entries[set_of(cookie, SETS)] : NULL;

	for (int i = 0; set && i < WAYS; i++) {
		uint64_t key = cookie;
		atomic_compare_exchange_strong(&set[i].key, &key, 0);
	}
}

bool shared_find_name(int fd, struct addr *name)
{
	uint64_t cookie = shared ? shared_cookie(fd) : 0;

	return cookie && find(shared->entries[set_of(cookie, SETS)], cookie, name);
}

void shared_keep_dialog(uint64_t key, const struct addr *at)
{
	if (!shared || !key)
		return;
	keep(shared->dialogs[set_of(key, DIALOG_SETS)], key, at);
	if (!atomic_exchange(&shared->has_dialogs, true))
		fast_outdate();
}

bool shared_find_dialog(uint64_t key, struct addr *at)
{
	return shared && key && find(shared->dialogs[set_of(key, DIALOG_SETS)], key, at);
}

bool shared_has_dialogs(void)
{
	return shared && atomic_load_explicit(&shared->has_dialogs, memory_order_acquire);
}

static uint64_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return ((uint64_t)now.tv_sec & 0x7fffffff) | 1; /* never 0; a second more or less */
}

static uint64_t choice_key(uint64_t transaction, const struct addr *dst)
{
	uint64_t low, high;

	memcpy(&high, dst->ip, sizeof(high));
	memcpy(&low, dst->ip + 8, sizeof(low));
	return ((transaction ^ low) * UINT64_C(0x9E3779B97F4A7C15) ^ high ^ (uint64_t)dst->port << 1) | 1;
}

static struct choice *choice_set(uint64_t key)
{
	return shared->choices[(key * UINT64_C(0x9E3779B97F4A7C15)) >> 50];
}

static uint32_t sum_of(uint64_t key, const struct shared_choice *c)
{
	uint64_t low, high, more = (uint64_t)c->at.scope << 32 | (uint32_t)c->at.port << 16 | c->bond;

	memcpy(&high, c->at.ip, sizeof(high));
	memcpy(&low, c->at.ip + 8, sizeof(low));
	more = more * 3 + ((uint64_t)c->arrived << 32) + ((uint32_t)c->at.family << 16 | (uint32_t)c->transport << 8 | c->is_listener);
	key = (key ^ low) * UINT64_C(0x9E3779B97F4A7C15);
	key = (key ^ key >> 29 ^ high) * UINT64_C(0xBF58476D1CE4E5B9);
	key = (key ^ key >> 32 ^ more) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)(key >> 32);
}

static uint64_t age_of(const struct choice *c, uint64_t now)
{
	return now - (atomic_load_explicit(&c->stamp, memory_order_acquire) >> 32);
}

static bool counts(uint32_t at, uint64_t now)
{
	return at && (int64_t)(now - at) <= CHOICE_SECONDS;
}

bool shared_has_choices(void)
{
	uint32_t last = shared ? atomic_load_explicit(&shared->choice_at, memory_order_acquire) : 0;

	if (likely(!last))
		return false;
	if (counts(last, seconds_now()))
		return true;
	/* none counts any more, unless one is being kept just now */
	atomic_compare_exchange_strong(&shared->choice_at, &last, 0);
	return false;
}

bool shared_find_choice(uint64_t transaction, const struct addr *dst, struct shared_choice *choice)
{
	if (!shared || !transaction)
		return false;
	uint64_t key = choice_key(transaction, dst);
	struct choice *set = choice_set(key);
	for (int i = 0; i < WAYS; i++) {
		if (atomic_load_explicit(&set[i].key, memory_order_acquire) != key)
			continue;
		uint64_t stamp = atomic_load_explicit(&set[i].stamp, memory_order_acquire);
		struct shared_choice copy = set[i].kept;
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set[i].key) != key || (uint32_t)stamp != sum_of(key, &copy) ||
			age_of(&set[i], seconds_now()) > CHOICE_SECONDS)
			return false;
		*choice = copy;
		return true;
	}
	return false;
}

void shared_keep_choice(uint64_t transaction, const struct addr *dst, struct shared_choice choice)
{
	if (!shared || !transaction)
		return;
	uint64_t key = choice_key(transaction, dst), now = seconds_now();
	struct choice *set = choice_set(key), *oldest = set;
	for (int i = 0; i < WAYS; i++) {
		if (atomic_load(&set[i].key) == key) {
			if (age_of(&set[i], now) <= CHOICE_SECONDS)
				return; /* the first decision counts */
			oldest = &set[i];
			break;
		}
		if (atomic_load(&set[i].stamp) >> 32 < atomic_load(&oldest->stamp) >> 32)
			oldest = &set[i];
	}
	if (atomic_load(&oldest->key) != key && atomic_load(&oldest->key) &&
		age_of(oldest, now) <= CHOICE_SECONDS)
		notices_full(NOTICE_CHOICES);
	atomic_store(&oldest->key, 0);
	oldest->kept = choice;
	atomic_store(&oldest->stamp, now << 32 | sum_of(key, &choice));
	atomic_store_explicit(&oldest->key, key, memory_order_release);
	/* what was decided by addresses alone may not hold for this transaction */
	if (!counts(atomic_exchange(&shared->choice_at, (uint32_t)now), now))
		fast_outdate();
}
