/* SPDX-License-Identifier: MIT */
/* A host that sends a request of 700 bytes by SSL_write(3) and reads as much back by SSL_read(3), so many times;
 * its peer is in the same program, behind BIOs in memory and system calls that no library sees.
 *	tls COUNT    instrumented for callgrind */
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/raw.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#define SIZE 700

static SSL *host, *peer;
static int fds[2];

static void must(int done, const char *what)
{
	if (!done) {
		perror(what);
		exit(1);
	}
}

static struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

static int listener(const char *address, int port)
{
	struct sockaddr_in a = at(address, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 4) == 0, "listen");
	return fd;
}

static void connect_both(void)
{
	struct sockaddr_in a = at("127.0.0.9", 5090);
	int there = (int)raw_syscall(SYS_socket, AF_INET, SOCK_STREAM, 0, 0), one = 1;

	raw_syscall5(SYS_setsockopt, there, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one));
	must(raw_syscall(SYS_bind, there, (long)&a, sizeof(a), 0) == 0 &&
			raw_syscall(SYS_listen, there, 4, 0, 0) == 0, "the peer");
	listener("127.0.0.1", 5061);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(fds[0], (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	fds[1] = (int)raw_syscall(SYS_accept, there, 0, 0, 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
}

static void certify(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, key);
}

static void carry(void)
{
	static char bytes[20000];
	int n;

	while ((n = BIO_read(SSL_get_wbio(peer), bytes, sizeof(bytes))) > 0)
		raw_syscall(SYS_write, fds[1], (long)bytes, n, 0);
	long got = raw_syscall5(SYS_recvfrom, fds[1], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0);
	if (got > 0)
		BIO_write(SSL_get_rbio(peer), bytes, (int)got);
}

static void open_tls(void)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method()), *server = SSL_CTX_new(TLS_server_method());

	certify(server);
	host = SSL_new(client);
	peer = SSL_new(server);
	SSL_set_fd(host, fds[0]);
	SSL_set_bio(peer, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(peer), -1);
	SSL_set_connect_state(host);
	SSL_set_accept_state(peer);
	for (int i = 0; i < 1000 && !(SSL_is_init_finished(host) && SSL_is_init_finished(peer)); i++) {
		SSL_do_handshake(i & 1 ? peer : host);
		carry();
	}
	must(SSL_is_init_finished(host), "the handshake");
}

static size_t write_message(char *p, const char *first)
{
	int n = sprintf(p,
		"%s\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1\r\n"
		"Record-Route: <sip:127.0.0.1:5061;transport=tls;lr>\r\nMax-Forwards: 70\r\n"
		"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.9>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length:     ", first);
	int body = SIZE - n - 4;

	sprintf(p + n - 4, "%4d\r\n\r\n%0*d", body, body, 0);
	return SIZE;
}

int main(int argc, char **argv)
{
	static char request[SIZE + 1], response[2 * SIZE], room[4000];
	int count = argc > 1 ? atoi(argv[1]) : 1, n = 0;
	char *named = NULL;

	connect_both();
	open_tls();
	write_message(request, "OPTIONS sip:b@127.0.0.9 SIP/2.0");
	for (int i = -10; i < count; i++) {
		if (i == 0)
			CALLGRIND_START_INSTRUMENTATION;
		must(SSL_write(host, request, SIZE) == SIZE, "SSL_write");
		CALLGRIND_STOP_INSTRUMENTATION;
		for (n = 0; n <= 0; n = SSL_read(peer, room, sizeof(room) - 1))
			carry();
		room[n] = 0;
		/* the answer has what came in Via and Record-Route */
		strcpy(response, "SIP/2.0 200 OK");
		strcat(response, strstr(room, "\r\n"));
		must(SSL_write(peer, response, (int)strlen(response)) > 0, "the answer");
		carry();
		named = strstr(room, "127.0.0.2");
		if (i >= 0)
			CALLGRIND_START_INSTRUMENTATION;
		while ((n = SSL_read(host, room, sizeof(room) - 1)) <= 0)
			;
	}
	CALLGRIND_STOP_INSTRUMENTATION;
	printf("%s\n", named ? "edited" : "as it was");
	return 0;
}
