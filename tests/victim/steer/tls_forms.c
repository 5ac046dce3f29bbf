/* SPDX-License-Identifier: MIT */
/* However a host goes about OpenSSL, what it writes is edited and what it reads is its own again: the handshake is
 * left to the first write, or to the first read; there are BIO pairs, another descriptor of the connection, another
 * process than the one that made it; a resumed session, early data, new keys in between, records that are none of
 * the host's, writes of nothing, looks before reads, an end that closes its half, keep-alives,
 * bytes that are read ahead, an object in memory of several processes, of which each does a part. Behind a renegotiation nobody
 * knows the connection: all passes as it is. */
/*victim
case: write read shared pair dup forked passed resumed early keys renegotiated single empty peeked halves async copied alive ahead
cc: -O1 -lssl -lcrypto
preload: @tls @
unsteered: no
modes: steer
*/
/*ini
[bond:ext]
member = tls:10.0.1.1:5061
[route:peer]
to = 10.0.3.1:5090
transport = tls
bond = ext
*/
/*expect
request 1: edited
answer 1: its own name, nothing else
request 2: edited
answer 2: its own name, nothing else
*/
/*expect renegotiated
request 1: as it was
answer 1: its own name, nothing else
request 2: as it was
answer 2: its own name, nothing else
*/
#include "stream.h"
#include "../lib/tls_pair.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define FIRST "INVITE sip:bob@10.0.3.1:5090;transport=tls SIP/2.0\r\n"
#define OWN "Via: SIP/2.0/TLS 10.0.2.1:5061;branch=z9hG4bK-%d"
#define TAIL "\r\nCSeq: %d INVITE\r\nContent-Length: 4\r\n\r\nbody"

/* What all processes of the program share, where OpenSSL has all of its own. */
#define ARENA (64 << 20)

struct block {
	size_t n, unused;
	char bytes[];
};

static char *arena;
static size_t *arena_used;

static void *arena_malloc(size_t n, const char *file, int line)
{
	struct block *b = (struct block *)(arena + *arena_used);

	(void)file;
	(void)line;
	*arena_used += (sizeof(*b) + n + 15) & ~(size_t)15;
	if (*arena_used > ARENA)
		abort();
	b->n = n;
	return b->bytes;
}

static void arena_free(void *p, const char *file, int line)
{
	(void)p;
	(void)file;
	(void)line;
}

static void *arena_realloc(void *p, size_t n, const char *file, int line)
{
	void *to = arena_malloc(n, file, line);

	if (p) {
		size_t had = ((struct block *)((char *)p - offsetof(struct block, bytes)))->n;
		memcpy(to, p, had < n ? had : n);
	}
	return to;
}

static void share_memory(void)
{
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	arena_used = (size_t *)arena;
	*arena_used = 64;
	if (!CRYPTO_set_mem_functions(arena_malloc, arena_realloc, arena_free))
		say("VICTIM BROKEN: OpenSSL has memory of its own");
}

static const char *how;
static struct tls_pair t;
static int fds[2];
static BIO *wire; /* the other end of the host's BIO pair */

static bool is(const char *word)
{
	return strcmp(how, word) == 0;
}

/* What is between both ends, where the host has no descriptor in its object. */
static void carry(void)
{
	static char bytes[20000];
	int n;

	if (!wire)
		return;
	while ((n = BIO_read(wire, bytes, sizeof(bytes))) > 0)
		send(fds[0], bytes, (size_t)n, 0);
	size_t room = BIO_get_write_guarantee(wire);
	n = (int)recv(fds[0], bytes, room < sizeof(bytes) ? room : sizeof(bytes), MSG_DONTWAIT);
	if (n > 0)
		BIO_write(wire, bytes, n);
}

static void wait_a_moment(void)
{
	struct pollfd p[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};

	poll(p, 2, 1);
	carry();
}

static void nonblocking(int fd)
{
	raw(SYS_fcntl, fd, F_SETFL, O_NONBLOCK, 0, 0, 0);
}

