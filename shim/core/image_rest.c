/* SPDX-License-Identifier: MIT */
/* Each image says behind its end when it came, which is when the one before it went, and where that is. */
#include "image_rest.h"

#include "image.h"
#include "segment/page.h"
#include "segment/source.h"

#define IMAGES_MAX 65536 /* looked at on the way back */

/* The one that lies there, before `end`, of that generation or an earlier one. */
static bool read_image(const struct image_chain *c, struct image *i, uint64_t at, uint64_t end, uint32_t generation)
{
	return at >= c->first && at < end && at % SEGMENT_IMAGE_STEP == 0 && c->read(c->ctx, i, sizeof(*i), at) &&
		i->magic == IMAGE_MAGIC && i->generation <= generation && i->size <= end - at;
}

/* What is told of it; not of the first one, where its INI was no file. */
static bool read_source(const struct image_chain *c, struct source *s, uint64_t at, const struct image *i)
{
	return c->read(c->ctx, s, sizeof(*s), at + source_at(i->size)) && s->magic == SOURCE_MAGIC &&
		s->generation == i->generation && s->published <= c->now;
}

static void add(struct image_rest *r, const struct image_chain *c, uint64_t at, uint64_t end, uint64_t replaced)
{
	r->count++;
	r->bytes += end - at;
	r->next = replaced + IMAGE_REST;
	if (!r->fits && c->end - at > c->limit)
		r->fits = r->next;
}

void image_rest(struct image_rest *r, const struct image_chain *c)
{
	uint64_t at = segment_current_offset(c->current), end = c->end, replaced = 0;
	uint32_t generation = segment_current_generation(c->current);
	struct source s;
	struct image i;

	*r = (struct image_rest){.generation = generation};
	for (int n = 0; n < IMAGES_MAX && read_image(c, &i, at, end, generation); n++) {
		if (n)
			add(r, c, at, end, replaced);
		if (c->each)
			c->each(c->each_ctx, c, at, &i);
		r->whole = i.generation == 1;
		if (!read_source(c, &s, at, &i))
			return;
		/* when this one came, the one before it went */
		if (c->now - s.published >= IMAGE_REST) {
			r->due = at;
			r->whole = true;
			r->generation = i.generation;
			return;
		}
		generation = i.generation - 1;
		replaced = s.published;
		end = at;
		at = s.former;
	}
}
