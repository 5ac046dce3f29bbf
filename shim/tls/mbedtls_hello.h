/* SPDX-License-Identifier: MIT */
/* Which connection an object of mbed TLS is: that library tells no randoms, so they are read from what goes
 * through the functions which the host gave the object to send and receive by. They are called by way of
 * these here, with the host's own argument; nothing else of the object changes. A table of the process, no
 * lock; an object for which there is no room stays unknown. */
#ifndef BOND_TLS_MBEDTLS_HELLO_H
#define BOND_TLS_MBEDTLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/tls/offer.h"

typedef int (*mbedtls_send)(void *context, const unsigned char *p, size_t n);
typedef int (*mbedtls_recv)(void *context, unsigned char *to, size_t n);
typedef int (*mbedtls_recv_timeout)(void *context, unsigned char *to, size_t n, uint32_t timeout);

/* What a host gives to mbedtls_ssl_set_bio(). */
struct mbedtls_bio {
	mbedtls_send send;
	mbedtls_recv recv;
	mbedtls_recv_timeout recv_timeout;
};

struct mbedtls_known;

/* The host gives them to the object: changes them to those that are to be given to the library. */
void mbedtls_hello_follow(const void *ssl, const void *context, struct mbedtls_bio *bio);

/* What is known of the object; NULL: nothing. */
struct mbedtls_known *mbedtls_hello_of(const void *ssl);

/* Its next connection begins; or it is none any more. */
void mbedtls_hello_again(const void *ssl);
void mbedtls_hello_drop(const void *ssl);

/* Around each call of the library by which handshakes go on: what is sent and received in it is that object's.
 * Returns what _left() puts back. */
struct mbedtls_known *mbedtls_hello_enter(struct mbedtls_known *known);
void mbedtls_hello_leave(struct mbedtls_known *before);

enum mbedtls_hello {
	MBEDTLS_HELLO_KNOWN,
	MBEDTLS_HELLO_READING, /* may be known once the handshake is over */
	MBEDTLS_HELLO_NEVER
};

/* Which connection it is, in id if known. */
enum mbedtls_hello mbedtls_hello_name(const struct mbedtls_known *known, struct bond_tls_id *id);

/* The argument of the host's functions, if they are those of bio; else NULL. */
const void *mbedtls_hello_context(const struct mbedtls_known *known, mbedtls_recv recv, mbedtls_recv_timeout timed);

#endif
