/* SPDX-License-Identifier: MIT */
/* Host's calls may attach older filters meanwhile. They say so behind it (abreast_done()), and it is done once more. */
#include "reach.h"

#include "abreast.h"
#include "filter.h"
#include "preload/image_now.h"
#include "preload/process.h"

#define TRIES 8 /* the next step goes on */

/* A number that means another socket by now has no filter that begins with this one's address. */
static void attach(struct fetch *f, int fd, uint32_t bits, const struct image *i)
{
	int at = fetch(f, fd);

	if (at < 0)
		return;
	if (filter_again(fd, at, bits, i) == 0)
		filter_tell_deaf(fd, at, bits, i);
	fetch_end(f, at);
}

static void attach_all(struct fetch *f, const struct image *i)
{
	for (int fd = 0, end = sockets_end(&this_host.sockets); fd < end; fd++) {
		uint32_t bits = sockets_bits(&this_host.sockets, fd);
		if (filter_is_on(fd, bits))
			attach(f, fd, bits, i);
	}
}

void reach_step(struct fetch *f)
{
	for (int tries = 0; tries < TRIES && abreast_wanted(); tries++) {
		uint32_t before = abreast_of();
		const struct image *i = before == image_generation_now() ? NULL : image_now();
		if (!i)
			return;
		attach_all(f, i);
		/* an image that went meanwhile is followed by another one */
		abreast_moved(before, i->generation);
	}
}
