/* SPDX-License-Identifier: MIT */
/* Of which INI an image was made, and when: written right behind the image, so that one word publishes
 * both, and both go together. The host and bondctl read and write it.
 *
 *	image, image->size bytes | to a multiple of SOURCE_ALIGN | struct source | path, NUL | text, NUL */
#ifndef BOND_SEGMENT_SOURCE_H
#define BOND_SEGMENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_MAGIC 0x63727573u /* "surc" */
#define SOURCE_ALIGN 64
#define SOURCE_PATH_MAX 4096
#define SOURCE_TEXT_MAX (1u << 20) /* of a longer INI the text is not kept */

struct source {
	uint32_t magic;
	uint32_t generation; /* of the image */
	uint64_t published;  /* when, see segment_now() */
	uint64_t inode, size, changed; /* of the INI, see struct segment_ini; */
	uint64_t lists;      /* and of the lists that it names: attached_stamp() */
	uint64_t former;     /* where in the file the image before it begins, 0 = there was none */
	uint32_t path_size;  /* with their NULs; */
	uint32_t text_size;  /* 0 = it is not kept */
};

/* Where it begins behind an image of that size. */
static inline size_t source_at(size_t image_size)
{
	return (image_size + SOURCE_ALIGN - 1) / SOURCE_ALIGN * SOURCE_ALIGN;
}

/* Bytes of all of it, with its texts. */
static inline size_t source_size(const struct source *s)
{
	return sizeof(*s) + s->path_size + s->text_size;
}

/* Puts s behind the image of image_size bytes in *bytes, memory of malloc() that may move; sizes of texts and
 * magic are set here. A path that is too long or a text of more than SOURCE_TEXT_MAX, or NULL, is none.
 * Secrets in the text should be blanked: source_blank(). 0, with all bytes in *total, or ENOMEM. */
int source_append(void **bytes, size_t image_size, const struct source *s, const char *path,
	const char *text, size_t text_n, size_t *total);

/* Whether `size` readable bytes, which anybody may have written, begin with one; then *path and *text point
 * to its texts, which end. *text is NULL where it is not kept. */
bool source_check(const void *bytes, size_t size, const char **path, const char **text);

/* Blanks the secrets of an INI's text in place: every value of `secret`, whatever it is written like. What
 * is left has the same lines, and means the same but for the secrets. */
void source_blank(char *text, size_t n);

#endif
