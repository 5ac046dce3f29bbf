/* SPDX-License-Identifier: MIT */
/* Called where a configuration is loaded, before there is a resolver. */
#include "targets.h"
#include "answer.h"
#include "clamp.h"
#include "table_write.h"

#define ADDRESSES_MIN 1024   /* room in the table */
#define ADDRESSES_SMALL 4096 /* no more than that for up to */
#define ADDRESSES_EACH 32    /* such a part of it for each domain */
#define ADDRESSES_MAX 65536

bool targets_are_asked(const struct config *c)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind == TARGET_DOMAIN)
			return true;
	return false;
}

_Static_assert(MODEL_DOMAINS_MAX == TABLE_DOMAINS_MAX, "of what the file may name");

/* The few domains of a small file get all that one may have, of many each gets some. */
void targets_room(const struct config *c, uint32_t *domains, uint32_t *addresses)
{
	uint32_t n = 0;
	for (size_t i = 0; i < c->target_count && n < TABLE_DOMAINS_MAX; i++)
		n += c->targets[i].kind != TARGET_PREFIX;
	*domains = n ? n : 1;
	*addresses = clamp(n * TABLE_PLACES_MAX, ADDRESSES_MIN, ADDRESSES_SMALL);
	if (n * ADDRESSES_EACH > *addresses)
		*addresses = clamp(n * ADDRESSES_EACH, 0, ADDRESSES_MAX);
}

void targets_host_room(const struct config *c, uint32_t *domains, uint32_t *addresses)
{
	targets_room(c, domains, addresses);
	*domains = clamp(*domains + TARGETS_TO_COME, 0, TABLE_DOMAINS_MAX);
}

int targets_register(struct table *t, const struct config *c, uint16_t *numbers)
{
	int result = 0;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *target = &c->targets[i];
		char name[ANSWER_NAME_MAX];
		numbers[i] = MODEL_NONE;
		if (target->kind == TARGET_PREFIX ||
			answer_name(name, target->domain, strlen(target->domain)))
			continue;
		int e = table_domain_add(
			t, name, target->port, target->kind == TARGET_WILDCARD, &numbers[i]);
		if (e) {
			numbers[i] = MODEL_NONE;
			result = e;
		}
	}
	return result;
}
