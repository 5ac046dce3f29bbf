/* SPDX-License-Identifier: MIT */
/* The rules of a running host, read out of its file: for bondctl, which believes nothing that it reads. */
#ifndef BOND_CTL_HOST_IMAGE_H
#define BOND_CTL_HOST_IMAGE_H

#include "core/image.h"
#include "segment/file.h"
#include "segment/source.h"

struct host_image {
	struct image *image; /* a copy, checked */
	uint64_t at;         /* where it begins in the file */
	uint64_t end;        /* behind its source, or behind it, in the file */
	struct source source; /* of what INI it was made; magic 0 = that is not told */
	char *path, *text;    /* of it; text NULL = it is not kept */
	struct rules rules;   /* of it */
	void *room;
};

/* What of the page is published, by pread(2) alone: 0 and *current (see segment_current()) and *turn, or an
 * errno: EIO = the file is cut short, EAGAIN = it never held still. */
int host_image_current(int fd, const struct segment_head *head, uint64_t *current, uint8_t *turn);

/* Of what INI the rules that count are made: *s, and its path. False: it is not told, and path is as it was. */
bool host_image_source(struct source *s, char *path, size_t room, int fd, const struct segment_head *head);

/* Reads the image at that offset, of that generation. 0; ENOENT = the host has none (current is 0); ENOMEM;
 * EINVAL = what lies there is none. In any case host_image_free() comes after it. */
int host_image_read(struct host_image *h, int fd, const struct segment_head *head, uint64_t current);
void host_image_free(struct host_image *h);

#endif
