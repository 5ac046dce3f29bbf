/* SPDX-License-Identifier: MIT */
/* A host that waits in SSL_read(3): what is there of a message passes as it is once the rest does not come for a
 * second, so that nobody waits for ever, and the rest follows; before, a message in two parts is edited. */
/*victim
cc: -O1 -lssl -lcrypto
preload: @tls @
unsteered: no
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
in two parts: its own name 1
the first part: as it was 1
the rest: as it was 1
the next one: its own name 1
*/
#include "stream.h"
#include "../lib/tls_pair.h"

#define HEAD "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS "
#define TAIL "\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
#define OWN "Via: SIP/2.0/TLS 10.0.2.1:5061;branch=z9hG4bK-1"

static struct tls_pair t;
static char via[200]; /* as it is on the wire, behind its transport */

static int peer_reads(char *p, int n)
{
	struct pollfd one = {.fd = SSL_get_fd(t.ssl[1]), .events = POLLIN};
	int got;

	while ((got = SSL_read(t.ssl[1], p, n)) <= 0 && poll(&one, 1, patience()) > 0)
		;
	return got;
}

struct later {
	const char *p;
	size_t n;
};

static void *say_later(void *data)
{
	const struct later *l = data;

	usleep(50000);
	SSL_write(t.ssl[1], l->p, (int)l->n);
	return NULL;
}

/* All of one message, which the host reads as it comes. */
static int read_message(char *p, int size)
{
	int n = 0;

	do {
		int got = SSL_read(t.ssl[0], p + n, size - n);
		if (got <= 0)
			break;
		n += got;
		p[n] = 0;
	} while (!strstr(p, "\r\n\r\n"));
	return n;
}

int main(void)
{
	static char message[2000], got[4000];
	pthread_t thread;
	int fds[2];

	tcp_listener(H4, 5061);
	streams_open();
	fds[0] = host_connect(&fds[1]);
	raw(SYS_fcntl, fds[0], F_SETFL, O_NONBLOCK, 0, 0, 0);
	raw(SYS_fcntl, fds[1], F_SETFL, O_NONBLOCK, 0, 0, 0);
	tls_open(&t, TLS1_3_VERSION, fds[0], fds[1]);
	tls_shake_hands(&t);
	raw(SYS_fcntl, fds[0], F_SETFL, 0, 0, 0, 0);

	int n = sprintf(message, "INVITE sip:bob@10.0.3.1:5090;transport=tls SIP/2.0\r\n%s%s", OWN, TAIL);
	SSL_write(t.ssl[0], message, n);
	got[peer_reads(got, sizeof(got) - 1)] = 0;
	sscanf(strstr(got, "SIP/2.0/TLS ") + strlen("SIP/2.0/TLS "), "%199[^\r]", via);

	n = sprintf(message, HEAD "%s" TAIL, via);
	struct later rest = {message + sizeof(HEAD) + 3, (size_t)n - sizeof(HEAD) - 3};
	SSL_write(t.ssl[1], message, (int)sizeof(HEAD) + 3);
	pthread_create(&thread, NULL, say_later, &rest);
	read_message(got, sizeof(got) - 1);
	pthread_join(thread, NULL);
	say("in two parts: its own name %d", strstr(got, OWN "\r\n") != NULL);

	SSL_write(t.ssl[1], message, (int)sizeof(HEAD) + 3);
	int part = 0;
	while (part < (int)sizeof(HEAD) + 3) {
		int more = SSL_read(t.ssl[0], got + part, (int)sizeof(got) - 1 - part);
		if (more <= 0)
			break;
		part += more;
	}
	say("the first part: as it was %d", memcmp(got, message, (size_t)part) == 0);
	SSL_write(t.ssl[1], rest.p, (int)rest.n);
	memset(got, 0, sizeof(got));
	part = read_message(got, sizeof(got) - 1);
	say("the rest: as it was %d", (size_t)part == rest.n && memcmp(got, rest.p, rest.n) == 0);

	SSL_write(t.ssl[1], message, n);
	memset(got, 0, sizeof(got));
	read_message(got, sizeof(got) - 1);
	say("the next one: its own name %d", strstr(got, OWN "\r\n") != NULL);
	return 0;
}
