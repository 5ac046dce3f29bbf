/* SPDX-License-Identifier: MIT */
/* By proportional set sizes, so that sums over processes count each page once. The kernel has no name for
 * memory that is no file: the library's own follows its file's mappings without a gap, or is what the host
 * says that it is; the caches end where the host's file begins. */
#include "status_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_image.h"
#include "rest.h"
#include "segment/area.h"

static void begin_mapping(struct smaps *m, uint64_t from, uint64_t to, const char *line, const char *path)
{
	uint64_t device, inode;
	bool follows = m->library && from == m->end;
	enum hosts_map map = hosts_read_map(line, &device, &inode);

	m->file = map == HOSTS_MAP_FILE;
	m->caches = strncmp(path, "/dev/zero", strlen("/dev/zero")) == 0 && strstr(line, " rw-s ");
	m->library = map == HOSTS_MAP_LIBRARY || (follows && (*path == 0 || m->file)) ||
		(m->to && *path == 0 && from <= m->from && m->to <= to);
	m->end = to;
}

void smaps_read_line(struct smaps *m, const char *line)
{
	uint64_t from, to, kilobytes;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*4s %*x %*x:%*x %*u %n", &from, &to, &path) == 2 && path) {
		begin_mapping(m, from, to, line, line[path] == '\n' ? "" : line + path);
		return;
	}
	if (sscanf(line, "Pss: %" SCNu64 " kB", &kilobytes) != 1)
		return;
	if (m->file || m->caches)
		m->shared += kilobytes * 1024;
	else if (m->library)
		m->own += kilobytes * 1024;
}

static bool read_smaps(struct smaps *m, pid_t pid)
{
	char path[40], *line = NULL;
	size_t room = 0;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	while (getline(&line, &room, f) > 0)
		smaps_read_line(m, line);
	free(line);
	fclose(f);
	return true;
}

static void read_replaced(struct status *s)
{
	struct image_rest rest;
	uint64_t current;
	uint8_t turn;

	if (host_image_current(s->host.fd, &s->host.head, &current, &turn) != 0)
		return;
	rest_look(&rest, s->host.fd, &s->host.head, current);
	s->memory.replaced = rest_bytes(s->host.fd, &s->host.head, current);
	s->memory.replaced_count = rest.count;
	s->memory.replaced_until = rest.next;
}

void status_memory(struct status *s)
{
	const struct segment_head *head = &s->host.head;
	struct stat st;

	s->memory.file = fstat(s->host.fd, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
	read_replaced(s);
	s->memory.reserved = head->reserved;
	s->memory.caches = SEGMENT_FILE_AT;
	s->memory.descriptors =
		head->descriptors[1] > head->descriptors[0] ? head->descriptors[1] - head->descriptors[0] : 0;
	for (size_t i = 0; i < s->process_count; i++) {
		struct status_process *p = &s->processes[i];
		struct smaps m = {.from = head->descriptors[0], .to = head->descriptors[1]};
		if (!read_smaps(&m, p->pid))
			continue;
		p->memory = m.own;
		p->shared = m.shared;
		s->memory.own += m.own;
		s->memory.shared += m.shared;
		s->memory.told = s->memory.told || m.own;
	}
}
