/* SPDX-License-Identifier: MIT */
/* What a running host knows of the host part of a URI. For bondctl. */
#ifndef BOND_CTL_HOST_TABLE_H
#define BOND_CTL_HOST_TABLE_H

#include <stdio.h>

#include "dns/uri.h"
#include "json.h"
#include "dns/table_domains.h"

/* explain_uri's seam `known`: ctx is a struct decision whose view is a host's. */
unsigned host_table_print(void *ctx, const struct uri *u, struct json *json, FILE *out);

#endif
