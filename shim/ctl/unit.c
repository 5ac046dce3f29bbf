/* SPDX-License-Identifier: MIT */
/* By systemd.unit(5): of two drop-ins of one name that in the first folder counts, and all are read by their names. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define DROP_INS_MAX 256

static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static char *trim(char *s)
{
	s += strspn(s, " \t\r\n");
	for (size_t n = strlen(s); n && strchr(" \t\r\n", s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

static int add(struct unit *u, char *line)
{
	char *sign = strchr(line, '=');
	if (!sign)
		return 0;
	*sign = 0;
	struct unit_setting *more = realloc(u->settings, (u->count + 1) * sizeof(*more));
	if (!more)
		return ENOMEM;
	u->settings = more;
	struct unit_setting *s = &more[u->count++];
	s->key = strdup(trim(line));
	s->value = strdup(trim(sign + 1));
	return s->key && s->value ? 0 : ENOMEM;
}

/* A line that ends in a backslash goes on in the next that is no comment. */
static int read_file(struct unit *u, const char *path)
{
	FILE *in = fopen(path, "re");
	if (!in)
		return errno;
	char *line = NULL, *all = NULL;
	size_t room = 0, n = 0;
	bool service = false;
	int error = 0;

	while (!error && getline(&line, &room, in) >= 0) {
		char *s = trim(line);
		if (*s == '#' || *s == ';')
			continue;
		size_t length = strlen(s);
		bool goes_on = length && s[length - 1] == '\\';
		if (goes_on)
			s[length - 1] = ' ';
		char *more = realloc(all, n + length + 1);
		if (!more) {
			error = ENOMEM;
			break;
		}
		all = more;
		memcpy(all + n, s, length + 1);
		n += length;
		if (goes_on)
			continue;
		if (*all == '[')
			service = strcmp(all, "[Service]") == 0;
		else if (service)
			error = add(u, all);
		n = 0;
	}
	free(all);
	free(line);
	fclose(in);
	return error;
}

static bool is_drop_in(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && *name != '.' && strcmp(name + n - 5, ".conf") == 0;
}

struct drop_ins {
	char *paths[DROP_INS_MAX];
	size_t count;
};

static const char *base(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void list(struct drop_ins *d, const char *folder, const char *but)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && d->count < DROP_INS_MAX && (e = readdir(dir))) {
		bool known = !is_drop_in(e->d_name) || (but && strcmp(e->d_name, but) == 0);
		for (size_t i = 0; i < d->count; i++)
			known = known || strcmp(base(d->paths[i]), e->d_name) == 0;
		if (!known && asprintf(&d->paths[d->count], "%s/%s", folder, e->d_name) >= 0)
			d->count++;
	}
	if (dir)
		closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(base(*(char *const *)a), base(*(char *const *)b));
}

static int read_drop_ins(struct unit *u, const char *family, const char *but)
{
	static struct drop_ins d;
	char folder[PATH_MAX];
	int error = 0;

	d.count = 0;
	for (size_t i = 0; i < FOLDERS; i++)
		for (int own = 1; own >= 0; own--) {
			if (!own && strcmp(family, u->name) == 0)
				continue;
			if (snprintf(folder, sizeof(folder), "%s%s/%s.d", u->root, folders[i], own ? u->name : family) < PATH_MAX)
				list(&d, folder, own ? but : NULL);
		}
	qsort(d.paths, d.count, sizeof(d.paths[0]), by_name);
	for (size_t i = 0; i < d.count; i++) {
		int failed = read_file(u, d.paths[i]);
		error = error ? error : failed == ENOENT ? 0 : failed;
		free(d.paths[i]);
	}
	return error;
}

/* The file of a unit, or of the template of an instance. */
static int find(struct unit *u, const char *file)
{
	struct stat st;

	for (size_t i = 0; i < FOLDERS; i++) {
		if (snprintf(u->path, sizeof(u->path), "%s%s/%s", u->root, folders[i], file) >= PATH_MAX ||
			stat(u->path, &st) != 0)
			continue;
		return S_ISREG(st.st_mode) && st.st_size ? 0 : ECANCELED;
	}
	*u->path = 0;
	return ENOENT;
}

int unit_read(struct unit *u, const char *root, const char *name, const char *but)
{
	static const char suffix[] = ".service";
	char family[sizeof(u->name)];
	size_t n = strlen(name);
	bool whole = n > sizeof(suffix) - 1 && strcmp(name + n - (sizeof(suffix) - 1), suffix) == 0;
	int length;

	*u = (struct unit){.root = root};
	if (!n || *name == '.' || strpbrk(name, "/ \t\n%\"'"))
		return EINVAL;
	length = snprintf(u->name, sizeof(u->name), "%s%s", name, whole ? "" : suffix);
	if (length < 0 || (size_t)length >= sizeof(u->name))
		return EINVAL;
	memcpy(family, u->name, sizeof(family));
	int error = find(u, u->name);
	char *at = strchr(family, '@');
	if (at) {
		strcpy(at + 1, suffix); /* kamailio@outer.service is of kamailio@.service */
		if (error == ENOENT)
			error = find(u, family);
	}
	if (!error)
		error = read_file(u, u->path);
	return error ? error : read_drop_ins(u, family, but);
}

void unit_free(struct unit *u)
{
	for (size_t i = 0; i < u->count; i++) {
		free(u->settings[i].key);
		free(u->settings[i].value);
	}
	free(u->settings);
	u->settings = NULL;
	u->count = 0;
}

const char *unit_value(const struct unit *u, const char *key, size_t n)
{
	size_t first = 0;

	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->settings[i].key, key) == 0 && !*u->settings[i].value)
			first = i + 1;
	for (size_t i = first; i < u->count; i++)
		if (strcmp(u->settings[i].key, key) == 0 && n-- == 0)
			return u->settings[i].value;
	return NULL;
}

const char *unit_last(const struct unit *u, const char *key)
{
	const char *last = NULL, *v;

	for (size_t n = 0; (v = unit_value(u, key, n)); n++)
		last = v;
	return last;
}

bool unit_is_on(const struct unit *u, const char *key)
{
	static const char *const off[] = {"no", "false", "off", "0", "n", "f"};
	const char *v = unit_last(u, key);

	for (size_t i = 0; v && i < sizeof(off) / sizeof(off[0]); i++)
		if (strcasecmp(v, off[i]) == 0)
			return false;
	return v;
}

bool unit_word(const char **s, char *word, size_t size)
{
	size_t n = 0;
	char quote = 0;
	const char *p = *s + strspn(*s, " \t");

	if (!*p)
		return false;
	for (; *p && (quote || !strchr(" \t", *p)); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? 0 : *p;
			continue;
		}
		if (*p == '\\' && p[1])
			p++;
		if (n + 1 < size)
			word[n++] = *p;
	}
	word[n] = 0;
	*s = p;
	return true;
}
