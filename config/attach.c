/* SPDX-License-Identifier: MIT */
/* Called by whoever reads an INI; descriptors by bare calls, as in text.c. */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "attached.h"
#include "base/raw.h"
#include "lines.h"
#include "text.h"

#define TEXT_MAX (1 << 28) /* bytes, of an INI and its lists */
#define HEAD_MAX 100       /* of what a head adds to a name */

bool attach_path(const char *folder, const char *name, size_t name_n, char path[PATH_MAX])
{
	bool bare = name_n && name[0] == '/';
	int n;

	bare = bare || !*folder || strcmp(folder, ".") == 0;
	n = bare ? snprintf(path, PATH_MAX, "%.*s", (int)name_n, name)
		 : snprintf(path, PATH_MAX, "%s/%.*s", strcmp(folder, "/") == 0 ? "" : folder, (int)name_n, name);
	return n >= 0 && n < PATH_MAX;
}

void attach_folder(const char *file, char folder[PATH_MAX])
{
	char *slash;

	/* what is written on a command line names lists by whole paths */
	if (!realpath(file, folder) || !(slash = strrchr(folder, '/')))
		strcpy(folder, ".");
	else
		slash[slash == folder] = 0;
}

int attach_open(const struct attach *how, const char *name)
{
	char path[PATH_MAX];

	if (!attach_path(how->folder, name, strlen(name), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = (int)raw_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

/* The names of all lists, each once. */
static int find_names(const char *text, size_t n, struct list_names *names)
{
	struct config c = {0};
	struct findings f = {0};
	struct lines l = {.b = {.c = &c, .f = &f, .text = text, .size = attached_begin(text, n), .wanted = names}};

	if (!n || !memchr(text, '@', n))
		return 0;
	lines_read(&l);
	int error = l.b.no_memory ? ENOMEM : 0;
	free(l.b.lines);
	findings_free(&f);
	config_free(&c);
	return error;
}

static void free_names(struct list_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

/* The open list, or -1: *error says why. head: what stands behind that in its head. */
static int open_list(const struct attach *how, const char *name, int *error, char *head, size_t room)
{
	struct stat st = {0};
	int fd = how->open(how, name);

	*error = fd < 0 ? errno : fstat(fd, &st) != 0 ? errno : 0;
	if (!*error && !S_ISREG(st.st_mode))
		*error = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	snprintf(head, room, " %llx %llx %llx %s", (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
		(unsigned long long)st.st_mtim.tv_sec * 1000000000 + (unsigned long long)st.st_mtim.tv_nsec, name);
	if (*error && fd >= 0)
		raw_close(fd);
	return *error ? -1 : fd;
}

static int append(char **text, size_t *n, int error, const char *head, const char *list, size_t list_n)
{
	size_t room = HEAD_MAX + strlen(head) + list_n;
	char *more = realloc(*text, *n + room);

	if (!more)
		return ENOMEM;
	*text = more;
	/* the line before may have no end; here it is an empty one */
	*n += (size_t)snprintf(more + *n, room, "\n%c%d%s\n", ATTACHED_SIGN, error, head);
	if (list_n)
		memcpy(more + *n, list, list_n);
	*n += list_n;
	return 0;
}

static int attach_one(char **text, size_t *n, const struct attach *how, const char *name)
{
	char head[PATH_MAX + HEAD_MAX], *list = NULL;
	size_t list_n = 0;
	int error, fd = open_list(how, name, &error, head, sizeof(head));

	if (fd >= 0) {
		error = text_read_open(fd, &list, &list_n);
		raw_close(fd);
		if (!error && attached_begin(list, list_n) != list_n)
			error = EILSEQ;
		if (!error && list_n > TEXT_MAX - *n)
			error = EFBIG;
	}
	if (error != ENOMEM)
		error = append(text, n, error, head, list, error ? 0 : list_n);
	free(list);
	return error;
}

int attach_lists(char **text, size_t *n, const struct attach *how)
{
	struct list_names names = {0};
	int error = find_names(*text, *n, &names);

	for (size_t i = 0; i < names.count && !error; i++)
		error = attach_one(text, n, how, names.items[i]);
	free_names(&names);
	return error;
}

uint64_t attach_stamp(const char *text, size_t n, const struct attach *how)
{
	struct list_names names = {0};
	uint64_t stamp = 0;

	if (find_names(text, n, &names) == 0)
		for (size_t i = 0; i < names.count; i++) {
			char rest[PATH_MAX + HEAD_MAX], head[PATH_MAX + 2 * HEAD_MAX];
			int error, fd = open_list(how, names.items[i], &error, rest, sizeof(rest));
			if (fd >= 0)
				raw_close(fd);
			int n_head = snprintf(head, sizeof(head), "%d%s", error, rest);
			stamp = attached_stamp_add(stamp, head, (size_t)n_head);
		}
	free_names(&names);
	return stamp;
}
