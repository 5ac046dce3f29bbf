/* SPDX-License-Identifier: MIT */
/* See resolver.h. */
#include "resolver.h"
#include "learn.h"
#include "rfc3263.h"
#include "table_domains.h"
#include "table_write.h"
#include "base/raw.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REFRESH_MIN 5 /* whatever the TTL: a server that says 0 is not asked all the time */
#define REFRESH_MAX 86400
#define BACKOFF_MIN 5
#define BACKOFF_MAX 60
#define KEEP_MIN 86400  /* an address stays for a day after it was last answered, */
#define KEEP_TTLS 10    /* or ten TTLs if that is longer, */
#define KEEP_MAX 604800 /* but a week at most */
#define SWEEP 3600      /* how often what wildcards learnt is gone through */
#define LOCKED_RETRY 1
#define PUBLISH_MS 500 /* how long a look-up may take until what it knows is put in the table */
#define NO_MIN 5    /* how long a first "no" stands before it is believed: its TTL within these; */
#define NO_MAX 3600 /* RFC 2308 5 lets a client cap it */
#define ADDRESSES_MIN 1024   /* room in the table */
#define ADDRESSES_SMALL 4096 /* no more than that for up to */
#define ADDRESSES_EACH 32    /* such a part of it for each domain */
#define ADDRESSES_MAX 65536
#define FULL_RETRY 300 /* at most, until a domain that found no room is put again */

/* What happens to a domain whose addresses are not known. */
#define BY_TEXT "the text of a request decides, and connections do not match"

enum trouble { TROUBLE_FAILED = 1, TROUBLE_NEGATIVE = 2, TROUBLE_PART = 4, TROUBLE_FULL = 8 };

struct domain {
	char name[ANSWER_NAME_MAX];
	uint16_t port;
	bool wildcard;
	uint16_t number;  /* in the table */
	uint64_t due;     /* milliseconds */
	uint32_t backoff; /* seconds, 0 = the last look-up succeeded */
	uint64_t no_until; /* milliseconds: when the first of the last "no"s expires, 0 = it was none */
	uint8_t told;     /* of enum trouble: what the operator knows since all was well */
	struct rfc3263 *lookup;
	uint64_t publish;   /* milliseconds: when to look what the look-up knows */
	unsigned published; /* places that were put in the table so */
};

struct resolver {
	struct table table;
	struct query_setup query;
	char servers[ADDR_TEXT_MAX];
	char fallback[256];
	uint32_t refresh;
	void (*say)(void *ctx, const char *text);
	void *ctx;
	unsigned active;
	unsigned next; /* where the search for a due domain goes on: nobody starves */
	unsigned long lookups;
	size_t count;
	struct domain domains[];
};

static uint64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static __attribute__((format(printf, 2, 3))) void say(struct resolver *r, const char *format, ...)
{
	char text[512];
	va_list args;
	if (r->say == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->say(r->ctx, text);
}

static uint32_t clamp(uint32_t v, uint32_t least, uint32_t most)
{
	return v < least ? least : v > most ? most : v;
}

bool resolver_needed(const struct config *c)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind == TARGET_DOMAIN)
			return true;
	return false;
}

_Static_assert(MODEL_DOMAINS_MAX == TABLE_DOMAINS_MAX, "of what the file may name");

/* The few domains of a small file get all that one may have, of many each gets some. */
void resolver_room(const struct config *c, uint32_t *domains, uint32_t *addresses)
{
	uint32_t n = 0;
	for (size_t i = 0; i < c->target_count && n < TABLE_DOMAINS_MAX; i++)
		n += c->targets[i].kind != TARGET_PREFIX;
	*domains = n ? n : 1;
	*addresses = clamp(n * TABLE_PLACES_MAX, ADDRESSES_MIN, ADDRESSES_SMALL);
	if (n * ADDRESSES_EACH > *addresses)
		*addresses = clamp(n * ADDRESSES_EACH, 0, ADDRESSES_MAX);
}

int resolver_register(struct table *t, const struct config *c, uint16_t *numbers)
{
	int result = 0;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *target = &c->targets[i];
		char name[ANSWER_NAME_MAX];
		numbers[i] = MODEL_NONE;
		if (target->kind == TARGET_PREFIX ||
			answer_name(name, target->domain, strlen(target->domain)))
			continue;
		int e = table_domain_add(
			t, name, target->port, target->kind == TARGET_WILDCARD, &numbers[i]);
		if (e) {
			numbers[i] = MODEL_NONE;
			result = e;
		}
	}
	return result;
}

