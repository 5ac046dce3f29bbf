/* SPDX-License-Identifier: MIT */
/* RFC 3263: a SIP target -> where requests for it may go. Two views of one look-up: the targets in
 * the order that the RFC gives, for `bondctl explain`, and the superset of every address that any
 * host may pick, for the table. One thread at a time; malloc; never on the send path. */
#ifndef BOND_DNS_RFC_____H
#define BOND_DNS_RFC_____H

#include "place.h"
#include "query.h"
#include "uri.h"

#define RFC3263_TARGETS_MAX 256
#define RFC3263_ENTRIES_MAX 256
#define RFC3263_NAMES_MAX 192

/* What to find out; both may be asked at once. */
enum { RFC3263_ORDERED = 1, RFC3263_SUPERSET = 2 };

/* One target with the records that lead to it; NULL where that step was not needed. The records
 * live as long as the look-up. */
struct rfc3263_target {
	struct addr addr; /* port always set */
	uint8_t transport;
	const struct dns_question *naptr_of;
	const struct record *naptr;
	const struct dns_question *srv_of;
	const struct record *srv;
	const struct dns_question *address_of;
	const struct record *address;
};

enum rfc3263_outcome {
	RFC3263_PENDING,
	RFC3263_ANSWERED, /* every question was answered, and there is an address */
	RFC3263_PARTIAL,  /* there are addresses, but a question failed or records were left out */
	RFC3263_NEGATIVE, /* every question was answered: there is no address */
	RFC3263_FAILED    /* nothing is known */
};

struct rfc3263 {
	struct uri uri;
	unsigned want;
	struct query *query;
	uint8_t outcome;   /* enum rfc3263_outcome; the rest holds when it is not pending, but for
			    * rfc3263_so_far() */
	bool more;         /* targets or entries were left out: see the bounds above */
	bool impossible;   /* sips: with transport=udp: RFC 3261 26.2.2 */
	bool srv_known;    /* the domain has SRV records */
	unsigned failed;   /* questions that failed */
	unsigned unusable; /* records dropped for a bad name or address */
	uint32_t ttl;      /* seconds until any of it may have changed */
	unsigned target_count;
	unsigned entry_count;
	unsigned name_count;
	struct rfc3263_target targets[RFC3263_TARGETS_MAX];
	struct dns_place entries[RFC3263_ENTRIES_MAX];
	struct dns_name names[RFC3263_NAMES_MAX];
};

/* Starts to look u up. 0, ENOMEM, EINVAL (servers). */
int rfc3263_start(
	struct rfc3263 **l, const struct uri *u, const struct query_setup *s, unsigned want);
void rfc3263_free(struct rfc3263 *l);

/* As the functions of query.h. rfc3263_step() returns whether the look-up is complete. */
int rfc3263_sockets(struct rfc3263 *l, struct pollfd *fds, int max);
int rfc3263_wait(const struct rfc3263 *l);
bool rfc3263_step(struct rfc3263 *l, const struct pollfd *fds, int count);

/* While it is pending, after a step: fills in the entries and names that are known so far, and asks
 * what follows from the answers that are there. For look-ups of the superset alone. */
void rfc3263_so_far(struct rfc3263 *l);

/* Steps until it is complete, at most four times the timeout. For programs with nothing else to do.
 */
void rfc3263_run(struct rfc3263 *l);

/* The questions in the order they were first asked; NULL after the last. */
const struct dns_question *rfc3263_question(const struct rfc3263 *l, unsigned i);

#endif
