/* SPDX-License-Identifier: MIT */
/* What DNS says of a domain, as the table keeps it. */
#ifndef BOND_DNS_PLACE_H
#define BOND_DNS_PLACE_H

#include "config/model.h"

/* One place where requests for a domain may go. port 0 and TRANSPORT_NONE: any port, and what it
 * speaks there is not known. */
struct dns_place {
	struct addr addr;
	uint8_t transport; /* enum transport */
};

/* A name that leads to a domain: the target of an SRV (port set), or the owner of the SRV records
 * that a NAPTR gave (port 0). What the host looks up under it belongs to the domain too. */
struct dns_name {
	const char *name; /* lower case, no final dot */
	uint16_t port;
	uint8_t transport;
};

#endif