static bool has_number(const struct resolver *r, uint16_t number)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->domains[i].number == number)
			return true;
	return false;
}

static void forget_others(struct resolver *r)
{
	struct table_domain_info info;
	for (uint16_t n = 0; table_domain_describe(&r->table, n, &info) == 0; n++)
		if (!has_number(r, n) && (info.places > 0 || info.state != TABLE_UNKNOWN))
			table_forget(&r->table, n);
}

static void add_domains(struct resolver *r, const struct config *c)
{
	unsigned left_out = 0;
	const char *first = NULL;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *target = &c->targets[i];
		struct domain *d = &r->domains[r->count];
		*d = (struct domain){
			.port = target->port, .wildcard = target->kind == TARGET_WILDCARD};
		if (target->kind == TARGET_PREFIX ||
			answer_name(d->name, target->domain, strlen(target->domain)))
			continue;
		if (table_domain_add(&r->table, d->name, d->port, d->wildcard, &d->number)) {
			first = left_out++ ? first : target->domain;
			continue;
		}
		if (!has_number(r, d->number))
			r->count++;
	}
	if (left_out)
		say(r, "%s%s: no room among the %u domains that are looked up; " BY_TEXT, first,
			left_out > 1 ? " and others" : "", r->table.domain_max);
}

int resolver_open(struct resolver **out, const struct resolver_setup *s)
{
	const struct config *c = s->config;
	struct resolver *r = calloc(1, sizeof(*r) + (c->target_count + 1) * sizeof(struct domain));
	if (r == NULL)
		return ENOMEM;
	r->table = *s->table;
	r->say = s->say;
	r->ctx = s->ctx;
	r->refresh = c->dns_refresh;
	query_setup_from(&r->query, c, s->io, r->servers);
	r->query.fd_floor = s->fd_floor;
	if (s->fallback)
		snprintf(r->fallback, sizeof(r->fallback), "%s", s->fallback);
	if (s->fallback && r->fallback[0])
		r->query.fallback = r->fallback;
	else if (r->query.servers == NULL &&
		query_setup_servers(r->fallback, sizeof(r->fallback)) == 0 && r->fallback[0])
		r->query.fallback = r->fallback;
	add_domains(r, c);
	forget_others(r);
	*out = r;
	return 0;
}

void resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		rfc3263_free(r->domains[i].lookup);
	free(r);
}

/* Seconds from an answer to the next question: a little before it expires. */
static uint32_t interval(const struct resolver *r, uint32_t ttl)
{
	if (r->refresh)
		return r->refresh;
	return clamp(ttl - ttl / 10, REFRESH_MIN, REFRESH_MAX);
}

static void back_off(struct domain *d)
{
	d->backoff = d->backoff ? clamp(d->backoff * 2, BACKOFF_MIN, BACKOFF_MAX) : BACKOFF_MIN;
}

static const char *first_failure(const struct rfc3263 *l)
{
	const struct dns_question *q;
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++)
		if (q->state == QUESTION_FAILED)
			return question_failure(q);
	return l->more ? "more records than can be kept" : "no record of use in its answers";
}

static enum table_extent extent_of(const struct rfc3263 *l)
{
	return l->outcome == RFC3263_ANSWERED ? TABLE_WHOLE : l->more ? TABLE_CUT : TABLE_PART;
}

/* Whether the operator does not know of this trouble yet. */
static bool is_news(struct domain *d, enum trouble trouble)
{
	bool news = !(d->told & trouble);
	d->told |= (uint8_t)trouble;
	return news;
}

/* What stands in the table now that l was put there. */
static void tell_answer(struct resolver *r, struct domain *d, const struct rfc3263 *l)
{
	struct table_domain_info info = {.state = TABLE_UNKNOWN};
	table_domain_describe(&r->table, d->number, &info);
	if (l->outcome == RFC3263_ANSWERED && info.state == TABLE_ANSWERED) {
		if (d->told == TROUBLE_FULL)
			say(r, "%s: all its addresses have room now", d->name);
		else if (d->told)
			say(r, "%s: DNS answers now", d->name);
		d->told = 0;
	} else if (info.state == TABLE_FULL && is_news(d, TROUBLE_FULL)) {
		if (info.left_out)
			say(r, "%s: %u of its %u addresses found no room in the table", d->name,
				info.left_out, l->entry_count);
		else
			say(r, "%s: DNS has more addresses for it than the %u that are kept",
				d->name, l->entry_count);
		say(r, "%s: for those " BY_TEXT "; as prefixes in `to` they need no room", d->name);
	} else if (info.state == TABLE_PARTIAL && is_news(d, TROUBLE_PART)) {
		say(r, "%s: %s; %u of its addresses are known, for others " BY_TEXT, d->name,
			first_failure(l), l->entry_count);
	} else if (info.state == TABLE_ANSWERED && is_news(d, TROUBLE_PART)) {
		say(r, "%s: %s; its other addresses are kept", d->name, first_failure(l));
	}
}

