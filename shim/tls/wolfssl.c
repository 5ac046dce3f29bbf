/* SPDX-License-Identifier: MIT */
/* What a host reads and writes by wolfSSL, of a build that tells the randoms (OPENSSL_EXTRA). Objects may be
 * in memory that processes share; a write that is to be made once more is made by the same bytes. Its own
 * functions that read and write otherwise call these. */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "call.h"

/* Of <wolfssl/ssl.h>. */
#define FATAL_ERROR -1
#define ERROR_WANT_READ 2
#define ERROR_WANT_WRITE 3
#define ERROR_WANT_CONNECT 7
#define ERROR_WANT_ACCEPT 8
#define MODE_PARTIAL_WRITE 2L

typedef struct WOLFSSL WOLFSSL;

enum {
	F_READ, F_WRITE, F_PEEK, F_PENDING, F_HAS_PENDING,
	F_INIT_FINISHED, F_NEGOTIATE, F_IS_SERVER, F_IS_DTLS, F_CLIENT_RANDOM, F_SERVER_RANDOM,
	F_GET_MODE, F_GET_ERROR, F_GET_FD, F_SHUTDOWN
};

static const char *const names[] = {"wolfSSL_read", "wolfSSL_write", "wolfSSL_peek", "wolfSSL_pending",
	"wolfSSL_has_pending", "wolfSSL_is_init_finished", "wolfSSL_negotiate", "wolfSSL_is_server", "wolfSSL_dtls",
	"wolfSSL_get_client_random", "wolfSSL_get_server_random", "wolfSSL_SSL_get_mode",
	"wolfSSL_get_error", "wolfSSL_get_fd", "wolfSSL_shutdown", NULL};

static const struct find_kind kind = {names, F_HAS_PENDING + 1, F_PENDING + 1, "wolfSSL_CTX_new", 0};
static struct find_all found = {.kind = &kind};

int wolfSSL_read(WOLFSSL *ssl, void *to, int n);
int wolfSSL_peek(WOLFSSL *ssl, void *to, int n);
int wolfSSL_write(WOLFSSL *ssl, const void *p, int n);
int wolfSSL_pending(WOLFSSL *ssl);
int wolfSSL_has_pending(const WOLFSSL *ssl);

typedef int (*plain)(WOLFSSL *);
typedef int (*reads)(WOLFSSL *, void *, int);
typedef int (*writes)(WOLFSSL *, const void *, int);
typedef size_t (*copies)(const WOLFSSL *, unsigned char *, size_t);
typedef long (*tells_mode)(WOLFSSL *);
typedef int (*judges)(WOLFSSL *, int);

static long real_read(void *tls, void *to, size_t n)
{
	int result;

	PASS(result, (struct object *)tls, F_READ, reads, to, n > INT_MAX ? INT_MAX : (int)n);
	return result;
}

static long real_write(void *tls, const void *p, size_t n)
{
	int result;

	PASS(result, (struct object *)tls, F_WRITE, writes, p, n > INT_MAX ? INT_MAX : (int)n);
	return result;
}

static size_t real_pending(void *tls)
{
	int result;

	PASS(result, (struct object *)tls, F_PENDING, plain);
	return result > 0 ? (size_t)result : 0;
}

static bool real_goes_on(void *tls, long result)
{
	int error;

	CALL(error, (struct object *)tls, F_GET_ERROR, judges, (int)result);
	return error == ERROR_WANT_READ || error == ERROR_WANT_WRITE || error == ERROR_WANT_CONNECT ||
		error == ERROR_WANT_ACCEPT;
}

static void real_forget(void *tls)
{
	(void)tls;
}

static bool real_prepare(void *tls)
{
	long mode;

	CALL(mode, (struct object *)tls, F_GET_MODE, tells_mode);
	return mode & MODE_PARTIAL_WRITE;
}

static int real_fd(void *tls)
{
	int fd;

	CALL(fd, (struct object *)tls, F_GET_FD, plain);
	return fd;
}

static void real_shut(void *tls)
{
	int ignored;

	CALL(ignored, (struct object *)tls, F_SHUTDOWN, plain);
	(void)ignored;
	shutdown(real_fd(tls), SHUT_RDWR); /* what was read before would be read on, and waited for */
}

