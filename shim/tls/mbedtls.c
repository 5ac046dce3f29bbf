/* SPDX-License-Identifier: MIT */
/* What a host reads and writes by mbed TLS, 2.x and 3.x. What a call returns says all: there is no object to
 * be asked. A write takes as much as a record has; what it did not take is written by the same call once more. */
#include <errno.h>
#include <sys/types.h>

#include "call.h"
#include "mbedtls_hello.h"

/* Of <mbedtls/ssl.h>: of a connection that goes on, */
#define WANT_READ -0x6900
#define WANT_WRITE -0x6880
#define TIMED_OUT -0x6800
#define ASYNC_IN_PROGRESS -0x6500
#define CRYPTO_IN_PROGRESS -0x7000
#define RECEIVED_TICKET -0x7B00 /* of 3.x */
#define RECEIVED_EARLY_DATA -0x7C00
/* and of one that has ended. */
#define CONN_EOF -0x7280
#define PEER_CLOSE_NOTIFY -0x7880
#define FEATURE_UNAVAILABLE -0x7080

typedef struct mbedtls_ssl_context mbedtls_ssl_context;

enum {
	F_READ, F_WRITE, F_GET_BYTES_AVAIL,
	F_CHECK_PENDING, F_SET_BIO, F_HANDSHAKE, F_HANDSHAKE_STEP, F_INIT, F_SETUP, F_SESSION_RESET, F_FREE,
	F_CLOSE_NOTIFY,
	F_NET_RECV, F_NET_RECV_TIMEOUT
};

static const char *const names[] = {"mbedtls_ssl_read", "mbedtls_ssl_write", "mbedtls_ssl_get_bytes_avail",
	"mbedtls_ssl_check_pending", "mbedtls_ssl_set_bio", "mbedtls_ssl_handshake",
	"mbedtls_ssl_handshake_step", "mbedtls_ssl_init", "mbedtls_ssl_setup", "mbedtls_ssl_session_reset",
	"mbedtls_ssl_free", "mbedtls_ssl_close_notify", "mbedtls_net_recv", "mbedtls_net_recv_timeout", NULL};

static const struct find_kind kind = {
	names, F_FREE + 1, F_GET_BYTES_AVAIL + 1, "mbedtls_ssl_conf_endpoint", F_NET_RECV};
static struct find_all found = {.kind = &kind};

int mbedtls_ssl_read(mbedtls_ssl_context *ssl, unsigned char *to, size_t n);
int mbedtls_ssl_write(mbedtls_ssl_context *ssl, const unsigned char *p, size_t n);
size_t mbedtls_ssl_get_bytes_avail(const mbedtls_ssl_context *ssl);
int mbedtls_ssl_check_pending(const mbedtls_ssl_context *ssl);
void mbedtls_ssl_set_bio(mbedtls_ssl_context *ssl, void *context, mbedtls_send send, mbedtls_recv recv,
	mbedtls_recv_timeout recv_timeout);
int mbedtls_ssl_handshake(mbedtls_ssl_context *ssl);
int mbedtls_ssl_handshake_step(mbedtls_ssl_context *ssl);
void mbedtls_ssl_init(mbedtls_ssl_context *ssl);
int mbedtls_ssl_setup(mbedtls_ssl_context *ssl, const void *config);
int mbedtls_ssl_session_reset(mbedtls_ssl_context *ssl);
void mbedtls_ssl_free(mbedtls_ssl_context *ssl);

typedef int (*plain)(void *);
typedef void (*quiet)(void *);
typedef int (*reads)(void *, void *, size_t);
typedef int (*writes)(void *, const void *, size_t);
typedef size_t (*counts)(const void *);
typedef void (*sets_bio)(void *, void *, mbedtls_send, mbedtls_recv, mbedtls_recv_timeout);
typedef int (*sets_up)(void *, const void *);

/* During one call of the host. */
struct context {
	struct object o;
	struct mbedtls_known *known;
};

static long real_read(void *tls, void *to, size_t n)
{
	struct context *c = tls;
	struct mbedtls_known *before = mbedtls_hello_enter(c->known);
	int result;

	PASS(result, &c->o, F_READ, reads, to, n);
	mbedtls_hello_leave(before);
	return result;
}

