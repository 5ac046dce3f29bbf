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
	struct dns_view *dns;
	bool dns_asked; /* false: it does not matter, the address alone decides */
};

/* Whether it is known where the request came in. Of a connection only what came in is known: that it is
 * the host's own is not. */
static inline bool request_from_known(const struct request *q, bool stream)
{
	return q->from && !(stream && q->from_host);
}

/* What the host gets where no route matches: connections are refused at SIP ports only. */
const char *request_no_route(const struct request *q, bool stream, const struct addr *dst);

enum holds { NO, YES, MAYBE };

/* A reason, put together from pieces. */
struct reason {
	char text[1024];
	size_t n;
};

/* What route number says to the request, and why: the first reason against it, else for it. */
enum holds explain_route(const struct request *q, uint16_t number, struct reason *why);

#endif
