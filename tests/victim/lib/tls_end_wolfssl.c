/* SPDX-License-Identifier: MIT */
/* Way 1 and 3: a part of a write may be written; 2 and 3: the handshake is left to the first read or write. */
/*victim
cc: -lwolfssl
*/
#include <stdlib.h>
#include <string.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "tls_end.h"

#if LIBWOLFSSL_VERSION_HEX < 0x05000000
#define wolfSSL_has_pending(ssl) (wolfSSL_pending(ssl) > 0)
#endif

struct end {
	WOLFSSL_CTX *context;
	WOLFSSL *ssl;
	int way;
};

static long told(const struct end *e, int result)
{
	int error = result > 0 ? 0 : wolfSSL_get_error(e->ssl, result);

	if (result > 0)
		return result;
	if (error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE)
		return TLS_AGAIN;
	return error == WOLFSSL_ERROR_ZERO_RETURN ? TLS_ENDED : TLS_BROKEN;
}

static void *open_end(const struct tls_end_as *as)
{
	struct end *e = calloc(1, sizeof(*e));
	WOLFSSL_METHOD *client = as->tls12 ? wolfTLSv1_2_client_method() : wolfTLSv1_3_client_method();
	WOLFSSL_METHOD *server = as->tls12 ? wolfTLSv1_2_server_method() : wolfTLSv1_3_server_method();

	e->way = as->way;
	e->context = wolfSSL_CTX_new(as->server ? server : client);
	wolfSSL_CTX_set_verify(e->context, WOLFSSL_VERIFY_NONE, NULL);
	if (as->server) {
		wolfSSL_CTX_use_certificate_buffer(e->context, (const void *)as->certificate,
			(long)strlen(as->certificate), WOLFSSL_FILETYPE_PEM);
		wolfSSL_CTX_use_PrivateKey_buffer(
			e->context, (const void *)as->key, (long)strlen(as->key), WOLFSSL_FILETYPE_PEM);
	}
	if (e->way & 1)
		wolfSSL_CTX_set_mode(e->context, 2 /* SSL_MODE_ENABLE_PARTIAL_WRITE */);
	e->ssl = wolfSSL_new(e->context);
	wolfSSL_set_fd(e->ssl, as->fd);
	if (as->server)
		wolfSSL_set_accept_state(e->ssl);
	else
		wolfSSL_set_connect_state(e->ssl);
	return e;
}

static long shake_hands(void *end)
{
	struct end *e = end;

	return e->way & 2 ? 1 : told(e, wolfSSL_negotiate(e->ssl));
}

static long read_end(void *end, void *to, size_t n)
{
	struct end *e = end;

	if (n % 3 == 0) { /* what is seen is what is read then */
		char *seen = malloc(n);
		int there = wolfSSL_peek(e->ssl, seen, (int)n);
		int result = there > 0 ? wolfSSL_read(e->ssl, to, there) : there;
		bool same = there <= 0 || (result == there && memcmp(seen, to, (size_t)there) == 0);
		free(seen);
		return same ? told(e, result) : TLS_BROKEN;
	}
	return told(e, wolfSSL_read(e->ssl, to, (int)n));
}

static long write_end(void *end, const void *p, size_t n, bool again)
{
	struct end *e = end;

	(void)again;
	return told(e, wolfSSL_write(e->ssl, p, (int)n));
}

static size_t pending(void *end)
{
	struct end *e = end;
	int n = wolfSSL_pending(e->ssl);

	return n > 0 && !wolfSSL_has_pending(e->ssl) ? (size_t)-1 : (size_t)n;
}

static void close_end(void *end)
{
	struct end *e = end;

	wolfSSL_free(e->ssl);
	wolfSSL_CTX_free(e->context);
	free(e);
}

extern const struct tls_end tls_end;
const struct tls_end tls_end = {open_end, shake_hands, read_end, write_end, pending, close_end};
