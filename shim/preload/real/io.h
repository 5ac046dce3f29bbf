/* SPDX-License-Identifier: MIT */
/* libc's own functions for what looks up domains: c-ares must not meet the hooks. */
#ifndef BOND_REAL_IO_H
#define BOND_REAL_IO_H

#include "dns/io.h"

extern const struct dns_io real_io __attribute__((visibility("hidden")));

#endif
