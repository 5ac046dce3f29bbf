/* SPDX-License-Identifier: MIT */
/* The file is read, not mapped: whoever owns it could cut it short under a mapping. */
#include "running.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

#include "command.h"
#include "host_image.h"
#include "config/terminal.h"
#include "inside.h"
#include "dns/learn.h"
#include "dns/table_memory.h"

#define TABLE_MAX (64u << 20) /* bytes; more than any table has */
#define ENTRIES_MAX 65536     /* of a directory, which may be anybody's */
#define COPIES_MAX 100 /* until one is found that was not written meanwhile */

struct search {
	pid_t pid;         /* as the files have it */
	uint64_t numbering; /* whose numbers those are, 0 = it cannot be told */
	bool elsewhere;    /* they are of another root or process namespace: numbers say nothing here */
	struct running *r; /* the best that was found so far */
	int fd;            /* of it, -1 = none */
	uid_t owner;       /* of it */
	uid_t users[4];    /* of the process: real, effective, saved, for files; see proc(5) */
	bool denied;       /* a directory was there that may not be read */
	bool linked;       /* its file was there, and has another name */
	int error;         /* why one could not be looked at that is nobody's fault but this process's */
};

static void note_error(struct search *s, int error)
{
	s->denied = s->denied || error == EACCES;
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		s->error = error;
}

/* Whether a file of that owner may speak for the process: its own user's, or root's, who may have
 * started it. In a container's own root everything is the container's. */
static bool may_speak(const struct search *s, uid_t owner)
{
	for (int i = 0; i < 4; i++)
		if (s->users[i] == owner)
			return true;
	return owner == 0 || s->elsewhere;
}

/* Whether the process still runs the program that made the file: it keeps its number over exec(). */
static bool runs_program(const struct segment_head *head, pid_t pid)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return !head->program[1] || stat(path, &st) != 0 ||
	       (st.st_dev == head->program[0] && st.st_ino == head->program[1]);
}

static bool is_of_process(const struct search *s, const struct segment_head *head, int fd)
{
	bool other = head->numbering && s->numbering && head->numbering != s->numbering;
	uint64_t process = other ? 0 : segment_find_process(head, s->pid);

	return atomic_load(&head->magic) && process && segment_is_mapped(fd) != 0 &&
	       (s->elsewhere || (segment_is_alive(process) && runs_program(head, s->pid)));
}

/* Whether the file that was found before is of a later image that the process executed than this one. Within one
 * moment of the clock the one that it made itself is later than that of whoever forked it. */
static bool is_outdated(const struct search *s, const struct segment_head *head, const char *name)
{
	if (head->started != s->r->head.started)
		return head->started < s->r->head.started;
	return (pid_t)atoi(name) != s->pid;
}

static void consider(struct search *s, int directory, const char *name)
{
	struct segment_head head;
	struct stat st;
	int fd;

	errno = 0;
	if (!segment_open_file(directory, name, &head, &fd)) {
		note_error(s, errno == EACCES ? 0 : errno);
		return;
	}
	bool its = fstat(fd, &st) == 0 && may_speak(s, st.st_uid) && is_of_process(s, &head, fd);
	s->linked = s->linked || (its && st.st_nlink > 1);
	if (!its || st.st_nlink != 1 ||
		/* root's word counts more; of two images that were executed, the later */
		(s->fd >= 0 && s->owner == 0 && st.st_uid != 0) ||
		(s->fd >= 0 && s->owner == st.st_uid && is_outdated(s, &head, name))) {
		close(fd);
		return;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->owner = st.st_uid;
	s->r->head = head;
}

/* The descriptor is closed; -1 with errno = there is no such directory. */
static void search_opened(struct search *s, int fd)
{
	struct dirent *e;

	if (fd < 0) {
		note_error(s, errno);
		return;
	}
	if (!s->elsewhere)
		segment_sweep(fd, 0);
	DIR *dir = fdopendir(fd);
	if (!dir) {
		note_error(s, errno);
		close(fd);
		return;
	}
	for (unsigned n = 0; n < ENTRIES_MAX && (e = readdir(dir)); n++)
		if (*e->d_name != '.')
			consider(s, dirfd(dir), e->d_name);
	closedir(dir);
}

static void search_directory(struct search *s, const char *path, uid_t owner)
{
	search_opened(s, segment_open_directory(path, owner, false));
}

/* In the root of the process. */
static void search_inside(struct search *s, const char *path)
{
	int fd = inside_open(s->r->root, path, O_DIRECTORY | O_NOFOLLOW);

	if (fd >= 0 && !segment_is_private(fd, SEGMENT_ANY_OWNER)) {
		close(fd);
		return;
	}
	search_opened(s, fd);
}

/* Each PARENT/NAME/CHILD there where NAME begins with prefix; child may be "". */
static void search_each_inside(struct search *s, const char *parent, const char *prefix,
	const char *child)
{
	char path[600];
	struct dirent *e;
	int fd = inside_open(s->r->root, parent, O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (unsigned n = 0; n < ENTRIES_MAX && (e = readdir(dir)); n++) {
		if (*e->d_name == '.' || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", parent, e->d_name, child);
		search_inside(s, path);
	}
	closedir(dir);
}

/* Behind owner_mark the path names the user whose directory it is. */
static void search_all(struct search *s, const char *pattern, const char *owner_mark)
{
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i], *mark = strstr(path, owner_mark);
		uid_t owner = mark ? (uid_t)strtoul(mark + strlen(owner_mark), NULL, 10)
				   : SEGMENT_ANY_OWNER;
		search_directory(s, path, owner);
	}
	globfree(&found);
}

/* Everybody's for root, else the user's own. */
static void search_here(struct search *s)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	uid_t user = geteuid();
	char path[4096];

	search_directory(s, "/run/bond", 0);
	if (run && *run == '/') {
		snprintf(path, sizeof(path), "%s/bond", run);
		search_directory(s, path, user);
	}
	if (user == 0) {
		search_all(s, "/run/user/*/bond", "/user/");
		search_all(s, "/dev/shm/bond-*", "/bond-");
		return;
	}
	snprintf(path, sizeof(path), "/run/user/%u/bond", (unsigned)user);
	search_directory(s, path, user);
	snprintf(path, sizeof(path), "/dev/shm/bond-%u", (unsigned)user);
	search_directory(s, path, user);
}

