/* SPDX-License-Identifier: MIT */
/* Without a secret the host's own key proves an arrival. Where a peer's Via reached the host by a way that nobody sees,
 * nothing that is in it is taken for what came in on the member: no guess, nothing near a mark, no mark of another
 * transaction or in the form that leaves, none that another host of the same file made for the same request. The mark
 * itself is one in every process of this host. */
/*ini
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[route:in-out]
from = in
bond = out
[route:rest]
bond = in
*/
/*expect
the mark of this host: goes
in another process of it: goes
of another request: refused
in another sent-by, without a branch: refused
without a mark: refused
two of them, the first forged: refused
the form that leaves: refused
of another host: it has one, refused
one bit of it changed, of 50 bits: 0 go
of 20000 guesses: 0 go
the mark, after all that: goes
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
*/
#include <sys/wait.h>

#include "steer.h"

#define MARK ";bond-in="
#define TOKEN 10
#define VIA "SIP/2.0/UDP 10.0.3.1:5099"
#define BRANCH VIA ";branch=z9hG4bK-forged"

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
static int in, out, peer;

static void open_host(void)
{
	in = udp(H4, 5060);
	out = udp(M4, 5060);
}

/* What the peer sends there comes to the host, with a mark. */
static void arrives(const char *via, char *token)
{
	struct ep to = ep(H4, 5060);
	char text[2000];

	int n = snprintf(text, sizeof(text), "OPTIONS sip:x@10.0.2.1 SIP/2.0\r\nVia: %s\r\nFrom: <sip:a@b>;tag=1\r\n"
		"To: <sip:c@d>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\n\r\n", via);
	raw(SYS_sendto, peer, (long)text, n, 0, (long)&to.ss, to.len);
	wait_readable(in);
	n = (int)recv(in, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	char *at = strstr(text, MARK);
	snprintf(token, TOKEN + 1, "%s", at ? at + strlen(MARK) : "");
}

/* Whether the host's request goes that has such a second Via: -1 is a refusal. */
static bool goes(const char *via)
{
	struct ep to = ep(ROUTED4, 5060);
	static unsigned number;
	char text[2000];

	int n = snprintf(text, sizeof(text), "OPTIONS sip:x@198.51.100.9 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-p%d-%u\r\nVia: %s\r\nFrom: <sip:a@b>;tag=1\r\n"
		"To: <sip:c@d>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 8\r\n\r\n", (int)getpid(), ++number, via);
	errno = 0;
	if (sendto(in, text, n, 0, &to.sa, to.len) == n)
		return true;
	if (errno != ENETUNREACH)
		die("a send");
	return false;
}

static bool goes_with(const char *via, const char *token)
{
	char text[300];

	snprintf(text, sizeof(text), "%s" MARK "%s", via, token);
	return goes(text);
}

static const char *how(bool went)
{
	return went ? "goes" : "refused";
}

/* What the next hop has seen: the lower Via of what went. */
static void seen_outside(const char *token, char *sealed)
{
	struct ep to = ep(T4, 5098), here = ep(T4, 5098);
	int sink = raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);
	char text[2000];

	raw(SYS_bind, sink, (long)&here.ss, here.len, 0, 0, 0);
	int n = snprintf(text, sizeof(text), "OPTIONS sip:x@10.0.3.1:5098 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-seen\r\nVia: " BRANCH MARK "%s\r\nFrom: <sip:a@b>;tag=1\r\n"
		"To: <sip:c@d>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 8\r\n\r\n", token);
	MUST(sendto(in, text, n, 0, &to.sa, to.len));
	n = (int)raw(SYS_recvfrom, sink, (long)text, sizeof(text) - 1, 0, 0, 0);
	text[n > 0 ? n : 0] = 0;
	char *at = strstr(text, BRANCH MARK);
	snprintf(sealed, TOKEN + 1, "%s", at ? at + strlen(BRANCH MARK) : "");
}

/* Another host by the same file, which had the same request. */
static void of_another_host(const char *self, char *token)
{
	int ends[2], status;

	MUST(pipe(ends));
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], 3);
		execl(self, self, "other", NULL);
		_exit(9);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], token, TOKEN);
	token[n > 0 ? n : 0] = 0;
	close(ends[0]);
	waitpid(pid, &status, 0);
}

int main(int argc, char **argv)
{
	char token[TOKEN + 1], next[TOKEN + 1], sealed[TOKEN + 1], foreign[TOKEN + 1], text[300];
	struct ep here = ep(T4, 5099);
	unsigned long seed = 1;
	int went = 0, status;

	peer = raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);
	raw(SYS_bind, peer, (long)&here.ss, here.len, 0, 0, 0);
	if (argc > 1) {
		open_host();
		arrives(BRANCH, token);
		return write(3, token, TOKEN) == TOKEN ? 0 : 1;
	}
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
	of_another_host(argv[0], foreign);
	peer = raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);
	raw(SYS_bind, peer, (long)&here.ss, here.len, 0, 0, 0);
	open_host();
	arrives(BRANCH, token);
	say("the mark of this host: %s", how(goes_with(BRANCH, token)));
	pid_t pid = fork();
	if (pid == 0)
		_exit(goes_with(BRANCH, token) ? 0 : 1);
	waitpid(pid, &status, 0);
	say("in another process of it: %s", how(status == 0));
	arrives(VIA ";branch=z9hG4bK-another", next);
	say("of another request: %s", how(goes_with(BRANCH, next)));
	arrives(VIA, next);
	say("in another sent-by, without a branch: %s", how(goes_with("SIP/2.0/UDP 10.0.3.2:5099", next)));
	say("without a mark: %s", how(goes(BRANCH)));
	snprintf(text, sizeof(text), "%s" MARK "aaaaaaaaaa", BRANCH);
	say("two of them, the first forged: %s", how(goes_with(text, token)));
	seen_outside(token, sealed);
	say("the form that leaves: %s", strlen(sealed) != TOKEN ? "there is none" : how(goes_with(BRANCH, sealed)));
	say("of another host: %s, %s", strlen(foreign) == TOKEN ? "it has one" : "it has none",
		how(goes_with(BRANCH, foreign)));
	for (int bit = 0; bit < TOKEN * 5; bit++) {
		memcpy(next, token, sizeof(next));
		char *c = &next[bit / 5];
		*c = digits[(strchr(digits, *c) - digits) ^ (1 << bit % 5)];
		went += goes_with(BRANCH, next);
	}
	say("one bit of it changed, of %d bits: %d go", TOKEN * 5, went);
	went = 0;
	for (int i = 0; i < 20000; i++) {
		memcpy(next, token, 2); /* which names these are for is no secret */
		for (int k = 2; k < TOKEN; k++)
			next[k] = digits[(seed = seed * 6364136223846793005ul + 1442695040888963407ul) >> 59];
		next[TOKEN] = 0;
		went += goes_with(BRANCH, next);
	}
	say("of 20000 guesses: %d go", went);
	say("the mark, after all that: %s", how(goes_with(BRANCH, token)));
	return 0;
}