static uint32_t keep_answer(struct resolver *r, struct domain *d, const struct rfc3263 *l)
{
	bool complete = l->outcome == RFC3263_ANSWERED;
	uint32_t keep = clamp(
		l->ttl > KEEP_MAX / KEEP_TTLS ? KEEP_MAX : l->ttl * KEEP_TTLS, KEEP_MIN, KEEP_MAX);
	int e = table_put(&r->table, d->number, l->entries, l->entry_count, l->names, l->name_count,
		extent_of(l), keep, learn_now());
	if (e == ETIMEDOUT)
		return LOCKED_RETRY;
	d->no_until = 0;
	tell_answer(r, d, l);
	if (l->failed) {
		back_off(d);
		return clamp(d->backoff, 1, interval(r, l->ttl));
	}
	d->backoff = 0;
	return e || !complete ? clamp(interval(r, l->ttl), 1, FULL_RETRY) : interval(r, l->ttl);
}

/* Seconds until the first "no" has stood for its TTL, however often it is asked meanwhile. */
static uint32_t stand(struct domain *d, uint32_t ttl)
{
	uint64_t now = now_ms();
	if (d->no_until == 0)
		d->no_until = now + (uint64_t)clamp(ttl, NO_MIN, NO_MAX) * 1000;
	return d->no_until > now ? (uint32_t)((d->no_until - now + 999) / 1000) : 0;
}

/* "No" takes addresses away only if it is said again when the first "no" has expired. What the host
 * itself found since stays. */
static uint32_t keep_negative(struct resolver *r, struct domain *d, const struct rfc3263 *l)
{
	struct table_domain_info info = {.state = TABLE_UNKNOWN};
	uint32_t now = learn_now();
	uint32_t since = now > KEEP_MIN ? now - KEEP_MIN : 0;
	uint32_t left = stand(d, l->ttl), next = interval(r, l->ttl);
	d->backoff = 0;
	if (is_news(d, TROUBLE_NEGATIVE))
		say(r, "%s: DNS has no address for it", d->name);
	if (table_domain_describe(&r->table, d->number, &info) == 0 && info.refreshed >= since)
		since = info.refreshed + 1;
	if (info.state == TABLE_UNKNOWN || info.state == TABLE_EMPTY)
		left = 0;
	if (left)
		return r->refresh && r->refresh < left ? r->refresh : left;
	return table_clear(&r->table, d->number, since) ? LOCKED_RETRY : next;
}

static uint32_t keep_failure(struct resolver *r, struct domain *d, const struct rfc3263 *l)
{
	bool none = table_state(&r->table, d->number) == TABLE_UNKNOWN;
	table_failed(&r->table, d->number);
	if (is_news(d, TROUBLE_FAILED))
		say(r, "%s: %s; %s", d->name,
			l ? first_failure(l) : "the look-up could not be started",
			none ? "until DNS answers " BY_TEXT : "the last answer is kept");
	back_off(d);
	return d->backoff;
}

static void conclude(struct resolver *r, struct domain *d)
{
	uint32_t seconds;
	const struct rfc3263 *l = d->lookup;
	switch (l ? l->outcome : RFC3263_FAILED) {
	case RFC3263_ANSWERED:
	case RFC3263_PARTIAL:
		seconds = keep_answer(r, d, l);
		break;
	case RFC3263_NEGATIVE:
		seconds = keep_negative(r, d, l);
		break;
	default:
		seconds = keep_failure(r, d, l);
	}
	if (d->lookup) {
		r->query.plain = query_plain(l->query);
		rfc3263_free(d->lookup);
		d->lookup = NULL;
		r->active--;
	}
	r->lookups++;
	d->due = now_ms() + (uint64_t)seconds * 1000;
}

