/* SPDX-License-Identifier: MIT */
/* A host with the hooks in itself, which is both ends of TLS connections by libraries that are real: what a
 * library tells of each (both randoms, its role) must be found to be the connection that carries it, by its
 * cookie. Prints what was found otherwise, and at the end how many were found.
 *
 * usage: tls_pairs KIND PIECES COUNT
 * KIND = 1.2, 1.3, retry (of TLS 1.3), resumed, gnutls or mbedtls (of which the client is one);
 * PIECES = fd (OpenSSL reads from the descriptor by itself), one (a byte a call), all (all that is there),
 * forks (each server is a process, the listener's another one), attack (by the descriptor; while the first
 * connection of each client stands, there are 5,000 handshakes that do not end, at another listener) */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/process.h"
#include "segment/hellos.h"

#define AT_ONCE 32
#define HALF_DONE 5000
#define STAND 400 /* of them at a time */
#define WAIT_MAX 200000 /* milliseconds: ends what hangs */

enum { RIGHT, OTHERWISE, STANDING, OVER };

static const char *kind, *pieces;
static int *found; /* of all processes: how many are right, otherwise and standing, and whether the attack is over */
static SSL_SESSION *session;

static void broken(const char *what)
{
	printf("broken: %s\n", what);
	exit(3);
}

static bool attacks(void)
{
	return *pieces == 'a' && pieces[1] == 't';
}

static void wait_until(int what, int count)
{
	for (int i = 0; __atomic_load_n(&found[what], __ATOMIC_SEQ_CST) < count; i++) {
		if (i == WAIT_MAX)
			broken("the others");
		usleep(1000);
	}
}

static void check(int fd, const struct hello_name *name, const char *who)
{
	struct hello_end end = {0};
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	enum hello_found is = hellos_find(this_host.segment.hellos, this_host.segment.counters, name, &end);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	bool right = is == HELLO_FOUND && end.cookie == cookie &&
		!(end.bits & FD_ACCEPTED) == !name->is_server && end.local.port && end.peer.port;
	__atomic_fetch_add(&found[!right], 1, __ATOMIC_SEQ_CST);
	if (!right)
		printf("%s: found %d, cookie %lu instead of %lu, bits %x\n", who, is, (unsigned long)end.cookie,
			(unsigned long)cookie, end.bits);
	fflush(stdout);
}

static void check_openssl(SSL *ssl, int fd)
{
	struct hello_name name = {.is_server = SSL_is_server(ssl)};

	if (SSL_get_client_random(ssl, name.client, HELLO_RANDOM) != HELLO_RANDOM ||
		SSL_get_server_random(ssl, name.server, HELLO_RANDOM) != HELLO_RANDOM)
		broken("the randoms");
	check(fd, &name, name.is_server ? "server" : "client");
}

/* Each call of the host's in turn, of a byte or of all. */
static int piece_read(BIO *b, char *p, int n)
{
	int fd = (int)(intptr_t)BIO_get_data(b), most = *pieces == 'o' ? 1 : n;
	static _Thread_local unsigned turn;
	struct iovec iov[2] = {{p, (size_t)(most > 1 ? most / 2 : 0)}, {p + most / 2, (size_t)(most - most / 2)}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	char look[2000];

	if (most == 1)
		iov[1] = (struct iovec){p, 1};
	recv(fd, look, sizeof(look), MSG_PEEK | MSG_DONTWAIT);
	switch (turn++ % 5) {
	case 0: return (int)read(fd, p, (size_t)most);
	case 1: return (int)recv(fd, p, (size_t)most, 0);
	case 2: return (int)readv(fd, iov, 2);
	case 3: return (int)recvmsg(fd, &msg, 0);
	default: return (int)recvfrom(fd, p, (size_t)most, 0, NULL, NULL);
	}
}

static int piece_write(BIO *b, const char *p, int n)
{
	int fd = (int)(intptr_t)BIO_get_data(b), most = *pieces == 'o' ? 1 : n;
	static _Thread_local unsigned turn;
	struct iovec iov = {(void *)(uintptr_t)p, (size_t)most};
	struct mmsghdr msg = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};

	switch (turn++ % 6) {
	case 0: return (int)write(fd, p, (size_t)most);
	case 1: return (int)send(fd, p, (size_t)most, 0);
	case 2: return (int)writev(fd, &iov, 1);
	case 3: return (int)sendmsg(fd, &msg.msg_hdr, 0);
	case 4: return sendmmsg(fd, &msg, 1, 0) == 1 ? (int)msg.msg_len : -1;
	default: return (int)sendto(fd, p, (size_t)most, 0, NULL, 0);
	}
}

