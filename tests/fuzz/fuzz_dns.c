/* SPDX-License-Identifier: MIT */
/* DNS answers: whatever the bytes, the walk stays within them and within its bounds, both ways of
 * reading agree, and what a host's look-up teaches ends in a table that can be read. The first byte
 * chooses the type that was asked. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/answer.h"
#include "dns/learn.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define REQUIRE(x)                                                                                 \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

static const uint16_t types[] = {RECORD_A, RECORD_AAAA, RECORD_SRV, RECORD_NAPTR};

static void check_name(const char *name)
{
	size_t n = strlen(name);
	REQUIRE(n < ANSWER_NAME_MAX - 1);
	for (size_t i = 0; i < n; i++)
		REQUIRE(name[i] > ' ' && name[i] <= '~' && !(name[i] >= 'A' && name[i] <= 'Z'));
}

static void check_record(const struct record *r, uint16_t type)
{
	REQUIRE(r->type == type && r->ttl <= ANSWER_TTL_MAX);
	check_name(r->name);
	REQUIRE(strlen(r->service) < sizeof(r->service) && strlen(r->flags) < sizeof(r->flags));
	if (type == RECORD_A || type == RECORD_AAAA)
		REQUIRE(answer_address_usable(&r->addr));
}

struct each {
	unsigned count;
	uint16_t type;
};

static void each(void *ctx, const struct record *r)
{
	struct each *e = ctx;
	e->count++;
	check_record(r, e->type);
}

static void learn(const uint8_t *data, size_t n)
{
	static struct table t;
	static void *area;
	uint16_t number;
	if (area == NULL) {
		size_t size = table_size(4, 256);
		area = aligned_alloc(64, size);
		memset(area, 0, size);
		REQUIRE(table_format(area, size, 4, 256) == 0 && table_attach(&t, area, size) == 0);
		REQUIRE(table_domain_add(&t, "carrier1.com", 0, false, &number) == 0);
		REQUIRE(table_domain_add(&t, "com", 0, true, &number) == 0);
	}
	learn_message(&t, data, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct dns_answer a;
	char name[ANSWER_NAME_MAX];
	uint16_t asked;
	if (n < 1)
		return 0;
	uint16_t type = types[data[0] % 4];
	data++;
	n--;
	if (answer_question(data, n, name, &asked)) {
		strcpy(name, "carrier1.com");
	} else {
		check_name(name);
	}
	int e = answer_parse(&a, data, n, name, type);
	if (e == 0) {
		REQUIRE(a.cname_count <= ANSWER_CNAMES_MAX && a.record_count <= ANSWER_RECORDS_MAX);
		for (unsigned i = 0; i < a.cname_count; i++)
			check_record(&a.cnames[i], RECORD_CNAME);
		for (unsigned i = 0; i < a.record_count; i++)
			check_record(&a.records[i], type);
		struct each all = {0, type};
		answer_each(data, n, name, type, each, &all);
		if (a.rcode == ANSWER_NOERROR && !a.loop && !a.more)
			REQUIRE(all.count == a.record_count);
	}
	learn(data, n);
	return 0;
}