static long real_write(void *tls, const void *p, size_t n)
{
	struct context *c = tls;
	struct mbedtls_known *before = mbedtls_hello_enter(c->known);
	int result;

	PASS(result, &c->o, F_WRITE, writes, p, n);
	mbedtls_hello_leave(before);
	return result;
}

static size_t real_pending(void *tls)
{
	size_t result;

	PASS(result, &((struct context *)tls)->o, F_GET_BYTES_AVAIL, counts);
	return result;
}

static bool real_goes_on(void *tls, long result)
{
	(void)tls;
	return result == WANT_READ || result == WANT_WRITE || result == TIMED_OUT ||
		result == ASYNC_IN_PROGRESS || result == CRYPTO_IN_PROGRESS || result == RECEIVED_TICKET ||
		result == RECEIVED_EARLY_DATA;
}

static void real_forget(void *tls)
{
	(void)tls;
}

static bool real_prepare(void *tls)
{
	(void)tls;
	return true;
}

/* Of the library's own functions for sockets: what they are given begins with the descriptor. */
static int real_fd(void *tls)
{
	const struct context *c = tls;
	const int *fd = mbedtls_hello_context(c->known, OWN(&c->o, F_NET_RECV, mbedtls_recv),
		OWN(&c->o, F_NET_RECV_TIMEOUT, mbedtls_recv_timeout));

	return fd ? *fd : -1;
}

static void real_shut(void *tls)
{
	const struct context *c = tls;
	int ignored;

	CALL(ignored, &c->o, F_CLOSE_NOTIFY, plain);
	(void)ignored;
}

static long real_ended(void *tls, bool reading)
{
	(void)tls;
	return reading ? PEER_CLOSE_NOTIFY : CONN_EOF;
}

static const struct bond_tls_real real = {real_read, real_write, real_pending, real_goes_on, real_forget,
	real_prepare, real_fd, real_shut, real_ended, "mbedtls_ssl_read", "mbedtls_ssl_write"};

static void find(struct context *c, const void *ssl, const void *caller)
{
	c->o.ssl = (void *)(uintptr_t)ssl;
	c->o.in = find_of(&found, NULL, caller);
	c->known = NULL;
}

static bool begin(struct context *c, const void *ssl, const void *caller)
{
	find(c, ssl, caller);
	if (depth || !c->o.in || !c->o.in->complete || !call_is_wanted())
		return false;
	c->known = mbedtls_hello_of(ssl);
	return c->known;
}

/* Hands over by a real function, with what is known of the object. */
static int pass_known(const struct context *c, size_t number)
{
	struct mbedtls_known *before = c->known ? mbedtls_hello_enter(c->known) : NULL;
	int result;

	PASS(result, &c->o, number, plain);
	if (c->known)
		mbedtls_hello_leave(before);
	return result;
}

/* Finds out which connection it is. A host may leave the handshake to its first read or write. False: nobody can
 * tell, and the real function is to be called; or *result is what the host gets, as it is not over. */
static bool identify(struct context *c, struct bond_tls_call *call, long *result)
{
	enum mbedtls_hello name;

	*result = 0;
	*call = (struct bond_tls_call){.real = &real, .tls = c};
	name = mbedtls_hello_name(c->known, &call->id);
	if (name == MBEDTLS_HELLO_READING) {
		*result = pass_known(c, F_HANDSHAKE);
		if (*result == 0)
			name = mbedtls_hello_name(c->known, &call->id);
	}
	return name == MBEDTLS_HELLO_KNOWN;
}

static bool take_in(struct context *c, void *to, size_t n, long *result)
{
	struct bond_tls_call call;

	if (!n || !to)
		return false;
	if (!identify(c, &call, result))
		return *result != 0;
	return bond_tls_3()->read(&call, to, n, false, result);
}

static bool take_out(struct context *c, const void *p, size_t n, long *result)
{
	struct bond_tls_call call;

	if (!n || !p)
		return false;
	if (!identify(c, &call, result))
		return *result != 0;
	return bond_tls_3()->write(&call, p, n, result);
}

static int no_library(void)
{
	errno = ENOSYS;
	return FEATURE_UNAVAILABLE;
}

EXPORT int mbedtls_ssl_read(mbedtls_ssl_context *ssl, unsigned char *to, size_t n)
{
	struct context c;
	long result;

	if (begin(&c, ssl, __builtin_return_address(0)) && take_in(&c, to, n, &result))
		return (int)result;
	return call_has(&c.o, F_READ) ? (int)real_read(&c, to, n) : no_library();
}