static long piece_control(BIO *b, int command, long number, void *p)
{
	(void)b, (void)number, (void)p;
	return command == BIO_CTRL_FLUSH;
}

static void attach(SSL *ssl, int fd)
{
	static BIO_METHOD *method;

	if (*pieces == 'f' || attacks()) {
		SSL_set_fd(ssl, fd);
		return;
	}
	if (!method) {
		method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pieces");
		BIO_meth_set_read(method, piece_read);
		BIO_meth_set_write(method, piece_write);
		BIO_meth_set_ctrl(method, piece_control);
	}
	BIO *b = BIO_new(method);
	BIO_set_data(b, (void *)(intptr_t)fd);
	BIO_set_init(b, 1);
	SSL_set_bio(ssl, b, b);
}

static SSL_CTX *context(bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	int version = strcmp(kind, "1.2") == 0 ? TLS1_2_VERSION : 0;

	if (version)
		SSL_CTX_set_max_proto_version(ctx, version);
	if (strcmp(kind, "retry") == 0)
		SSL_CTX_set1_groups_list(ctx, server ? "P-256" : "X25519:P-256");
	if (!server)
		return ctx;
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY_keygen_init(make);
	EVP_PKEY_CTX_set_ec_paramgen_curve_nid(make, NID_X9_62_prime256v1);
	EVP_PKEY_keygen(make, &key);
	X509 *cert = X509_new();
	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const uint8_t *)"host", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	if (SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		broken("the certificate");
	SSL_CTX_set_session_id_context(ctx, (const uint8_t *)"pairs", 5);
	return ctx;
}

/* The peer ends when it has got a byte: so each end has read and written behind the hellos. */
static void serve(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	char byte;

	attach(ssl, fd);
	if (SSL_accept(ssl) != 1 || SSL_read(ssl, &byte, 1) != 1)
		broken("the server's handshake");
	check_openssl(ssl, fd);
	if (SSL_write(ssl, &byte, 1) != 1)
		broken("the server's answer");
	check_openssl(ssl, fd);
	SSL_read(ssl, &byte, 1);
	SSL_free(ssl);
}

static void ask(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	char byte = 'x';

	if (session)
		SSL_set_session(ssl, session);
	attach(ssl, fd);
	if (SSL_connect(ssl) != 1 || SSL_write(ssl, &byte, 1) != 1 || SSL_read(ssl, &byte, 1) != 1)
		broken("the client's handshake");
	check_openssl(ssl, fd);
	if (attacks() && !__atomic_load_n(&found[OVER], __ATOMIC_SEQ_CST)) {
		__atomic_fetch_add(&found[STANDING], 1, __ATOMIC_SEQ_CST);
		wait_until(OVER, 1);
		check_openssl(ssl, fd);
	}
	if (session && !SSL_session_reused(ssl))
		broken("the session is not resumed");
	if (strcmp(kind, "resumed") == 0 && !session)
		session = SSL_get1_session(ssl);
	SSL_shutdown(ssl);
	SSL_free(ssl);
}

static void ask_gnutls(int fd)
{
	gnutls_session_t s;
	gnutls_certificate_credentials_t c;
	gnutls_datum_t client, server;
	struct hello_name name = {.is_server = false};
	char byte = 'x';
	int done;

	gnutls_certificate_allocate_credentials(&c);
	gnutls_init(&s, GNUTLS_CLIENT);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, c);
	gnutls_transport_set_int(s, fd);
	do
		done = gnutls_handshake(s);
	while (done < 0 && !gnutls_error_is_fatal(done));
	if (done < 0 || gnutls_record_send(s, &byte, 1) != 1)
		broken("GnuTLS's handshake");
	gnutls_session_get_random(s, &client, &server);
	memcpy(name.client, client.data, HELLO_RANDOM);
	memcpy(name.server, server.data, HELLO_RANDOM);
	check(fd, &name, "GnuTLS");
	do
		done = (int)gnutls_record_recv(s, &byte, 1);
	while (done < 0 && !gnutls_error_is_fatal(done));
	gnutls_bye(s, GNUTLS_SHUT_WR);
	gnutls_deinit(s);
}

static int mbed_send(void *fd, const unsigned char *p, size_t n)
{
	return (int)write(*(int *)fd, p, n);
}

static int mbed_recv(void *fd, unsigned char *p, size_t n)
{
	return (int)read(*(int *)fd, p, n);
}

