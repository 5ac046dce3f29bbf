/* SPDX-License-Identifier: MIT */
/* `bondctl explain FILE TRANSPORT:ADDRESS`: each route, the members of the bond, the member chosen. */
#ifndef BOND_CTL_EXPLAIN_ADDRESS_H
#define BOND_CTL_EXPLAIN_ADDRESS_H

#include "json.h"
#include "reasons.h"

/* On standard output; json goes there, NULL = text does. */
void explain_address(const struct request *q, struct json *json);

#endif
