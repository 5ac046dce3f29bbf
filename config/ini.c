/* SPDX-License-Identifier: MIT */
/* The load as a whole: the file's text, its lines, what can be told only at the end, and what is
 * kept of a file with errors. Called once, by the constructor or a tool. */
#include "ini.h"

#include <errno.h>
#include <stdlib.h>

#include "attach.h"
#include "attached.h"
#include "lines.h"
#include "text.h"

/* What looked like a list and is named by no route is a byte of the INI. */
static void check_attached(struct build *b)
{
	uint32_t line = 1;
	for (size_t i = 0; i < b->size; i++)
		line += b->text[i] == '\n';
	if (b->f->error_count == 0 && attached_count(b->attached, b->attached_n) != b->c->list_count)
		build_say(b, FINDING_ERROR, (struct place){.line = line, .column = 1}, 1,
			"a control character (0x%02x): remove it", ATTACHED_SIGN);
}

static int parse(struct lines *l)
{
	struct build *b = &l->b;
	lines_read(l);
	if (b->attached_n)
		check_attached(b);
	finish_load(b);
	reach_check(b);
	findings_sort(b->f);
	if (b->no_memory || (b->f->error_count == 0 && config_index(b->c)))
		return ENOMEM;
	return b->f->error_count ? EINVAL : 0;
}

/* A file of nothing was cut, or is not the one that was meant. */
static bool is_empty(const struct build *b)
{
	size_t i = b->size >= 3 && memcmp(b->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (i < b->size && strchr(" \t\r\n", b->text[i]) && b->text[i])
		i++;
	return i == b->size;
}

static void keep_programs(struct config *c)
{
	*c = (struct config){.file = c->file,
		.programs = c->programs,
		.program_count = c->program_count,
		.blocks = c->blocks};
}

/* Reads no more than which programs are named; true: acts() says that this is none of them. */
static bool is_for_others(struct lines *whole, const char *file)
{
	struct findings f = {0};
	struct lines l = {.b = whole->b};
	struct config *c = l.b.c;
	if (!memmem(l.b.text, l.b.size, "program", strlen("program")))
		return false;
	l.b.f = &f;
	l.b.programs_only = true;
	c->file = config_strdup(c, text_name(file), strlen(text_name(file)));
	lines_read(&l);
	bool others = c->file && !l.b.no_memory && !l.keys.doubt && !l.b.acts(c);
	findings_free(&f);
	free(l.b.lines);
	if (others)
		keep_programs(c);
	else
		config_free(c);
	return others;
}

static int load_text(struct lines *l, const char *file)
{
	struct build *b = &l->b;
	struct config *c = b->c;
	*b->f = (struct findings){0};
	*c = (struct config){.dns_timeout = 5};
	size_t whole = b->size;
	b->size = attached_begin(b->text, whole);
	b->attached = b->text + b->size;
	b->attached_n = whole - b->size;
	expand_start(&b->expand);
	c->file = config_strdup(c, text_name(file), strlen(text_name(file)));
	if (is_empty(b))
		build_say(b, FINDING_ERROR, (struct place){0}, 0,
			"this file is empty: restore it, or write its bonds and routes");
	int error = c->file ? parse(l) : ENOMEM;
	if (error == ENOMEM)
		build_say(b, FINDING_ERROR, (struct place){0}, 0, "out of memory");
	expand_end(&b->expand);
	free(b->lines);
	free(b->references);
	if (error == EINVAL && !l->keys.doubt)
		keep_programs(c);
	else if (error)
		config_free(c);
	return error;
}

int config_load_text(
	struct config *c, const char *file, const char *text, size_t n, struct findings *f)
{
	struct lines l = {.b = {.c = c, .f = f, .text = text, .size = n}};
	return load_text(&l, file);
}

int config_load_again(struct config *c, const char *text, size_t n, const struct config *former,
	struct findings *f)
{
	struct lines l = {.b = {.c = c, .f = f, .text = text, .size = n, .former = former}};
	return load_text(&l, former->file);
}

/* error: of reading the text, which is freed here. */
static int load_read(struct config *c, const char *file, char *text, size_t n, int error,
	const struct attach *how, bool (*acts)(const struct config *c), struct findings *f)
{
	struct lines l = {.b = {.c = c, .f = f, .text = text, .size = n, .acts = acts}};
	*c = (struct config){0};
	*f = (struct findings){0};
	if (error) {
		build_say(&l.b, FINDING_ERROR, (struct place){0}, 0, "cannot read this file: %s",
			error == ETIMEDOUT ? "it is a pipe into which nobody writes" : strerror(error));
	} else if (acts && is_for_others(&l, file)) {
		error = ECANCELED;
	} else if ((error = attach_lists(&text, &n, how)) != 0) {
		build_say(&l.b, FINDING_ERROR, (struct place){0}, 0, "out of memory");
	} else {
		l.b.text = text;
		l.b.size = n;
		l.b.folder = how->shown;
		error = load_text(&l, file);
	}
	free(text);
	return error;
}

/* Nothing is asked where the text names no list. */
static void find_folder(const char *file, size_t n, const char *text, char folder[PATH_MAX])
{
	folder[0] = 0;
	if (n && memchr(text, '@', n))
		attach_folder(file, folder);
}

int config_load(struct config *c, const char *file, struct findings *f)
{
	return config_load_host(c, file, NULL, f);
}

int config_load_host(struct config *c, const char *file, bool (*acts)(const struct config *c),
	struct findings *f)
{
	char *text, folder[PATH_MAX];
	size_t n;
	int error = text_read(file, &text, &n);
	find_folder(file, error ? 0 : n, text, folder);
	return load_read(c, file, text, n, error, &(struct attach){.open = attach_open, .folder = folder}, acts, f);
}

int config_load_beside(struct config *c, const char *file, const char *folder, struct findings *f)
{
	char *text;
	size_t n;
	int error = text_read(file, &text, &n);
	return load_read(c, file, text, n, error, &(struct attach){.open = attach_open, .folder = folder, .shown = folder}, NULL, f);
}

int config_load_open(struct config *c, const char *file, int fd, const struct attach *how, struct findings *f)
{
	char *text;
	size_t n;
	int error = text_read_open(fd, &text, &n);
	return load_read(c, file, text, n, error, how, NULL, f);
}

int config_read(const char *file, char **text, size_t *n)
{
	char folder[PATH_MAX];
	int error = text_read(file, text, n);
	find_folder(file, error ? 0 : *n, *text, folder);
	return error ? error : attach_lists(text, n, &(struct attach){.open = attach_open, .folder = folder});
}
