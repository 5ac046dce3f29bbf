/* SPDX-License-Identifier: MIT */
/* What a host reads and writes by OpenSSL, 1.1 and 3.x. Which connection it is the object says itself:
 * nothing is kept of it, so that objects may be in memory which processes share, and have BIOs of any
 * kind. Its types are not needed, only that they are pointers. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>

#include "call.h"

/* Of <openssl/ssl.h>. */
#define ERROR_SSL 1
#define ERROR_SYSCALL 5
#define ERROR_ZERO_RETURN 6
#define CTRL_MODE 33
#define MODE_PARTIAL_WRITE 1L
#define MODE_MOVING_BUFFER 2L
#define SHUTDOWN_BOTH 3

typedef struct ssl_st SSL;

/* The hooked ones first, then those without which no connection can be told. */
enum {
	F_READ, F_WRITE, F_PEEK, F_PENDING,
	F_READ_EX, F_WRITE_EX, F_PEEK_EX, F_HAS_PENDING,
	F_IN_INIT, F_HANDSHAKE, F_FINISHED, F_IS_SERVER, F_IS_DTLS, F_CLIENT_RANDOM, F_SERVER_RANDOM,
	F_CTRL, F_GET_ERROR, F_GET_FD, F_SHUTDOWN, F_SET_SHUTDOWN, F_CLEAR_ERROR
};

static const char *const names[] = {"SSL_read", "SSL_write", "SSL_peek", "SSL_pending",
	"SSL_read_ex", "SSL_write_ex", "SSL_peek_ex", "SSL_has_pending",
	"SSL_in_init", "SSL_do_handshake", "SSL_get_finished", "SSL_is_server", "SSL_is_dtls",
	"SSL_get_client_random", "SSL_get_server_random", "SSL_ctrl", "SSL_get_error", "SSL_get_fd", "SSL_shutdown",
	"SSL_set_shutdown", "ERR_clear_error", NULL};

static const struct find_kind kind = {names, F_HAS_PENDING + 1, F_PENDING + 1, "SSL_CTX_new", 0};
static struct find_all found = {.kind = &kind};

int SSL_read(SSL *ssl, void *buf, int n);
int SSL_read_ex(SSL *ssl, void *buf, size_t n, size_t *done);
int SSL_peek(SSL *ssl, void *buf, int n);
int SSL_peek_ex(SSL *ssl, void *buf, size_t n, size_t *done);
int SSL_write(SSL *ssl, const void *buf, int n);
int SSL_write_ex(SSL *ssl, const void *buf, size_t n, size_t *done);
int SSL_pending(const SSL *ssl);
int SSL_has_pending(const SSL *ssl);

typedef int (*plain)(SSL *);
typedef int (*reads)(SSL *, void *, int);
typedef int (*writes)(SSL *, const void *, int);
typedef int (*reads_ex)(SSL *, void *, size_t, size_t *);
typedef int (*writes_ex)(SSL *, const void *, size_t, size_t *);
typedef size_t (*copies)(const SSL *, unsigned char *, size_t);
typedef long (*controls)(SSL *, int, long, void *);
typedef int (*judges)(const SSL *, int);
typedef void (*sets)(SSL *, int);

static void real_forget(void *tls)
{
	const struct object *o = tls;

	((void (*)(void))o->in->functions[F_CLEAR_ERROR])();
}

/* What is left of earlier errors would be taken for this one's (SSL_get_error(3)). */
static long real_read(void *tls, void *to, size_t n)
{
	int result;

	real_forget(tls);
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
	return error != ERROR_SSL && error != ERROR_SYSCALL && error != ERROR_ZERO_RETURN;
}

static bool real_prepare(void *tls)
{
	const struct object *o = tls;
	long mode;

	CALL(mode, o, F_CTRL, controls, CTRL_MODE, 0, NULL);
	if (!(mode & MODE_MOVING_BUFFER))
		CALL(mode, o, F_CTRL, controls, CTRL_MODE, MODE_MOVING_BUFFER, NULL);
	return mode & MODE_PARTIAL_WRITE;
}

static int real_fd(void *tls)
{
	int fd;

	CALL(fd, (const struct object *)tls, F_GET_FD, plain);
	return fd;
}

static void real_shut(void *tls)
{
	const struct object *o = tls;
	int ignored;

	CALL(ignored, o, F_SHUTDOWN, plain);
	(void)ignored;
	real_forget(tls);
	depth++;
	OWN(o, F_SET_SHUTDOWN, sets)(o->ssl, SHUTDOWN_BOTH);
	depth--;
}

static const struct bond_tls_real real = {real_read, real_write, real_pending, real_goes_on, real_forget,
	real_prepare, real_fd, real_shut, NULL, "SSL_read", "SSL_write"};

/* Finds the library. Whether the call may be one to look at. */
static bool begin(struct object *o, const SSL *ssl, const void *caller)
{
	o->ssl = (SSL *)(uintptr_t)ssl;
	o->in = find_of(&found, ssl, caller);
	return !depth && ssl && o->in && call_is_wanted() && o->in->complete;
}

