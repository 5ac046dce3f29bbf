/* SPDX-License-Identifier: MIT */
/* As OpenSIPS does it: by lines, before anything is read, also in a comment. A relative name is one of the working
 * directory, else of the folder of the file that has it. */
#include "opensips_include.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "config/text.h"
#include "opensips_text.h"

/* Files that include others twice become many. */
#define WHOLE_MAX (64u << 20) /* bytes */
#define PARTS_MAX 16384
#define DEPTH_MAX 64

struct whole {
	struct opensips *o;
	char *text;
	size_t n, room;
	uint32_t lines; /* that are there */
	bool full;      /* it was told that no more is read */
};

/* A file, and those that include it. */
struct level {
	const char *file;
	struct stat st;
	const struct level *outer; /* NULL = none */
	unsigned depth;
};

static void add(struct whole *w, const char *s, size_t n)
{
	if (w->o->no_memory)
		return;
	if (w->n + n > w->room) {
		size_t room = (w->n + n) * 2;
		char *more = realloc(w->text, room);
		if (!more) {
			w->o->no_memory = true;
			return;
		}
		w->text = more;
		w->room = room;
	}
	memcpy(w->text + w->n, s, n);
	w->n += n;
}

/* What comes next is this line of that file. */
static void begin_part(struct whole *w, const char *file, uint32_t line)
{
	struct opensips_part *p = opensips_grow(w->o, &w->o->parts, &w->o->part_count, sizeof(*p));

	if (!p)
		return;
	p->first = w->lines + 1;
	p->line = line;
	p->file = strdup(file);
	w->o->no_memory = w->o->no_memory || !p->file;
}

/* The name in a line that includes a file. */
static bool names_file(const char *s, size_t n, char name[PATH_MAX])
{
	static const char *const words[] = {"include_file", "import_file"};
	const char *end = s + n, *close;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	for (size_t i = 0; i < 2; i++) {
		size_t length = strlen(words[i]);
		if ((size_t)(end - s) <= length || memcmp(s, words[i], length) != 0)
			continue;
		s += length;
		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
		if (end - s < 3 || (*s != '"' && *s != '\''))
			return false;
		close = memchr(s + 1, *s, (size_t)(end - s - 1));
		if (!close || close == s + 1 || close - s > PATH_MAX)
			return false;
		memcpy(name, s + 1, (size_t)(close - s - 1));
		name[close - s - 1] = '\0';
		return true;
	}
	return false;
}

static void find(const char *name, const char *from, char path[PATH_MAX])
{
	struct stat st;
	size_t folder = (size_t)(path_base(from) - from);

	if (*name == '/' || stat(name, &st) == 0 || folder + strlen(name) >= PATH_MAX)
		folder = 0;
	snprintf(path, PATH_MAX, "%.*s%s", (int)folder, from, name);
}

/* What keeps the file from being read, NULL = nothing. */
static const char *fault(struct whole *w, struct level *of)
{
	if (stat(of->file, &of->st) != 0)
		return strerror(errno);
	if (!S_ISREG(of->st.st_mode))
		return "it is no plain file";
	for (const struct level *l = of->outer; l; l = l->outer)
		if (l->st.st_dev == of->st.st_dev && l->st.st_ino == of->st.st_ino)
			return "it includes itself";
	if (of->depth > DEPTH_MAX)
		return "too many files include each other";
	w->full = w->n + (size_t)of->st.st_size > WHOLE_MAX || w->o->part_count > PARTS_MAX;
	return w->full ? "there is too much in all, and no more is read" : NULL;
}

static void take(struct whole *w, const struct level *of, const char *text, size_t n);

/* Its line is left out, whatever becomes of it. */
static void take_file(struct whole *w, const char *name, const struct level *outer)
{
	char path[PATH_MAX], *text = NULL;
	struct level inner = {.file = path, .outer = outer, .depth = outer->depth + 1};
	size_t n;

	if (w->full)
		return;
	find(name, outer->file, path);
	const char *why = fault(w, &inner);
	int error = why ? 0 : text_read(path, &text, &n);
	if (error)
		why = strerror(error);
	if (why)
		opensips_complain(w->o, w->lines + 1, "%s, which is included, is not read: %s", name, why);
	else
		take(w, &inner, text, n);
	free(text);
}

static void take(struct whole *w, const struct level *of, const char *text, size_t n)
{
	const char *end = text + n, *next;
	char name[PATH_MAX];
	uint32_t line = 1;

	begin_part(w, of->file, line);
	for (; text < end && !w->o->no_memory; text = next, line++) {
		const char *last = memchr(text, '\n', (size_t)(end - text));
		next = last ? last + 1 : end;
		if (names_file(text, (size_t)(next - text), name)) {
			take_file(w, name, of);
			begin_part(w, of->file, line + 1);
			continue;
		}
		add(w, text, (size_t)(next - text));
		if (!last)
			add(w, "\n", 1);
		w->lines++;
	}
}

void opensips_include(struct opensips *o, char **text, size_t *n)
{
	struct whole w = {.o = o};
	struct level main = {.file = o->file};

	if (stat(o->file, &main.st) != 0)
		main.st = (struct stat){0};
	take(&w, &main, *text, *n);
	add(&w, "", 1);
	if (o->no_memory) {
		free(w.text);
		return;
	}
	free(*text);
	*text = w.text;
	*n = w.n - 1;
}

void opensips_print_line(const struct opensips *o, FILE *out, uint32_t line)
{
	const char *file = opensips_place(o, &line);

	fprintf(out, "line %u", line);
	if (strcmp(file, o->file) == 0)
		return;
	fputs(" of ", out);
	opensips_print(out, file);
}
