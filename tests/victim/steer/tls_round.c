/* SPDX-License-Identifier: MIT */
/* Above OpenSSL each message is edited whole: a host writes up to three requests a call, or fields in pieces,
 * into small socket buffers, and is told to come back each time, in all modes of writing; a peer answers each with
 * what stands in it; the host reads into rooms of any size, and finds its own names again, byte for byte. */
/*victim
case: tls12 tls13 memory records pieces ex
cc: -O1 -lssl -lcrypto
preload: @tls @
seconds: 30
unsteered: no
modes: steer
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = tls:10.0.1.1:5061
[route:peer]
to = 10.0.3.1:5090
transport = tls
bond = ext
*/
/*expect
plain: came back often, on the wire as on TCP, answers as they were sent
partial: came back often, on the wire as on TCP, answers as they were sent
moving: came back often, on the wire as on TCP, answers as they were sent
partial, moving: came back often, on the wire as on TCP, answers as they were sent
*/
#include "round.h"
#include "../lib/tls_pair.h"

#define MESSAGES 300
#define RECORDS 12 /* of them, where each byte comes alone */
#define WANTED 20 /* at least so often a write is told to come back */

static const char *how;

static bool is(const char *word)
{
	return strcmp(how, word) == 0;
}

struct talk {
	struct tls_pair t;
	int fds[2];
	BIO *bios[2][2];
	struct buffer requests, answers, got;
	size_t ends[MESSAGES];
	size_t sent, goal; /* of the requests; up to where the call under way wants to */
	bool partial, moving;
	int wanted;
	bool failed;
	struct echo echo;
};

static size_t next_goal(const struct talk *k)
{
	unsigned messages = 1 + dice(3);

	if (is("pieces"))
		return k->sent + 1 + dice(dice(4) ? 100 : 4000);
	for (int i = 0; i < MESSAGES; i++)
		if (k->ends[i] > k->sent && !--messages)
			return k->ends[i];
	return k->requests.n;
}

/* One call of the host. */
static void host_writes(struct talk *k)
{
	static char places[2][1 << 18];
	static int place;
	size_t done = 0;

	if (k->sent == k->requests.n)
		return;
	if (!k->goal)
		k->goal = next_goal(k);
	if (k->goal > k->requests.n)
		k->goal = k->requests.n;
	size_t n = k->goal - k->sent;
	char *from = k->requests.p + k->sent;
	if (k->moving) {
		from = memcpy(places[place ^= 1], from, n);
		memset(places[!place], '#', sizeof(places[0]));
	}
	int result = is("ex") ? SSL_write_ex(k->t.ssl[0], from, n, &done) : SSL_write(k->t.ssl[0], from, (int)n);
	if (result <= 0) {
		int error = SSL_get_error(k->t.ssl[0], result);
		k->wanted++;
		if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ) {
			say("write: error %d, %s", error, ERR_error_string(ERR_get_error(), NULL));
			exit(1);
		}
		return;
	}
	done = is("ex") ? done : (size_t)result;
	if (done > n || (!k->partial && done != n))
		say("write: %zu of %zu", done, n);
	k->sent += done;
	k->goal = 0;
}

static void host_reads(struct talk *k)
{
	static char room[20000], peeked[20000];
	SSL *ssl = k->t.ssl[0];
	size_t n = 1 + dice(dice(2) ? 20000 : 300), done = 0;

	int seen = dice(4) == 0 ? SSL_peek(ssl, peeked, (int)n) : 0;
	int pending = SSL_pending(ssl);
	int result = is("ex") ? SSL_read_ex(ssl, room, n, &done) : SSL_read(ssl, room, (int)n);
	if (result > 0)
		result = is("ex") ? (int)done : result;
	if (seen > 0 && (result < seen || memcmp(room, peeked, (size_t)seen) != 0 || pending < seen))
		say("peek: %d, pending %d, read %d", seen, pending, result);
	if (result > 0)
		buffer_add(&k->got, room, (size_t)result);
}

static void peer_talks(struct talk *k)
{
	static char room[20000];
	SSL *ssl = k->t.ssl[1];

	int n = SSL_read(ssl, room, 1 + (int)dice(sizeof(room)));
	if (n > 0) {
		buffer_add(&k->echo.read, room, (size_t)n);
		answer(&k->echo);
	}
	size_t left = k->echo.text.n - k->echo.sent;
	if (!left)
		return;
	n = (int)(left > 5000 ? 5000 : left);
	if (is("records"))
		n = 1;
	for (int i = 0; i < (is("records") ? 500 : 1) && k->echo.sent < k->echo.text.n; i++) {
		int result = SSL_write(ssl, k->echo.text.p + k->echo.sent, n);
		if (result <= 0)
			break;
		k->echo.sent += (size_t)result;
	}
}