EXPORT int mbedtls_ssl_write(mbedtls_ssl_context *ssl, const unsigned char *p, size_t n)
{
	struct context c;
	long result;

	if (begin(&c, ssl, __builtin_return_address(0)) && take_out(&c, p, n, &result))
		return (int)result;
	return call_has(&c.o, F_WRITE) ? (int)real_write(&c, p, n) : no_library();
}

/* What is kept for the host beyond what its library has. */
static size_t kept(struct context *c, const mbedtls_ssl_context *ssl, const void *caller)
{
	struct bond_tls_call call = {.real = &real, .tls = c};

	if (!begin(c, ssl, caller) || mbedtls_hello_name(c->known, &call.id) != MBEDTLS_HELLO_KNOWN)
		return 0;
	return bond_tls_3()->pending(&call);
}

EXPORT size_t mbedtls_ssl_get_bytes_avail(const mbedtls_ssl_context *ssl)
{
	struct context c;
	size_t more = kept(&c, ssl, __builtin_return_address(0));

	return call_has(&c.o, F_GET_BYTES_AVAIL) ? real_pending(&c) + more : 0;
}

EXPORT int mbedtls_ssl_check_pending(const mbedtls_ssl_context *ssl)
{
	struct context c;
	size_t more = kept(&c, ssl, __builtin_return_address(0));
	int passed;

	if (!call_has(&c.o, F_CHECK_PENDING))
		return 0;
	PASS(passed, &c.o, F_CHECK_PENDING, plain);
	return more ? 1 : passed;
}

EXPORT void mbedtls_ssl_set_bio(mbedtls_ssl_context *ssl, void *context, mbedtls_send send, mbedtls_recv recv,
	mbedtls_recv_timeout recv_timeout)
{
	struct mbedtls_bio bio = {send, recv, recv_timeout};
	struct context c;

	find(&c, ssl, __builtin_return_address(0));
	if (!call_has(&c.o, F_SET_BIO))
		return;
	if (!depth && c.o.in->complete && call_is_wanted())
		mbedtls_hello_follow(ssl, context, &bio);
	NEXT(&c.o, F_SET_BIO, sets_bio)(ssl, context, bio.send, bio.recv, bio.recv_timeout);
}

EXPORT int mbedtls_ssl_handshake(mbedtls_ssl_context *ssl)
{
	struct context c;

	begin(&c, ssl, __builtin_return_address(0));
	return call_has(&c.o, F_HANDSHAKE) ? pass_known(&c, F_HANDSHAKE) : no_library();
}

EXPORT int mbedtls_ssl_handshake_step(mbedtls_ssl_context *ssl)
{
	struct context c;

	begin(&c, ssl, __builtin_return_address(0));
	return call_has(&c.o, F_HANDSHAKE_STEP) ? pass_known(&c, F_HANDSHAKE_STEP) : no_library();
}

EXPORT void mbedtls_ssl_init(mbedtls_ssl_context *ssl)
{
	struct context c;

	find(&c, ssl, __builtin_return_address(0));
	mbedtls_hello_drop(ssl);
	if (call_has(&c.o, F_INIT))
		NEXT(&c.o, F_INIT, quiet)(ssl);
}

EXPORT int mbedtls_ssl_setup(mbedtls_ssl_context *ssl, const void *config)
{
	struct context c;

	find(&c, ssl, __builtin_return_address(0));
	mbedtls_hello_again(ssl);
	return call_has(&c.o, F_SETUP) ? NEXT(&c.o, F_SETUP, sets_up)(ssl, config) : no_library();
}

EXPORT int mbedtls_ssl_session_reset(mbedtls_ssl_context *ssl)
{
	struct context c;

	find(&c, ssl, __builtin_return_address(0));
	mbedtls_hello_again(ssl);
	return call_has(&c.o, F_SESSION_RESET) ? NEXT(&c.o, F_SESSION_RESET, plain)(ssl) : no_library();
}

EXPORT void mbedtls_ssl_free(mbedtls_ssl_context *ssl)
{
	struct context c;

	find(&c, ssl, __builtin_return_address(0));
	mbedtls_hello_drop(ssl);
	if (call_has(&c.o, F_FREE))
		NEXT(&c.o, F_FREE, quiet)(ssl);
}
