/* SPDX-License-Identifier: MIT */
/* The same on a connection, in whatever portions the head comes and is read: a field may be longer than
 * a read, and more be removed than fits one edit. A request in which more is to be restored than an
 * edit can hold ends the connection; what came before it is read first. */
/*victim
case: 65536 4000 701 64
*/
/*ini
[host]
header = X-Bond
secret = a long secret of this test
[bond:in]
member = tcp:10.0.1.1:5060
[route:r]
to = 10.0.3.1:5090
bond = in
*/
/*expect
1 mark: 1 of our marks, 1 of our fields, the rest as it was
70 marks: 1 of our marks, 1 of our fields, the rest as it was
2000 marks: 1 of our marks, 1 of our fields, the rest as it was
70 fields: 1 of our marks, 1 of our fields, the rest as it was
2000 fields: 1 of our marks, 1 of our fields, the rest as it was
30 fields of 2000 bytes: 1 of our marks, 1 of our fields, the rest as it was
64 of all: 1 of our marks, 1 of our fields, the rest as it was
400 of all: 1 of our marks, 1 of our fields, the rest as it was
in two parts: 1 of our marks, 1 of our fields, the rest as it was
16 routes: 16 of the host, 0 of the member, then nothing
60 routes: nothing, then the end
2 requests and 60 routes: 2 of the host, 0 of the member, then the end
*/
#include "stream.h"

#include "forged.h"

static int fd, peer;
static size_t portion;

/* Reads n bytes, portion by portion, or what comes until the end or for a while; *end says which. */
static size_t reads(char *p, size_t n, bool *end)
{
	size_t got = 0;

	*end = false;
	while (got < n) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (raw(SYS_poll, (long)&ready, 1, got ? 300 : 1000, 0, 0, 0) <= 0)
			break;
		ssize_t size = recv(fd, p + got, n - got < portion ? n - got : portion, 0);
		if (size == 0 || (size < 0 && errno != EAGAIN))
			*end = true;
		if (size > 0)
			got += size;
		else if (*end)
			break;
	}
	return got;
}

static void forged(const char *what, int marks, int rows, int size, bool halves)
{
	static char p[FORGED_MAX];
	struct forged *f = forged_make(marks, rows, size, false);
	size_t first = halves ? f->sent_n / 2 : f->sent_n;
	size_t ours = f->left_n + 15 + 19;
	bool end;

	peer_send(peer, f->sent, first);
	if (halves)
		usleep(20000);
	peer_send(peer, f->sent + first, f->sent_n - first);
	forged_say(what, f, p, reads(p, ours, &end));
}

static void routes(const char *what, int before, int count, const char *ours)
{
	static char p[FORGED_MAX], message[FORGED_MAX];
	int n = 0, host = 0, member = 0;
	bool end;

	for (int i = 0; i <= before; i++) {
		n += sprintf(message + n, "BYE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z\r\nRoute: %s", ours);
		for (int k = 1; k < count && i == before; k++)
			n += sprintf(message + n, ",%s", ours);
		n += sprintf(message + n, "\r\nContent-Length: 0\r\n\r\n");
	}
	peer_send(peer, message, n);
	size_t got = reads(p, sizeof(p) - 1, &end);
	p[got] = '\0';
	for (char *at = p; (at = strstr(at, "sip:10.0.2.1")); at++)
		host++;
	for (char *at = p; (at = strstr(at, "sip:10.0.1.1")); at++)
		member++;
	if (got)
		say("%s: %d of the host, %d of the member, then %s", what, host, member,
			end ? "the end" : "nothing");
	else
		say("%s: nothing, then %s", what, end ? "the end" : "nothing");
}

int main(int argc, char **argv)
{
	static const char invite[] = REQUEST("1", "0");
	struct buffer wire;
	char ours[200], *at;

	(void)argc;
	portion = atoi(argv[1]);
	streams_open();
	fd = host_accept(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	forged("1 mark", 1, 0, 0, false);
	forged("70 marks", 70, 0, 0, false);
	forged("2000 marks", 2000, 0, 0, false);
	forged("70 fields", 0, 70, 1, false);
	forged("2000 fields", 0, 2000, 4, false);
	forged("30 fields of 2000 bytes", 0, 30, 2000, false);
	forged("64 of all", 64, 64, 100, false);
	forged("400 of all", 400, 400, 30, false);
	forged("in two parts", 400, 400, 30, true);
	wire = wire_of(invite, sizeof(invite) - 1);
	at = memmem(wire.p, wire.n, "Record-Route: ", 14);
	snprintf(ours, sizeof(ours), "%.*s", (int)strcspn(at + 14, "\r"), at + 14);
	routes("16 routes", 0, 16, ours);
	routes("60 routes", 0, 60, ours);
	close(fd);
	peer_close(peer);
	fd = host_accept(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	routes("2 requests and 60 routes", 2, 60, ours);
	return 0;
}
