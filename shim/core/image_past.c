/* SPDX-License-Identifier: MIT */
/* What goes on from one image to the next, as a whole; and the keys. */
#include "image_past.h"

#include <errno.h>
#include <stdlib.h>

/* FNV-1a of 64 bits, without case: identities are compared, not kept from anybody. */
static uint64_t mix(uint64_t hash, const void *p, size_t n)
{
	for (const unsigned char *s = p; n; n--, s++)
		hash = (hash ^ *s) * 0x100000001b3;
	return hash;
}

static uint64_t mix_name(uint64_t hash, const char *s, bool any_case)
{
	for (; s && *s; s++) {
		char ch = any_case && *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s;
		hash = mix(hash, &ch, 1);
	}
	return hash;
}

uint64_t image_identity(const struct config *c, enum image_kind kind, uint32_t number)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (kind == IMAGE_BOND)
		return mix_name(hash, c->bonds[number].name, true);
	if (kind == IMAGE_ROUTE)
		return mix_name(hash, c->routes[number].name, false);
	const struct member *m = &c->members[number];
	hash = mix(hash, &m->addr.ip, sizeof(m->addr.ip));
	hash = mix(hash, &m->addr.scope, sizeof(m->addr.scope));
	hash = mix(hash, &m->addr.port, sizeof(m->addr.port));
	hash = mix(hash, &m->transport, sizeof(m->transport));
	return mix_name(hash, c->bonds[m->bond].name, true);
}

static bool has_key(const struct image_past *p, const struct prf_key *key)
{
	for (size_t i = 0; i < p->key_count; i++) {
		if (memcmp(&p->keys[i], key, sizeof(*key)) == 0)
			return true;
	}
	return false;
}

/* A secret that was replaced stays readable where there is room; the key that everyone has does not stay
 * beside a secret, or the secret would protect nothing. */
static void keep_keys(struct image_past *p, const struct config *c, const struct image *former)
{
	p->key_count = (uint8_t)rules_keys(c, p->keys);
	for (size_t i = 0; former && p->key_count < 2 && i < former->key_count; i++) {
		if (!has_key(p, &former->keys[i]) && !rules_key_is_common(&former->keys[i]))
			p->keys[p->key_count++] = former->keys[i];
	}
}

int image_past_make(struct image_past *p, const struct config *c, const struct image *former,
	uint64_t now)
{
	struct rules before = {0};
	void *room = former ? malloc(image_room(former)) : NULL;
	int error = former && !room ? ENOMEM : 0;

	*p = (struct image_past){.room = room};
	if (room)
		image_attach(&before, former, room);
	if (!error)
		error = image_slots(p, c, &before.config, former, now);
	if (!error)
		error = image_names(p, c, &before.config, former);
	keep_keys(p, c, former);
	return error;
}

void image_past_free(struct image_past *p)
{
	for (int i = 0; i < IMAGE_KINDS; i++)
		free(p->slots[i]);
	free(p->retired);
	free(p->names);
	free(p->room);
}
