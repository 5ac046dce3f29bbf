/* SPDX-License-Identifier: MIT */
#include "table_append.h"

#include <errno.h>

#include "table_domains.h"
#include "table_layout.h"

/* The least, so that the table stays short. */
static bool find_free(const struct table *copy, const struct table_numbers *meant, uint16_t *number)
{
	uint16_t count = table_domains(copy), n = 0;

	while (n < count && (atomic_load_explicit(&copy->domains[n].used, memory_order_relaxed) ||
				    table_numbers_has(meant, n)))
		n++;
	*number = n;
	return n < copy->domain_max;
}

int table_append(struct table *copy, const char *name, uint16_t port, bool wildcard,
	const struct table_numbers *meant, struct table_numbers *added, uint16_t *number)
{
	size_t n = strlen(name);

	if (n >= sizeof(copy->domains->name))
		return EINVAL;
	if (table_domain_find(copy, name, port, wildcard, number) == 0)
		return 0;
	if (!find_free(copy, meant, number))
		return ENOSPC;
	struct table_domain *d = &copy->domains[*number];
	memset(d->name, 0, sizeof(d->name));
	memcpy(d->name, name, n);
	d->hash = table_hash_name(copy, name, n);
	d->port = port;
	d->wildcard = wildcard;
	atomic_store_explicit(&d->used, 1, memory_order_relaxed);
	if (*number == table_domains(copy))
		atomic_store_explicit(&copy->head->domain_count, *number + 1u, memory_order_relaxed);
	table_numbers_add(added, *number);
	return 0;
}

static struct table_bytes bytes(const struct table *copy, const void *p, size_t size)
{
	return (struct table_bytes){(size_t)((const char *)p - (const char *)copy->head), size, p};
}

/* What is known of it is the resolver's, and who frees it leaves nothing. */
struct table_bytes table_bytes_of_name(const struct table *copy, uint16_t number)
{
	const struct table_domain *d = &copy->domains[number];

	return bytes(copy, d->name, sizeof(d->name));
}

struct table_bytes table_bytes_of_kind(const struct table *copy, uint16_t number)
{
	const struct table_domain *d = &copy->domains[number];

	return bytes(copy, &d->hash, offsetof(struct table_domain, used) - offsetof(struct table_domain, hash));
}

struct table_bytes table_bytes_of_use(const struct table *copy, uint16_t number)
{
	return bytes(copy, (const void *)&copy->domains[number].used, 1);
}

struct table_bytes table_bytes_of_count(const struct table *copy)
{
	return bytes(copy, &copy->head->domain_count, sizeof(copy->head->domain_count));
}
