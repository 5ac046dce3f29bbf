/* SPDX-License-Identifier: MIT */
#include "rest.h"

#include <stddef.h>
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

void rest_look(struct image_rest *rest, int fd, const struct segment_head *head, uint64_t current)
{
	struct file f = {fd};
	struct image_chain chain = {.current = current, .first = head->size, .now = segment_now(),
		.limit = limit_of(fd), .read = read_file, .ctx = &f};

	*rest = (struct image_rest){.due = 0};
	if (read_file(&f, &chain.end, sizeof(chain.end), head->page + offsetof(struct segment_page, allocated)) &&
		chain.end <= SEGMENT_SIZE_MAX)
		image_rest(rest, &chain);
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
