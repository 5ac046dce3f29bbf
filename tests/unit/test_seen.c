/* SPDX-License-Identifier: MIT */
/* Whether what members carry is seen, by what is known of a host; and what is known of a process. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/seen.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *what;
	enum transport t;
	bool keep;
	struct seen_facts facts;
	enum seen_answer answer;
	const char *why;
} cases[] = {
	{"UDP", TRANSPORT_UDP, false, {.processes = 1}, SEEN_NOT_ASKED, ""},
	{"TCP, kept", TRANSPORT_TCP, true, {.processes = 1}, SEEN_NOT_ASKED, ""},
	{"SCTP", TRANSPORT_SCTP, false, {.processes = 1}, SEEN_NOT_ASKED, ""},
	{"WebSocket needs no library", TRANSPORT_WS, false, {.processes = 2}, SEEN_YES, "libbond.so reads the frames itself"},
	{"WebSocket, kept", TRANSPORT_WS, true, {.processes = 2}, SEEN_NO, "headers = keep"},
	{"kept before all", TRANSPORT_WSS, true, {.processes = 1, .with_library = 1, .shared = "OpenSSL"}, SEEN_NO,
		"headers = keep"},
	{"none may be looked at", TRANSPORT_TLS, false, {.processes = 0}, SEEN_NOT_KNOWN,
		"what its processes have loaded cannot be looked at"},
	{"not preloaded", TRANSPORT_WSS, false, {.processes = 4, .shared = "OpenSSL"}, SEEN_NO,
		"libbond-tls.so was not preloaded"},
	{"in some", TRANSPORT_TLS, false, {.processes = 4, .with_library = 3, .shared = "OpenSSL"}, SEEN_NOT_KNOWN,
		"libbond-tls.so is loaded in 3 of its 4 processes"},
	{"seen", TRANSPORT_TLS, false, {.processes = 4, .with_library = 4, .shared = "OpenSSL", .begun = 3, .seen = 1},
		SEEN_YES, "libbond-tls.so is there, and the program's library is OpenSSL"},
	{"no connection yet", TRANSPORT_WSS, false, {.processes = 1, .with_library = 1, .shared = "OpenSSL, GnuTLS"}, SEEN_YES,
		"libbond-tls.so is there, and the program's library is OpenSSL, GnuTLS"},
	{"none was seen", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1, .shared = "GnuTLS", .begun = 1},
		SEEN_NOT_KNOWN, "libbond-tls.so and GnuTLS are there, but of 1 connection none was seen so far"},
	{"inside", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1, .inside = "node (OpenSSL)"}, SEEN_NO,
		"node (OpenSSL) has TLS of its own inside"},
	{"both", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1, .shared = "OpenSSL", .inside = "m.so (BoringSSL)"},
		SEEN_NOT_KNOWN, "what goes by OpenSSL is seen, but m.so (BoringSSL) has TLS of its own inside"},
	{"mute", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1, .mute = "wolfSSL"}, SEEN_NO,
		"the program's wolfSSL does not tell which connection is which"},
	{"not all may be looked at", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1, .unread = 2}, SEEN_NOT_KNOWN,
		"libbond-tls.so is there, but 2 of the objects that are loaded cannot be looked at"},
	{"nothing loaded", TRANSPORT_TLS, false, {.processes = 1, .with_library = 1}, SEEN_NOT_KNOWN,
		"libbond-tls.so is there, but no TLS library that it knows is loaded"},
};

Test(seen, of_what_is_known)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seen s;
		seen_judge(&s, cases[i].t, cases[i].keep, &cases[i].facts);
		cr_expect_eq(s.answer, cases[i].answer, "%s: %s", cases[i].what, seen_word(s.answer));
		cr_expect_str_eq(s.why, cases[i].why, "%s", cases[i].what);
	}
}

/* cat, once it has answered: all of its libraries are there. */
static pid_t start(int *in)
{
	int to[2], from[2];
	char c = 'x';

	cr_assert(pipe(to) == 0 && pipe(from) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		execlp("cat", "cat", NULL);
		_exit(1);
	}
	cr_assert(write(to[1], &c, 1) == 1 && read(from[0], &c, 1) == 1);
	*in = to[1];
	return pid;
}

Test(seen, a_process)
{
	struct seen_objects known = {0};
	struct seen_facts f = {0};

	int in;
	pid_t pid = start(&in);

	cr_assert(seen_add_process(&f, &known, (int)pid));
	size_t count = known.count;
	cr_expect_gt(count, 2, "the program, its libc and its loader");
	cr_expect_eq(f.with_library, 0);
	cr_expect_eq(f.unread, 0);
	cr_expect_str_eq(f.inside, "");
	cr_expect_str_eq(f.shared, "");
	cr_assert(seen_add_process(&f, &known, (int)pid));
	cr_expect_eq(known.count, count, "each is looked at once");
	cr_expect_eq(f.processes, 2);
	cr_expect_not(seen_add_process(&f, &known, 0));
	cr_expect_eq(f.processes, 2);
	close(in);
	waitpid(pid, NULL, 0);
	free(known.items);
}
