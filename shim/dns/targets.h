/* SPDX-License-Identifier: MIT */
/* The domains that a configuration names, and the table that they need. */
#ifndef BOND_DNS_TARGETS_H
#define BOND_DNS_TARGETS_H

#include "table_view.h"

/* Whether there is a domain to ask for. */
bool targets_are_asked(const struct config *c);

/* How large a table the domains of the configuration need. */
void targets_room(const struct config *c, uint32_t *domains, uint32_t *addresses);

/* How large the table of a host is that has read c: there is one even without a domain, and room in it for
 * those of configurations to come. */
#define TARGETS_TO_COME 256
void targets_host_room(const struct config *c, uint32_t *domains, uint32_t *addresses);

/* Makes sure that the table has every domain of the configuration, and writes the number of each
 * target's domain to numbers[0 .. target_count), MODEL_NONE for prefixes and for what found no
 * room. To be called where the configuration is loaded, before the host forks. 0, ENOSPC (counted
 * by the table; such a domain goes by the text of messages), ETIMEDOUT. */
int targets_register(struct table *t, const struct config *c, uint16_t *numbers);

#endif
