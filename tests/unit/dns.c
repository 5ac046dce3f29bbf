/* SPDX-License-Identifier: MIT */
/* A DNS server of the tests' own, which says what a test wants. */
#include "dns.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/answer.h"

static void put16(struct message *m, unsigned v)
{
	uint8_t b[] = {(uint8_t)(v >> 8), (uint8_t)v};
	message_put(m, b, 2);
}

static void put32(struct message *m, uint32_t v)
{
	put16(m, v >> 16);
	put16(m, v & 0xffff);
}

void message_put(struct message *m, const void *bytes, size_t n)
{
	cr_assert(m->n + n <= sizeof(m->bytes));
	memcpy(m->bytes + m->n, bytes, n);
	m->n += n;
}

void message_name(struct message *m, const char *name)
{
	while (*name && strcmp(name, ".") != 0) {
		size_t n = strcspn(name, ".");
		uint8_t size = (uint8_t)n;
		message_put(m, &size, 1);
		message_put(m, name, n);
		name += n + (name[n] == '.');
	}
	message_put(m, "", 1);
}

static void count_up(struct message *m, int section)
{
	uint8_t *count = m->bytes + 4 + 2 * section;
	unsigned v = (unsigned)(count[0] << 8 | count[1]) + 1;
	count[0] = (uint8_t)(v >> 8);
	count[1] = (uint8_t)v;
}

void message_start(struct message *m, const char *name, unsigned type, unsigned flags)
{
	uint8_t header[12] = {0x12, 0x34, 0x84, 0x80};
	header[2] |= (uint8_t)(flags >> 8);
	header[3] |= (uint8_t)flags;
	m->n = 0;
	message_put(m, header, sizeof(header));
	if (name == NULL)
		return;
	message_name(m, name);
	put16(m, type);
	put16(m, 1);
	count_up(m, QUESTION);
}

static void put_string(struct message *m, const char *s)
{
	uint8_t n = (uint8_t)strlen(s);
	message_put(m, &n, 1);
	message_put(m, s, n);
}

static void put_data(struct message *m, unsigned type, const char *text)
{
	unsigned a, b, c;
	char flags[16], service[64], name[256];
	uint8_t ip[16];
	switch (type) {
	case RECORD_A:
	case RECORD_AAAA:
		cr_assert(inet_pton(type == RECORD_A ? AF_INET : AF_INET6, text, ip) == 1, "%s",
			text);
		message_put(m, ip, type == RECORD_A ? 4 : 16);
		return;
	case RECORD_SRV:
		cr_assert(sscanf(text, "%u %u %u %255s", &a, &b, &c, name) == 4, "%s", text);
		put16(m, a);
		put16(m, b);
		put16(m, c);
		break;
	case RECORD_NAPTR:
		cr_assert(sscanf(text, "%u %u %15s %63s %255s", &a, &b, flags, service, name) == 5,
			"%s", text);
		put16(m, a);
		put16(m, b);
		put_string(m, flags);
		put_string(m, service);
		put_string(m, "");
		break;
	case RECORD_SOA:
		message_name(m, "ns.example.");
		message_name(m, "host.example.");
		for (int i = 0; i < 4; i++)
			put32(m, 1);
		put32(m, (uint32_t)atoi(text));
		return;
	default:
		snprintf(name, sizeof(name), "%s", text);
	}
	message_name(m, name);
}

void message_record(struct message *m, int section, const char *owner, unsigned type, uint32_t ttl,
	const char *text)
{
	message_name(m, owner);
	put16(m, type);
	put16(m, 1);
	put32(m, ttl);
	size_t at = m->n;
	put16(m, 0);
	put_data(m, type, text);
	m->bytes[at] = (uint8_t)((m->n - at - 2) >> 8);
	m->bytes[at + 1] = (uint8_t)(m->n - at - 2);
	count_up(m, section);
}

static _Atomic(const struct zone_line *) zone_now;
static _Atomic unsigned question_count;

static const char *behaviour(const struct zone_line *z, const char *name)
{
	for (; z->owner; z++)
		if (z->type == 0 && strcasecmp(z->owner, name) == 0)
			return z->text;
	return "";
}

