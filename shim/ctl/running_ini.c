/* SPDX-License-Identifier: MIT */
/* Opens what the host names without doing anything to it: it may be any user's word. */
#include "running_ini.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/terminal.h"
#include "config/text.h"
#include "host_image.h"
#include "inside.h"

static void say_why(struct running *r, const char *root, const char *why)
{
	snprintf(r->ini_why, sizeof(r->ini_why), *root ? "%s in the root of %d" : "%s", why, (int)r->pid);
}

/* Whether the process, of the user that started the host, is in that group. Its effective one does not count, which may be
 * that of a setgid program. */
static bool is_in_group(const struct running *r, gid_t group)
{
	char path[40], *line = NULL, *end;
	unsigned user = 0, effective = 0, own;
	size_t room = 0;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)r->pid);
	FILE *in = fopen(path, "re");
	while (in && getline(&line, &room, in) >= 0) {
		if (sscanf(line, "Uid: %u %u", &user, &effective) == 2 && (user != r->owner || effective != r->owner))
			break;
		if (sscanf(line, "Gid: %u", &own) == 1)
			found = own == group;
		if (strncmp(line, "Groups:", 7) != 0)
			continue;
		for (char *s = line + 7; own = (unsigned)strtoul(s, &end, 10), end != s; s = end)
			found = found || own == group;
	}
	free(line);
	if (in)
		fclose(in);
	return found;
}

/* Whether it may be read in the stead of the host, whose user's or group's the descriptor's file has to be. */
static bool may_read(struct running *r, const struct stat *st, const char *root)
{
	if (!S_ISREG(st->st_mode)) {
		say_why(r, root, "it is no plain file");
		return false;
	}
	if (r->owner == 0 || st->st_uid == r->owner || (st->st_mode & S_IROTH))
		return true;
	if ((st->st_mode & S_IRGRP) && is_in_group(r, st->st_gid))
		return true;
	char why[110];
	snprintf(why, sizeof(why), "it is neither user %u's own, who started the host, nor for its group or all to read",
		(unsigned)r->owner);
	say_why(r, root, why);
	return false;
}

static bool is_printable(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return false;
	return true;
}

static bool is_what_it_read(const struct segment_ini *ini, const struct stat *st)
{
	return ini->inode == st->st_ino && ini->size == (uint64_t)st->st_size &&
	       ini->changed == segment_changed(st);
}

