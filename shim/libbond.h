/* SPDX-License-Identifier: MIT */
/* What libbond.so exports beside its hooks. Programs use it through weak symbols, so that they run
 * without the library too:
 *
 *	extern const char *bond_version(void) __attribute__((weak));
 *	if (bond_version) ... */
#ifndef LIBBOND_H
#define LIBBOND_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is preloaded, for example "0.1.0"; static text. */
const char *bond_version(void);

#ifdef __cplusplus
}
#endif

#endif
