/* SPDX-License-Identifier: MIT */
/* Way 0: the library's own functions of sockets; 1: the host's, which move few bytes a call; 2 and 3: so, and the
 * handshake is left to the first read or write. */
/*victim
cc: -lmbedtls -lmbedx509 -lmbedcrypto
*/
#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tls_end.h"

#define FEW 1000

struct end {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_x509_crt certificate;
	mbedtls_pk_context key;
	mbedtls_net_context net;
	int way;
};

static long told(int result)
{
	if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE)
		return TLS_AGAIN;
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
	if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
		return TLS_AGAIN;
#endif
	return result > 0 ? result : result == 0 ? TLS_ENDED : TLS_BROKEN;
}

static int send_few(void *context, const unsigned char *p, size_t n)
{
	ssize_t result = send(*(int *)context, p, n < FEW ? n : FEW, MSG_NOSIGNAL);

	return result >= 0 ? (int)result : errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : -1;
}

static int recv_few(void *context, unsigned char *to, size_t n)
{
	ssize_t result = recv(*(int *)context, to, n < FEW ? n : FEW, 0);

	return result >= 0 ? (int)result : errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ : -1;
}

static void serve(struct end *e, const struct tls_end_as *as)
{
	const unsigned char *certificate = (const void *)as->certificate, *key = (const void *)as->key;

	mbedtls_x509_crt_parse(&e->certificate, certificate, strlen(as->certificate) + 1);
#if MBEDTLS_VERSION_MAJOR >= 3
	mbedtls_pk_parse_key(&e->key, key, strlen(as->key) + 1, NULL, 0, mbedtls_ctr_drbg_random, &e->random);
#else
	mbedtls_pk_parse_key(&e->key, key, strlen(as->key) + 1, NULL, 0);
#endif
	mbedtls_ssl_conf_own_cert(&e->config, &e->certificate, &e->key);
}

static void *open_end(const struct tls_end_as *as)
{
	struct end *e = calloc(1, sizeof(*e));

	e->way = as->way;
	e->net.fd = as->fd;
	mbedtls_ssl_init(&e->ssl);
	mbedtls_ssl_config_init(&e->config);
	mbedtls_entropy_init(&e->entropy);
	mbedtls_ctr_drbg_init(&e->random);
	mbedtls_x509_crt_init(&e->certificate);
	mbedtls_pk_init(&e->key);
	mbedtls_ctr_drbg_seed(&e->random, mbedtls_entropy_func, &e->entropy, NULL, 0);
	mbedtls_ssl_config_defaults(&e->config, as->server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	mbedtls_ssl_conf_authmode(&e->config, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_rng(&e->config, mbedtls_ctr_drbg_random, &e->random);
	if (as->server)
		serve(e, as);
	if (e->way == 3) /* before what begins the connection */
		mbedtls_ssl_set_bio(&e->ssl, &e->net, send_few, recv_few, NULL);
	mbedtls_ssl_setup(&e->ssl, &e->config);
	if (e->way == 0)
		mbedtls_ssl_set_bio(&e->ssl, &e->net, mbedtls_net_send, mbedtls_net_recv, NULL);
	else if (e->way < 3)
		mbedtls_ssl_set_bio(&e->ssl, &e->net, send_few, recv_few, NULL);
	return e;
}

static long shake_hands(void *end)
{
	struct end *e = end;
	int result = e->way < 2 ? mbedtls_ssl_handshake(&e->ssl) : 0;

	return result == 0 ? 1 : told(result);
}

static long read_end(void *end, void *to, size_t n)
{
	return told(mbedtls_ssl_read(&((struct end *)end)->ssl, to, n));
}

static long write_end(void *end, const void *p, size_t n, bool again)
{
	(void)again;
	return told(mbedtls_ssl_write(&((struct end *)end)->ssl, p, n));
}

static size_t pending(void *end)
{
	struct end *e = end;
	size_t n = mbedtls_ssl_get_bytes_avail(&e->ssl);

	return n && !mbedtls_ssl_check_pending(&e->ssl) ? (size_t)-1 : n;
}

static void close_end(void *end)
{
	struct end *e = end;

	mbedtls_ssl_free(&e->ssl);
	mbedtls_ssl_config_free(&e->config);
	mbedtls_x509_crt_free(&e->certificate);
	mbedtls_pk_free(&e->key);
	mbedtls_ctr_drbg_free(&e->random);
	mbedtls_entropy_free(&e->entropy);
	free(e);
}

extern const struct tls_end tls_end;
const struct tls_end tls_end = {open_end, shake_hands, read_end, write_end, pending, close_end};
