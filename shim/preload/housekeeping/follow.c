/* SPDX-License-Identifier: MIT */
/* Written into the room that the file has for it. Its pages are taken before by madvise(2): on a full disk
 * that is an error, and a write would be a signal. */
#include "follow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "config/ini.h"
#include "core/held.h"
#include "preload/process.h"
#include "preload/image_now.h"
#include "segment/area.h"
#include "segment/source.h"
#include "writer.h"

#define TARGETS_MAX 4096 /* more take too long for a thread that has other things to do */
#define POPULATE_WRITE 23 /* MADV_POPULATE_WRITE, since Linux 5.14 */

struct work {
	const struct image *former;
	uint64_t former_at;
	const struct source *source;
	const char *path, *text;
	struct rules rules; /* of the former */
	void *room;
	struct config config; /* made anew */
	void *bytes; /* image and source */
	size_t size;
};

/* What counts, and its text. */
static int find_former(struct work *w)
{
	const struct segment *s = &this_host.segment;

	w->former = image_now();
	if (!w->former)
		return EAGAIN;
	w->former_at = (uint64_t)((const char *)w->former - (const char *)s->head);
	uint64_t at = w->former_at + source_at(w->former->size), end = atomic_load(&s->page->allocated);
	if (at > end || !source_check(segment_at(s, at), end - at, &w->path, &w->text) || !w->text)
		return ENOENT;
	w->source = segment_at(s, at);
	w->room = aligned_alloc(IMAGE_ALIGN, image_room(w->former) + IMAGE_ALIGN);
	if (!w->room)
		return ENOMEM;
	image_attach(&w->rules, w->former, w->room);
	return 0;
}

static bool is_same(const struct config *a, const struct config *b)
{
	if (a->member_count != b->member_count)
		return false;
	for (size_t i = 0; i < a->member_count; i++) {
		const struct member *m = &a->members[i], *n = &b->members[i];
		if (!addr_equal(&m->addr, &n->addr) || m->addr.scope != n->addr.scope || m->bond != n->bond ||
			m->transport != n->transport || m->device_index != n->device_index)
			return false;
	}
	return true;
}

/* The image of w->config. Keys are not in the text, and stay. */
static int make_image(struct work *w)
{
	struct source source = *w->source;
	struct image *image = NULL;
	struct config c = w->config;
	struct match *match;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (match_compile(&match, &w->config) != 0)
		return ENOMEM;
	held_keep(&c, &w->rules.config);
	int error = image_write(&image, &c, match, w->former, (uint64_t)now.tv_sec);
	match_free(match);
	if (error)
		return error;
	image->key_count = w->former->key_count;
	memcpy(image->keys, w->former->keys, sizeof(image->keys));
	/* the same targets, so the same domains */
	if (image_count(image, IMAGE_DOMAIN_NUMBERS) == image_count(w->former, IMAGE_DOMAIN_NUMBERS))
		memcpy(image_numbers(image), image_part(w->former, IMAGE_DOMAIN_NUMBERS),
			image_count(image, IMAGE_DOMAIN_NUMBERS) * image_part_size(IMAGE_DOMAIN_NUMBERS));
	source.generation = image->generation;
	source.published = segment_now();
	source.former = w->former_at;
	w->bytes = image;
	return source_append(&w->bytes, image->size, &source, w->path, w->text, strlen(w->text), &w->size);
}

/* Copies w->bytes to where images go on; there *at is. */
static int put_image(const struct work *w, uint64_t *at)
{
	const struct segment_head *head = this_host.segment.head;
	struct segment_page *p = this_host.segment.page;
	uint64_t begin = (atomic_load(&p->allocated) + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;
	size_t length = (w->size + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;

	if (begin < head->size || begin >= head->tail || length > head->tail - begin)
		return ENOSPC;
	char *to = (char *)(uintptr_t)segment_at(&this_host.segment, begin);
	if (mprotect(to, length, PROT_READ | PROT_WRITE) != 0)
		return errno;
	int error = madvise(to, length, POPULATE_WRITE) != 0 ? errno : 0;
	if (!error)
		memcpy(to, w->bytes, w->size);
	mprotect(to, length, PROT_READ);
	*at = begin;
	return error;
}

static int publish(const struct work *w)
{
	struct segment_page *p = this_host.segment.page;
	uint64_t mine = writer_take(), at = 0;

	if (!mine)
		return EBUSY;
	int error = put_image(w, &at);
	if (!error && (image_generation_now() != w->former->generation || !writer_holds(mine)))
		error = EBUSY;
	if (!error) {
		atomic_store(&p->allocated, at + w->size);
		segment_publish(p, (uint64_t)((const struct image *)w->bytes)->generation << 32 |
			at / SEGMENT_IMAGE_STEP);
	}
	writer_end(mine);
	return error;
}

static uint64_t count_targets(const struct config *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->route_count; i++)
		n += c->routes[i].to_count;
	return n;
}

static int make_anew(struct work *w)
{
	struct findings findings;

	if (count_targets(&w->rules.config) > TARGETS_MAX)
		return EFBIG;
	int error = config_load_again(&w->config, w->text, strlen(w->text), &w->rules.config, &findings);
	if (!error && !is_same(&w->config, &w->rules.config)) {
		error = make_image(w);
		if (!error)
			error = publish(w);
	}
	findings_free(&findings);
	config_free(&w->config);
	return error;
}

int follow_interfaces(void)
{
	struct work w = {0};
	int error = find_former(&w);

	if (!error)
		error = make_anew(&w);
	free(w.bytes);
	free(w.room);
	return error;
}