/* What is still there is nobody's; the last read says what wolfSSL_get_error() tells. */
static long real_ended(void *tls, bool reading)
{
	char nowhere[4096];
	long result = 1;

	while (result > 0)
		result = real_read(tls, nowhere, sizeof(nowhere));
	return reading ? result : FATAL_ERROR;
}

static const struct bond_tls_real real = {real_read, real_write, real_pending, real_goes_on, real_forget,
	real_prepare, real_fd, real_shut, real_ended, "wolfSSL_read", "wolfSSL_write"};

static bool begin(struct object *o, const WOLFSSL *ssl, const void *caller)
{
	o->ssl = (void *)(uintptr_t)ssl;
	o->in = find_of(&found, NULL, caller);
	return !depth && ssl && o->in && call_is_wanted() && o->in->complete;
}

static bool identify(struct object *o, struct bond_tls_call *call)
{
	static const struct call_tells by = {F_IS_DTLS, F_CLIENT_RANDOM, F_SERVER_RANDOM, F_IS_SERVER};

	*call = (struct bond_tls_call){.real = &real, .tls = o};
	return call_identify(o, &by, call);
}

/* A host may leave the handshake to its first read or write. <= 0: what the host gets, as it is not over. */
static int shake_hands(const struct object *o)
{
	int result;

	CALL(result, o, F_INIT_FINISHED, plain);
	if (result)
		return 1;
	CALL(result, o, F_NEGOTIATE, plain);
	return result;
}

/* True: *result is what the host gets, else the real function is to be called. */
static bool take_in(struct object *o, void *to, int n, bool peek, long *result)
{
	struct bond_tls_call call;

	if (n <= 0 || !to)
		return false;
	*result = shake_hands(o);
	return *result <= 0 || (identify(o, &call) && bond_tls_3()->read(&call, to, (size_t)n, peek, result));
}

static bool take_out(struct object *o, const void *p, int n, long *result)
{
	struct bond_tls_call call;

	if (n <= 0 || !p)
		return false;
	*result = shake_hands(o);
	return *result <= 0 || (identify(o, &call) && bond_tls_3()->write(&call, p, (size_t)n, result));
}

static int no_library(void)
{
	errno = ENOSYS;
	return FATAL_ERROR;
}

/* wolfSSL_read() and wolfSSL_peek(), by the number of their function. */
static inline __attribute__((always_inline)) int read_by(
	size_t number, WOLFSSL *ssl, void *to, int n, const void *caller)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, caller) && take_in(&o, to, n, number == F_PEEK, &result))
		return (int)result;
	if (!call_has(&o, number))
		return no_library();
	PASS(passed, &o, number, reads, to, n);
	return passed;
}

EXPORT int wolfSSL_read(WOLFSSL *ssl, void *to, int n)
{
	return read_by(F_READ, ssl, to, n, __builtin_return_address(0));
}

EXPORT int wolfSSL_peek(WOLFSSL *ssl, void *to, int n)
{
	return read_by(F_PEEK, ssl, to, n, __builtin_return_address(0));
}

EXPORT int wolfSSL_write(WOLFSSL *ssl, const void *p, int n)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, __builtin_return_address(0)) && take_out(&o, p, n, &result))
		return (int)result;
	if (!call_has(&o, F_WRITE))
		return no_library();
	PASS(passed, &o, F_WRITE, writes, p, n);
	return passed;
}

/* What is kept for the host beyond what its library has. */
static size_t kept(struct object *o, const WOLFSSL *ssl, const void *caller)
{
	struct bond_tls_call call;

	return begin(o, ssl, caller) && identify(o, &call) ? bond_tls_3()->pending(&call) : 0;
}

EXPORT int wolfSSL_pending(WOLFSSL *ssl)
{
	struct object o;
	size_t more = kept(&o, ssl, __builtin_return_address(0));
	int passed;

	if (!call_has(&o, F_PENDING))
		return 0;
	PASS(passed, &o, F_PENDING, plain);
	return passed >= 0 ? passed + (int)more : passed;
}

EXPORT int wolfSSL_has_pending(const WOLFSSL *ssl)
{
	struct object o;
	size_t more = kept(&o, ssl, __builtin_return_address(0));
	int passed;

	if (!call_has(&o, F_HAS_PENDING))
		return more > 0;
	PASS(passed, &o, F_HAS_PENDING, plain);
	return more ? 1 : passed;
}
