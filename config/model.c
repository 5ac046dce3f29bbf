/* SPDX-License-Identifier: MIT */
/* What the configuration consists of: names of transports, look-up of bonds, and the memory that
 * a config owns, a list of blocks that are freed together. Nothing changes after the load. */
#include "model.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <strings.h>

struct block {
	struct block *next;
	struct block **owner; /* what points to this block */
	alignas(max_align_t) char data[];
};

const char *const transport_names[TRANSPORT_COUNT] = {
	[TRANSPORT_NONE] = "none",
	[TRANSPORT_UDP] = "udp",
	[TRANSPORT_TCP] = "tcp",
	[TRANSPORT_TLS] = "tls",
	[TRANSPORT_WS] = "ws",
	[TRANSPORT_WSS] = "wss",
	[TRANSPORT_SCTP] = "sctp",
};

enum transport transport_parse(const char *s, size_t n)
{
	for (int t = TRANSPORT_NONE + 1; t < TRANSPORT_COUNT; t++)
		if (strlen(transport_names[t]) == n && strncasecmp(transport_names[t], s, n) == 0)
			return (enum transport)t;
	return TRANSPORT_NONE;
}

uint16_t transport_default_port(enum transport t)
{
	switch (t) {
	case TRANSPORT_TLS:
		return 5061;
	case TRANSPORT_WS:
		return 80;
	case TRANSPORT_WSS:
		return 443;
	default:
		return 5060;
	}
}

bool transport_is_datagram(enum transport t)
{
	return t == TRANSPORT_UDP;
}

bool transport_is_secure(enum transport t)
{
	return t == TRANSPORT_TLS || t == TRANSPORT_WSS;
}

bool config_sees(const struct config *c, enum transport t)
{
	return t == TRANSPORT_UDP || t == TRANSPORT_TCP || (t != TRANSPORT_SCTP && !c->headers_keep);
}

uint16_t config_find_bond(const struct config *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->bond_count; i++)
		if (strlen(c->bonds[i].name) == n && strncasecmp(c->bonds[i].name, name, n) == 0)
			return (uint16_t)i;
	return MODEL_NONE;
}

static void link_block(struct config *c, struct block *b)
{
	b->next = c->blocks;
	b->owner = &c->blocks;
	if (b->next)
		b->next->owner = &b->next;
	c->blocks = b;
}

static void unlink_block(struct block *b)
{
	*b->owner = b->next;
	if (b->next)
		b->next->owner = b->owner;
}

static struct block *block_of(void *p)
{
	return (struct block *)((char *)p - offsetof(struct block, data));
}

void *config_alloc(struct config *c, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct block))
		return NULL;
	struct block *b = calloc(1, sizeof(struct block) + size);
	if (!b)
		return NULL;
	link_block(c, b);
	return b->data;
}

void *config_resize(struct config *c, void *p, size_t size)
{
	if (!p)
		return config_alloc(c, size);
	if (size > SIZE_MAX - sizeof(struct block))
		return NULL;
	struct block *old = block_of(p);
	unlink_block(old);
	struct block *b = realloc(old, sizeof(struct block) + size);
	link_block(c, b ? b : old);
	return b ? b->data : NULL;
}

char *config_strdup(struct config *c, const char *s, size_t n)
{
	char *copy = config_alloc(c, n + 1);
	if (copy)
		memcpy(copy, s, n);
	return copy;
}

void config_drop_prefixes(struct config *c)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind != TARGET_PREFIX)
			c->targets[kept++] = c->targets[i];
	c->target_count = kept;
	if (c->targets) {
		void *smaller = config_resize(c, c->targets, kept * sizeof(*c->targets));
		if (smaller)
			c->targets = smaller;
	}
}

int config_index(struct config *c)
{
	uint32_t next = 0;
	c->fit = config_alloc(c, c->member_count * sizeof(*c->fit) + 1);
	if (!c->fit)
		return ENOMEM;
	for (size_t b = 0; b < c->bond_count; b++) {
		struct bond *bond = &c->bonds[b];
		bond->slot = (uint32_t)b;
		for (int t = 0; t < TRANSPORT_COUNT; t++) {
			for (int family = 0; family < 2; family++) {
				struct fit *fit = &bond->fit[t][family];
				fit->first = next;
				for (uint32_t i = 0; i < bond->member_count; i++) {
					uint32_t m = bond->first_member + i;
					if (c->members[m].transport == t &&
						family_index(c->members[m].addr.family) == family)
						c->fit[next++] = m;
				}
				fit->count = next - fit->first;
			}
		}
	}
	for (size_t m = 0; m < c->member_count; m++)
		c->members[m].slot = (uint32_t)m;
	for (size_t r = 0; r < c->route_count; r++)
		c->routes[r].slot = (uint32_t)r;
	return 0;
}

void config_free(struct config *c)
{
	while (c->blocks) {
		struct block *b = c->blocks;
		unlink_block(b);
		free(b);
	}
	memset(c, 0, sizeof(*c));
}
