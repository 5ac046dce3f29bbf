/* SPDX-License-Identifier: MIT */
/* A response of the host: from where it leaves, and whether there is anything of libbond in it. */
#ifndef BOND_DATAGRAM_RESPONSE_H
#define BOND_DATAGRAM_RESPONSE_H

#include "leaving.h"

/* Decides of the response of n bytes at p, whose sender is known. */
void response_decide(struct leaving *l, struct verdict *v, const char *p, size_t n);

#endif
