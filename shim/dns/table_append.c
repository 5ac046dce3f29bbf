/* SPDX-License-Identifier: MIT */
#include "table_append.h"

#include <errno.h>

#include "table_domains.h"
#include "table_layout.h"

uint16_t table_domains(const struct table *copy)
{
	uint32_t n = atomic_load_explicit(&copy->head->domain_count, memory_order_relaxed);

	return (uint16_t)(n < copy->domain_max ? n : copy->domain_max);
}

int table_append(struct table *copy, const char *name, uint16_t port, bool wildcard, uint16_t *number)
{
	uint16_t count = table_domains(copy);
	size_t n = strlen(name);

	if (n >= sizeof(copy->domains->name))
		return EINVAL;
	if (table_domain_find(copy, name, port, wildcard, number) == 0)
		return 0;
	if (count >= copy->domain_max)
		return ENOSPC;
	struct table_domain *d = &copy->domains[count];
	memset(d->name, 0, sizeof(d->name));
	memcpy(d->name, name, n);
	d->hash = table_hash_name(copy, name, n);
	d->port = port;
	d->wildcard = wildcard;
	atomic_store_explicit(&copy->head->domain_count, count + 1u, memory_order_relaxed);
	*number = count;
	return 0;
}

static struct table_bytes bytes(const struct table *copy, const void *p, size_t size)
{
	return (struct table_bytes){(size_t)((const char *)p - (const char *)copy->head), size, p};
}

/* All but what is known of it, which is the resolver's. */
struct table_bytes table_bytes_of_domain(const struct table *copy, uint16_t number)
{
	const struct table_domain *d = &copy->domains[number];

	return bytes(copy, &d->hash, sizeof(*d) - offsetof(struct table_domain, hash));
}

struct table_bytes table_bytes_of_count(const struct table *copy)
{
	return bytes(copy, &copy->head->domain_count, sizeof(copy->head->domain_count));
}
