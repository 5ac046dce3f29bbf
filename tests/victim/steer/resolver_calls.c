/* SPDX-License-Identifier: MIT */
/* What a host itself looks up by resolver(3), under either name of each call, is learnt: its address
 * becomes one of the route's domain. The answers come from a thread of the victim. */
/*victim
case: res_query res_search res_querydomain res_send
case: res_nquery res_nsearch res_nquerydomain res_nsend
case: __res_query __res_search __res_querydomain __res_send
case: __res_nquery __res_nsearch __res_nquerydomain __res_nsend
*/
/*ini
[dns]
server = 127.0.0.1:9
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = carrier.invalid
bond = ext
*/
/*expect
before
sendto = all
heard on H: peer saw 10.0.2.1:5060
the answer is whole: yes
after
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

#include <arpa/nameser.h>
#include <dlfcn.h>
#include <resolv.h>

#define SERVER_PORT 5053
#define NAME "carrier.invalid"

static void *serve(void *arg)
{
	/* a pointer to the question, A, IN, 60 seconds, 203.0.113.9 */
	static const unsigned char record[] = {
		0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 9};
	int fd = *(int *)arg;
	unsigned char text[1024];

	for (;;) {
		struct ep from = {.len = sizeof(from.ss)};
		/* what resolver(3) adds behind the question is left out */
		ssize_t n = recvfrom(fd, text, 512, 0, &from.sa, &from.len);
		size_t question = 12 + sizeof(NAME) + 1 + 4;

		if (n < (ssize_t)question)
			continue;
		text[2] |= 0x84; /* a response, with authority */
		text[7] = 1;
		text[9] = text[11] = 0;
		memcpy(text + question, record, sizeof(record));
		sendto(fd, text, question + sizeof(record), 0, &from.sa, from.len);
	}
	return NULL;
}

static void use_server(struct __res_state *state)
{
	struct ep server = ep("127.0.0.1", SERVER_PORT);

	state->nscount = 1;
	state->nsaddr_list[0] = server.v4;
	state->options &= ~(RES_USE_EDNS0 | RES_USE_DNSSEC);
}

static int ask_by(const char *name, unsigned char *msg, int room)
{
	static struct __res_state own;
	unsigned char query[512];
	void *call = dlsym(RTLD_DEFAULT, name);
#if !__GLIBC_PREREQ(2, 34)
	char older[64];

	/* There it is a macro; a program that looks for it by its name finds none. */
	if (*name != '_') {
		if (call)
			die("libbond has what libc has not");
		snprintf(older, sizeof(older), "__%s", name);
		call = dlsym(RTLD_DEFAULT, older);
	}
#endif
	const char *kind = strstr(name, "res_") + strlen("res_");
	bool state = *kind == 'n';
	int length = 0;

	if (!call)
		die(name);
	MUST(res_init());
	use_server(&_res);
	memset(&own, 0, sizeof(own));
	MUST(res_ninit(&own));
	use_server(&own);
	kind += state;
	if (strcmp(kind, "send") == 0) {
		length = MUST(res_mkquery(
			QUERY, NAME, C_IN, T_A, NULL, 0, NULL, query, sizeof(query)));
		return state ? ((int (*)(void *, void *, int, void *, int))call)(
				       &own, query, length, msg, room)
			     : ((int (*)(void *, int, void *, int))call)(query, length, msg, room);
	}
	if (strcmp(kind, "querydomain") == 0)
		return state ? ((int (*)(void *, const char *, const char *, int, int, void *,
				       int))call)(&own, "carrier", "invalid", C_IN, T_A, msg, room)
			     : ((int (*)(const char *, const char *, int, int, void *, int))call)(
				       "carrier", "invalid", C_IN, T_A, msg, room);
	return state ? ((int (*)(void *, const char *, int, int, void *, int))call)(
			       &own, NAME, C_IN, T_A, msg, room)
		     : ((int (*)(const char *, int, int, void *, int))call)(
			       NAME, C_IN, T_A, msg, room);
}

int main(int argc, char **argv)
{
	struct ep other = ep(OTHER4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), server = udp("127.0.0.1", SERVER_PORT);
	unsigned char msg[1024];
	pthread_t thread;

	(void)argc;
	pthread_create(&thread, NULL, serve, &server);
	say("before");
	ask("sendto", h, &other, EARS({"H", h}, {"M", m}));
	say("the answer is whole: %s",
		ask_by(argv[1], msg, sizeof(msg)) == 12 + sizeof(NAME) + 1 + 4 + 16 ? "yes" : "no");
	say("after");
	ask("sendto", h, &other, EARS({"H", h}, {"M", m}));
	return 0;
}
