/* SPDX-License-Identifier: MIT */
/* Members that are marked `open` and nothing more, of a port at which the host does not listen: without sk_lookup
 * nothing opens them. Whether it will listen there is not known before it has bound all of its sockets: that is when
 * it waits, receives, sends, or forks for the first time behind its first listener. */
#ifndef BOND_OPENED_BEGUN_H
#define BOND_OPENED_BEGUN_H

#include "core/rules.h"

/* The host has bound a listener before our eyes. */
void begun_listener(const struct rules *r);

/* It forks: in the parent. May end the process, with a sentence on stderr. */
void begun_forks(void);

#endif
