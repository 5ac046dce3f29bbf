/* SPDX-License-Identifier: MIT */
/* What libbond.so offers to what stands between a host and its TLS library (libbond-tls.so): the bytes
 * that the host reads and writes there are edited as those of a TCP connection. Nothing here knows a
 * library. Of one connection and direction there is one call at a time, from any process of the host: so
 * all TLS libraries have it. errno is the real functions'. */
#ifndef BOND_TLS_OFFER_H
#define BOND_TLS_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOND_TLS_RANDOM 32

/* What both ends of a connection have of its handshake (RFC 8446 4.1.2, 4.1.3), and which end it is. */
struct bond_tls_id {
	uint8_t client[BOND_TLS_RANDOM];
	uint8_t server[BOND_TLS_RANDOM];
	bool is_server;
};

/* The library's own functions; `tls` is its object of the connection. */
struct bond_tls_real {
	/* As the host's own call: how many bytes, else what the host gets. */
	long (*read)(void *tls, void *to, size_t n);
	long (*write)(void *tls, const void *p, size_t n);
	/* Bytes that read() returns without the connection. */
	size_t (*pending)(void *tls);
	/* Whether the host comes back for the same after read() returned that. */
	bool (*goes_on)(void *tls, long result);
	/* read() failed for good, and something is returned in its stead: what it said goes. */
	void (*forget)(void *tls);
	/* Before each write(): the same bytes may be given again from elsewhere. Whether the host takes it
	 * that a part of its bytes was written. */
	bool (*prepare)(void *tls);
	/* The descriptor that read() waits on, if it is one of that connection; -1: none is known. */
	int (*fd)(void *tls);
	/* Ends the connection, both ways. */
	void (*shut)(void *tls);
	/* What the host's reads, or writes, get from then on, by whichever object. NULL: the library's own say
	 * that it is ended. */
	long (*ended)(void *tls, bool reads);
	/* What the trace calls the two. */
	const char *reads, *writes;
};

struct bond_tls_call {
	const struct bond_tls_real *real;
	void *tls;
	struct bond_tls_id id;
};

struct bond_tls {
	/* Whether there may be connections to be looked at, also such as begin in the call that is made: else
	 * nothing below need be asked. */
	bool (*wanted)(void);
	/* As the host's read and write of n > 0 bytes, with *result; peek: what is read stays; a write of n = 0
	 * is the one before once more. False: it is none of the connections that are edited, or there is
	 * nothing to write once more, and the real function is to be called. */
	bool (*read)(const struct bond_tls_call *call, void *to, size_t n, bool peek, long *result);
	bool (*write)(const struct bond_tls_call *call, const void *p, size_t n, long *result);
	/* What the next reads return, beyond real->pending(). */
	size_t (*pending)(const struct bond_tls_call *call);
};

/* The name has a number, which another meaning of all this would count up. Never NULL. */
const struct bond_tls *bond_tls_3(void);

#endif