static void attach(int version)
{
	tls_contexts(&t, version);
	if (is("pair")) {
		BIO *inner;
		BIO_new_bio_pair(&inner, 0, &wire, 0);
		SSL_set_bio(t.ssl[0], inner, inner);
	} else {
		SSL_set_fd(t.ssl[0], fds[0]);
	}
	SSL_set_fd(t.ssl[1], fds[1]);
	if (is("single"))
		for (int i = 0; i < 2; i++)
			SSL_clear_mode(t.ssl[i], SSL_MODE_AUTO_RETRY);
	if (is("ahead"))
		SSL_set_read_ahead(t.ssl[0], 1);
	if (is("async"))
		SSL_set_mode(t.ssl[0], SSL_MODE_ASYNC);
	if (is("renegotiated"))
		SSL_clear_options(t.ssl[1], SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_max_early_data(t.contexts[1], 16384);
	SSL_set_max_early_data(t.ssl[1], 16384);
}

static void shake_hands(void)
{
	for (int i = 0; i < 10000 && !(SSL_is_init_finished(t.ssl[0]) && SSL_is_init_finished(t.ssl[1])); i++) {
		SSL_do_handshake(t.ssl[i & 1]);
		carry();
	}
}

static int text_of(char *p, int number)
{
	return sprintf(p, FIRST OWN TAIL, number, number);
}

/* Until it is written; the peer's handshake goes on meanwhile. */
static void write_all(SSL *ssl, const char *p, int n)
{
	int got;

	while ((got = SSL_write(ssl, p, n)) <= 0) {
		int error = SSL_get_error(ssl, got);
		if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
			say("write: error %d", error);
			exit(1);
		}
		if (!SSL_is_init_finished(t.ssl[1]) && ssl != t.ssl[1])
			SSL_do_handshake(t.ssl[1]);
		wait_a_moment();
	}
	if (got != n)
		say("write: %d of %d", got, n);
	carry();
}

/* A message, up to the end of its body. */
static char *read_message(SSL *ssl)
{
	static char text[4000];
	int n = 0;

	for (int i = 0; i < 20000; i++) {
		if (ssl == t.ssl[0] && is("peeked")) {
			char seen[4000];
			int looked = SSL_peek(ssl, seen, sizeof(seen));
			int got = SSL_read(ssl, text + n, (int)sizeof(text) - 1 - n);
			if (looked > 0 && (got < looked || memcmp(seen, text + n, (size_t)looked) != 0))
				say("a peek shows something else");
			n += got > 0 ? got : 0;
		} else {
			int got = SSL_read(ssl, text + n, (int)sizeof(text) - 1 - n);
			n += got > 0 ? got : 0;
		}
		text[n] = 0;
		if (strstr(text, "\r\n\r\nbody"))
			return text;
		wait_a_moment();
	}
	say("no message, but %d bytes", n);
	exit(1);
}

