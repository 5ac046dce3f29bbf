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

/* The bond to which the local address of a socket belongs: a listener, or a connection. The first in
 * the configuration's order; NULL: none, or fd is no such socket. Static text. */
const char *bond_of(int fd);

/* Whether the local address of a socket is a member's of that bond (any case): 1 or 0; -1 with errno
 * ENOENT: there is no such bond, ENOTSOCK and the like: fd is no socket. */
int bond_belongs(int fd, const char *bond);

/* The next SIP requests and connections of this thread use that bond, before all routes, until it is
 * called again; NULL: by the routes again. 0, or -1 with errno ENOENT: there is no such bond (the
 * setting stays as it was). */
int bond_use(const char *bond);

#ifdef __cplusplus
}
#endif

#endif
