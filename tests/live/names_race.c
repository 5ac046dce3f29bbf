/* SPDX-License-Identifier: MIT */
/* Readers, a resolver's writer and a host's learner on one table at the same time; built with the
 * thread sanitizer by check_names.py. Prints how often the readers found something. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/table.h"
#include "dns/table_domains.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"

static struct table t;
static _Atomic int stop;

static struct addr numbered(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = 5060};
	a.ip[10] = a.ip[11] = 0xff;
	a.ip[12] = 10;
	a.ip[14] = (uint8_t)(n >> 8);
	a.ip[15] = (uint8_t)n;
	return a;
}

static void *read_all(void *arg)
{
	unsigned long *found = arg;
	struct table_hit hit;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		for (unsigned n = 0; n < 300; n++) {
			struct addr a = numbered(n);
			*found += table_lookup(&t, &a, &hit);
			*found += table_services(&t, &a) != 0;
		}
		for (uint16_t n = 0; n < 4; n++)
			*found += table_state(&t, n) == TABLE_ANSWERED;
		table_interested(&t, "x.wild.example");
	}
	return NULL;
}

static void *learn(void *arg)
{
	(void)arg;
	for (unsigned i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		struct addr a = numbered(200 + i % 100);
		a.port = 0;
		table_learn_address(&t, "x.wild.example", &a, 1 + i);
	}
	return NULL;
}

static void write_all(uint16_t number)
{
	struct dns_place places[20];
	for (unsigned i = 1; i < 4000; i++) {
		for (unsigned k = 0; k < 20; k++)
			places[k] = (struct dns_place){numbered(i * 7 % 180 + k), TRANSPORT_UDP};
		table_put(&t, number, places, 20, NULL, 0, true, i % 50, i);
		if (i % 13 == 0)
			table_clear(&t, number, i);
	}
}

int main(void)
{
	uint16_t number, wild;
	unsigned long found[2] = {0};
	pthread_t threads[3];
	size_t size = table_size(8, 512);
	void *area = aligned_alloc(64, size);
	memset(area, 0, size);
	if (table_format(area, size, 8, 512) || table_attach(&t, area, size) ||
		table_domain_add(&t, "a.example", 0, false, &number) ||
		table_domain_add(&t, "wild.example", 0, true, &wild))
		return 2;
	for (int i = 0; i < 3; i++)
		if (pthread_create(
			    &threads[i], NULL, i < 2 ? read_all : learn, i < 2 ? &found[i] : NULL))
			return 2;
	write_all(number);
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("found %lu %lu, locked %lu\n", found[0], found[1],
		(unsigned long)table_count(&t, TABLE_LOCKED));
	free(area);
	return found[0] == 0 || found[1] == 0;
}