/* It does not tell its randoms: the server's end is checked. */
static void ask_mbedtls(int fd)
{
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	unsigned char byte = 'x';

	mbedtls_ssl_init(&ssl);
	mbedtls_ssl_config_init(&config);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&random);
	mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
	mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
	mbedtls_ssl_setup(&ssl, &config);
	mbedtls_ssl_set_bio(&ssl, &fd, mbed_send, mbed_recv, NULL);
	if (mbedtls_ssl_handshake(&ssl) != 0 || mbedtls_ssl_write(&ssl, &byte, 1) != 1 ||
		mbedtls_ssl_read(&ssl, &byte, 1) != 1)
		broken("mbedTLS's handshake");
	mbedtls_ssl_close_notify(&ssl);
	mbedtls_ssl_free(&ssl);
}

/* COUNT connections one after another, beside those of other processes. */
static void clients(const struct sockaddr_in *to, int count)
{
	SSL_CTX *ctx = context(false);

	for (int i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
			broken("connect()");
		if (strcmp(kind, "gnutls") == 0)
			ask_gnutls(fd);
		else if (strcmp(kind, "mbedtls") == 0)
			ask_mbedtls(fd);
		else
			ask(ctx, fd);
		close(fd);
	}
}

static void servers(SSL_CTX *ctx, int listener, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			broken("accept()");
		if (*pieces != 'f' || pieces[1] != 'o') {
			serve(ctx, fd);
		} else {
			pid_t child = fork();
			if (!child) {
				serve(ctx, fd);
				_exit(0);
			}
			close(fd);
			waitpid(child, NULL, 0);
			continue;
		}
		close(fd);
	}
}

/* What nobody sees that is not the kernel. */
static int come(const struct sockaddr_in *to)
{
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || syscall(SYS_connect, fd, to, sizeof(*to)) != 0)
		broken("the attacker's connect()");
	return fd;
}

static void hello(uint8_t p[100], int type, unsigned random)
{
	static const uint8_t head[] = {22, 3, 1, 0, 95, 0, 0, 0, 91, 3, 3};

	memset(p, 0, 100);
	memcpy(p, head, sizeof(head));
	p[5] = (uint8_t)type;
	memcpy(p + 11, &random, sizeof(random));
}

/* One of them: half a hello, both hellos, both as others have them, in pieces, lies. */
static int half_done(int listener, const struct sockaddr_in *to, unsigned n, int *peer)
{
	unsigned random = n % 5 == 2 ? UINT32_MAX : n;
	uint8_t p[100], got[100];
	size_t size = n % 5 == 0 ? 20 : sizeof(p);

	*peer = come(to);
	int fd = accept(listener, NULL, NULL);
	hello(p, 1, random);
	if (n % 5 == 4)
		memset(p + n / 5 % 9, (int)n, 4);
	if (syscall(SYS_write, *peer, p, size) != (long)size)
		broken("the attacker's write()");
	for (size_t at = 0, part = n % 5 == 3 ? 1 : sizeof(got); at < size; at += part) {
		if (recv(fd, got, part, 0) <= 0)
			broken("the host's recv()");
	}
	hello(p, 2, random);
	if (n % 5 && n % 5 != 4 && send(fd, p, sizeof(p), 0) != sizeof(p))
		broken("the host's send()");
	return fd;
}

static void attack(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5071)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, host[STAND] = {0}, peer[STAND] = {0};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 64) != 0)
		broken("the other bind()");
	wait_until(STANDING, AT_ONCE);
	for (unsigned n = 0; n < HALF_DONE; n++) {
		unsigned i = n % STAND;
		if (n >= STAND) {
			close(host[i]);
			syscall(SYS_close, peer[i]);
		}
		host[i] = half_done(listener, &at, n, &peer[i]);
	}
	if (!counters_of(this_host.segment.counters, COUNTER_TLS_EQUAL))
		broken("none was equal");
	__atomic_store_n(&found[OVER], 1, __ATOMIC_SEQ_CST);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5061)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, bad = 0, status;
	socklen_t len = sizeof(at);

	if (argc != 4)
		return 2;
	kind = argv[1], pieces = argv[2];
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	found = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 2 * AT_ONCE) != 0)
		broken("bind()");
	SSL_CTX *ctx = context(true);
	/* each generates as the process that it came from: their randoms repeat unless the library sees to it */
	for (int i = 0; i < 2 * AT_ONCE + attacks(); i++) {
		if (fork())
			continue;
		if (i == 2 * AT_ONCE)
			attack();
		else if (i < AT_ONCE)
			servers(ctx, listener, atoi(argv[3]));
		else
			clients(&at, atoi(argv[3]));
		exit(0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	printf("%d right, %d otherwise, %d broken\n", found[RIGHT], found[OTHERWISE], bad);
	return found[OTHERWISE] || bad;
}
