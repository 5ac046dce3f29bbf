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

#include "base/path.h"
#include "rooted.h"
#include "unit_words.h"

#define DROP_INS_MAX 256
#define ALIASES_MAX 8
#define SUFFIX ".service"

/* As systemd looks at them; those of generators have what is made of /etc/init.d. */
static const char *const folders[] = {"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
	"/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system",
	"/run/systemd/system.attached", "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system", "/run/systemd/generator.late"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static char *trim(char *s)
{
	s += strspn(s, " \t\r\n");
	for (size_t n = strlen(s); n && strchr(" \t\r\n", s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

static int add(struct unit *u, char *line, const char *file)
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
	*s = (struct unit_setting){.key = strdup(trim(line)), .raw = strdup(trim(sign + 1)), .file = strdup(file)};
	s->value = s->raw ? unit_expand(u->name, s->raw) : NULL;
	return s->key && s->value && s->file ? 0 : ENOMEM;
}

/* A line that ends in a backslash goes on in the next that is no comment. */
static int read_file(struct unit *u, const char *path)
{
	char real[PATH_MAX];
	FILE *in = rooted_path(u->root, path, real) ? fopen(real, "re") : NULL;
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
			error = add(u, all, path);
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

static void list(struct drop_ins *d, const char *root, const char *folder, const char *but)
{
	char real[PATH_MAX];
	DIR *dir = rooted_path(root, folder, real) ? opendir(real) : NULL;
	const struct dirent *e;

	while (dir && d->count < DROP_INS_MAX && (e = readdir(dir))) {
		bool known = !is_drop_in(e->d_name) || (but && strcmp(e->d_name, but) == 0);
		for (size_t i = 0; i < d->count; i++)
			known = known || strcmp(path_base(d->paths[i]), e->d_name) == 0;
		if (!known && asprintf(&d->paths[d->count], "%s/%s", folder, e->d_name) >= 0)
			d->count++;
	}
	if (dir)
		closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(path_base(*(char *const *)a), path_base(*(char *const *)b));
}

static void list_of(struct drop_ins *d, const struct unit *u, const char *name, const char *but)
{
	char folder[PATH_MAX];

	for (size_t i = 0; i < FOLDERS; i++)
		if (snprintf(folder, sizeof(folder), "%s/%s.d", folders[i], name) < PATH_MAX)
			list(d, u->root, folder, but);
}

/* Those of its names, of a-b@c.service those of a-@c.service, a-@.service and a-.service, and last those of all. */
static int read_drop_ins(struct unit *u, const char *family, const char *but)
{
	static struct drop_ins d;
	char prefix[sizeof(u->name) * 2];
	int error = 0;

	d.count = 0;
	list_of(&d, u, u->name, but);
	if (*u->alias)
		list_of(&d, u, u->alias, but);
	if (strcmp(family, u->name) != 0)
		list_of(&d, u, family, but);
	const char *instance = strchr(u->name, '@'), *const ends[] = {instance, instance ? "@" SUFFIX : NULL, SUFFIX};
	for (size_t n = strcspn(u->name, "@."); n; n--)
		for (size_t i = 0; u->name[n - 1] == '-' && i < sizeof(ends) / sizeof(ends[0]); i++)
			if (ends[i]) {
				snprintf(prefix, sizeof(prefix), "%.*s%s", (int)n, u->name, ends[i]);
				if (strcmp(prefix, u->name) != 0 && strcmp(prefix, family) != 0)
					list_of(&d, u, prefix, NULL);
			}
	list_of(&d, u, "service", NULL);
	qsort(d.paths, d.count, sizeof(d.paths[0]), by_name);
	for (size_t i = 0; i < d.count; i++) {
		int failed = read_file(u, d.paths[i]);
		error = error ? error : failed == ENOENT ? 0 : failed;
		free(d.paths[i]);
	}
	return error;
}

/* Whether a path, without links, is in a folder of units. */
static bool is_in_folders(const struct unit *u, const char *path)
{
	char real[PATH_MAX];
	size_t n = (size_t)(path_base(path) - path) - 1;

	for (size_t i = 0; i < FOLDERS; i++)
		if (rooted_real(u->root, folders[i], real) && strlen(real) == n && memcmp(real, path, n) == 0)
			return true;
	return false;
}

/* The file of a unit, or of the template of an instance. to: what the name is an alias of, "" = of none. */
static int find(struct unit *u, const char *file, char to[sizeof(u->name)])
{
	struct stat st;
	char real[PATH_MAX];

	*to = 0;
	for (size_t i = 0; i < FOLDERS; i++) {
		if (snprintf(u->path, sizeof(u->path), "%s/%s", folders[i], file) >= PATH_MAX ||
			!rooted_real(u->root, u->path, real))
			continue;
		if (strcmp(real + strlen(u->root), "/dev/null") == 0)
			return ECANCELED;
		if (stat(real, &st) != 0)
			continue;
		const char *name = path_base(real);
		if (S_ISREG(st.st_mode) && strcmp(name, file) != 0 && strlen(name) < sizeof(u->name) && is_in_folders(u, real))
			strcpy(to, name);
		return S_ISREG(st.st_mode) && st.st_size ? 0 : ECANCELED;
	}
	*u->path = 0;
	return ENOENT;
}

/* kamailio@outer.service is of kamailio@.service. */
static void name_family(const struct unit *u, char family[sizeof(u->name)])
{
	strcpy(family, u->name);
	char *at = strchr(family, '@');
	if (at)
		strcpy(at + 1, SUFFIX);
}

int unit_read(struct unit *u, const char *root, const char *name, const char *but)
{
	char family[sizeof(u->name)], to[sizeof(u->name)];
	size_t n = strlen(name);
	bool whole = n > sizeof(SUFFIX) - 1 && strcmp(name + n - (sizeof(SUFFIX) - 1), SUFFIX) == 0;
	int length, error;

	*u = (struct unit){.root = root};
	if (!n || *name == '.' || strpbrk(name, "/ \t\n%\"'"))
		return EINVAL;
	length = snprintf(u->name, sizeof(u->name), "%s%s", name, whole ? "" : SUFFIX);
	if (length < 0 || (size_t)length >= sizeof(u->name))
		return EINVAL;
	for (int i = 0; i < ALIASES_MAX; i++) {
		name_family(u, family);
		error = find(u, u->name, to);
		if (error == ENOENT && strcmp(family, u->name) != 0)
			error = find(u, family, to);
		/* the link of an instance to its template is no other name */
		if (error || !*to || strcmp(to, family) == 0)
			break;
		if (!*u->alias)
			strcpy(u->alias, u->name);
		const char *instance = strchr(u->name, '@'), *at = strchr(to, '@');
		if (instance && at && strcmp(at + 1, SUFFIX) == 0)
			snprintf(u->name, sizeof(u->name), "%.*s%s", (int)(at - to), to, instance);
		else
			strcpy(u->name, to);
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
		free(u->settings[i].raw);
		free(u->settings[i].file);
	}
	free(u->settings);
	u->settings = NULL;
	u->count = 0;
}

const struct unit_setting *unit_setting(const struct unit *u, const char *key, size_t n)
{
	size_t first = 0;

	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->settings[i].key, key) == 0 && !*u->settings[i].value)
			first = i + 1;
	for (size_t i = first; i < u->count; i++)
		if (strcmp(u->settings[i].key, key) == 0 && n-- == 0)
			return &u->settings[i];
	return NULL;
}

const char *unit_value(const struct unit *u, const char *key, size_t n)
{
	const struct unit_setting *s = unit_setting(u, key, n);
	return s ? s->value : NULL;
}

bool unit_names(const struct unit *u, const char *key)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->settings[i].key, key) == 0)
			return true;
	return false;
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

bool unit_lists(const struct unit *u, const char *key, const char *word)
{
	char found[PATH_MAX];
	const char *v;

	for (size_t n = 0; (v = unit_value(u, key, n)); n++)
		while (unit_word(&v, found, sizeof(found)))
			if (strcmp(found, word) == 0)
				return true;
	return false;
}
