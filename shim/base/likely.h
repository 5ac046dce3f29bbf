/* SPDX-License-Identifier: MIT */
/* Which way a branch goes almost always. */
#ifndef BOND_BASE_LIKELY_H
#define BOND_BASE_LIKELY_H

#define likely(x) __builtin_expect_with_probability(!!(x), 1, 0.9999)
#define unlikely(x) __builtin_expect_with_probability(!!(x), 0, 0.9999)

#endif
