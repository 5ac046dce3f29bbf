/* SPDX-License-Identifier: MIT */
/* An image into the file of a running host, and to all its processes at once. Between any two steps the
 * writer may be killed: the host has the rules of before or those of now, whole, and the next writer goes
 * on. */
#ifndef BOND_CTL_PUBLISH_H
#define BOND_CTL_PUBLISH_H

#include "host_image.h"
#include "lease.h"
#include "rest.h"

struct publish {
	int fd;                          /* open for reading and writing */
	const struct segment_head *head; /* a copy, whole (segment_is_whole()) */
	struct lease *lease;
	uint64_t current; /* as it was when the lease was taken */
	uint8_t turn;
};

/* Publishes `size` bytes: an image of the generation behind that of former, with its source. 0, or nothing
 * was changed: ERANGE = no address is left, the host must be restarted; ESTALE = the lease was lost, or
 * another one has published; ENOSPC, EFBIG ... = of the file; EINVAL = the page says what cannot be. */
int publish(const struct publish *p, const struct host_image *former, const void *bytes, size_t size);

/* Gives back the memory of images that were replaced IMAGE_REST ago: readers that may still be in one are
 * told first (oldest). *rest: what had to stay, .fits by that bound. */
void publish_sweep(const struct publish *p, struct image_rest *rest);

#endif
