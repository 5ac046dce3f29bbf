/* SPDX-License-Identifier: MIT */
/* What is asked of the compiled routes, and the answer. */
#ifndef BOND_QUESTION_H
#define BOND_QUESTION_H

#include "model.h"

/* The next hop a request names: host part and port of its top Route, else of its R-URI. */
struct next_hop {
	const char *host; /* as written, brackets of IPv6 left out; not NUL-terminated */
	size_t host_len;
	uint16_t port; /* 0 = not written */
};

#define MATCH_FACTS_MAX 64

/* What DNS says of one destination. Domains are numbered from 0: those of every `to`, wildcards too,
 * in file order. */
struct match_facts {
	bool settled; /* all of each domain is known and none is a wildcard: no text decides alone */
	bool more;    /* further domains have the address */
	uint16_t count;
	uint32_t domains[MATCH_FACTS_MAX]; /* those that have the address, at any port */
	/* Whether not all addresses of that domain, no wildcard, are known: its text decides too. */
	bool (*waits)(const void *ctx, uint32_t domain);
	const void *ctx;
};

/* What is asked. Fields that the caller cannot know are left zero. */
struct question {
	const struct addr *dst;
	bool stream;     /* a connection, not a datagram */
	bool probe;      /* an unknown condition ends the search: MATCH_UNDECIDED */
	const struct addr *socket; /* the host's sending socket, NULL = not known */
	uint8_t socket_transport;
	/* The bonds on which the request that the host forwards came in; known, and none, for its own. */
	bool from_known;
	const uint16_t *from;
	size_t from_count;
	/* Fills in the next hop from the message, called at most once and only if a domain has to
	 * be compared; false = no message, or it names none. NULL = not known. */
	bool (*next_hop)(void *ctx, struct next_hop *nh);
	void *ctx;
	/* NULL = nothing is known of any domain: only texts decide. */
	const struct match_facts *facts;
};

enum match_result {
	MATCH_NONE,     /* no route */
	MATCH_ROUTE,    /* answer.route */
	MATCH_OWN,      /* the destination is a member's own address: never steered */
	MATCH_UNDECIDED /* answer.route has a condition that is not known here: of a probe, or `from`,
			 * behind which no later route may be tried */
};

struct answer {
	uint16_t route;
	uint16_t unanswered_route; /* which one, if domain_unanswered */
	bool by_domain;         /* the text of the message decided */
	bool by_address;        /* a domain has the address: which one, and who shares it, below */
	bool domain_unanswered; /* a domain route was passed over: not all its addresses are known */
	bool elsewhere;         /* the text names a domain that does not have the destination */
	uint16_t shared_route;  /* another that has the address too, NO_ROUTE_NUMBER = none */
	uint32_t domain;
	uint32_t waiting; /* the domain of unanswered_route, UINT32_MAX = not known */
};
#define NO_ROUTE_NUMBER UINT16_MAX

#endif