/* For reading, by an O_PATH descriptor of a plain file. */
static int reopen(int path)
{
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", path);
	return open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Takes the file of an O_PATH descriptor, which is closed, unless it may not be read in the host's stead:
 * only what is seen to be a plain file is opened, as to open a device may do something. It may be read
 * from two places: what the host has read is taken before what is only called so. */
static void offer_ini(struct running *r, int path, const char *root)
{
	const struct segment_ini *ini = &r->head.ini;
	struct stat st, here;

	if (path < 0) {
		say_why(r, root, strerror(errno));
		return;
	}
	bool good = fstat(path, &st) == 0 && may_read(r, &st, root) &&
		(r->ini_fd < 0 || is_what_it_read(ini, &st));
	int fd = good ? reopen(path) : -1;
	if (good && fd < 0)
		say_why(r, root, strerror(errno));
	close(path);
	if (fd < 0)
		return;
	r->ini_inside = *root;
	if (r->ini_fd >= 0)
		close(r->ini_fd);
	r->ini_fd = fd;
	/* with mounts of its own, as by PrivateTmp=, it may have our file all the same */
	bool ours = *root && stat(ini->path, &here) == 0 && here.st_dev == st.st_dev && here.st_ino == st.st_ino;
	snprintf(r->ini, sizeof(r->ini), "%s%s", ours ? "" : root, ini->path);
}

/* The INI is any user's word, and so is what it names. */
static int open_list(const struct attach *how, const char *name)
{
	struct running *r = how->ctx;
	char path[PATH_MAX];
	struct stat st;

	if (!attach_path(how->folder, name, strlen(name), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int at = r->ini_inside ? inside_open(r->root, path, O_PATH) : open(path, O_PATH | O_CLOEXEC);
	if (at < 0)
		return -1;
	bool good = fstat(at, &st) == 0 && may_read(r, &st, "");
	int fd = good ? reopen(at) : -1, error = good ? errno : EACCES;
	close(at);
	errno = error;
	return fd;
}

/* How lists are found; folder is theirs. */
static struct attach lists_of(struct running *r, char folder[PATH_MAX])
{
	snprintf(folder, PATH_MAX, "%s", r->head.ini.path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	else
		strcpy(folder, ".");
	return (struct attach){.open = open_list, .folder = folder, .ctx = r};
}

int running_attach(struct running *r, const char *ini, char **text, size_t *n)
{
	char folder[PATH_MAX];
	struct attach how = lists_of(r, folder);

	if (ini) {
		attach_folder(ini, folder);
		how = (struct attach){.open = attach_open, .folder = folder};
	}
	return attach_lists(text, n, &how);
}

int running_load(struct config *c, struct running *r, struct findings *f)
{
	char folder[PATH_MAX];
	struct attach how = lists_of(r, folder);

	return config_load_open(c, r->ini, r->ini_fd, &how, f);
}

/* Whether the lists are as the host has read them. */
static bool has_same_lists(struct running *r)
{
	char folder[PATH_MAX], *text;
	struct attach how = lists_of(r, folder);
	size_t n;
	bool same = !r->ini_lists || (text_read_open(r->ini_fd, &text, &n) == 0 &&
		attach_stamp(text, n, &how) == r->ini_lists);

	if (r->ini_lists)
		free(text);
	return same;
}

bool running_has_no_file(const struct running *r)
{
	return strcmp(r->head.ini.path, TEXT_ITSELF_NAME) == 0;
}

/* What bondrun took from its command line is in the host's own file alone, behind its rules. */
static enum running_ini open_text(struct running *r)
{
	struct host_image h = {.image = NULL};
	uint64_t current;
	uint8_t turn;
	bool there = host_image_current(r->fd, &r->head, &current, &turn) == 0 &&
		host_image_read(&h, r->fd, &r->head, current) == 0 && h.text;
	size_t n = there ? strlen(h.text) : 0;
	int fd = there ? memfd_create("ini", MFD_CLOEXEC) : -1;

	if (fd >= 0 && write(fd, h.text, n) != (ssize_t)n) {
		close(fd);
		fd = -1;
	}
	host_image_free(&h);
	r->ini_fd = fd;
	snprintf(r->ini, sizeof(r->ini), "%s", r->head.ini.path);
	if (fd < 0)
		say_why(r, "", "it is not kept");
	return fd < 0 ? RUNNING_INI_CLOSED : RUNNING_INI_SAME;
}

enum running_ini running_open_ini(struct running *r)
{
	const struct segment_ini *ini = &r->head.ini;
	char root[40] = "";
	struct stat st;
	bool same = inside_same(r->pid, "mnt") && !r->elsewhere;

	if (running_has_no_file(r))
		return open_text(r);
	if (!is_printable(ini->path))
		say_why(r, root, "its name has letters that cannot be printed");
	else if (!*ini->path)
		say_why(r, root, "it has no name");
	else if (*ini->path != '/')
		say_why(r, root, "it is no file");
	else {
		if (same)
			offer_ini(r, open(ini->path, O_PATH | O_CLOEXEC), root);
		snprintf(root, sizeof(root), "/proc/%d/root", (int)r->pid);
		bool found = r->ini_fd >= 0 && fstat(r->ini_fd, &st) == 0 && is_what_it_read(ini, &st);
		if (r->root >= 0 && !found)
			offer_ini(r, inside_open(r->root, ini->path, O_PATH), root);
	}
	if (r->ini_fd < 0)
		return RUNNING_INI_CLOSED;
	return fstat(r->ini_fd, &st) == 0 && is_what_it_read(ini, &st) && has_same_lists(r)
		? RUNNING_INI_SAME : RUNNING_INI_CHANGED;
}

static void complain_no_file(int pid)
{
	fprintf(stderr, "bondctl: %d has its rules of the command line of bondrun, which stays as it is. Write them into a file, "
			"--member as a line `member =` of a bond and --to as one `to =` of a route, and name that, as in "
			"bondctl reload %d FILE\n", pid, pid);
}

void running_complain_ini(const struct running *r)
{
	if (running_has_no_file(r)) {
		complain_no_file((int)r->pid);
		return;
	}
	terminal_printf(stderr, "bondctl: %s, which %d has read, cannot be read here in its stead: %s: name FILE\n",
		is_printable(r->head.ini.path) ? r->head.ini.path : "the file", (int)r->pid, r->ini_why);
}

bool running_check_ini(struct running *r)
{
	enum running_ini found = running_open_ini(r);

	if (found == RUNNING_INI_CLOSED)
		running_complain_ini(r);
	if (found == RUNNING_INI_CHANGED)
		terminal_printf(stderr, "bondctl: %s has changed since %d read it: what follows is the file's "
				"as it is now, with the host's own DNS\n",
			r->ini, (int)r->pid);
	return found != RUNNING_INI_CLOSED;
}
