/* SPDX-License-Identifier: MIT */
/* What the fronts of all TLS libraries have in common: how they call the library's own functions, and libbond.so. */
#ifndef BOND_TLS_CALL_H
#define BOND_TLS_CALL_H

#include "base/likely.h"
#include "find.h"
#include "preload/tls/offer.h"

#define EXPORT __attribute__((visibility("default")))

extern const struct bond_tls *bond_tls_3(void) __attribute__((weak)); /* libbond.so may not be there */

/* A thread's calls of that kind of library: one that a library makes within a call is its own. */
static __thread unsigned depth;

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

/* By the numbers of which functions a library tells its connections, where it does as OpenSSL. */
struct call_tells {
	size_t is_dtls, client_random, server_random, is_server;
};

/* Whether there may be connections to look at. */
static inline bool call_is_wanted(void)
{
	return bond_tls_3 && bond_tls_3()->wanted();
}

/* Whether the library has that hooked function. */
static inline bool call_has(const struct object *o, size_t number)
{
	return o->in && o->in->next[number];
}

/* Finds out which connection it is, for call->real and call->tls, which are set. False: nobody can tell, or it carries
 * media (DTLS). */
static inline bool call_identify(const struct object *o, const struct call_tells *by, struct bond_tls_call *call)
{
	typedef int (*tells)(void *);
	typedef size_t (*copies_random)(void *, unsigned char *, size_t);
	size_t client, server;
	int is_server, is_dtls;

	CALL(is_dtls, o, by->is_dtls, tells);
	if (is_dtls)
		return false;
	CALL(client, o, by->client_random, copies_random, call->id.client, BOND_TLS_RANDOM);
	CALL(server, o, by->server_random, copies_random, call->id.server, BOND_TLS_RANDOM);
	CALL(is_server, o, by->is_server, tells);
	call->id.is_server = is_server;
	return client == BOND_TLS_RANDOM && server == BOND_TLS_RANDOM;
}

#endif