static void answer(struct message *m, const char *name, unsigned type)
{
	unsigned found = 0, known = 0;
	const struct zone_line *zone = zone_now;
	message_start(m, name, type, 0);
	for (const struct zone_line *z = zone; z->owner; z++) {
		if (strcasecmp(z->owner, name) != 0 || z->type == 0)
			continue;
		known++;
		if (z->type != type && z->type != RECORD_CNAME)
			continue;
		message_record(m, ANSWER, name, z->type, z->ttl, z->text);
		found++;
	}
	if (known == 0)
		m->bytes[3] |= ANSWER_NXDOMAIN;
	if (found)
		return;
	for (const struct zone_line *z = zone; z->owner; z++) {
		if (z->type == RECORD_SOA) {
			message_record(m, AUTHORITY, "example.", RECORD_SOA, z->ttl, z->text);
			return;
		}
	}
	message_record(m, AUTHORITY, "example.", RECORD_SOA, 600, "120");
}

static void *serve(void *arg)
{
	int fd = *(int *)arg;
	static struct message m;
	for (;;) {
		uint8_t q[1500];
		char name[ANSWER_NAME_MAX];
		uint16_t type;
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, q, sizeof(q), 0, (struct sockaddr *)&from, &len);
		if (n == 0)
			return NULL;
		if (n < 12 || answer_question(q, (size_t)n, name, &type))
			continue;
		question_count++;
		const char *how = behaviour(zone_now, name);
		if (strcmp(how, "silent") == 0 ||
			(strncmp(how, "silent ", 7) == 0 && atoi(how + 7) == type))
			continue;
		const char *edns = q[11] ? behaviour(zone_now, "*") : "";
		if (strcmp(edns, "drop") == 0)
			continue;
		answer(&m, name, type);
		if (strcmp(edns, "notimp") == 0)
			message_start(&m, name, type, 4);
		if (strcmp(edns, "formerr") == 0)
			message_start(&m, name, type, 1);
		memcpy(m.bytes, q, 2);
		if (strcmp(how, "servfail") == 0)
			message_start(&m, name, type, 2);
		if (strcmp(how, "refused") == 0)
			message_start(&m, name, type, 5);
		if (strcmp(how, "nxdomain") == 0)
			message_start(&m, name, type, 3);
		memcpy(m.bytes, q, 2);
		if (strcmp(how, "garbage") == 0) {
			m.bytes[7] = 200; /* answers that are not there */
			memset(m.bytes + m.n, 0xc0, 64);
			m.n += 64;
		}
		if (strcmp(how, "short") == 0)
			m.n = 7;
		if (strcmp(how, "wrong-id") == 0)
			m.bytes[0] ^= 1;
		if (strcmp(how, "not-a-response") == 0)
			m.bytes[2] &= 0x7f;
		sendto(fd, m.bytes, m.n, 0, (struct sockaddr *)&from, len);
	}
}

static pthread_t server;
static int server_fd = -1;

bool loopback_works(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool works = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return works;
}

void server_start(const struct zone_line *zone, char address[32])
{
	if (!loopback_works())
		cr_skip_test("the loopback interface is down");
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	zone_now = zone;
	server_fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert(bind(server_fd, (struct sockaddr *)&a, len) == 0);
	cr_assert(getsockname(server_fd, (struct sockaddr *)&a, &len) == 0);
	snprintf(address, 32, "127.0.0.1:%u", ntohs(a.sin_port));
	cr_assert(pthread_create(&server, NULL, serve, &server_fd) == 0);
}

void server_stop(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	if (server_fd == -1) /* the test was skipped */
		return;
	getsockname(server_fd, (struct sockaddr *)&a, &len);
	sendto(server_fd, "", 0, 0, (struct sockaddr *)&a, len);
	pthread_join(server, NULL);
	close(server_fd);
}

void server_change(const struct zone_line *zone)
{
	zone_now = zone;
}

unsigned server_questions(void)
{
	return question_count;
}
