/* SPDX-License-Identifier: MIT */
/* One end of a TLS connection by whichever library: each is an object of its own, opened where it is wanted. */
#ifndef TLS_END_H
#define TLS_END_H

#include <stdbool.h>
#include <stddef.h>

#define TLS_AGAIN -1
#define TLS_ENDED -2
#define TLS_BROKEN -3

struct tls_end_as {
	int fd; /* which does not block */
	bool server, tls12;
	int way; /* 0 to 3: what the library offers beside */
	const char *certificate, *key; /* PEM, of a server */
};

struct tls_end {
	void *(*open)(const struct tls_end_as *as);
	/* 1: it is over, or left to what follows; else TLS_AGAIN or TLS_BROKEN. */
	long (*shake_hands)(void *end);
	/* Bytes, or one of the above; again: the write before was to be made once more. */
	long (*read)(void *end, void *to, size_t n);
	long (*write)(void *end, const void *p, size_t n, bool again);
	size_t (*pending)(void *end);
	void (*close)(void *end);
};

#endif