static bool identify(struct object *o, struct bond_tls_call *call)
{
	static const struct call_tells by = {F_IS_DTLS, F_CLIENT_RANDOM, F_SERVER_RANDOM, F_IS_SERVER};

	*call = (struct bond_tls_call){.real = &real, .tls = o};
	return call_identify(o, &by, call);
}

/* A host may leave the handshake to its first read or write: nobody knows the connection before it is
 * over. <= 0: what the host gets, as it is not over. */
static int shake_hands(const struct object *o)
{
	size_t finished;
	int result;

	CALL(result, o, F_IN_INIT, plain);
	if (!result)
		return 1;
	CALL(finished, o, F_FINISHED, copies, NULL, 0);
	if (finished) /* a later one goes on beside what is read and written */
		return 1;
	CALL(result, o, F_HANDSHAKE, plain);
	return result;
}

/* True: *result is what the host gets, else the real function is to be called. */
static bool take_in(struct object *o, void *buf, size_t n, bool peek, long *result)
{
	struct bond_tls_call call;

	if (!n)
		return false;
	*result = shake_hands(o);
	return *result <= 0 || (identify(o, &call) && bond_tls_3()->read(&call, buf, n, peek, result));
}

static bool take_out(struct object *o, const void *buf, size_t n, long *result)
{
	struct bond_tls_call call;

	if (!n)
		return false;
	*result = shake_hands(o);
	return *result <= 0 || (identify(o, &call) && bond_tls_3()->write(&call, buf, n, result));
}

/* As the functions with _ex have it. */
static int as_ex(long result, size_t *done)
{
	if (result > 0)
		*done = (size_t)result;
	return result > 0;
}

static int no_library(void)
{
	errno = ENOSYS;
	return -1;
}

/* SSL_read() and SSL_peek(), by the number of their function. */
static inline __attribute__((always_inline)) int read_by(
	size_t number, SSL *ssl, void *buf, int n, const void *caller)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, caller) && n > 0 && take_in(&o, buf, (size_t)n, number == F_PEEK, &result))
		return (int)result;
	if (!call_has(&o, number))
		return no_library();
	PASS(passed, &o, number, reads, buf, n);
	return passed;
}

/* So with _ex. */
static inline __attribute__((always_inline)) int read_ex_by(
	size_t number, SSL *ssl, void *buf, size_t n, size_t *done, const void *caller)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, caller) && take_in(&o, buf, n, number == F_PEEK_EX, &result))
		return as_ex(result, done);
	if (!call_has(&o, number))
		return no_library();
	PASS(passed, &o, number, reads_ex, buf, n, done);
	return passed;
}

EXPORT int SSL_read(SSL *ssl, void *buf, int n)
{
	return read_by(F_READ, ssl, buf, n, __builtin_return_address(0));
}

EXPORT int SSL_read_ex(SSL *ssl, void *buf, size_t n, size_t *done)
{
	return read_ex_by(F_READ_EX, ssl, buf, n, done, __builtin_return_address(0));
}

EXPORT int SSL_peek(SSL *ssl, void *buf, int n)
{
	return read_by(F_PEEK, ssl, buf, n, __builtin_return_address(0));
}

EXPORT int SSL_peek_ex(SSL *ssl, void *buf, size_t n, size_t *done)
{
	return read_ex_by(F_PEEK_EX, ssl, buf, n, done, __builtin_return_address(0));
}

EXPORT int SSL_write(SSL *ssl, const void *buf, int n)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, __builtin_return_address(0)) && n > 0 && take_out(&o, buf, (size_t)n, &result))
		return (int)result;
	if (!call_has(&o, F_WRITE))
		return no_library();
	PASS(passed, &o, F_WRITE, writes, buf, n);
	return passed;
}

EXPORT int SSL_write_ex(SSL *ssl, const void *buf, size_t n, size_t *done)
{
	struct object o;
	long result;
	int passed;

	if (begin(&o, ssl, __builtin_return_address(0)) && take_out(&o, buf, n, &result))
		return as_ex(result, done);
	if (!call_has(&o, F_WRITE_EX))
		return no_library();
	PASS(passed, &o, F_WRITE_EX, writes_ex, buf, n, done);
	return passed;
}

/* What is kept for the host beyond what its library has. */
static size_t kept(struct object *o, const SSL *ssl, const void *caller)
{
	struct bond_tls_call call;

	return begin(o, ssl, caller) && identify(o, &call) ? bond_tls_3()->pending(&call) : 0;
}

EXPORT int SSL_pending(const SSL *ssl)
{
	struct object o;
	size_t more = kept(&o, ssl, __builtin_return_address(0));
	int passed;

	if (!call_has(&o, F_PENDING))
		return 0;
	PASS(passed, &o, F_PENDING, plain);
	return passed >= 0 ? passed + (int)more : passed;
}

EXPORT int SSL_has_pending(const SSL *ssl)
{
	struct object o;
	size_t more = kept(&o, ssl, __builtin_return_address(0));
	int passed;

	if (!call_has(&o, F_HAS_PENDING))
		return more > 0;
	PASS(passed, &o, F_HAS_PENDING, plain);
	return more ? 1 : passed;
}
