/* SPDX-License-Identifier: MIT */
#include "rest.h"

#include <stddef.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EXTENTS_MAX 65536 /* looked at */

struct file {
	int fd;
};

static bool read_file(void *ctx, void *to, size_t n, uint64_t at)
{
	const struct file *f = ctx;

	return pread(f->fd, to, n, (off_t)at) == (ssize_t)n;
}

/* A file system that does not say how large it is has no part. */
static uint64_t limit_of(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0 || fs.f_blocks == 0 || fs.f_bsize <= 0)
		return REST_MAX;
	uint64_t part = (uint64_t)fs.f_blocks / REST_PART * (uint64_t)fs.f_bsize;
	return part < REST_MAX ? part : REST_MAX;
}

static bool make_chain(struct image_chain *c, struct file *f, const struct segment_head *head, uint64_t current)
{
	*c = (struct image_chain){.current = current, .first = head->size, .now = segment_now(),
		.limit = limit_of(f->fd), .read = read_file, .ctx = f};
	return read_file(f, &c->end, sizeof(c->end), head->page + offsetof(struct segment_page, allocated)) &&
		c->end <= SEGMENT_SIZE_MAX;
}

void rest_look(struct image_rest *rest, int fd, const struct segment_head *head, uint64_t current)
{
	struct file f = {fd};
	struct image_chain c;

	*rest = (struct image_rest){.due = 0};
	if (make_chain(&c, &f, head, current))
		image_rest(rest, &c);
}

void rest_domains(struct table_numbers *meant, int fd, const struct segment_head *head, uint64_t current)
{
	struct file f = {fd};
	struct image_chain c;
	struct image_rest rest;
	uint32_t oldest;

	memset(meant, 0, sizeof(*meant));
	if (!make_chain(&c, &f, head, current) ||
		!read_file(&f, &oldest, sizeof(oldest), head->page + offsetof(struct segment_page, oldest)) ||
		!image_numbers_meant(meant, &rest, &c, oldest))
		memset(meant, 0xff, sizeof(*meant));
}

uint64_t rest_bytes(int fd, const struct segment_head *head, uint64_t current)
{
	off_t at = (off_t)head->size, end = (off_t)segment_current_offset(current);
	uint64_t bytes = 0;

	for (int n = 0; n < EXTENTS_MAX && at < end; n++) {
		off_t data = lseek(fd, at, SEEK_DATA), hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
		if (hole <= at || data >= end)
			break;
		bytes += (uint64_t)((hole < end ? hole : end) - data);
		at = hole;
	}
	return bytes;
}
