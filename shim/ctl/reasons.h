/* SPDX-License-Identifier: MIT */
/* Why a route takes a request or not, in words. The answer is match_route()'s own; this is worked out
 * beside it. */
#ifndef BOND_CTL_REASONS_H
#define BOND_CTL_REASONS_H

#include "dns_view.h"

/* What `bondctl explain` is asked of an address. */
struct request {
	const struct config *c;
	const struct match *m;
	struct addr dst;
	enum transport transport;
	bool stream;
	const struct addr *socket; /* NULL = not told */
	struct addr socket_addr;
	enum transport socket_transport;
	struct next_hop next_hop; /* host NULL = not told */
	const char *from; /* the bond it came in on, NULL = not told */
	uint16_t from_bond;
	bool from_host; /* the host's own request */
	bool from_unseen; /* it came in by a way that cannot be seen, as by TLS */
	struct dns_view *dns;
	bool dns_asked; /* false: it does not matter, the address alone decides */
};

/* Whether it is known where the request came in; of a datagram of which nothing was told, that it is the
 * host's own. Of a connection only what came in is known: that it is the host's own is not. */
static inline bool request_from_known(const struct request *q, bool stream)
{
	if (q->from_unseen)
		return false;
	return !stream || (q->from && !q->from_host);
}

/* How many bonds it came in on. */
static inline size_t request_from_count(const struct request *q)
{
	return q->from && !q->from_host && !q->from_unseen;
}

/* What the host gets where no route matches: connections are refused at SIP ports only. */
const char *request_no_route(const struct request *q, bool stream, const struct addr *dst);

/* What becomes of a request that came in unseen, where that route asks for its arrival. */
const char *request_unknown(const struct request *q, uint16_t route);

enum holds { NO, YES, MAYBE };

/* A reason, put together from pieces. */
struct reason {
	char text[1024];
	size_t n;
};

/* What route number says to the request, and why: the first reason against it, else for it. */
enum holds explain_route(const struct request *q, uint16_t number, struct reason *why);

#endif
