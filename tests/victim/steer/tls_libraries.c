/* SPDX-License-Identifier: MIT */
/* Above GnuTLS, mbed TLS and wolfSSL each message is edited whole, as above OpenSSL, which the peer has in the same
 * process: requests of the host, and answers to what it was asked on its member, through small socket buffers, in
 * portions and rooms of any size; what is to be written once more may lie elsewhere by then. The library is a
 * module's, out of everybody's sight, or not. */
/*victim
case: gnutls gnutls12 mbedtls wolfssl wolfssl12 gnutls-local mbedtls-local wolfssl-local
cc: -O1 -lssl -lcrypto -ldl
build: tls_end_gnutls tls_end_mbedtls tls_end_wolfssl
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
[bond:other]
member = tls:10.0.2.1:5071
[route:back]
from = ext
bond = other
[host]
secret = a long secret of this test
*/
/*expect
way 0, it asks: came back often, on the wire as on TCP, text in is text out
way 0, it is asked: came back often, on the wire as on TCP, text in is text out
way 1, it asks: came back often, on the wire as on TCP, text in is text out
way 1, it is asked: came back often, on the wire as on TCP, text in is text out
way 2, it asks: came back often, on the wire as on TCP, text in is text out
way 2, it is asked: came back often, on the wire as on TCP, text in is text out
way 3, it asks: came back often, on the wire as on TCP, text in is text out
way 3, it is asked: came back often, on the wire as on TCP, text in is text out
*/
#include "round.h"

#include <dlfcn.h>

#include "../lib/tls_end.h"
#include "../lib/tls_pair.h"

#define MESSAGES 75 /* each way, of four ways and two directions */
#define WANTED 1
#define HOST_NAME "10.0.2.1:5061"
#define PEER_NAME "10.0.3.1:5090"

/* A direction of what one end says. */
struct line {
	struct buffer *text; /* grows as there is more to say */
	size_t sent, goal;
	bool again;
};

struct talk {
	const struct tls_end *library;
	void *host;
	SSL_CTX *context;
	SSL *peer;
	int fds[2];
	char leaving[4096]; /* of the peer's */
	size_t from, to;
	bool asked; /* the host is */
	struct buffer requests, answers;
	struct buffer got;  /* by who asked */
	struct echo echo;   /* of who is asked */
	struct line host_says, peer_says;
	int wanted;
	size_t moved; /* bytes in all */
};

static char *certificate, *key;

/* How much the host gives in its next call: several messages, or a part of one. */
static size_t portion(const struct line *l)
{
	size_t left = l->text->n - l->sent, n = dice(3) ? 1 + dice(3000) : 1 + dice(40000);

	return l->sent + (n < left ? n : left);
}

static void host_says(struct talk *k)
{
	static char places[2][1 << 18];
	static int place;
	struct line *l = &k->host_says;

	if (!l->again)
		l->goal = portion(l);
	size_t n = l->goal - l->sent;
	if (!n)
		return;
	char *from = memcpy(places[place ^= 1], l->text->p + l->sent, n);
	memset(places[!place], '#', sizeof(places[0]));
	long result = k->library->write(k->host, from, n, l->again);
	l->again = result == TLS_AGAIN;
	k->wanted += l->again;
	if (result > (long)n || result == TLS_BROKEN || result == TLS_ENDED) {
		say("write: %ld of %zu", result, n);
		exit(1);
	}
	if (result > 0) {
		l->sent += (size_t)result;
		k->moved += (size_t)result;
	}
}

static void host_hears(struct talk *k, struct buffer *to)
{
	static char room[20000];
	size_t n = 1 + dice(dice(2) ? 20000 : 300), there = k->library->pending(k->host);
	long result = k->library->read(k->host, room, n);

	if (result == TLS_BROKEN || result == TLS_ENDED || (there && result < (long)(there < n ? there : 1))) {
		say("read: %ld of %zu, of which there were %zu", result, n, there);
		exit(1);
	}
	if (result <= 0)
		return;
	buffer_add(to, room, (size_t)result);
	k->moved += (size_t)result;
}

