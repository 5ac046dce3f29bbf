/* SPDX-License-Identifier: MIT */
/* Whatever a host listens on, a response on a connection that it made gives it the Via that it wrote,
 * byte for byte: by its listeners for UDP where it has none for TCP, or one of another kind. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = udp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
none: the peer sees the host 6, the host 6 of 6
udp H: the peer sees the host 0, the host 6 of 6
udp H, M: the peer sees the host 0, the host 6 of 6
udp H, M, T: the peer sees the host 0, the host 6 of 6
udp H, H6: the peer sees the host 0, the host 6 of 6
udp any: the peer sees the host 0, the host 6 of 6
udp any, H: the peer sees the host 0, the host 6 of 6
udp H, another: the peer sees the host 0, the host 6 of 6
udp H, tcp of IPv6: the peer sees the host 0, the host 6 of 6
udp H, tcp of IPv6, any: the peer sees the host 0, the host 6 of 6
udp H, tcp at another port: the peer sees the host 0, the host 6 of 6
udp H, tcp at another address: the peer sees the host 0, the host 6 of 6
udp H, tcp any: the peer sees the host 0, the host 6 of 6
udp H, tcp M: the peer sees the host 0, the host 6 of 6
udp H, tcp H: the peer sees the host 0, the host 6 of 6
tcp H: the peer sees the host 0, the host 6 of 6
tcp H, M: the peer sees the host 0, the host 6 of 6
tcp any: the peer sees the host 0, the host 6 of 6
*/
#include "stream.h"

struct place {
	char kind; /* u, t; 0 = no more */
	const char *host;
	int port;
};

static const struct {
	const char *name;
	struct place places[4];
} sets[] = {
	{"none", {{0}}},
	{"udp H", {{'u', H4, 5060}}},
	{"udp H, M", {{'u', H4, 5060}, {'u', M4, 5060}}},
	{"udp H, M, T", {{'u', T4, 5060}, {'u', M4, 5060}, {'u', H4, 5060}}},
	{"udp H, H6", {{'u', H6, 5060}, {'u', H4, 5060}}},
	{"udp any", {{'u', "0.0.0.0", 5060}}},
	{"udp any, H", {{'u', "0.0.0.0", 5070}, {'u', H4, 5060}}},
	{"udp H, another", {{'u', H4, 5070}, {'u', H4, 5060}}},
	{"udp H, tcp of IPv6", {{'u', H4, 5060}, {'t', H6, 5060}}},
	{"udp H, tcp of IPv6, any", {{'u', H4, 5060}, {'t', "::", 5070}}},
	{"udp H, tcp at another port", {{'u', H4, 5060}, {'t', H4, 5070}}},
	{"udp H, tcp at another address", {{'u', H4, 5060}, {'t', T4, 5060}}},
	{"udp H, tcp any", {{'u', H4, 5060}, {'t', "0.0.0.0", 5060}}},
	{"udp H, tcp M", {{'u', H4, 5060}, {'t', M4, 5060}}},
	{"udp H, tcp H", {{'u', H4, 5060}, {'t', H4, 5060}}},
	{"tcp H", {{'t', H4, 5060}}},
	{"tcp H, M", {{'t', H4, 5060}, {'t', M4, 5060}}},
	{"tcp any", {{'t', "0.0.0.0", 5060}}},
};

/* What a host may write of itself. */
static const char *const vias[] = {
	"SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-1",
	"SIP/2.0/TCP 10.0.2.1:5060;branch=z9hG4bK-1",
	"SIP/2.0/TCP 10.0.2.1:5060;rport;branch=z9hG4bK-1;alias",
	"SIP / 2.0 / TCP  10.0.2.1 : 5060 ; branch=z9hG4bK-1",
	"SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-1, SIP/2.0/UDP 10.0.3.9;branch=z9hG4bK-0",
	"SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-1\r\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-0",
};

static void run(const struct place *places, int *host, int *whole)
{
	struct buffer wire, back, expect, got = {0};
	char text[2000];
	int peer, fd;

	for (int i = 0; i < 4 && places[i].kind; i++) {
		if (places[i].kind == 'u')
			udp(places[i].host, places[i].port);
		else
			tcp_listener(places[i].host, places[i].port);
	}
	fd = host_connect(&peer);
	for (size_t i = 0; i < sizeof(vias) / sizeof(*vias); i++) {
		size_t n = sprintf(text, "OPTIONS sip:bob@10.0.3.1:5090;transport=tcp SIP/2.0\r\n"
					 "Via: %s\r\nMax-Forwards: 70\r\nFrom: <sip:a@10.0.2.1>;tag=1\r\n"
					 "To: <sip:bob@10.0.3.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
					 "Content-Length: 0\r\n\r\n", vias[i]);
		wire = (struct buffer){0};
		MUST(send(fd, text, n, 0));
		while (!buffer_has(&wire, "\r\n\r\n") && peer_read(peer, &wire, 2000))
			;
		back = response_of(&wire, "");
		expect = response_to(text, "");
		*host += memmem(wire.p, wire.n, vias[i], strlen(vias[i])) != NULL;
		peer_send(peer, back.p, back.n);
		got.n = 0;
		while (!buffer_has(&got, "\r\n\r\n")) {
			wait_readable(fd);
			ssize_t k = recv(fd, text, sizeof(text), 0);
			if (k <= 0)
				break;
			buffer_add(&got, text, k);
		}
		*whole += buffer_same(&got, &expect);
	}
}

int main(void)
{
	int *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int all = sizeof(vias) / sizeof(*vias);

	peer_open();
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		count[0] = count[1] = 0;
		pid_t pid = MUST(fork());
		if (pid == 0) {
			run(sets[i].places, &count[0], &count[1]);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		say("%s: the peer sees the host %d, the host %d of %d", sets[i].name, count[0],
			count[1], all);
	}
	return 0;
}
