/* SPDX-License-Identifier: MIT */
/* The servers of one c-ares channel. Called by query.c as it opens one. */
#ifndef BOND_DNS_SERVERS_H
#define BOND_DNS_SERVERS_H

#include <ares.h>

#include "query_setup.h"

/* Those of the setup, else of resolv.conf, else its fallback; the first three. A c-ares status. */
int servers_set(ares_channel channel, const struct query_setup *s);

#endif
