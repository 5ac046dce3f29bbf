/* SPDX-License-Identifier: MIT */
#include "opened_image.h"

static bool past_member(const struct image *i, uint32_t n, struct member *m)
{
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);

	for (uint32_t k = 0; k < image_count(i, IMAGE_TOMBSTONES); k++) {
		if (t[k].alias || n--)
			continue;
		*m = (struct member){.addr = t[k].addr, .transport = t[k].transport};
		return true;
	}
	return false;
}

bool opened_image_member(const struct image *i, uint32_t n, bool lookup, struct member *m)
{
	const struct image_member *from = image_part(i, IMAGE_MEMBERS);

	if (n >= image_count(i, IMAGE_MEMBERS))
		return past_member(i, n - image_count(i, IMAGE_MEMBERS), m);
	*m = (struct member){
		.addr = from[n].addr, .transport = from[n].transport, .open = from[n].open, .slot = from[n].slot};
	memcpy(m->device, from[n].device, sizeof(m->device));
	if (m->open == OPEN_ANY)
		m->open = lookup ? OPEN_LOOKUP : OPEN_FILTER;
	return true;
}
