/* SPDX-License-Identifier: MIT */
/* The part of a SIP URI that says where a request goes: what RFC 3263 calls TARGET. PURE. */
#ifndef BOND_DNS_URI_H
#define BOND_DNS_URI_H

#include "answer.h"
#include "config/model.h"

struct uri {
	char host[ANSWER_NAME_MAX]; /* as answer_name() gives it, "" if numeric */
	struct addr numeric;        /* family 0 = host is a name; port 0 */
	uint16_t port;              /* 0 = not written */
	bool sips;
	uint8_t transport; /* of transport=, enum transport; TRANSPORT_NONE = not written */
};

/* Reads "sip:user@host:port;transport=tcp", "sips:host", "<sip:host>", or "host:port" alone, which
 * is taken for sip:. maddr wins over the host (RFC 3261 19.1.1). 0, or EINVAL with *why pointing to
 * a constant sentence. */
int uri_parse(struct uri *u, const char *s, size_t n, const char **why);

#endif
