/* SPDX-License-Identifier: MIT */
#include "image_numbers.h"

#include "image.h"

struct meant {
	struct table_numbers *numbers;
	bool good;
};

static void add(void *ctx, const struct image_chain *c, uint64_t at, const struct image *i)
{
	const struct part *p = &i->parts[IMAGE_DOMAIN_NUMBERS];
	struct meant *m = ctx;
	uint16_t some[256];

	if (p->at > i->size || p->count > (i->size - p->at) / sizeof(some[0])) {
		m->good = false;
		return;
	}
	for (uint32_t done = 0, n; m->good && done < p->count; done += n) {
		n = p->count - done < 256 ? p->count - done : 256;
		m->good = c->read(c->ctx, some, n * sizeof(some[0]), at + p->at + done * sizeof(some[0]));
		for (uint32_t k = 0; m->good && k < n; k++)
			table_numbers_add(m->numbers, some[k]);
	}
}

bool image_numbers_meant(struct table_numbers *n, struct image_rest *r, const struct image_chain *c, uint32_t oldest)
{
	struct meant m = {n, true};
	struct image_chain chain = *c;

	chain.each = add;
	chain.each_ctx = &m;
	image_rest(r, &chain);
	return m.good && r->whole && (!r->due || oldest >= r->generation);
}
