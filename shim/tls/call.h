/* SPDX-License-Identifier: MIT */
/* What the fronts of all TLS libraries have in common: how they call the library's own functions, and libbond.so.
 * Each has a `depth` of its own, a thread's: a call that a library makes within a call is the library's. */
#ifndef BOND_TLS_CALL_H
#define BOND_TLS_CALL_H

#include "base/likely.h"
#include "find.h"
#include "preload/tls/offer.h"

#define EXPORT __attribute__((visibility("default")))

extern const struct bond_tls *bond_tls_2(void) __attribute__((weak)); /* libbond.so may not be there */

/* During one call of the host: its object, and the library of that. */
struct object {
	void *ssl;
	const struct find_library *in;
};

/* A function by the type that it has; a pointer to data is one to a function here (POSIX dlsym). */
#define OWN(o, number, type) ((type)(o)->in->functions[number])
#define NEXT(o, number, type) ((type)(o)->in->next[number])

/* Calls the library's, with the object first: CALL one of those that are only asked, PASS what is called in
 * the host's stead. */
#define CALL(result, o, number, type, ...) \
	do { \
		depth++; \
		(result) = OWN(o, number, type)((o)->ssl, ##__VA_ARGS__); \
		depth--; \
	} while (0)
#define PASS(result, o, number, type, ...) \
	do { \
		depth++; \
		(result) = NEXT(o, number, type)((o)->ssl, ##__VA_ARGS__); \
		depth--; \
	} while (0)

/* Whether there may be connections to look at. */
static inline bool call_is_wanted(void)
{
	return bond_tls_2 && bond_tls_2()->wanted();
}

/* Whether the library has that hooked function. */
static inline bool call_has(const struct object *o, size_t number)
{
	return o->in && o->in->next[number];
}

#endif
