/* SPDX-License-Identifier: MIT */
/* The heads of a WebSocket's handshake are as long as HTTP's may be and come in any portions, and a server's first
 * frame may be there with the end of its: what follows is edited even so, both ways. */
/*ini
[bond:in]
member = ws:10.0.2.1:5080
[bond:ext]
member = ws:10.0.1.1:5080
[route:peer]
to = 10.0.3.1:5090
transport = ws
bond = ext
*/
/*victim
seconds: 60
*/
/*expect
server, 400 bytes in portions of 1: restored, edited
server, 400 bytes in portions of 700: restored, edited
server, 1023 bytes in portions of 3: restored, edited
server, 1025 bytes in portions of 1025: restored, edited
server, 3000 bytes in portions of 1: restored, edited
server, 3000 bytes in portions of 700: restored, edited
server, 15000 bytes in portions of 999: restored, edited
server, 15000 bytes in portions of 20000: restored, edited
client, 400 bytes in portions of 1: restored, edited
client, 400 bytes in portions of 700: restored, edited
client, 1023 bytes in portions of 3: restored, edited
client, 1025 bytes in portions of 1025: restored, edited
client, 3000 bytes in portions of 1: restored, edited
client, 3000 bytes in portions of 700: restored, edited
client, 15000 bytes in portions of 999: restored, edited
client, 15000 bytes in portions of 20000: restored, edited
*/
#include <sys/wait.h>

#include "ws.h"

#define H "10.0.2.1:5080"
#define M "10.0.1.1:5080"
#define RESPONSE "SIP/2.0 200 OK\r\nContact: <sip:a@" H ";transport=ws>\r\nContent-Length: 0\r\n\r\n"

#define ASK "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n"
#define FIRST "SIP/2.0 100 Trying\r\n\r\n"

static const struct {
	size_t head, portion;
} rows[] = {{400, 1}, {400, 700}, {1023, 3}, {1025, 1025}, {3000, 1}, {3000, 700}, {15000, 999}, {15000, 20000}};

/* A head of so many bytes and, in the same portions, a frame, if there is a message. */
static struct bytes head_of(const char *lines, size_t n, uint32_t key, const char *message)
{
	struct bytes b = {0};

	bytes_add(&b, lines, strlen(lines));
	bytes_add(&b, "Cookie: ", 8);
	while (b.n < n - 4)
		bytes_add(&b, "k", 1);
	bytes_add(&b, "\r\n\r\n", 4);
	if (message)
		frame_add(&b, 0x81, key, message, strlen(message));
	return b;
}

static void send_hooked(int fd, const struct bytes *b, size_t portion)
{
	for (size_t at = 0; at < b->n; at += portion)
		host_send(fd, b->p + at, portion < b->n - at ? portion : b->n - at);
}

static void send_raw(int fd, const struct bytes *b, size_t portion)
{
	for (size_t at = 0; at < b->n; at += portion) {
		raw_send(fd, b->p + at, portion < b->n - at ? portion : b->n - at);
		if (b->n / portion < 100)
			usleep(2000);
	}
}

static void host_more(int fd, struct bytes *b)
{
	char text[3000];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, patience()) != 1)
		die("nothing comes to the host");
	ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the host reads no more");
	if (n > 0)
		bytes_add(b, text, n);
}

/* What comes behind the head stays in b. */
static void host_http(int fd, struct bytes *b)
{
	char *end;

	while (!b->n || !(end = memmem(b->p, b->n, "\r\n\r\n", 4)))
		host_more(fd, b);
	bytes_cut(b, end + 4 - b->p);
}

static void host_frame(int fd, struct bytes *b, struct frame *f)
{
	while (!frame_read(b, 0, f))
		host_more(fd, b);
}

/* The peer takes what names the host by the member, and sends it back. */
static void run_peer(bool host_serves, size_t head, size_t portion)
{
	struct bytes b = {0}, out = {0};
	struct frame f;
	int fd = host_serves ? raw_connect() : (int)raw(SYS_accept, ws_peer, 0, 0, 0, 0, 0);

	if (host_serves) {
		struct bytes ask = head_of(ASK, head, 0, NULL);
		send_raw(fd, &ask, portion);
	}
	raw_head(fd, &b);
	if (!host_serves) {
		struct bytes answer = head_of(ANSWERS, head, 0, FIRST);
		send_raw(fd, &answer, portion);
	}
	while (!frame_read(&b, 0, &f))
		if (!raw_read(fd, &b))
			_exit(2);
	bool edited = memmem(f.payload, f.n, M ";transport=ws;bond=", strlen(M) + 19) != NULL;
	frame_add(&out, 0x81, host_serves ? 7 : 0, f.payload, f.n);
	raw_send(fd, out.p, out.n);
	raw_read(fd, &b); /* until the host has it */
	_exit(edited ? 0 : 1);
}

static void check(bool serves, size_t head, size_t portion)
{
	struct bytes in = {0}, out;
	struct frame f;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		run_peer(serves, head, portion);
	int fd = serves ? MUST(accept(ws_listener_m, NULL, NULL)) : tcp_to(T4, PEER_PORT);
	if (serves) {
		host_http(fd, &in);
		out = head_of(ANSWERS, head, 0, RESPONSE);
		send_hooked(fd, &out, portion);
	} else {
		out = head_of(ASK, head, 0, NULL);
		send_hooked(fd, &out, portion);
		host_http(fd, &in);
		host_frame(fd, &in, &f);
		if (f.n != strlen(FIRST) || memcmp(f.payload, FIRST, f.n) != 0)
			say("another first frame");
		bytes_cut(&in, f.whole);
		out.n = 0;
		frame_add(&out, 0x81, 0x55443322, RESPONSE, strlen(RESPONSE));
		send_hooked(fd, &out, portion);
	}
	host_frame(fd, &in, &f);
	bool back = f.n == strlen(RESPONSE) && memcmp(f.payload, RESPONSE, f.n) == 0;
	close(fd);
	waitpid(pid, &status, 0);
	say("%s, %zu bytes in portions of %zu: %s, %s", serves ? "server" : "client", head, portion,
		back ? "restored" : "as it came", status ? "as the host wrote it" : "edited");
}

int main(void)
{
	ws_open();
	for (int serves = 1; serves >= 0; serves--)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			check(serves, rows[i].head, rows[i].portion);
	return 0;
}
