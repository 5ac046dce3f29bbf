/* SPDX-License-Identifier: MIT */
/* What DNS says of the domains in a configuration, as a host under libbond would know it: asked now,
 * or a running host's own table. For the tools. */
#ifndef BOND_CTL_DNS_VIEW_H
#define BOND_CTL_DNS_VIEW_H

#include "running.h"
#include "dns/query.h"
#include "config/match.h"

struct dns_view {
	bool on;             /* false: the configuration has no domains, or nothing could be asked */
	struct table table;
	void *area;          /* of a table of its own */
	uint16_t *numbers;   /* in the table, of each target; MODEL_NONE = it is not there */
	const struct config *config; /* asked for; must live as long */
	const struct running *host; /* whose table it is, NULL = asked now */
};

/* Asks DNS for all domains of c. Blocks. 0 or an errno; the view can be used in any case. */
int dns_view_ask(struct dns_view *v, const struct config *c, const struct dns_io *io);

/* Takes the table of a running host, which must live as long. Says on standard error which domains
 * of c the host does not know. 0 or ENOMEM. */
int dns_view_take(struct dns_view *v, const struct config *c, const struct running *host);

struct explain_target;

/* The host would look up the target's name itself before it goes there, and learn from it. Nothing for
 * the table of a running host, which says what it has learnt. */
void dns_view_learn(struct dns_view *v, const struct explain_target *t);

/* For question.facts; room and v must live as long. NULL if the view is not on. */
const struct match_facts *dns_view_facts(const struct dns_view *v, const struct config *c,
	const struct addr *dst, struct match_facts *room);

/* What is known of one target of c, which is no prefix: whether dst is an address of it, enum
 * table_state, and whether by that the text decides too. */
bool dns_view_has(const struct dns_view *v, size_t target, const struct addr *dst);
uint8_t dns_view_state(const struct dns_view *v, size_t target);
bool dns_view_waits(const struct dns_view *v, const struct config *c, size_t target);

/* What a connection to dst speaks by this route, which may be NULL. */
enum transport dns_view_stream_transport(const struct dns_view *v, const struct config *c,
	const struct route *r, const struct addr *dst);

void dns_view_free(struct dns_view *v);

#endif