/* In a process of its own, where several have the object. */
static void in_child(void (*part)(int), int number)
{
	if (!is("shared")) {
		part(number);
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		part(number);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* A part of its first line is there: the host is to come back. */
static void reads_nothing(int number)
{
	struct pollfd p = {.fd = fds[0], .events = POLLIN};
	char room[100];

	(void)number;
	poll(&p, 1, patience());
	int got = SSL_read(t.ssl[0], room, sizeof(room));
	if (got > 0 || SSL_get_error(t.ssl[0], got) != SSL_ERROR_WANT_READ)
		say("a part of a message is read: %d", got);
}

/* The peer answers with what stands in the request. */
static void answer(char *request)
{
	static char text[4000];
	char *fields = strstr(request, "\r\n");

	int n = snprintf(text, sizeof(text), "SIP/2.0 200 OK%s", fields);
	if (is("shared")) {
		write_all(t.ssl[1], text, 10);
		in_child(reads_nothing, 0);
		write_all(t.ssl[1], text + 10, n - 10);
		return;
	}
	write_all(t.ssl[1], text, n);
}

static void between(void)
{
	if (is("keys")) {
		SSL_key_update(t.ssl[0], SSL_KEY_UPDATE_REQUESTED);
		SSL_key_update(t.ssl[1], SSL_KEY_UPDATE_REQUESTED);
	}
	if (is("empty"))
		SSL_write(t.ssl[0], "", 0);
}

/* RFC 5626 4.4.1: neither waits for a message. */
static void keep_alive(void)
{
	char room[10] = "";
	int n = 0;

	write_all(t.ssl[0], "\r\n\r\n", 4);
	for (int i = 0; i < 5000 && n < 4; i++) {
		int got = SSL_read(t.ssl[1], room + n, 4 - n);
		n += got > 0 ? got : 0;
		wait_a_moment();
	}
	if (memcmp(room, "\r\n\r\n", 4) != 0)
		say("the peer hears %d of a keep-alive", n);
	write_all(t.ssl[1], "\r\n", 2);
	for (n = 0; n <= 0; n = SSL_read(t.ssl[0], room, sizeof(room)))
		wait_a_moment();
	if (n != 2)
		say("the host reads %d of its answer", n);
}

static void host_writes(int number)
{
	char text[1000];

	write_all(t.ssl[0], text, text_of(text, number));
}

static void host_reads(int number)
{
	char expected[1000];
	char *back = read_message(t.ssl[0]);

	sprintf(expected, "SIP/2.0 200 OK\r\n" OWN TAIL, number, number);
	say("answer %d: %s", number, strcmp(back, expected) == 0 ? "its own name, nothing else" : back);
}

static void talk(int number)
{
	char own[200], text[1000];

	if (is("alive"))
		keep_alive();
	in_child(host_writes, number);
	text_of(text, number);
	char *request = read_message(t.ssl[1]);
	sprintf(own, OWN "\r\n", number);
	say("request %d: %s", number,
		strstr(request, "Via: SIP/2.0/TLS 10.0.1.1:") && !strstr(request, own) ? "edited"
			: strcmp(request, text) == 0 ? "as it was" : request);
	answer(request);
	between();
	if (is("halves") && number == 2)
		SSL_shutdown(t.ssl[0]); /* and goes on reading */
	in_child(host_reads, number);
}

static void child_talks(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (is("forked"))
			shake_hands();
		talk(1);
		talk(2);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* Another number of the same connection, the first one closed: half of the handshake may be behind. */
static void move_descriptor(void)
{
	SSL_do_handshake(t.ssl[0]);
	int other = dup(fds[0]);
	close(fds[0]);
	fds[0] = other;
	SSL_set_fd(t.ssl[0], other);
}

/* The descriptor goes by a message to its own process and comes back as another. */
static void pass_descriptor(void)
{
	int pair[2];
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec one = {&byte, 1};
	struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	*c = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(c), &fds[0], sizeof(int));
	MUST(sendmsg(pair[0], &m, 0));
	close(fds[0]);
	MUST(recvmsg(pair[1], &m, 0));
	memcpy(&fds[0], CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	SSL_set_fd(t.ssl[0], fds[0]);
}

static void connect_both(void)
{
	fds[0] = host_connect(&fds[1]);
	nonblocking(fds[0]);
	nonblocking(fds[1]);
}

/* A first connection gives the session of the second. */
static void resume(void)
{
	char byte;
	SSL_CTX *contexts[2] = {t.contexts[0], t.contexts[1]};

	shake_hands();
	SSL_write(t.ssl[1], "x", 1);
	while (SSL_read(t.ssl[0], &byte, 1) <= 0)
		wait_a_moment();
	SSL_SESSION *session = SSL_get1_session(t.ssl[0]);
	for (int i = 0; i < 2; i++) {
		SSL_shutdown(t.ssl[i]);
		SSL_free(t.ssl[i]);
	}
	close(fds[0]);
	peer_close(fds[1]);
	connect_both();
	for (int i = 0; i < 2; i++) {
		t.ssl[i] = SSL_new(contexts[i]);
		SSL_set_fd(t.ssl[i], fds[i]);
	}
	SSL_set_connect_state(t.ssl[0]);
	SSL_set_accept_state(t.ssl[1]);
	SSL_set_session(t.ssl[0], session);
	SSL_SESSION_free(session);
}

/* What is no message goes early, as by a keep-alive. */
static void go_early(void)
{
	static char room[100];
	size_t n = 0;

	SSL_set_max_early_data(t.ssl[1], 16384);
	if (SSL_write_early_data(t.ssl[0], "\r\n\r\n", 4, &n) != 1)
		say("no early data");
	while (SSL_read_early_data(t.ssl[1], room, sizeof(room), &n) != SSL_READ_EARLY_DATA_SUCCESS)
		wait_a_moment();
	while (SSL_read_early_data(t.ssl[1], room, sizeof(room), &n) == SSL_READ_EARLY_DATA_ERROR) {
		SSL_do_handshake(t.ssl[0]);
		wait_a_moment();
	}
	shake_hands();
}

static void renegotiate(void)
{
	shake_hands();
	SSL_renegotiate(t.ssl[1]);
	for (int i = 0; i < 1000 && SSL_renegotiate_pending(t.ssl[1]); i++) {
		char byte;
		SSL_do_handshake(t.ssl[1]);
		SSL_read(t.ssl[0], &byte, 1);
		SSL_read(t.ssl[1], &byte, 1);
	}
}

/* Where a host may leave it to. */
static void begin(void)
{
	char byte;

	if (is("write"))
		return;
	if (is("read"))
		for (int i = 0; i < 10000 && !(SSL_is_init_finished(t.ssl[0]) && SSL_is_init_finished(t.ssl[1])); i++) {
			SSL_read(t.ssl[0], &byte, 1);
			SSL_do_handshake(t.ssl[1]);
		}
	if (is("dup"))
		move_descriptor();
	if (is("passed"))
		pass_descriptor();
	if (is("resumed") || is("early"))
		resume();
	if (is("early"))
		go_early();
	if (is("renegotiated"))
		renegotiate();
	shake_hands();
	if (is("copied")) {
		SSL *copy = SSL_dup(t.ssl[0]); /* of one that has begun: another reference */
		SSL_free(copy);
	}
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "write";
	if (is("shared"))
		share_memory();
	tcp_listener(H4, 5061);
	streams_open();
	connect_both();
	attach(is("renegotiated") ? TLS1_2_VERSION : TLS1_3_VERSION);
	if (is("forked")) {
		child_talks();
		return 0;
	}
	begin();
	talk(1);
	talk(2);
	return 0;
}
