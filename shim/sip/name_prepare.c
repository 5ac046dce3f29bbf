/* SPDX-License-Identifier: MIT */
/* Fills in the derived parts of names. Called when a table of names is made, and by the edits for names
 * that are in no table. */
#include "name_prepare.h"

#include "token.h"

void names_prepare_one(const struct names *n, struct name *name)
{
	struct addr bare = name->addr;
	char text[ADDR_TEXT_MAX];

	bare.scope = 0; /* has no place in SIP */
	size_t length = addr_print_host(&bare, text);
	name->text_n = (uint8_t)(length < sizeof(name->text) ? length : 0);
	memcpy(name->text, text, name->text_n);
	struct span g = name->given;
	if (g.n > 2 && g.p[0] == '[' && g.p[g.n - 1] == ']')
		name->given = g = (struct span){g.p + 1, g.n - 2};
	if (g.n > NAMES_HOST_MAX - 2)
		name->given = g = (struct span){g.p, 0};
	name->v6 = g.n ? memchr(g.p, ':', g.n) != NULL : name->addr.family == AF_INET6;
	name->shown = bare;
	if (g.n && addr_parse(&name->shown, g.p, g.n) != 0)
		memset(&name->shown, 0, sizeof(name->shown));
	name->given_hash = token_name_hash(g);
	for (size_t k = 0; k < n->key_count; k++)
		name->hint[k] = token_hint(&n->keys[k], name);
}

void names_prepare_own(struct names *n)
{
	for (size_t i = 0; i < n->own_count + n->own_past; i++)
		names_prepare_one(n, &n->own[i]);
}

void names_prepare(struct names *n)
{
	names_prepare_own(n);
	for (size_t i = 0; i < n->member_count + n->member_past; i++)
		names_prepare_one(n, &n->members[i]);
}