/* Where the process was told to have its files. */
static void search_its_directory(struct search *s, pid_t pid)
{
	static const char name[] = "XDG_RUNTIME_DIR=";
	char path[4200], *line = NULL;
	size_t room = 0;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && getdelim(&line, &room, 0, f) > 0) {
		if (strncmp(line, name, sizeof(name) - 1) != 0 || line[sizeof(name) - 1] != '/')
			continue;
		snprintf(path, sizeof(path), "%.4000s/bond", line + sizeof(name) - 1);
		if (s->elsewhere)
			search_inside(s, path);
		else
			search_directory(s, path, s->users[0]);
	}
	free(line);
	if (f)
		fclose(f);
}

/* What proc(5) says of the process: its users; returns the number that it has for itself. */
static pid_t read_status(struct search *s, pid_t pid)
{
	char path[64], line[256];
	pid_t own = pid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return pid;
	while (fgets(line, sizeof(line), f)) {
		char *last = strrchr(line, '\t');
		unsigned u[4];
		if (sscanf(line, "Uid: %u %u %u %u", &u[0], &u[1], &u[2], &u[3]) == 4)
			for (int i = 0; i < 4; i++)
				s->users[i] = u[i];
		if (strncmp(line, "NSpid:", 6) == 0 && last)
			own = (pid_t)atoi(last + 1);
	}
	fclose(f);
	return own > 0 ? own : pid;
}

/* Where the process itself finds its files: in a container, seen from outside. */
static void search_there(struct search *s, pid_t pid, pid_t own_number)
{
	s->elsewhere = true;
	s->pid = own_number;
	s->numbering = segment_numbering(pid);
	if (s->r->root < 0) {
		s->denied = s->denied || errno == EACCES;
		return;
	}
	search_inside(s, "run/bond");
	search_each_inside(s, "run/user", "", "/bond");
	search_each_inside(s, "dev/shm", "bond-", "");
	if (s->fd < 0)
		search_its_directory(s, pid);
}

static uint32_t generation_of(const struct running *r, int fd)
{
	uint32_t generation = 0;

	if (pread(fd, &generation, sizeof(generation), r->head.page + offsetof(struct segment_page, generation)) !=
		sizeof(generation))
		return 0;
	return generation;
}

/* A copy of the table that no writer touched while it was made; else the last one. */
static int copy_table(struct running *r, int fd)
{
	size_t size = r->head.size - r->head.table;

	if (size > TABLE_MAX)
		size = TABLE_MAX;
	free(r->area);
	r->area = aligned_alloc(64, (size + 63) / 64 * 64);
	if (!r->area)
		return ENOMEM;
	for (int i = 0; i < COPIES_MAX; i++) {
		uint32_t before = generation_of(r, fd);
		if (pread(fd, r->area, size, r->head.table) != (ssize_t)size)
			return EINVAL;
		r->now = learn_now();
		if (generation_of(r, fd) == before)
			break;
	}
	return table_attach(&r->table, r->area, size);
}

