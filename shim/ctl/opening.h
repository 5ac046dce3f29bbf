/* SPDX-License-Identifier: MIT */
/* By which way members of a configuration that are marked `open` will be heard by a program that is started from
 * here, and what the other way would need. */
#ifndef BOND_CTL_OPENING_H
#define BOND_CTL_OPENING_H

#include <stdbool.h>

#include "config/model.h"

/* Whether a program that is started by this one can have sk_lookup: 0; EPERM: it will lack capabilities; another
 * errno: the kernel does not have it. */
int opening_lookup(void);

/* Writes what is to be said of c's opened members into text of size bytes, lookup as from above. Empty: nothing;
 * without `all`, also where it need not be said: no member would be lost by the way that is taken. */
void opening_describe(const struct config *c, int lookup, bool all, char *text, size_t size);

#endif
