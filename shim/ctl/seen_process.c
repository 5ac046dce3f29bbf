/* SPDX-License-Identifier: MIT */
/* What is mapped is opened without waiting, and if it is a plain file, as the mapping may be of anything. Modules
 * that were loaded later are there, too. A host may have changed its root, or its files been replaced. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "own_tls.h"
#include "seen.h"

#define OBJECTS_MAX 4096 /* of a host that are looked at */
#define ROOM (PATH_MAX + 32)

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

static void add_shared(struct seen_facts *f, const char *name)
{
	size_t n = strlen(f->shared);

	if (!strstr(f->shared, name))
		snprintf(f->shared + n, sizeof(f->shared) - n, "%s%s", n ? ", " : "", name);
}

/* One mapping of code. */
struct mapping {
	uint64_t from, to, device, inode;
	char *path; /* as maps have it, without what is said of a file that has gone */
	bool gone, program;
};

static bool is_plain(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* By what it is opened: what is mapped itself, for root alone; else what is there now by that name. */
static bool find(const struct process *p, const struct mapping *m, char real[ROOM])
{
	snprintf(real, ROOM, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, p->pid, m->from, m->to);
	if (is_plain(real))
		return true;
	if (m->gone)
		return false;
	if ((size_t)snprintf(real, ROOM, "/proc/%d/root%s", p->pid, m->path) < ROOM && is_plain(real))
		return true;
	return (size_t)snprintf(real, ROOM, "%s", m->path) < ROOM && is_plain(real);
}

static void look(struct seen_facts *f, const struct process *p, const struct mapping *m)
{
	char real[ROOM];
	const char *name = NULL;

	if (!find(p, m, real)) {
		f->unread++;
		return;
	}
	switch (own_tls_look(real, m->program, &name)) {
	case OWN_TLS_NONE: break;
	case OWN_TLS_SHARED: add_shared(f, name); break;
	case OWN_TLS_MUTE: f->mute = name; break;
	case OWN_TLS_INSIDE:
		if (!f->inside[0])
			snprintf(f->inside, sizeof(f->inside), "%.100s (%s)", path_base(m->path), name);
	}
}

/* A line of maps; false: it is no mapping of a file's code. */
static bool read_line(struct mapping *m, const struct process *p, char *line)
{
	static const char gone[] = " (deleted)";
	unsigned major, minor;
	char mode[5];
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64 " %n", &m->from, &m->to, mode, &major, &minor,
		    &m->inode, &at) < 6 || !at || line[at] != '/' || mode[2] != 'x')
		return false;
	m->device = (uint64_t)major << 32 | minor;
	m->path = line + at;
	m->program = strcmp(m->path, p->program) == 0;
	size_t n = strlen(m->path);
	m->gone = n > sizeof(gone) - 1 && strcmp(m->path + n - (sizeof(gone) - 1), gone) == 0;
	if (m->gone)
		m->path[n - (sizeof(gone) - 1)] = 0;
	return true;
}

static void take(struct seen_facts *f, struct seen_objects *known, struct process *p, char *line)
{
	struct mapping m;

	if (!read_line(&m, p, line))
		return;
	const char *base = path_base(m.path);
	if (strcmp(base, "libbond-tls.so") == 0)
		p->has_library = true;
	else if (strcmp(base, "libbond.so") != 0 && note(known, m.device, m.inode))
		look(f, p, &m);
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
