/* SPDX-License-Identifier: MIT */
/* Where only names hang on it a WebSocket of SIP that cannot be read passes as it is, both ways, from its 101 on or from
 * the frame on that there is none of, and is counted once. */
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
/*expect
an extension: in 3 of 3 as they came, out 3 of 3 as the host wrote them
so in another process: in 3 of 3 as they came, out 3 of 3 as the host wrote them
no subprotocol: in 3 of 3 as they came, out 3 of 3 as the host wrote them
an odd frame of the peer: in 3 of 3 as they came, out 3 of 3 as the host wrote them
an odd frame of the host: in 3 of 3 as they came, out 3 of 3 as the host wrote them
another subprotocol: in 3 of 3 as they came, out 3 of 3 as the host wrote them
-- counted
broken 4, not SIP 1, shut 0
*/
#include <sys/wait.h>

#include "counts.h"
#include "ws.h"

#define SIP "SIP/2.0 200 OK\r\nContact: <sip:a@10.0.1.1:5080;transport=ws;bond=aaaaaaaaaa>\r\nX: 10.0.2.1:5080\r\n\r\n"
#define OWN "SIP/2.0 200 OK\r\nContact: <sip:a@10.0.2.1:5080;transport=ws>\r\nContent-Length: 0\r\n\r\n"
#define YES "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"

static int fd, peer;

static int frames_in(void)
{
	char text[2000];
	int same = 0;

	for (int i = 0; i < 3; i++) {
		struct bytes b = {0};
		size_t got = 0;
		frame_add(&b, 0x81, 0x01020304 + i, SIP, sizeof(SIP) - 1);
		raw_send(peer, b.p, b.n);
		while (got < b.n) {
			ssize_t n = recv(fd, text + got, sizeof(text) - got, 0);
			if (n <= 0)
				return same;
			got += (size_t)n;
		}
		same += got == b.n && memcmp(text, b.p, got) == 0;
	}
	return same;
}

static int frames_out(void)
{
	int same = 0;

	for (int i = 0; i < 3; i++) {
		struct bytes b = {0}, got = {0};
		frame_add(&b, 0x81, 0, OWN, sizeof(OWN) - 1);
		host_send(fd, b.p, b.n);
		while (got.n < b.n && raw_read(peer, &got))
			;
		same += got.n == b.n && memcmp(got.p, b.p, b.n) == 0;
	}
	return same;
}

static void say_frames(const char *name)
{
	int in = frames_in(), out = frames_out();

	say("%s: in %d of 3 as they came, out %d of 3 as the host wrote them", name, in, out);
}

static void begin(const char *ask, const char *answer)
{
	struct bytes b = {0};

	peer = raw_connect();
	fd = MUST(accept(ws_listener_m, NULL, NULL));
	raw_send(peer, ask, strlen(ask));
	host_head(fd);
	host_send(fd, answer, strlen(answer));
	raw_head(peer, &b);
}

static void end(void)
{
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

int main(void)
{
	struct bytes b = {0};
	char text[100];
	int status;

	ws_open();
	begin(ASKS, ANSWERS "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
	say_frames("an extension");
	pid_t pid = fork();
	if (pid == 0) {
		say_frames("so in another process");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	end();
	begin(ASKS, YES "\r\n");
	say_frames("no subprotocol");
	end();
	begin(ASKS, ANSWERS "\r\n");
	raw_send(peer, "\xc1\x85zzzzhello", 11);
	for (size_t n = 0; n < 11;)
		n += MUST(recv(fd, text, sizeof(text), 0));
	say_frames("an odd frame of the peer");
	end();
	begin(ASKS, ANSWERS "\r\n");
	host_send(fd, "\xc1\x05hello", 7);
	while (b.n < 7 && raw_read(peer, &b))
		;
	say_frames("an odd frame of the host");
	end();
	begin("GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip, msrp\r\n\r\n",
		YES "Sec-WebSocket-Protocol: msrp\r\n\r\n");
	say_frames("another subprotocol");
	end();
	say("-- counted");
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("SHOW", "import json, sys\nc = json.load(sys.stdin)['counters']\n"
		"print('broken %d, not SIP %d, shut %d' % (c['broken'], c['not_sip'], c['shut']), flush=True)\n", 1);
	char command[9000];
	snprintf(command, sizeof(command), "env -i XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" %s/bondctl status --json %s | "
		"env -i /usr/bin/python3 -c \"$SHOW\"", beside_library(), text);
	unsetenv("LD_PRELOAD");
	return system(command) ? 1 : 0;
}
