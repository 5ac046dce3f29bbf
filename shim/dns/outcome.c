/* SPDX-License-Identifier: MIT */
/* Answers are kept for long, a "no" is believed when it is said twice, and each trouble is told once, and
 * its end. Called by the resolver. */
#include "outcome.h"
#include "clamp.h"
#include "clock.h"
#include "learn.h"
#include "table.h"
#include "table_domains.h"
#include "table_write.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define REFRESH_MIN 5 /* whatever the TTL: a server that says 0 is not asked all the time */
#define REFRESH_MAX 86400
#define BACKOFF_MIN 5
#define BACKOFF_MAX 60
#define KEEP_MIN 86400  /* an address stays for a day after it was last answered, */
#define KEEP_TTLS 10    /* or ten TTLs if that is longer, */
#define KEEP_MAX 604800 /* but a week at most */
#define SWEEP 3600      /* how often what wildcards learnt is gone through */
#define LOCKED_RETRY 1
#define NO_MIN 5    /* how long a first "no" stands before it is believed: its TTL within these; */
#define NO_MAX 3600 /* RFC 2308 5 lets a client cap it */
#define FULL_RETRY 300 /* at most, until a domain that found no room is put again */

enum trouble { TROUBLE_FAILED = 1, TROUBLE_NEGATIVE = 2, TROUBLE_PART = 4, TROUBLE_FULL = 8 };

void outcome_say(struct outcome *o, const char *format, ...)
{
	char text[512];
	va_list args;
	if (o->say == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	o->say(o->ctx, text);
}

/* Seconds from an answer to the next question: a little before it expires. */
static uint32_t interval(const struct outcome *o, uint32_t ttl)
{
	if (o->refresh)
		return o->refresh;
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
static void tell_answer(struct outcome *o, struct domain *d, const struct rfc3263 *l)
{
	struct table_domain_info info = {.state = TABLE_UNKNOWN};
	table_domain_describe(&o->table, d->number, &info);
	if (l->outcome == RFC3263_ANSWERED && info.state == TABLE_ANSWERED) {
		if (d->told == TROUBLE_FULL)
			outcome_say(o, "%s: all its addresses have room now", d->name);
		else if (d->told)
			outcome_say(o, "%s: DNS answers now", d->name);
		d->told = 0;
	} else if (info.state == TABLE_FULL && is_news(d, TROUBLE_FULL)) {
		if (info.left_out)
			outcome_say(o, "%s: %u of its %u addresses found no room in the table", d->name,
				info.left_out, l->entry_count);
		else
			outcome_say(o, "%s: DNS has more addresses for it than the %u that are kept",
				d->name, l->entry_count);
		outcome_say(o, "%s: for those " OUTCOME_BY_TEXT "; as prefixes in `to` they need no room",
			d->name);
	} else if (info.state == TABLE_PARTIAL && is_news(d, TROUBLE_PART)) {
		outcome_say(o, "%s: %s; %u of its addresses are known, for others " OUTCOME_BY_TEXT,
			d->name, first_failure(l), l->entry_count);
	} else if (info.state == TABLE_ANSWERED && is_news(d, TROUBLE_PART)) {
		outcome_say(o, "%s: %s; its other addresses are kept", d->name, first_failure(l));
	}
}

static uint32_t keep_answer(struct outcome *o, struct domain *d, const struct rfc3263 *l)
{
	bool complete = l->outcome == RFC3263_ANSWERED;
	uint32_t keep = clamp(
		l->ttl > KEEP_MAX / KEEP_TTLS ? KEEP_MAX : l->ttl * KEEP_TTLS, KEEP_MIN, KEEP_MAX);
	int e = table_put(&o->table, d->number, l->entries, l->entry_count, l->names, l->name_count,
		extent_of(l), keep, learn_now());
	if (e == ETIMEDOUT)
		return LOCKED_RETRY;
	d->no_until = 0;
	tell_answer(o, d, l);
	if (l->failed) {
		back_off(d);
		return clamp(d->backoff, 1, interval(o, l->ttl));
	}
	d->backoff = 0;
	return e || !complete ? clamp(interval(o, l->ttl), 1, FULL_RETRY) : interval(o, l->ttl);
}

/* Seconds until the first "no" has stood for its TTL, however often it is asked meanwhile. */
static uint32_t stand(struct domain *d, uint32_t ttl)
{
	uint64_t now = clock_ms();
	if (d->no_until == 0)
		d->no_until = now + (uint64_t)clamp(ttl, NO_MIN, NO_MAX) * 1000;
	return d->no_until > now ? (uint32_t)((d->no_until - now + 999) / 1000) : 0;
}

/* "No" takes addresses away only if it is said again when the first "no" has expired. What the host
 * itself found since stays. */
static uint32_t keep_negative(struct outcome *o, struct domain *d, const struct rfc3263 *l)
{
	struct table_domain_info info = {.state = TABLE_UNKNOWN};
	uint32_t now = learn_now();
	uint32_t since = now > KEEP_MIN ? now - KEEP_MIN : 0;
	uint32_t left = stand(d, l->ttl), next = interval(o, l->ttl);
	d->backoff = 0;
	if (is_news(d, TROUBLE_NEGATIVE))
		outcome_say(o, "%s: DNS has no address for it", d->name);
	if (table_domain_describe(&o->table, d->number, &info) == 0 && info.refreshed >= since)
		since = info.refreshed + 1;
	if (info.state == TABLE_UNKNOWN || info.state == TABLE_EMPTY)
		left = 0;
	if (left)
		return o->refresh && o->refresh < left ? o->refresh : left;
	return table_clear(&o->table, d->number, since) ? LOCKED_RETRY : next;
}

static uint32_t keep_failure(struct outcome *o, struct domain *d, const struct rfc3263 *l)
{
	bool none = table_state(&o->table, d->number) == TABLE_UNKNOWN;
	table_failed(&o->table, d->number);
	if (is_news(d, TROUBLE_FAILED))
		outcome_say(o, "%s: %s; %s", d->name,
			l ? first_failure(l) : "the look-up could not be started",
			none ? "until DNS answers " OUTCOME_BY_TEXT : "the last answer is kept");
	back_off(d);
	return d->backoff;
}

uint32_t outcome_take(struct outcome *o, struct domain *d)
{
	const struct rfc3263 *l = d->lookup;
	switch (l ? l->outcome : RFC3263_FAILED) {
	case RFC3263_ANSWERED:
	case RFC3263_PARTIAL:
		return keep_answer(o, d, l);
	case RFC3263_NEGATIVE:
		return keep_negative(o, d, l);
	default:
		return keep_failure(o, d, l);
	}
}

uint32_t outcome_sweep(struct outcome *o, struct domain *d)
{
	table_put(&o->table, d->number, NULL, 0, NULL, 0, TABLE_WHOLE, KEEP_MIN, learn_now());
	return SWEEP;
}

void outcome_so_far(struct outcome *o, struct domain *d)
{
	struct rfc3263 *l = d->lookup;
	rfc3263_so_far(l);
	if (l->entry_count > d->published &&
		table_put(&o->table, d->number, l->entries, l->entry_count, l->names, l->name_count,
			TABLE_PART, 0, learn_now()) != ETIMEDOUT)
		d->published = l->entry_count;
}
