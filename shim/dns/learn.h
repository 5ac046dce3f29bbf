/* SPDX-License-Identifier: MIT */
/* What the host itself finds out about names goes into the table: for the hooks on its look-ups,
 * called after the real function, in the host's thread, with its result. Takes the table's lock
 * only if the name concerns a route. No log; no allocation; errno is kept; not for signal
 * handlers (nor are the functions that it follows). */
#ifndef BOND_DNS_LEARN_H
#define BOND_DNS_LEARN_H

#include <netdb.h>

#include "table.h"

/* A message that res_query(), res_search(), res_nquery(), res_send() and the like returned: A,
 * AAAA, SRV and NAPTR. n bytes; anything else, or garbage, teaches nothing. Returns what was
 * learnt. */
unsigned learn_message(struct table *t, const void *msg, size_t n);

/* The result of getaddrinfo(node, ...). */
unsigned learn_addrinfo(struct table *t, const char *node, const struct addrinfo *list);

/* The result of gethostbyname(name), gethostbyname2() and their _r forms. */
unsigned learn_hostent(struct table *t, const char *name, const struct hostent *host);

/* Seconds, the clock of all writers of the table. */
uint32_t learn_now(void);

#endif
