/* SPDX-License-Identifier: MIT */
/* Looks at what the page tells of, within the bounds of what the processes can see. */
#include "image_now.h"

#include "hot.h"
#include "process.h"
#include "segment/area.h"

const struct image *image_now(void)
{
	const struct segment *s = &this_host.segment;
	uint64_t current = segment_current(&page.p), at = segment_current_offset(current);

	uint64_t end = atomic_load(&page.p.allocated);

	if (!s->head || !at || end > s->head->reserved || at > end || end - at < sizeof(struct image))
		return NULL;
	const struct image *i = segment_at(s, at);
	uint32_t size = i->size;
	if (size > end - at || !image_check(i, size) ||
		i->generation != segment_current_generation(current))
		return NULL;
	return i;
}

uint32_t image_generation_now(void)
{
	return segment_current_generation(segment_current(&page.p));
}
