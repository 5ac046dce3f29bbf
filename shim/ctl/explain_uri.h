/* SPDX-License-Identifier: MIT */
/* `bondctl explain INI sip:carrier1.com`: the targets that RFC 3263 gives, in order, each with its
 * record chain, and what is decided for each. For bondctl only: it blocks until DNS has answered.
 */
#ifndef BOND_EXPLAIN_URI_H
#define BOND_EXPLAIN_URI_H

#include <stdio.h>

#include "dns/rfc3263.h"

/* One destination as the decision gets it. */
struct explain_target {
	struct addr addr;
	enum transport transport;
	const char *host; /* the name in the request, "" = the address itself */
	uint16_t port;    /* as written in the URI, 0 = not */
	const char *srv;  /* the name that an SRV record gave, NULL = none did */
};

struct explain_uri {
	const struct config *config; /* for [dns] */
	const struct dns_io *io;
	bool json;
	FILE *out;
	/* Prints what is decided for one target: lines that begin with `indent`, or, if json, one
	 * JSON object without a newline. NULL = nothing is printed. */
	void (*decision)(void *ctx, const struct explain_target *t, const char *indent, bool json,
		FILE *out);
	/* Prints what a running host knows of the URI's host behind all that, in json as a further
	 * member of the object; returns how many places it knows. NULL = no host is asked. */
	unsigned (*known)(void *ctx, const struct uri *u, bool json, FILE *out);
	void *ctx;
};

/* Whether DEST is for explain_uri(): a SIP URI, a name, or TRANSPORT:NAME (tls:carrier1.com), and
 * not TRANSPORT:ADDRESS or an address. */
bool explain_uri_takes(const char *dest);

/* 0; ENOENT = DNS has no target (it says why), nor has the host that is asked; EINVAL = no URI (says why on stderr); else an errno.
 */
int explain_uri(const struct explain_uri *e, const char *dest);

/* Prints s as a JSON string, NULL as null. */
void explain_json(FILE *out, const char *s);

#endif
