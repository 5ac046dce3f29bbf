/* SPDX-License-Identifier: MIT */
/* What the end of a look-up means: for the table, for the operator, and for the next one. */
#ifndef BOND_DNS_OUTCOME_H
#define BOND_DNS_OUTCOME_H

#include "rfc3263.h"
#include "table_view.h"

/* What happens to a domain whose addresses are not known. */
#define OUTCOME_BY_TEXT "the text of a request decides, and connections do not match"

/* A domain that is looked up. Zero it but for what names it. */
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

/* Where it goes. */
struct outcome {
	struct table table;
	uint32_t refresh; /* seconds between two look-ups, 0 = by the TTLs */
	void (*say)(void *ctx, const char *text); /* may be NULL */
	void *ctx;
};

/* Takes what d->lookup found, NULL: it could not be started. Seconds until the next. */
uint32_t outcome_take(struct outcome *o, struct domain *d);

/* The same of a wildcard: what it learnt long ago goes. */
uint32_t outcome_sweep(struct outcome *o, struct domain *d);

/* Puts in the table what a look-up knows that is not over. */
void outcome_so_far(struct outcome *o, struct domain *d);

void outcome_say(struct outcome *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
