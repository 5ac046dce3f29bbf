/* SPDX-License-Identifier: MIT */
/* Nothing is mapped, as the file's owner could cut it short; every offset is compared with its size, and no
 * more memory is taken than the file has bytes. */
#include "host_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOKS_MAX 1000 /* until the byte that publishes holds still */

static int read_at(int fd, void *p, size_t n, uint64_t at)
{
	ssize_t got = pread(fd, p, n, (off_t)at);

	return got == (ssize_t)n ? 0 : got < 0 ? errno : EIO;
}

int host_image_current(int fd, const struct segment_head *head, uint64_t *current, uint8_t *turn)
{
	const uint64_t words = head->page + offsetof(struct segment_page, current);
	uint8_t before;

	for (int i = 0; i < LOOKS_MAX; i++) {
		int error = read_at(fd, &before, 1, head->page + SEGMENT_TURN_AT);
		if (!error)
			error = read_at(fd, current, sizeof(*current), words + (before & 1) * sizeof(*current));
		if (!error)
			error = read_at(fd, turn, 1, head->page + SEGMENT_TURN_AT);
		if (error || *turn == before)
			return error;
	}
	return EAGAIN;
}

bool host_image_source(struct source *s, char *path, size_t room, int fd, const struct segment_head *head)
{
	char text[SOURCE_PATH_MAX];
	struct image i;
	uint64_t current, at;
	uint8_t turn;

	if (host_image_current(fd, head, &current, &turn) || !current)
		return false;
	at = segment_current_offset(current);
	if (at < head->size || at >= SEGMENT_SIZE_MAX || read_at(fd, &i, sizeof(i), at) || i.magic != IMAGE_MAGIC ||
		i.generation != segment_current_generation(current) ||
		read_at(fd, s, sizeof(*s), at + source_at(i.size)) || s->magic != SOURCE_MAGIC ||
		s->generation != i.generation || s->path_size < 2 || s->path_size > sizeof(text) ||
		s->path_size > room || read_at(fd, text, s->path_size, at + source_at(i.size) + sizeof(*s)))
		return false;
	text[s->path_size - 1] = 0;
	snprintf(path, room, "%s", text);
	return true;
}

static char *copy_text(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* What stands behind the image, if anything of its generation does. */
static int read_source(struct host_image *h, int fd, uint64_t file_size)
{
	uint64_t at = h->at + source_at(h->image->size);
	const char *path, *text;
	struct source s;

	h->end = h->at + h->image->size;
	if (at + sizeof(s) > file_size || read_at(fd, &s, sizeof(s), at) || s.magic != SOURCE_MAGIC ||
		s.generation != h->image->generation || s.path_size > SOURCE_PATH_MAX ||
		s.text_size > SOURCE_TEXT_MAX + 1 || source_size(&s) > file_size - at)
		return 0;
	size_t size = source_size(&s);
	void *all = malloc(size);
	if (!all)
		return ENOMEM;
	if (read_at(fd, all, size, at) == 0 && source_check(all, size, &path, &text) &&
		((struct source *)all)->generation == s.generation) {
		h->source = *(struct source *)all;
		h->path = copy_text(path);
		h->text = copy_text(text);
		h->end = at + size;
	}
	free(all);
	return 0;
}

int host_image_read(struct host_image *h, int fd, const struct segment_head *head, uint64_t current)
{
	struct image first;
	struct stat st;

	*h = (struct host_image){.at = segment_current_offset(current)};
	if (!current)
		return ENOENT;
	if (fstat(fd, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size > SEGMENT_SIZE_MAX ||
		h->at < head->size || h->at + sizeof(first) > (uint64_t)st.st_size ||
		read_at(fd, &first, sizeof(first), h->at) || first.magic != IMAGE_MAGIC ||
		first.size < sizeof(first) || first.size > (uint64_t)st.st_size - h->at)
		return EINVAL;
	size_t size = (first.size + IMAGE_ALIGN - 1) / IMAGE_ALIGN * IMAGE_ALIGN;
	h->image = aligned_alloc(IMAGE_ALIGN, size);
	if (!h->image)
		return ENOMEM;
	if (read_at(fd, h->image, first.size, h->at) || !image_check(h->image, first.size) ||
		h->image->generation != segment_current_generation(current))
		return EINVAL;
	h->room = aligned_alloc(IMAGE_ALIGN, image_room(h->image) + IMAGE_ALIGN);
	if (!h->room)
		return ENOMEM;
	image_attach(&h->rules, h->image, h->room);
	return read_source(h, fd, (uint64_t)st.st_size);
}

void host_image_free(struct host_image *h)
{
	free(h->image);
	free(h->room);
	free(h->path);
	free(h->text);
	*h = (struct host_image){.image = NULL};
}
