/* SPDX-License-Identifier: MIT */
/* What is mapped is opened as the process itself would find it (/proc/PID/root): a plain file alone, without
 * waiting, as the mapping may be of anything. Modules that were loaded later are there, too. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own_tls.h"
#include "seen.h"

#define OBJECTS_MAX 4096 /* of a host that are looked at */

struct process {
	int pid;
	char program[PATH_MAX]; /* as maps have it */
	bool has_library;
};

/* Whether it is new. */
static bool note(struct seen_objects *known, uint64_t device, uint64_t inode)
{
	for (size_t i = known->count; i > 0; i--)
		if (known->items[i - 1].inode == inode && known->items[i - 1].device == device)
			return false;
	if (known->count == OBJECTS_MAX)
		return false;
	if ((known->count & (known->count - 1)) == 0) {
		void *more = realloc(known->items, (known->count ? known->count * 2 : 1) * sizeof(*known->items));
		if (!more)
			return false;
		known->items = more;
	}
	known->items[known->count++] = (struct seen_object){device, inode};
	return true;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_shared(struct seen_facts *f, const char *name)
{
	size_t n = strlen(f->shared);

	if (!strstr(f->shared, name))
		snprintf(f->shared + n, sizeof(f->shared) - n, "%s%s", n ? ", " : "", name);
}

static void look(struct seen_facts *f, const struct process *p, const char *path)
{
	char real[PATH_MAX + 32];
	const char *name = NULL;
	struct stat st;

	if ((size_t)snprintf(real, sizeof(real), "/proc/%d/root%s", p->pid, path) >= sizeof(real) ||
		stat(real, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	switch (own_tls_look(real, strcmp(path, p->program) == 0, &name)) {
	case OWN_TLS_NONE: break;
	case OWN_TLS_SHARED: add_shared(f, name); break;
	case OWN_TLS_MUTE: f->mute = name; break;
	case OWN_TLS_INSIDE:
		if (!f->inside[0])
			snprintf(f->inside, sizeof(f->inside), "%.100s (%s)", base_of(path), name);
	}
}

/* A line of maps, of which only mappings of code count. */
static void take(struct seen_facts *f, struct seen_objects *known, struct process *p, char *line)
{
	static const char gone[] = " (deleted)";
	unsigned major, minor;
	uint64_t inode;
	char mode[5];
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%*x-%*x %4s %*x %x:%x %" SCNu64 " %n", mode, &major, &minor, &inode, &at) < 4 || !at ||
		line[at] != '/' || mode[2] != 'x')
		return;
	char *path = line + at;
	size_t n = strlen(path);
	bool deleted = n > sizeof(gone) - 1 && strcmp(path + n - (sizeof(gone) - 1), gone) == 0;
	if (deleted)
		path[n - (sizeof(gone) - 1)] = 0;
	const char *base = base_of(path);
	if (strcmp(base, "libbond-tls.so") == 0)
		p->has_library = true;
	else if (strcmp(base, "libbond.so") != 0 && !deleted && note(known, (uint64_t)major << 32 | minor, inode))
		look(f, p, path);
}

bool seen_add_process(struct seen_facts *f, struct seen_objects *known, int pid)
{
	struct process p = {.pid = pid};
	char path[40], *line = NULL;
	size_t room = 0, lines = 0;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	ssize_t n = readlink(path, p.program, sizeof(p.program) - 1);
	p.program[n > 0 ? n : 0] = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	if (!maps)
		return false;
	for (; getline(&line, &room, maps) > 0; lines++)
		take(f, known, &p, line);
	free(line);
	fclose(maps);
	f->processes += lines != 0;
	f->with_library += p.has_library;
	return lines != 0;
}
