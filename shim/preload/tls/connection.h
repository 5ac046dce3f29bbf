/* SPDX-License-Identifier: MIT */
/* The connection that an object of a TLS library is of, as the descriptor of it was seen, in whichever
 * process of the host. No malloc, no lock, no system call. */
#ifndef BOND_TLS_CONNECTION_H
#define BOND_TLS_CONNECTION_H

#include "offer.h"
#include "preload/stream/side.h"

struct tls_connection {
	struct fd_record at;
	struct side_ends ends; /* at points to the above */
};

/* Whether any is known, or is to become known. */
bool tls_any(void);

enum tls_is {
	TLS_KNOWN, /* c is filled in */
	TLS_OTHER, /* it is not known for sure, or no SIP can be expected on it: it passes as it is */
	TLS_SHUT   /* it is not known, and must not pass: what it brings could not be told from what libbond says
		    * (`header`), came to nobody knows where (`unknown`), or it has been edited so far */
};

enum tls_is tls_find(const struct bond_tls_id *id, struct tls_connection *c);

#endif
