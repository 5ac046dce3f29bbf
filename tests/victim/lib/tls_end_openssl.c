/* SPDX-License-Identifier: MIT */
/* Way 1 and 3: SSL_read_ex() and SSL_write_ex(); 2 and 3: the handshake is left to the first read or write. */
/*victim
cc: -lssl -lcrypto
*/
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "tls_end.h"

struct end {
	SSL_CTX *context;
	SSL *ssl;
	int way;
};

static long told(const struct end *e, long result)
{
	int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(e->ssl, (int)result);

	if (result > 0)
		return result;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return TLS_AGAIN;
	return error == SSL_ERROR_ZERO_RETURN ? TLS_ENDED : TLS_BROKEN;
}

static void serve(SSL_CTX *context, const struct tls_end_as *as)
{
	BIO *certificate = BIO_new_mem_buf(as->certificate, -1), *key = BIO_new_mem_buf(as->key, -1);
	X509 *x = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

	SSL_CTX_use_certificate(context, x);
	SSL_CTX_use_PrivateKey(context, k);
	X509_free(x);
	EVP_PKEY_free(k);
	BIO_free(certificate);
	BIO_free(key);
}

static void *open_end(const struct tls_end_as *as)
{
	struct end *e = calloc(1, sizeof(*e));
	int version = as->tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;

	e->way = as->way;
	e->context = SSL_CTX_new(TLS_method());
	SSL_CTX_set_min_proto_version(e->context, version);
	SSL_CTX_set_max_proto_version(e->context, version);
	if (as->server)
		serve(e->context, as);
	e->ssl = SSL_new(e->context);
	SSL_set_fd(e->ssl, as->fd);
	if (as->server)
		SSL_set_accept_state(e->ssl);
	else
		SSL_set_connect_state(e->ssl);
	return e;
}

static long shake_hands(void *end)
{
	struct end *e = end;

	return e->way & 2 ? 1 : told(e, SSL_do_handshake(e->ssl));
}

static long read_end(void *end, void *to, size_t n)
{
	struct end *e = end;
	size_t done = 0;

	ERR_clear_error();
	if (!(e->way & 1))
		return told(e, SSL_read(e->ssl, to, (int)n));
	int result = SSL_read_ex(e->ssl, to, n, &done);
	return result ? (long)done : told(e, result);
}

static long write_end(void *end, const void *p, size_t n, bool again)
{
	struct end *e = end;
	size_t done = 0;

	(void)again;
	ERR_clear_error();
	if (!(e->way & 1))
		return told(e, SSL_write(e->ssl, p, (int)n));
	int result = SSL_write_ex(e->ssl, p, n, &done);
	return result ? (long)done : told(e, result);
}

static size_t pending(void *end)
{
	return (size_t)SSL_pending(((struct end *)end)->ssl);
}

static void close_end(void *end)
{
	struct end *e = end;

	SSL_free(e->ssl);
	SSL_CTX_free(e->context);
	free(e);
}

extern const struct tls_end tls_end;
const struct tls_end tls_end = {open_end, shake_hands, read_end, write_end, pending, close_end};
