/* SPDX-License-Identifier: MIT */
/* learn: what a host's own look-ups teach the table. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/mman.h>

#include "dns/answer.h"
#include "dns/learn.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"
#include "dns.h"

static struct table t;
static struct message m;

static void make(void)
{
	uint16_t n;
	size_t size = table_size(8, 64);
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_eq(table_format(area, size, 8, 64), 0);
	cr_assert_eq(table_attach(&t, area, size), 0);
	cr_assert_eq(table_domain_add(&t, "carrier1.com", 0, false, &n), 0);
	cr_assert_eq(table_domain_add(&t, "carrier2.net", 0, true, &n), 0);
}

TestSuite(learn, .init = make);

static int domain_of(const char *text, unsigned *services)
{
	struct addr a;
	struct table_hit hit;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0);
	*services = 0;
	if (!table_lookup(&t, &a, &hit))
		return -1;
	*services = table_services(&t, &a);
	return hit.domains[0];
}

static unsigned teach(const char *name, unsigned type, const char *data)
{
	message_start(&m, name, type, 0);
	message_record(&m, ANSWER, name, type, 60, data);
	errno = 77;
	unsigned n = learn_message(&t, m.bytes, m.n);
	cr_assert_eq(errno, 77);
	return n;
}

Test(learn, the_whole_chain_of_a_host)
{
	unsigned services;
	cr_assert_eq(teach("carrier1.com", RECORD_NAPTR, "1 1 s SIPS+D2T tls.hoster.net"), 1);
	cr_assert_eq(teach("tls.hoster.net", RECORD_SRV, "1 1 5070 sbc.hoster.net"), 1);
	cr_assert_eq(teach("sbc.hoster.net", RECORD_AAAA, "2001:db8::7"), 1);
	cr_assert_eq(domain_of("[2001:db8::7]:5070", &services), 0);
	cr_assert_eq(services, 1 << TRANSPORT_TLS);
}

Test(learn, the_fallback_and_wildcards)
{
	unsigned services;
	cr_assert_eq(teach("_sip._tcp.Pop3.carrier2.net", RECORD_SRV, "1 1 5062 x.hoster.net"), 2);
	cr_assert_eq(teach("x.hoster.net", RECORD_A, "192.0.2.7"), 1);
	cr_assert_eq(domain_of("192.0.2.7:5062", &services), 1);
	cr_assert_eq(services, 1 << TRANSPORT_TCP);
	cr_assert_eq(teach("carrier2.net", RECORD_A, "192.0.2.8"), 0);
	cr_assert_eq(teach("unrelated.org", RECORD_A, "192.0.2.9"), 0);
	cr_assert_eq(domain_of("192.0.2.9", &services), -1);
}

Test(learn, through_a_cname)
{
	unsigned services;
	message_start(&m, "carrier1.com", RECORD_A, 0);
	message_record(&m, ANSWER, "carrier1.com", RECORD_CNAME, 60, "edge.cdn.net");
	message_record(&m, ANSWER, "edge.cdn.net", RECORD_A, 60, "192.0.2.20");
	cr_assert_eq(learn_message(&t, m.bytes, m.n), 1);
	cr_assert_eq(domain_of("192.0.2.20", &services), 0);
}

Test(learn, nothing_from_garbage)
{
	message_start(&m, "carrier1.com", RECORD_A, 0);
	message_record(&m, ANSWER, "carrier1.com", RECORD_A, 60, "192.0.2.20");
	for (size_t n = 0; n < m.n; n++)
		cr_assert_eq(learn_message(&t, m.bytes, n), 0);
	m.bytes[2] &= 0x7f; /* a question is no answer */
	cr_assert_eq(learn_message(&t, m.bytes, m.n), 0);
	cr_assert_eq(learn_message(&t, NULL, 0), 0);
}

Test(learn, results_of_libc)
{
	unsigned services;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	inet_pton(AF_INET6, "2001:db8::9", &v6.sin6_addr);
	inet_pton(AF_INET, "192.0.2.30", &v4.sin_addr);
	struct addrinfo second = {.ai_addr = (void *)&v6, .ai_addrlen = sizeof(v6)};
	struct addrinfo first = {
		.ai_addr = (void *)&v4, .ai_addrlen = sizeof(v4), .ai_next = &second};
	cr_assert_eq(learn_addrinfo(&t, "Carrier1.COM.", &first), 2);
	cr_assert_eq(domain_of("[2001:db8::9]:5060", &services), 0);
	cr_assert_eq(learn_addrinfo(&t, NULL, &first), 0);
	cr_assert_eq(learn_addrinfo(&t, "192.0.2.1", &first), 0);
	char ip[4] = {(char)192, 0, 2, 31};
	char *list[] = {ip, NULL};
	struct hostent host = {.h_addrtype = AF_INET, .h_length = 4, .h_addr_list = list};
	cr_assert_eq(learn_hostent(&t, "a.carrier2.net", &host), 1);
	cr_assert_eq(domain_of("192.0.2.31:9", &services), 1);
	cr_assert_eq(learn_hostent(&t, "a.carrier2.net", NULL), 0);
}
