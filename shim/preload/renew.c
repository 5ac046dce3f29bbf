/* SPDX-License-Identifier: MIT */
/* Takes rules, see renew.h. */
#include "renew.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include "dns/targets.h"
#include "core/standing.h"
#include "hot.h"
#include "image_now.h"
#include "permanent.h"
#include "preload/datagram/arrive.h"
#include "preload/datagram/fast.h"
#include "preload/datagram/sendto.h"
#include "preload/lookup/serve.h"
#include "preload/lookup/way.h"
#include "preload/opened/filter.h"
#include "preload/opened/abreast.h"
#include "preload/sockets/note.h"
#include "preload/sockets/owner.h"
#include "preload/trace/log.h"
#include "segment/area.h"
#include "segment/processes.h"
#include "segment/counters.h"

#define TAKE_OVER_MS 1000 /* for so long a thread may be at it */
#define RETRY_MS 1000     /* after there was no memory, or no image that can be believed */
#define WAIT_MS 3000      /* of those whose rules are gone */

/* When a thread began to take rules, in ms, 0 = nobody is at it; and from when on it may be tried again. */
static _Atomic uint64_t taking, retry_at;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + 1;
}

#define PIECES_MAX 6

/* What was taken for rules, in this order. */
struct pieces {
	struct {
		void *p;
		size_t size;
	} of[PIECES_MAX];
	unsigned count;
};

static void *take_piece(void *ctx, size_t size)
{
	struct pieces *taken = ctx;
	void *p = taken->count < PIECES_MAX ? permanent_take(size) : NULL;

	if (p) {
		taken->of[taken->count].p = p;
		taken->of[taken->count++].size = size;
	}
	return p;
}

/* What DNS says of their domains, as far as these are in the table. */
static bool place_domains(struct rules *r, const struct image *i, struct pieces *taken)
{
	struct table *t = &this_host.dns;

	if (!r->config.target_count || !t->head)
		return true;
	void *room = take_piece(taken, domains_size(&r->config, t));
	if (room)
		domains_place(&r->domains, &r->config, r->match, t,
			image_part(i, IMAGE_DOMAIN_NUMBERS), room);
	return room != NULL;
}

/* Rules of the image, and where the sockets stand by them. NULL: there is no memory. */
static const struct rules *fill_rules(const struct image *i, struct pieces *taken)
{
	struct rules *r = take_piece(taken, sizeof(*r));
	void *room = r ? take_piece(taken, image_room(i)) : NULL;

	if (!room)
		return NULL;
	image_attach(r, i, room);
	way_choose(&r->config, rules_members(r));
	room = take_piece(taken, rules_room(r));
	if (!room || !place_domains(r, i, taken))
		return NULL;
	rules_stand(r, room);
	listeners_adopt(&this_host.listeners, r);
	hears_recount(&this_host.hears, r, &this_host.sockets);
	return names_begin(&this_host.names, r, &this_host.listeners, &this_host.hears, take_piece, taken) ? r : NULL;
}

/* So; without them nothing is kept of what was taken, as it is tried again and again. */
static const struct rules *make_rules(const struct image *i)
{
	struct pieces taken = {.count = 0};
	const struct rules *r = fill_rules(i, &taken);

	while (!r && taken.count--)
		permanent_back(taken.of[taken.count].p, taken.of[taken.count].size);
	return r;
}

/* What hooks look at. The pointers in this order: who has the old lists has old routes or new ones, and by
 * either finds no way (core/domains.h). */
static void spread(const struct rules *r)
{
	arrive_take(r);
	sendto_take(r);
	hot.domain_routes = r->domains.routes;
	hot.domains = r->domains.on;
	atomic_thread_fence(memory_order_release);
	hot.octets = r->match->octets;
}