int running_copy_table(struct running *r)
{
	r->has_table = false;
	int error = r->head.table ? copy_table(r, r->fd) : 0;
	r->has_table = !error && r->head.table;
	return error;
}

/* The INI of the rules that count now, in place of the one that the host was started with. */
static void take_source(struct running *r)
{
	struct segment_ini *ini = &r->head.ini;
	struct source s;

	if (!host_image_source(&s, ini->path, sizeof(ini->path), r->fd, &r->head))
		return;
	ini->inode = s.inode;
	ini->size = s.size;
	ini->changed = s.changed;
	r->ini_lists = s.lists;
}

static int copy(struct running *r, FILE *complaints)
{
	struct stat st;

	if (r->head.magic != SEGMENT_MAGIC) {
		/* its words may be anybody's */
		for (char *p = r->head.version; *p; p++)
			*p = isalnum((unsigned char)*p) || strchr(".+-~", *p) ? *p : '?';
		fprintf(complaints, "bondctl: %d runs with libbond %s, which another bondctl than this "
				"(" BOND_VERSION ") can ask\n",
			(int)r->pid, r->head.version);
		return EXIT_FAILURE;
	}
	if (fstat(r->fd, &st) != 0 || !segment_is_whole(&r->head, st.st_size)) {
		fprintf(complaints, "bondctl: the file of %d is damaged\n", (int)r->pid);
		return EXIT_FAILURE;
	}
	take_source(r);
	int error = running_copy_table(r);
	if (error) {
		fprintf(complaints, "bondctl: the table of %d cannot be read: %s\n", (int)r->pid,
			error == EINVAL ? "it is not whole" : strerror(error));
		return EXIT_FAILURE;
	}
	return 0;
}

static int not_found(const struct search *s, pid_t pid, FILE *complaints)
{
	if (!segment_is_alive(segment_process(pid, segment_now())))
		fprintf(complaints, "bondctl: there is no process %d\n", (int)pid);
	else if (s->error)
		fprintf(complaints, "bondctl: %d cannot be looked for: %s\n", (int)pid, strerror(s->error));
	else if (s->denied && geteuid() != 0)
		fprintf(complaints,
			"bondctl: %d is not reachable: only root and the user that started it may ask it\n",
			(int)pid);
	else if (s->linked)
		fprintf(complaints, "bondctl: %d is not reachable: its file has a second name, a hard link, which no "
				    "file of libbond's has: remove it (find /run/bond /dev/shm -links +1)\n",
			(int)pid);
	else
		fprintf(complaints,
			"bondctl: %d is not reachable: it runs without libbond or without a configuration, "
			"or could not write its file in /run/bond, $XDG_RUNTIME_DIR/bond or "
			"/dev/shm/bond-UID, or was started by another user\n",
			(int)pid);
	return EXIT_FAILURE;
}

int running_find(struct running *r, pid_t pid, FILE *complaints)
{
	struct search s = {.pid = pid, .numbering = segment_numbering(0), .r = r, .fd = -1};

	memset(r, 0, sizeof(*r));
	r->pid = pid;
	r->fd = r->ini_fd = -1;
	r->root = inside_root(pid);
	pid_t own_number = read_status(&s, pid);
	search_here(&s);
	if (s.fd < 0)
		search_its_directory(&s, pid);
	if (s.fd < 0)
		search_there(&s, pid, own_number);
	if (s.fd < 0) {
		running_free(r);
		return not_found(&s, pid, complaints);
	}
	r->owner = s.owner;
	r->elsewhere = s.elsewhere;
	r->fd = s.fd;
	int status = copy(r, complaints);
	if (status)
		running_free(r);
	return status;
}

int running_take(struct running *r, pid_t pid, int fd, FILE *complaints)
{
	*r = (struct running){.pid = pid, .fd = fd, .root = -1, .ini_fd = -1, .elsewhere = true};
	ssize_t n = pread(fd, &r->head, sizeof(r->head), 0);
	r->head.version[sizeof(r->head.version) - 1] = 0;
	r->head.ini.path[sizeof(r->head.ini.path) - 1] = 0;
	int status = n < 0 ? EXIT_FAILURE : copy(r, complaints);
	if (status)
		running_free(r);
	return status;
}

void running_free(struct running *r)
{
	free(r->area);
	r->area = NULL;
	r->has_table = false;
	if (r->root >= 0)
		close(r->root);
	if (r->ini_fd >= 0)
		close(r->ini_fd);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = r->root = r->ini_fd = -1;
}
