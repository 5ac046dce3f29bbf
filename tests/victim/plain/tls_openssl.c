/* SPDX-License-Identifier: MIT */
/* A TLS connection on which no SIP is expected is the library's alone: each call of OpenSSL that libbond-tls.so
 * exports gives what it gives without it, results, errors and what is pending, with descriptors and with BIOs
 * in memory. */
/*victim
cc: -O1 -lssl -lcrypto
preload: @tls @
*/
#include "../victim.h"
#include "../lib/tls_pair.h"

static char text[60000], got[60000];

static void result(const char *what, SSL *ssl, int n)
{
	say("%s: %d, error %d", what, n, SSL_get_error(ssl, n));
	ERR_clear_error();
}

static void talk(struct tls_pair *t, const char *how)
{
	SSL *client = t->ssl[0], *server = t->ssl[1];
	size_t done = 77;

	say("-- %s", how);
	tls_shake_hands(t);
	result("read of nothing", server, SSL_read(server, got, sizeof(got)));
	result("peek of nothing", server, SSL_peek(server, got, sizeof(got)));
	result("write", client, SSL_write(client, SIP, (int)SIP_LEN));
	result("peek", server, SSL_peek(server, got, 10));
	say("pending %d %d", SSL_pending(server), SSL_has_pending(server));
	result("read", server, SSL_read(server, got, 20));
	say("pending %d, %.20s", SSL_pending(server), got);
	say("read_ex %d", SSL_read_ex(server, got, sizeof(got), &done));
	say("%zu bytes, the end of the text: %d", done, memcmp(got, SIP + 20, SIP_LEN - 20) == 0);
	say("read_ex of nothing %d", SSL_read_ex(server, got, sizeof(got), &done));
	say("write_ex %d", SSL_write_ex(server, text, 40000, &done));
	say("%zu bytes", done);
	say("peek_ex %d", SSL_peek_ex(client, got, sizeof(got), &done));
	say("%zu bytes", done);
	size_t all = 0;
	for (int n; (n = SSL_read(client, got + all, (int)(sizeof(got) - all))) > 0; all += (size_t)n)
		;
	say("%zu bytes, the text: %d", all, memcmp(got, text, all) == 0);
	SSL_shutdown(client);
	result("read at the end", server, SSL_read(server, got, sizeof(got)));
	result("and again", server, SSL_read(server, got, sizeof(got)));
	result("write of nothing", server, SSL_write(server, text, 0));
	tls_close(t);
}

static void by_descriptors(int version, const char *how)
{
	struct tls_pair t;
	int fds[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
	tls_open(&t, version, fds[0], fds[1]);
	talk(&t, how);
	close(fds[0]);
	close(fds[1]);
}

static void by_memory(int version, const char *how)
{
	BIO *bios[2] = {BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
	struct tls_pair t;

	tls_contexts(&t, version);
	for (int i = 0; i < 2; i++) {
		BIO_set_mem_eof_return(bios[i], -1);
		BIO_up_ref(bios[i]);
	}
	SSL_set_bio(t.ssl[0], bios[0], bios[1]);
	SSL_set_bio(t.ssl[1], bios[1], bios[0]);
	talk(&t, how);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	by_descriptors(TLS1_2_VERSION, "descriptors, 1.2");
	by_descriptors(TLS1_3_VERSION, "descriptors, 1.3");
	by_memory(TLS1_2_VERSION, "memory, 1.2");
	by_memory(TLS1_3_VERSION, "memory, 1.3");
	return 0;
}
