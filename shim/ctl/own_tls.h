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

/* The same in short: "PATH has TLS of its own inside (OpenSSL)". */
bool own_tls_name(const char *path, char *text, size_t size);

/* What an object that a process has loaded means for its TLS. */
enum own_tls {
	OWN_TLS_NONE,   /* it has none, or cannot be read */
	OWN_TLS_SHARED, /* it is a library that libbond-tls.so stands before, */
	OWN_TLS_MUTE,   /* or one that does not tell which connection is which */
	OWN_TLS_INSIDE  /* its TLS is its own */
};

/* *name: of the library, a constant; only set where there is one. program: the object is the executable. */
enum own_tls own_tls_look(const char *path, bool program, const char **name);

#endif