/* With BIOs in memory the host carries the bytes itself, as many as the socket takes. */
static void carry(struct talk *k)
{
	static char bytes[20000];

	if (!is("memory"))
		return;
	for (int n; (n = (int)BIO_pending(k->bios[0][1])) > 0;) {
		n = BIO_read(k->bios[0][1], bytes, n > (int)sizeof(bytes) ? (int)sizeof(bytes) : n);
		for (int at = 0; at < n;) {
			ssize_t went = write(k->fds[0], bytes + at, (size_t)(n - at));
			if (went > 0)
				at += (int)went;
			else
				peer_talks(k);
		}
	}
	ssize_t n = read(k->fds[0], bytes, sizeof(bytes));
	if (n > 0)
		BIO_write(k->bios[0][0], bytes, (int)n);
}

static void open_pair(struct talk *k)
{
	int small = 8192;

	k->fds[0] = host_connect(&k->fds[1]);
	for (int i = 0; i < 2; i++) {
		raw(SYS_fcntl, k->fds[i], F_SETFL, O_NONBLOCK, 0, 0, 0);
		raw(SYS_setsockopt, k->fds[i], SOL_SOCKET, SO_SNDBUF, (long)&small, sizeof(small), 0);
	}
	tls_open(&k->t, is("tls12") ? TLS1_2_VERSION : TLS1_3_VERSION, k->fds[0], k->fds[1]);
	if (is("memory")) {
		for (int i = 0; i < 2; i++)
			BIO_set_mem_eof_return(k->bios[0][i] = BIO_new(BIO_s_mem()), -1);
		SSL_set_bio(k->t.ssl[0], k->bios[0][0], k->bios[0][1]);
	}
	SSL_set_mode(k->t.ssl[1], SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (k->partial)
		SSL_set_mode(k->t.ssl[0], SSL_MODE_ENABLE_PARTIAL_WRITE);
	if (k->moving)
		SSL_set_mode(k->t.ssl[0], SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	for (int i = 0; i < 10000 && !(SSL_is_init_finished(k->t.ssl[0]) && SSL_is_init_finished(k->t.ssl[1])); i++) {
		SSL_do_handshake(k->t.ssl[i & 1]);
		carry(k);
	}
}

/* Until something can be read or written. */
static bool rest(const struct talk *k)
{
	struct pollfd p[2] = {{.fd = k->fds[0], .events = POLLIN}, {.fd = k->fds[1], .events = POLLIN}};

	if (k->goal)
		p[0].events |= POLLOUT;
	if (k->echo.sent < k->echo.text.n)
		p[1].events |= POLLOUT;
	return raw(SYS_poll, (long)p, 2, patience(), 0, 0, 0) > 0;
}

static void round_trip(bool partial, bool moving)
{
	static struct talk k;

	k = (struct talk){.partial = partial, .moving = moving};
	for (int i = 0; i < (is("records") ? RECORDS : MESSAGES); i++) {
		size_t size = dice(8) || is("records") ? dice(2000) : dice(BODY_MAX);
		add_message(&k.requests, &k.answers, "10.0.2.1:5061", size, i);
		k.ends[i] = k.requests.n;
	}
	open_pair(&k);
	while (k.got.n < k.answers.n && !k.failed) {
		size_t before = k.got.n + k.sent + k.echo.read.n + k.echo.sent;
		host_writes(&k);
		carry(&k);
		peer_talks(&k);
		host_reads(&k);
		if (k.got.n + k.sent + k.echo.read.n + k.echo.sent == before)
			k.failed = !rest(&k);
	}
	const char *name = partial && moving ? "partial, moving" : partial ? "partial" : moving ? "moving" : "plain";
	bool named = buffer_has(&k.echo.read, "Via: SIP/2.0/TLS 10.0.1.1:") && !buffer_has(&k.echo.read, "Via: SIP/2.0/TLS 10.0.2.1:") &&
		buffer_has(&k.echo.read, "Record-Route: <sip:10.0.1.1:") && !buffer_has(&k.echo.read, "Record-Route: <sip:10.0.2.1:");
	say("%s: %s, %s, %s", name, k.wanted >= WANTED || is("memory") || is("records") ? "came back often" : "came back seldom",
		named ? "on the wire as on TCP" : "on the wire as the host wrote it",
		buffer_same(&k.got, &k.answers) ? "answers as they were sent" : "other answers");
	if (!buffer_same(&k.got, &k.answers))
		say("%zu of %zu bytes", k.got.n, k.answers.n);
	tls_close(&k.t);
	close(k.fds[0]);
	peer_close(k.fds[1]);
	free(k.requests.p);
	free(k.answers.p);
	free(k.got.p);
	free(k.echo.read.p);
	free(k.echo.text.p);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "tls13";
	tcp_listener(H4, 5061);
	streams_open();
	for (int mode = 0; mode < 4; mode++)
		round_trip(mode & 1, mode & 2);
	return 0;
}