/* The rules by which requests began that are pending now. */
static void remember(const struct rules *r)
{
	const struct rules *had = rules_now();

	if (!had->generation || had == r)
		return;
	uint32_t since = choices_renewed(this_host.segment.choices, this_host.segment.generation, r->generation);
	if (since != this_host.before_since) {
		this_host.before = had;
		this_host.before_since = since;
	}
}

/* Steps 3 to 5 of renew.h, or as much of them as somebody has left over. changes: of sockets, before r was
 * made. */
static void go_by(const struct rules *r, uint32_t changes)
{
	hot.changing = true;
	fast_outdate();
	remember(r);
	__atomic_store_n(&this_host.rules, r, __ATOMIC_SEQ_CST);
	if (atomic_load(&this_host.sockets.changes) != changes) {
		listeners_adopt(&this_host.listeners, r);
		hears_recount(&this_host.hears, r, &this_host.sockets);
		names_changed(&this_host.names, r, &this_host.listeners, &this_host.hears);
	}
	note_renewed(r);
	filter_renewed();
	abreast_done(r->generation);
	serve_renewed(r);
	spread(r);
	hot.changing = false;
	fast_outdate();
	segment_has_generation(&this_host.segment, r->generation);
	hot.generation = segment_current(&page.p) ? r->generation : 0; /* there is no image but this */
}

bool renew_first(const struct image *i)
{
	const struct rules *r = make_rules(i);

	if (!r)
		return false;
	go_by(r, atomic_load(&this_host.sockets.changes));
	return true;
}

static void fail(uint64_t now, const char *why)
{
	atomic_store(&retry_at, now + RETRY_MS);
	if (page.p.mode & HOT_TRACE)
		trace_say(why);
}

static void take_rules(uint64_t now)
{
	uint32_t changes = atomic_load(&this_host.sockets.changes);
	const struct rules *had = rules_now();
	const struct image *i = image_now();

	for (int tries = 0; !i && tries < 3; tries++)
		i = image_now(); /* it was followed by another just then */
	if (!i) {
		fail(now, "the rules that were published cannot be read; the program goes on by those that it has");
		return;
	}
	if (i->generation == had->generation) {
		go_by(had, changes - 1); /* left over */
		return;
	}
	const struct rules *r = i->generation > had->generation ? make_rules(i) : NULL;
	if (!r) {
		segment_has_no_memory(&this_host.segment);
		fail(now, "no memory for the rules that were published; the program goes on by those that it has");
	} else {
		go_by(r, changes);
	}
}

/* By the one that has the right. What wildcard sockets hear is counted by take_rules(). */
static void take(uint64_t now)
{
	uint32_t addresses = atomic_load_explicit(&page.p.addresses, memory_order_acquire);

	if (addresses != hot.addresses && this_host.segment.locals)
		hears_take(&this_host.hears, this_host.segment.locals);
	take_rules(now);
	hot.addresses = addresses;
}

/* Whether this thread is to do it. */
static bool begin(uint64_t now)
{
	uint64_t since = atomic_load(&taking);

	if (now < atomic_load(&retry_at))
		return false;
	return (!since || now - since > TAKE_OVER_MS) &&
		atomic_compare_exchange_strong(&taking, &since, now);
}

static bool try_once(uint64_t now)
{
	sigset_t all, before;

	/* a handler in between would wait for its own thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool mine = begin(now);
	if (mine) {
		take(now);
		atomic_compare_exchange_strong(&taking, &now, 0);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return mine;
}

void renew(void)
{
	int saved = errno;
	uint64_t start = now_ms(), now = start;

	if (!owner_may_change())
		goto out;
	/* rules that are there do until somebody has others; without any there is nothing to go by */
	while (!try_once(now) && renew_is_due() && !renew_held(rules_now()) && now - start < WAIT_MS) {
		struct timespec pause = {.tv_nsec = 1000000};
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		now = now_ms();
	}
out:
	errno = saved;
}

void renew_forked(void)
{
	atomic_store(&taking, 0);
	atomic_store(&retry_at, 0);
}
