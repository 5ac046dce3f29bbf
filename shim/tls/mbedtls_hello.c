/* SPDX-License-Identifier: MIT */
/* A way of its own for each set of functions that a host gives, so that the host's argument can stay what it
 * is: the library calls the way, and the way knows what to call. */
#include "mbedtls_hello.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "wire/hello.h"

#define WAYS 16 /* sets of functions in one process */
#define SETS 2048
#define PLACES 8 /* in each */

struct mbedtls_known {
	_Atomic(const void *) ssl; /* NULL = free */
	const void *context;
	unsigned way;
	struct hello out, in;
};

static struct mbedtls_known known_objects[SETS][PLACES];

static struct way {
	_Atomic int state; /* 0 = free, 1 = being written, 2 */
	struct mbedtls_bio bio;
} ways[WAYS];

/* Whose handshake this thread is in. */
static __thread struct mbedtls_known *current;

static void feed(unsigned number, const void *context, bool in, const void *p, int n)
{
	if (n > 0 && current && current->way == number && current->context == context)
		hello_feed(in ? &current->in : &current->out, p, (size_t)n);
}

static int send_by(unsigned number, void *context, const unsigned char *p, size_t n)
{
	int went = ways[number].bio.send(context, p, n);

	feed(number, context, false, p, went);
	return went;
}

static int recv_by(unsigned number, void *context, unsigned char *to, size_t n)
{
	int came = ways[number].bio.recv(context, to, n);

	feed(number, context, true, to, came);
	return came;
}

static int recv_timeout_by(unsigned number, void *context, unsigned char *to, size_t n, uint32_t timeout)
{
	int came = ways[number].bio.recv_timeout(context, to, n, timeout);

	feed(number, context, true, to, came);
	return came;
}

#define WAY(number) \
	static int send_##number(void *context, const unsigned char *p, size_t n) \
	{ \
		return send_by(number, context, p, n); \
	} \
	static int recv_##number(void *context, unsigned char *to, size_t n) \
	{ \
		return recv_by(number, context, to, n); \
	} \
	static int recv_timeout_##number(void *context, unsigned char *to, size_t n, uint32_t timeout) \
	{ \
		return recv_timeout_by(number, context, to, n, timeout); \
	}
#define ENTRY(number) {send_##number, recv_##number, recv_timeout_##number}
#define ALL(what, separator) \
	what(0) separator what(1) separator what(2) separator what(3) separator what(4) separator what(5) \
	separator what(6) separator what(7) separator what(8) separator what(9) separator what(10) separator \
	what(11) separator what(12) separator what(13) separator what(14) separator what(15)
#define NOTHING
#define COMMA ,

ALL(WAY, NOTHING)

static const struct mbedtls_bio entries[WAYS] = {ALL(ENTRY, COMMA)};

static bool is_same(const struct mbedtls_bio *a, const struct mbedtls_bio *b)
{
	return a->send == b->send && a->recv == b->recv && a->recv_timeout == b->recv_timeout;
}

/* The way for those functions; false: all are taken. */
static bool find_way(const struct mbedtls_bio *bio, unsigned *number)
{
	for (unsigned i = 0; i < WAYS; i++) {
		int nobody = 0;
		if (atomic_load(&ways[i].state) == 2 && is_same(&ways[i].bio, bio)) {
			*number = i;
			return true;
		}
		if (atomic_load(&ways[i].state) || !atomic_compare_exchange_strong(&ways[i].state, &nobody, 1))
			continue;
		ways[i].bio = *bio;
		atomic_store(&ways[i].state, 2);
		*number = i;
		return true;
	}
	return false;
}

/* Whether one of them is a way already, which a host took from its object. */
static bool is_way(const struct mbedtls_bio *bio)
{
	for (unsigned i = 0; i < WAYS; i++)
		if (bio->send == entries[i].send || bio->recv == entries[i].recv ||
			bio->recv_timeout == entries[i].recv_timeout)
			return true;
	return false;
}

static struct mbedtls_known *places_of(const void *ssl)
{
	return known_objects[hash_mix((uintptr_t)ssl) % SETS];
}

struct mbedtls_known *mbedtls_hello_of(const void *ssl)
{
	struct mbedtls_known *k = ssl ? places_of(ssl) : NULL;

	for (int i = 0; k && i < PLACES; i++)
		if (atomic_load_explicit(&k[i].ssl, memory_order_acquire) == ssl)
			return &k[i];
	return NULL;
}

static void forget(struct mbedtls_known *k)
{
	memset(&k->in, 0, sizeof(k->in));
	memset(&k->out, 0, sizeof(k->out));
}

static struct mbedtls_known *take(const void *ssl)
{
	struct mbedtls_known *k = mbedtls_hello_of(ssl);

	if (k)
		return k;
	k = places_of(ssl);
	for (int i = 0; i < PLACES; i++) {
		const void *nobody = NULL;
		if (!atomic_compare_exchange_strong(&k[i].ssl, &nobody, ssl))
			continue;
		forget(&k[i]);
		return &k[i];
	}
	return NULL;
}

void mbedtls_hello_follow(const void *ssl, const void *context, struct mbedtls_bio *bio)
{
	struct mbedtls_known *k;
	unsigned number;

	if (is_way(bio))
		return;
	k = ssl && find_way(bio, &number) ? take(ssl) : NULL;
	if (!k)
		return;
	k->context = context;
	k->way = number;
	if (bio->send)
		bio->send = entries[number].send;
	if (bio->recv)
		bio->recv = entries[number].recv;
	if (bio->recv_timeout)
		bio->recv_timeout = entries[number].recv_timeout;
}

void mbedtls_hello_again(const void *ssl)
{
	struct mbedtls_known *k = mbedtls_hello_of(ssl);

	if (k)
		forget(k);
}

void mbedtls_hello_drop(const void *ssl)
{
	struct mbedtls_known *k = mbedtls_hello_of(ssl);

	if (k)
		atomic_store_explicit(&k->ssl, NULL, memory_order_release);
}

struct mbedtls_known *mbedtls_hello_enter(struct mbedtls_known *known)
{
	struct mbedtls_known *before = current;

	current = known;
	return before;
}

void mbedtls_hello_leave(struct mbedtls_known *before)
{
	current = before;
}

enum mbedtls_hello mbedtls_hello_name(const struct mbedtls_known *known, struct bond_tls_id *id)
{
	if (!known || known->in.state == HELLO_NONE || known->out.state == HELLO_NONE)
		return MBEDTLS_HELLO_NEVER;
	if (known->in.state == HELLO_READING || known->out.state == HELLO_READING)
		return MBEDTLS_HELLO_READING;
	if (known->in.state == known->out.state)
		return MBEDTLS_HELLO_NEVER;
	id->is_server = known->in.state == HELLO_CLIENT;
	memcpy(id->client, hello_random(id->is_server ? &known->in : &known->out), BOND_TLS_RANDOM);
	memcpy(id->server, hello_random(id->is_server ? &known->out : &known->in), BOND_TLS_RANDOM);
	return MBEDTLS_HELLO_KNOWN;
}

const void *mbedtls_hello_context(
	const struct mbedtls_known *known, mbedtls_recv recv, mbedtls_recv_timeout timed)
{
	const struct mbedtls_bio *bio = known ? &ways[known->way].bio : NULL;

	if (!bio || !(bio->recv || bio->recv_timeout) || (bio->recv && bio->recv != recv) ||
		(bio->recv_timeout && bio->recv_timeout != timed))
		return NULL;
	return known->context;
}
