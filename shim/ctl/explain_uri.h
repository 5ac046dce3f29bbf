/* SPDX-License-Identifier: MIT */
/* `bondctl explain INI sip:carrier1.com`: the targets that RFC 3263 gives, in order, each with its
 * record chain, and what is decided for each. For bondctl only: it blocks until DNS has answered.
 */
#ifndef BOND_EXPLAIN_URI_H
#define BOND_EXPLAIN_URI_H

#include <stdio.h>

#include "dns/rfc3263.h"
#include "json.h"

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
	FILE *out;
	struct json *json; /* goes there, NULL = text does */
	/* Prints what is decided for one target: lines that begin with `indent`, or, with json, the
	 * member "decision" of the object that is open. NULL = nothing is printed. */
	void (*decision)(void *ctx, const struct explain_target *t, const char *indent,
		struct json *json, FILE *out);
	/* Prints what a running host knows of the URI's host behind all that, with json as the member
	 * "host"; returns how many places it knows. NULL = no host is asked. */
	unsigned (*known)(void *ctx, const struct uri *u, struct json *json, FILE *out);
	void *ctx;
};

/* Whether DEST is for explain_uri(): a SIP URI, a name, or TRANSPORT:NAME (tls:carrier1.com), and
 * not TRANSPORT:ADDRESS or an address. */
bool explain_uri_takes(const char *dest);

/* 0; ENOENT = DNS has no target (it says why), nor has the host that is asked; EINVAL = no URI (says why on stderr); else an errno.
 */
int explain_uri(const struct explain_uri *e, const char *dest);

#endif
