/* SPDX-License-Identifier: MIT */
/* Both ends of a TLS connection in one thread, of OpenSSL. */
#ifndef TLS_PAIR_H
#define TLS_PAIR_H

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct tls_pair {
	SSL_CTX *contexts[2];
	SSL *ssl[2]; /* of the client, the server */
};

static EVP_PKEY *tls_key(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return EVP_EC_gen("P-256");
#else
	EVP_PKEY *key = EVP_PKEY_new();
	EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);

	EC_KEY_generate_key(ec);
	EVP_PKEY_assign_EC_KEY(key, ec);
	return key;
#endif
}

/* A certificate that nobody looks at. */
static void tls_certify(SSL_CTX *ctx)
{
	EVP_PKEY *key = tls_key();
	X509 *x = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const void *)"peer", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* One in PEM, with its key: the caller's to free. */
static void tls_pem(char **certificate, char **key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	BIO *b = BIO_new(BIO_s_mem());

	tls_certify(ctx);
	*certificate = calloc(1, 10000);
	*key = calloc(1, 10000);
	PEM_write_bio_X509(b, SSL_CTX_get0_certificate(ctx));
	BIO_read(b, *certificate, 9999);
	PEM_write_bio_PrivateKey(b, SSL_CTX_get0_privatekey(ctx), NULL, NULL, 0, NULL, NULL);
	BIO_read(b, *key, 9999);
	BIO_free(b);
	SSL_CTX_free(ctx);
}

static void tls_contexts(struct tls_pair *t, int version)
{
	t->contexts[0] = SSL_CTX_new(TLS_client_method());
	t->contexts[1] = SSL_CTX_new(TLS_server_method());
	tls_certify(t->contexts[1]);
	for (int i = 0; i < 2; i++) {
		SSL_CTX_set_min_proto_version(t->contexts[i], version);
		SSL_CTX_set_max_proto_version(t->contexts[i], version);
		t->ssl[i] = SSL_new(t->contexts[i]);
	}
	SSL_set_connect_state(t->ssl[0]);
	SSL_set_accept_state(t->ssl[1]);
}

/* Of two descriptors, which do not block. */
static void tls_open(struct tls_pair *t, int version, int client, int server)
{
	tls_contexts(t, version);
	SSL_set_fd(t->ssl[0], client);
	SSL_set_fd(t->ssl[1], server);
}

static void tls_shake_hands(struct tls_pair *t)
{
	for (int i = 0; i < 10000 && !(SSL_is_init_finished(t->ssl[0]) && SSL_is_init_finished(t->ssl[1])); i++)
		SSL_do_handshake(t->ssl[i & 1]);
}

static void tls_close(struct tls_pair *t)
{
	for (int i = 0; i < 2; i++) {
		SSL_free(t->ssl[i]);
		SSL_CTX_free(t->contexts[i]);
	}
}

#endif