static void start(struct resolver *r, struct domain *d)
{
	struct uri u = {.port = d->port};
	if (d->wildcard) {
		table_put(&r->table, d->number, NULL, 0, NULL, 0, TABLE_WHOLE, KEEP_MIN, learn_now());
		d->due = now_ms() + SWEEP * UINT64_C(1000);
		return;
	}
	memcpy(u.host, d->name, sizeof(u.host));
	if (rfc3263_start(&d->lookup, &u, &r->query, RFC3263_SUPERSET)) {
		d->lookup = NULL;
		conclude(r, d);
		return;
	}
	d->publish = now_ms() + PUBLISH_MS;
	d->published = 0;
	r->active++;
}

/* One question that nobody answers shall not keep back what the others say. */
static void publish(struct resolver *r, struct domain *d)
{
	struct rfc3263 *l = d->lookup;
	rfc3263_so_far(l);
	if (l->entry_count > d->published &&
		table_put(&r->table, d->number, l->entries, l->entry_count, l->names, l->name_count,
			TABLE_PART, 0, learn_now()) != ETIMEDOUT)
		d->published = l->entry_count;
	d->publish = now_ms() + PUBLISH_MS;
}

int resolver_sockets(struct resolver *r, struct pollfd *fds, int max)
{
	int count = 0;
	for (size_t i = 0; i < r->count; i++)
		if (r->domains[i].lookup)
			count += rfc3263_sockets(r->domains[i].lookup, fds + count, max - count);
	return count;
}

int resolver_wait(const struct resolver *r)
{
	uint64_t now = now_ms(), least = 60000;
	for (size_t i = 0; i < r->count; i++) {
		const struct domain *d = &r->domains[i];
		uint64_t left = d->due > now ? d->due - now : 0;
		if (d->lookup) {
			int wait = rfc3263_wait(d->lookup);
			left = d->publish > now ? d->publish - now : 0;
			if (wait < 0 || (uint64_t)wait < left)
				left = wait < 0 ? 0 : (uint64_t)wait;
		} else if (r->active == RESOLVER_LOOKUPS_MAX) {
			continue;
		}
		if (left < least)
			least = left;
	}
	return (int)least;
}

void resolver_step(struct resolver *r, const struct pollfd *fds, int count)
{
	uint64_t now = now_ms();
	for (size_t i = 0; i < r->count; i++) {
		struct domain *d = &r->domains[i];
		if (d->lookup == NULL)
			continue;
		if (rfc3263_step(d->lookup, fds, count))
			conclude(r, d);
		else if (d->publish <= now)
			publish(r, d);
	}
	for (size_t n = 0; n < r->count && r->active < RESOLVER_LOOKUPS_MAX; n++) {
		struct domain *d = &r->domains[r->next++ % r->count];
		if (d->lookup == NULL && d->due <= now)
			start(r, d);
	}
}

int resolver_leave_descriptors(const int *keep, size_t count)
{
	unsigned first = 0, flags = CLOSE_RANGE_UNSHARE;
	for (size_t i = 0; i <= count; i++) {
		unsigned next = i < count ? (unsigned)keep[i] : ~0u;
		long e = 0;
		if (i == count)
			e = raw_syscall(SYS_close_range, first, next, flags, 0);
		else if (next > first)
			e = raw_syscall(SYS_close_range, first, next - 1, flags, 0);
		else if (flags)
			e = raw_syscall(SYS_unshare, CLONE_FILES, 0, 0, 0);
		if (e < 0)
			return (int)-e;
		flags = 0;
		first = next + 1;
	}
	return 0;
}

void resolver_run(struct resolver *r, const _Atomic int *stop, int wake)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX + 1];
	int count = 0;
	while (!atomic_load_explicit(stop, memory_order_acquire)) {
		resolver_step(r, fds, count);
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		int wait = resolver_wait(r);
		if (wake < 0 && wait > 1000)
			wait = 1000;
		fds[count] = (struct pollfd){.fd = wake, .events = POLLIN};
		if (r->query.io->poll(fds, (nfds_t)(count + (wake >= 0)), wait) <= 0)
			count = 0;
	}
}

void resolver_hurry(struct resolver *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->domains[i].due = 0;
}

size_t resolver_domains(const struct resolver *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		n += !r->domains[i].wildcard;
	return n;
}

unsigned long resolver_lookups(const struct resolver *r)
{
	return r->lookups;
}
