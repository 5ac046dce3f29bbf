/* SPDX-License-Identifier: MIT */
/* hello: the random of the hello that counts, for every way in which the bytes before it can be cut; and what
 * is none, however long it says it is. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"

#define RETRY                                                                                      \
	"\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91\xC2\xA2\x11\x16\x7A\xBB"  \
	"\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"
static const char client[] = "clientclientclientclientclient32", server[] = "serverserverserverserverserver32";

/* What is put together for a test. */
struct bytes {
	uint8_t p[300000];
	size_t n;
};

static void put(struct bytes *b, const void *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void record_head(struct bytes *b, int type, size_t n)
{
	put(b, (uint8_t[]){(uint8_t)type, 3, 1, (uint8_t)(n >> 8), (uint8_t)n}, 5);
}

/* A message of the handshake in records of at most `most` bytes. */
static void message(struct bytes *b, int type, const char *random, size_t rest, size_t most)
{
	struct bytes *m = calloc(1, sizeof(*m));
	size_t n = random ? 34 + rest : rest;

	put(m, (uint8_t[]){(uint8_t)type, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, 4);
	if (random) {
		put(m, "\3\3", 2);
		put(m, random, 32);
	}
	memset(m->p + m->n, 0x5a, rest);
	m->n += rest;
	for (size_t at = 0, part; at < m->n; at += part) {
		part = m->n - at < most ? m->n - at : most;
		record_head(b, 22, part);
		put(b, m->p + at, part);
	}
	free(m);
}

static void plain_record(struct bytes *b, int type, const char *p, size_t n)
{
	record_head(b, type, n);
	put(b, p, n);
}

/* In portions of each size, and of any, what comes of it is the same; and the same before and after. */
static void expect(const struct bytes *b, enum hello_state is, const char *random, const char *what)
{
	const size_t portions[] = {1, 2, 3, 4, 5, 6, 7, 10, 11, 37, 38, 39, 43, 44, 1000, SIZE_MAX};
	size_t decided = 0;

	for (size_t i = 0; i < 2 * sizeof(portions) / sizeof(portions[0]); i++) {
		struct hello h = {0};
		bool mixed = i >= sizeof(portions) / sizeof(portions[0]);
		enum hello_state now = HELLO_READING;
		for (size_t at = 0, part, k = i; at < b->n; at += part, k++) {
			part = portions[mixed ? k % 14 : i];
			if (part > b->n - at)
				part = b->n - at;
			uint8_t *exact = malloc(part);
			memcpy(exact, b->p + at, part);
			now = hello_feed(&h, exact, part);
			free(exact);
			if (!decided && i == 0 && now != HELLO_READING)
				decided = at + 1;
			if (i && decided)
				cr_expect((now != HELLO_READING) == (at + part >= decided), "%s: %zu", what, at);
		}
		cr_expect_eq(now, is, "%s: %d instead of %d, in portions of %zu", what, now, is, i);
		if (random)
			cr_expect_eq(memcmp(hello_random(&h), random, 32), 0, "%s", what);
	}
}

static struct bytes *fresh(void)
{
	return calloc(1, sizeof(struct bytes));
}

Test(hello, a_hello_has_its_random)
{
	for (size_t rest = 0; rest < 600; rest += 97) {
		struct bytes *b = fresh();
		message(b, 1, client, rest, 16384);
		expect(b, HELLO_CLIENT, client, "client");
		memset(b, 0, sizeof(*b));
		message(b, 2, server, rest, 16384);
		message(b, 11, NULL, 2000, 16384);
		expect(b, HELLO_SERVER, server, "server, and a certificate behind it");
		free(b);
	}
}

Test(hello, it_may_lie_in_several_records)
{
	for (size_t most = 1; most < 60; most++) {
		struct bytes *b = fresh();
		message(b, 1, client, 100, most);
		expect(b, HELLO_CLIENT, client, "in records");
		free(b);
	}
}

Test(hello, what_comes_before_is_passed_over)
{
	for (size_t most = 1; most < 1000; most = most * 3 + 1) {
		struct bytes *b = fresh();
		plain_record(b, 21, "\1\160", 2);       /* unrecognized_name, a warning */
		plain_record(b, 22, "\0\0\0\0", 4);     /* HelloRequest */
		message(b, 2, RETRY, 54, most);
		plain_record(b, 20, "\1", 1);
		message(b, 2, server, 80, most);
		expect(b, HELLO_SERVER, server, "a retry before");
		memset(b, 0, sizeof(*b));
		message(b, 2, RETRY, 0, most);
		message(b, 2, server, 0, most);
		expect(b, HELLO_SERVER, server, "the shortest");
		free(b);
	}
}

/* A random that only begins as that of a retry is one. */
Test(hello, a_retry_is_told_by_all_of_its_random)
{
	for (size_t i = 0; i < 32; i++) {
		char random[] = RETRY;
		struct bytes *b = fresh();
		random[i] ^= 1;
		message(b, 2, random, 54, 16384);
		expect(b, HELLO_SERVER, random, "nearly");
		free(b);
	}
	struct bytes *b = fresh();
	message(b, 1, RETRY, 54, 16384);
	expect(b, HELLO_CLIENT, RETRY, "a client has no retry");
	free(b);
}

Test(hello, what_is_cut_is_waited_for)
{
	struct bytes *b = fresh();

	message(b, 1, client, 100, 16384);
	for (size_t n = 0; n < 43; n++) {
		struct hello h = {0};
		cr_expect_eq(hello_feed(&h, b->p, n), HELLO_READING, "%zu", n);
	}
	struct hello h = {0};
	cr_expect_eq(hello_feed(&h, b->p, 43), HELLO_CLIENT);
	free(b);
}

static void none(const char *p, size_t n, const char *what)
{
	struct bytes *b = fresh();

	put(b, p, n);
	expect(b, HELLO_NONE, NULL, what);
	free(b);
}

Test(hello, lies_end_it)
{
	none("\x17\3\3\0\20", 5, "data");
	none("\x18\3\3\0\20", 5, "heartbeat");
	none("\x19\3\3\0\20", 5, "a type of later");
	none("\x80\x2e\1\3\1\0\x15", 7, "SSLv2");
	none("\x16\2\1\0\20\1", 6, "a version before");
	none("\x16\4\1\0\20\1", 6, "a version behind");
	none("\x16\3\1\x40\1\1", 6, "a record that is too long");
	none("\x16\3\1\xff\xff\1", 6, "a record of all");
	none("\x16\3\1\0\20\1\0\0\x21\3\3", 11, "a hello that has no room for a random");
	none("\x16\3\1\0\20\1\0\0\0", 9, "an empty one");
	none("\x16\3\1\0\20\1\0\1\0\2\3", 11, "a hello of another version");
	none("\x16\3\1\0\20\1\0\1\0\xfe\xff", 11, "DTLS");
	none("\x16\3\1\0\20\3\0\0\x30", 9, "HelloVerifyRequest");
	none("\x16\3\1\0\20\16\0\0\x30", 9, "ServerHelloDone");
	none("\x16\3\1\0\20\0\0\0\1", 9, "a HelloRequest that is none");
	none("INVITE sip:a@b SIP/2.0\r\n", 24, "SIP");
	none("GET / HTTP/1.1\r\n", 16, "HTTP");
	none("\0\0\0\0\0", 5, "nothing");
}

/* However long a message says it is, and however often it is passed over. */
Test(hello, what_does_not_end_is_given_up)
{
	struct bytes *b = fresh();

	while (b->n < 200000)
		plain_record(b, 22, "", 0);
	expect(b, HELLO_NONE, NULL, "empty records");
	memset(b, 0, sizeof(*b));
	while (b->n < 200000)
		plain_record(b, 20, "\1", 1);
	expect(b, HELLO_NONE, NULL, "ChangeCipherSpec");
	memset(b, 0, sizeof(*b));
	while (b->n < 200000)
		message(b, 2, RETRY, 54, 16384);
	expect(b, HELLO_NONE, NULL, "retries");
	memset(b, 0, sizeof(*b));
	message(b, 2, RETRY, 200000, 16384);
	expect(b, HELLO_NONE, NULL, "a long retry");
	free(b);
	b = fresh();
	message(b, 1, client, 130000, 16384);
	expect(b, HELLO_CLIENT, client, "of a long hello the random is all that is needed");
	free(b);
}
