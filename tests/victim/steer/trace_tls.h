/* SPDX-License-Identifier: MIT */
/* For victims of the trace above TLS: a host by whichever library, a peer past libbond, and the lines that came. */
#ifndef TRACE_TLS_H
#define TRACE_TLS_H

#include "stream.h"
#include "trace_lines.h"

#include "../lib/tls_end.h"
#include "../lib/tls_pair.h"

static char file[] = "/tmp/trace-tls-XXXXXX";
static const char *how = "openssl";
static const struct tls_end *library;
static char *certificate, *key;

struct talk {
	void *host;
	SSL_CTX *context;
	SSL *peer;
	int fds[2];
};

/* One word of two, by the library. */
static const char *name_of(bool writes)
{
	static const char *const names[][3] = {{"openssl", "SSL_read", "SSL_write"},
		{"gnutls", "gnutls_record_recv", "gnutls_record_send"}, {"mbedtls", "mbedtls_ssl_read", "mbedtls_ssl_write"},
		{"wolfssl", "wolfSSL_read", "wolfSSL_write"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(how, names[i][0]) == 0)
			return names[i][1 + writes];
	die("no such library");
	return NULL;
}

/* The lines that the trace has now, without what differs from run to run, or by the library. */
static void say_trace(void)
{
	for (char *line = trace_line(true); line; line = trace_line(false)) {
		char out[3000];
		size_t to = 0;
		for (int writes = 0; writes < 2; writes++) {
			size_t size = strlen(name_of(writes));
			if (strncmp(line, name_of(writes), size) == 0 && line[size] == '(') {
				to += sprintf(out, writes ? "WRITE" : "READ");
				line += size;
			}
		}
		bool reads = to == 4;
		for (char *c = line; *c && to < sizeof(out) - 20; c++) {
			out[to++] = *c;
			if (strncmp(c, ") ", 2) == 0 && strspn(c + 1, " ") > 1) {
				c += strspn(c + 1, " ") - 1;
			} else if (*c == '<' && strspn(c + 1, "0123456789.") && c[1 + strspn(c + 1, "0123456789.")] == '>') {
				to += sprintf(out + to, "T");
				c += strspn(c + 1, "0123456789.");
			} else if (*c == ':' && atoi(c + 1) >= CHOSEN_PORTS) {
				out[to++] = '*';
				c += strspn(c + 1, "0123456789");
			} else if (reads && (strncmp(c, "..., ", 5) == 0 || strncmp(c, ") = ", 4) == 0)) {
				c += *c == '.' ? 5 : 4;
				to += sprintf(out + to, "%s", *c && c[-2] == ',' ? ".., N" : " = N") ;
				c += strspn(c, "0123456789") - 1;
			}
		}
		say("%.*s", (int)to, out);
	}
}

/* The peer's bytes go past libbond. */
static void carry(struct talk *k)
{
	static char bytes[40000];
	int n;

	while ((n = BIO_read(SSL_get_wbio(k->peer), bytes, sizeof(bytes))) > 0)
		raw(SYS_sendto, k->fds[1], (long)bytes, n, MSG_NOSIGNAL, 0, 0);
	long got = raw(SYS_recvfrom, k->fds[1], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(SSL_get_rbio(k->peer), bytes, (int)got);
}

static int accept_at(const char *address, int port, int *peer)
{
	struct ep to = ep(address, port), from = ep(T4, 0);
	int listener = tcp_listener(address, port);

	*peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, *peer, (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, *peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	int fd = MUST(accept(listener, NULL, NULL));
	close(listener);
	return fd;
}

/* asked: the peer comes to that address. */
static void open_talk(struct talk *k, const char *asked, int port)
{
	long over = TLS_AGAIN;

	k->fds[0] = asked ? accept_at(asked, port, &k->fds[1]) : host_connect(&k->fds[1]);
	MUST(fcntl(k->fds[0], F_SETFL, O_NONBLOCK));
	k->context = SSL_CTX_new(asked ? TLS_client_method() : TLS_server_method());
	tls_certify(k->context);
	SSL_CTX_set_max_proto_version(k->context, TLS1_2_VERSION);
	k->peer = SSL_new(k->context);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(k->peer, in, out);
	if (asked)
		SSL_set_connect_state(k->peer);
	else
		SSL_set_accept_state(k->peer);
	k->host = library->open(&(struct tls_end_as){k->fds[0], asked != NULL, true, 0, certificate, key});
	for (int i = 0; i < 20000 && (over != 1 || !SSL_is_init_finished(k->peer)); i++) {
		SSL_do_handshake(k->peer);
		carry(k);
		if (over != 1)
			over = library->shake_hands(k->host);
		usleep(100);
	}
	if (over != 1)
		die("the handshake");
}

static void close_talk(struct talk *k)
{
	library->close(k->host);
	SSL_free(k->peer);
	SSL_CTX_free(k->context);
	close(k->fds[0]);
	peer_close(k->fds[1]);
}

static void host_writes(struct talk *k, const char *p, size_t n)
{
	if (library->write(k->host, p, n, false) != (long)n)
		die("the host's write");
}

/* What the host reads; 0: nothing within that time. */
static size_t host_reads(struct talk *k, char *to, size_t size)
{
	for (int i = 0; i < 10 * patience(); i++) {
		carry(k);
		long n = library->read(k->host, to, size);
		if (n > 0)
			return (size_t)n;
		usleep(100);
	}
	die("nothing to read");
	return 0;
}

/* What the peer reads, up to the end of a head. */
static struct buffer peer_reads(struct talk *k)
{
	static char text[20000];
	struct buffer b = {0};

	for (int i = 0; i < 10 * patience() && !(b.n && memmem(b.p, b.n, "\r\n\r\n", 4)); i++) {
		carry(k);
		int n = SSL_read(k->peer, text, sizeof(text));
		if (n > 0)
			buffer_add(&b, text, (size_t)n);
		else
			usleep(100);
	}
	return b;
}

static void peer_says(struct talk *k, const void *p, size_t n)
{
	SSL_write(k->peer, p, (int)n);
	carry(k);
}

static int options(char *to, const char *transport, const char *mark, const char *call_id)
{
	return sprintf(to,
		"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/%s x;branch=z9hG4bK-%s%s\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:a>\r\n"
		"CSeq: 1 OPTIONS\r\nCall-ID: %s\r\nContent-Length: 0\r\n\r\n", transport, call_id, mark, call_id);
}

/* Runs itself again with that trace, and opens the library that is named. */
static void begin_trace(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : how;
	if (argc < 3) {
		close(MUST(mkstemp(file)));
		setenv("BOND_TRACE", "SSL_write,SSL_read", 1);
		setenv("BOND_TRACE_FILE", file, 1);
		execl("/proc/self/exe", argv[0], how, "again", NULL);
		die("exec");
	}
	library = tls_end_open(how, RTLD_GLOBAL);
	if (!library)
		die(dlerror());
	tls_pem(&certificate, &key);
}

#endif
