/* SPDX-License-Identifier: MIT */
/* Finds the TLS libraries of the process, however they were loaded: modules opened with RTLD_LOCAL have
 * theirs out of dlsym(RTLD_NEXT)'s sight, and there may be several. */
#ifndef BOND_TLS_FIND_H
#define BOND_TLS_FIND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define FIND_LIBRARIES 8
#define FIND_FUNCTIONS 24

/* One kind of library, as OpenSSL; its functions by their place in `names`. */
struct find_kind {
	const char *const *names; /* NULL at the end, FIND_FUNCTIONS at most */
	size_t hooked;            /* how many of the first ones libbond-tls.so exports itself, */
	size_t needed;            /* and without how many there is no library */
	const char *whole;        /* what no preload has that stands before one */
	size_t optional;          /* from that place on some may have them; 0: all are needed */
};

struct find_library {
	char *base, *end; /* its image */
	void *functions[FIND_FUNCTIONS];
	bool complete; /* all of them are there that no hook stands for */
	void *next[FIND_FUNCTIONS]; /* of the hooked ones: what is to be called, another preload's maybe */
};

#define FIND_CALLERS 256

struct find_all {
	const struct find_kind *kind;
	_Atomic bool busy;
	_Atomic unsigned long long adds; /* objects that the process had loaded when it was looked last */
	_Atomic size_t count;
	struct find_library libraries[FIND_LIBRARIES];
	_Atomic(const void *) callers[FIND_CALLERS]; /* that were looked for, a cache */
};

/* The library whose object that is, at which the first words of it point; else, and if object is NULL, the one on
 * which the object with the caller's address depends, else the first. NULL: there is none. */
const struct find_library *find_of(struct find_all *all, const void *object, const void *caller);

#endif
