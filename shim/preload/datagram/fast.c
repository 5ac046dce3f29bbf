/* SPDX-License-Identifier: MIT */
/* Keeps the ways. A signal handler that sends may come in between: it finds the place empty and does
 * not fill it. A thread takes its table from a pool when it first keeps a way and gives it back as it
 * ends; one that finds none left keeps nothing. */
#include "fast.h"

#include <pthread.h>
#include <signal.h>

#define KEYS_IN_THREAD 32 /* keys whose values glibc keeps without malloc() */

static struct fast none, pool[FAST_THREADS];
static _Atomic bool taken[FAST_THREADS];
static pthread_key_t key;
static bool has_key;

_Thread_local struct fast *fast_mine = &none;
static _Thread_local volatile sig_atomic_t filling;

/* What DNS says, as it changes a list. */
static uint32_t route_of(const struct rules *r, uint32_t ip)
{
	return r->domains.on ? domains_route(r->domains.table, r->domains.routes, ip) : 0;
}

uint32_t fast_any_list(const struct sockaddr_in *to)
{
	const struct rules *r = rules_now();

	return match_list4(r->match, (const uint8_t *)&to->sin_addr) ^ route_of(r, to->sin_addr.s_addr);
}

/* At the end of a thread. */
static void give(void *table)
{
	filling = 1;
	fast_clear();
	fast_mine = &none;
	filling = 0;
	atomic_store_explicit(&taken[(struct fast *)table - pool], false, memory_order_release);
}

/* The other threads are not in the child. */
static void after_fork(void)
{
	for (unsigned i = 0; i < FAST_THREADS; i++)
		atomic_store_explicit(&taken[i], &pool[i] == fast_mine, memory_order_relaxed);
}

void fast_init(void)
{
	if (has_key || pthread_key_create(&key, give) != 0)
		return;
	has_key = key < KEYS_IN_THREAD;
	if (has_key)
		pthread_atfork(NULL, NULL, after_fork);
	else
		pthread_key_delete(key);
}

static bool take(void)
{
	if (!has_key)
		return false;
	for (unsigned i = 0; i < FAST_THREADS; i++) {
		bool free = false;
		if (atomic_load_explicit(&taken[i], memory_order_relaxed) ||
			!atomic_compare_exchange_strong_explicit(&taken[i], &free, true,
				memory_order_acquire, memory_order_relaxed))
			continue;
		if (pthread_setspecific(key, &pool[i]) != 0) {
			atomic_store(&taken[i], false);
			return false;
		}
		fast_mine = &pool[i];
		return true;
	}
	return false;
}

/* Whether one socket's requests to all addresses of that list are decided alike. */
static bool is_common(const struct rules *r, uint32_t list)
{
	const struct candidate *c = match_candidates(r->match, list);

	if (c->conditions[0] & ~(CONDITION_END | CONDITION_DOMAIN) || c->kind == LIST_THIS_HOST)
		return false;
	/* any address of 127/8 is this machine's, and a wildcard socket hears it */
	return c->kind != LIST_LOOPBACK || !hears_everything(&this_host.hears);
}

static bool has_place(enum fast_kind kind)
{
	return kind == FAST_CAREFUL_DESCRIPTOR || kind == FAST_CAREFUL_SOURCE || kind == FAST_SOURCE;
}

static void keep(int fd, uint32_t list, uint32_t generation, uint32_t way, struct tally_pair *pair)
{
	struct fast_from *from = fast_place(fd, list);

	if (has_place(fast_kind(way)))
		way |= (uint32_t)(from - fast_mine->from) << FAST_VALUE_BITS;
	from->key = 0;
	atomic_signal_fence(memory_order_seq_cst);
	*fast_to(from) = (struct fast_to){fd, way};
	*fast_pair(from) = pair;
	atomic_signal_fence(memory_order_seq_cst);
	from->key = list | (uint64_t)generation << 32;
}

void fast_keep(int fd, const struct addr *to, const struct rules *r, const struct fast_kept *k)
{
	enum fast_kind kind = fast_kind(k->way);
	bool four = to->family == AF_INET;
	uint32_t list = four ? match_list4(r->match, to->ip + 12) : match_tree6(r->match, to->ip);
	uint32_t route = four ? route_of(r, hears_low(to)) : r->domains.on ? DOMAINS_MIXED : 0;

	if (route == DOMAINS_MIXED || !is_common(r, list) || filling || hot.changing)
		return;
	filling = 1;
	if (fast_mine == &none && !take()) {
		filling = 0;
		return;
	}
	bool own = hears_in_list(r, list);
	list ^= route;
	/* the host's own call is right for its own addresses, too; who sends as it is shown looks for them itself */
	if (kind != FAST_OWN && kind != FAST_UNMARKED && kind != FAST_SHOWN && kind != FAST_SHOWN_UNMARKED && own) {
		keep(fd, list, k->generation, fast_way(FAST_LOOK, 0), k->pair);
		list = fast_close(list);
	}
	keep(fd, list, k->generation, k->way, k->pair);
	filling = 0;
}

void fast_note(const char *p, size_t n, size_t end, size_t branch)
{
	struct fast_note *m;

	if (filling || branch > FAST_TAIL || end < FAST_HEAD || end > n || !scan_is_usual_line(p))
		return;
	filling = 1;
	if (fast_mine != &none || take()) {
		m = &fast_mine->noted;
		m->n = 0;
		atomic_signal_fence(memory_order_seq_cst);
		m->at = end - FAST_TAIL;
		memcpy(m->head, p, FAST_HEAD);
		memcpy(m->tail, p + m->at, FAST_TAIL);
		atomic_signal_fence(memory_order_seq_cst);
		m->n = n;
	}
	filling = 0;
}

void fast_clear(void)
{
	if (fast_mine == &none)
		return;
	fast_mine->noted.n = 0;
	for (int i = 0; i < FAST_MAX; i++)
		fast_mine->from[i].key = 0;
}