/* The peer's bytes go past libbond. */
static void carry(struct talk *k)
{
	char bytes[20000];
	BIO *in = SSL_get_rbio(k->peer), *out = SSL_get_wbio(k->peer);

	for (;;) {
		if (k->from == k->to) {
			int n = BIO_read(out, k->leaving, sizeof(k->leaving));
			k->from = 0;
			k->to = n > 0 ? (size_t)n : 0;
		}
		long went = k->to ? raw(SYS_sendto, k->fds[1], (long)k->leaving + (long)k->from, (long)(k->to - k->from),
				MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0) : 0;
		if (went <= 0)
			break;
		k->from += (size_t)went;
		k->moved += (size_t)went;
	}
	/* the host is to be told to come back */
	bool waits = !k->host_says.again && k->host_says.sent < k->host_says.text->n && dice(200);
	long came = waits ? 0 : raw(SYS_recvfrom, k->fds[1], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (came > 0) {
		BIO_write(in, bytes, (int)came);
		k->moved += (size_t)came;
	}
}

static void peer_talks(struct talk *k, struct buffer *to)
{
	static char room[20000];
	struct line *l = &k->peer_says;
	size_t left;

	carry(k);
	int n = SSL_read(k->peer, room, 1 + (int)dice(sizeof(room)));
	if (n > 0) {
		buffer_add(to, room, (size_t)n);
		k->moved += (size_t)n;
	}
	left = l->text->n - l->sent;
	n = left && BIO_pending(SSL_get_wbio(k->peer)) < 8192 ? SSL_write(k->peer, l->text->p + l->sent, left > 5000 ? 5000 : (int)left) : 0;
	if (n > 0) {
		l->sent += (size_t)n;
		k->moved += (size_t)n;
	}
}

/* Until something can be read or written. */
static bool rest(const struct talk *k)
{
	struct pollfd p[2] = {{.fd = k->fds[0], .events = POLLIN}, {.fd = k->fds[1], .events = POLLIN}};

	if (k->host_says.again)
		p[0].events |= POLLOUT;
	if (k->from < k->to)
		p[1].events |= POLLOUT;
	return raw(SYS_poll, (long)p, 2, patience(), 0, 0, 0) > 0;
}

static void open_ends(struct talk *k, bool tls12, int way)
{
	int version = tls12 ? TLS1_2_VERSION : TLS1_3_VERSION, small = 8192;

	k->fds[0] = k->asked ? host_accept_by(listener_m, 5061, &k->fds[1]) : host_connect(&k->fds[1]);
	for (int i = 0; i < 2; i++) {
		raw(SYS_fcntl, k->fds[i], F_SETFL, O_NONBLOCK, 0, 0, 0);
		raw(SYS_setsockopt, k->fds[i], SOL_SOCKET, SO_SNDBUF, (long)&small, sizeof(small), 0);
	}
	k->context = SSL_CTX_new(k->asked ? TLS_client_method() : TLS_server_method());
	tls_certify(k->context);
	SSL_CTX_set_max_proto_version(k->context, version);
	k->peer = SSL_new(k->context);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(k->peer, in, out);
	SSL_set_mode(k->peer, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (k->asked)
		SSL_set_connect_state(k->peer);
	else
		SSL_set_accept_state(k->peer);
	k->host = k->library->open(&(struct tls_end_as){k->fds[0], k->asked, tls12, way, certificate, key});
	long over = TLS_AGAIN;
	for (bool goes = true; goes && over == TLS_AGAIN;) {
		size_t before = k->moved;
		SSL_do_handshake(k->peer);
		carry(k);
		over = k->library->shake_hands(k->host);
		goes = over == 1 || k->moved != before || rest(k);
	}
	if (over != 1)
		say("the handshake: %ld", over);
}

static void close_ends(struct talk *k)
{
	k->library->close(k->host);
	SSL_free(k->peer);
	SSL_CTX_free(k->context);
	close(k->fds[0]);
	peer_close(k->fds[1]);
	free(k->requests.p);
	free(k->answers.p);
	free(k->got.p);
	free(k->echo.read.p);
	free(k->echo.text.p);
}

/* Whether the wire, or the host, has what libbond makes of it. */
static bool is_edited(const struct talk *k)
{
	const struct buffer *b = &k->echo.read;

	if (k->asked)
		return buffer_has(b, ";bond-in=") && !buffer_has(&k->got, "bond-in=");
	return buffer_has(b, "Via: SIP/2.0/TLS 10.0.1.1:") && !buffer_has(b, "Via: SIP/2.0/TLS " HOST_NAME) &&
		buffer_has(b, "Record-Route: <sip:10.0.1.1:") && !buffer_has(b, "Record-Route: <sip:" HOST_NAME);
}

static void round_trip(const struct tls_end *library, bool tls12, int way, bool asked)
{
	static struct talk k;

	k = (struct talk){.library = library, .asked = asked};
	for (int i = 0; i < MESSAGES; i++)
		add_message(&k.requests, &k.answers, asked ? PEER_NAME : HOST_NAME,
			dice(8) ? dice(2000) : dice(BODY_MAX), i);
	k.host_says.text = asked ? &k.echo.text : &k.requests;
	k.peer_says.text = asked ? &k.requests : &k.echo.text;
	open_ends(&k, tls12, way);
	for (bool goes = true; goes && k.got.n < k.answers.n;) {
		size_t before = k.moved;
		host_says(&k);
		peer_talks(&k, asked ? &k.got : &k.echo.read);
		host_hears(&k, asked ? &k.echo.read : &k.got);
		answer(&k.echo);
		goes = k.moved != before || rest(&k);
	}
	bool same = buffer_same(&k.got, &k.answers);
	say("way %d, it %s: %s, %s, %s", way, asked ? "is asked" : "asks",
		k.wanted >= WANTED ? "came back often" : "came back seldom",
		is_edited(&k) ? "on the wire as on TCP" : "on the wire as the host wrote it",
		same ? "text in is text out" : "text in is not text out");
	if (!same)
		say("%zu of %zu bytes", k.got.n, k.answers.n);
	close_ends(&k);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "gnutls";
	bool local = strstr(how, "-local"), tls12 = strstr(how, "12") || strstr(how, "mbedtls");
	const struct tls_end *library = tls_end_open(how, local ? RTLD_LOCAL : RTLD_GLOBAL);
	if (!library)
		die(dlerror());
	tcp_listener(H4, 5061);
	streams_open();
	listener_m = tcp_listener(M4, 5061);
	tls_pem(&certificate, &key);
	for (int way = 0; way < 4; way++) {
		round_trip(library, tls12, way, false);
		round_trip(library, tls12, way, true);
	}
	return 0;
}
