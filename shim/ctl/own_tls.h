/* SPDX-License-Identifier: MIT */
/* Whether a program has a TLS library of its own inside, whose calls cannot be seen by a preloaded
 * library: what it says there in SIP keeps the host's names. Opens files; starts nothing. */
#ifndef BOND_OWN_TLS_H
#define BOND_OWN_TLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* One sentence on the program of that path in text, with what to do; false: nothing of that kind is
 * known of it. Modules that a program loads while it runs are not looked at. */
bool own_tls_explain(const char *path, char *text, size_t size);

#endif
