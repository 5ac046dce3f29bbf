/* SPDX-License-Identifier: MIT */
/* Opens what the host names without doing anything to it: it may be any user's word. */
#include "running_ini.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/terminal.h"
#include "inside.h"

static void say_why(struct running *r, const char *root, const char *why)
{
	snprintf(r->ini_why, sizeof(r->ini_why), *root ? "%s in the root of %d" : "%s", why, (int)r->pid);
}

/* Whether it may be read in the stead of the host, of whose user the descriptor's file has to be. */
static bool may_read(struct running *r, const struct stat *st, const char *root)
{
	if (!S_ISREG(st->st_mode)) {
		say_why(r, root, "it is no plain file");
		return false;
	}
	if (r->owner == 0 || st->st_uid == r->owner || (st->st_mode & S_IROTH))
		return true;
	char why[100];
	snprintf(why, sizeof(why), "it is neither user %u's own, who started the host, nor for all to read",
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

/* Takes the file of an O_PATH descriptor, which is closed, unless it may not be read in the host's stead:
 * only what is seen to be a plain file is opened, as to open a device may do something. It may be read
 * from two places: what the host has read is taken before what is only called so. */
static void offer_ini(struct running *r, int path, const char *root)
{
	const struct segment_ini *ini = &r->head.ini;
	struct stat st;
	char self[40];

	if (path < 0) {
		say_why(r, root, strerror(errno));
		return;
	}
	bool good = fstat(path, &st) == 0 && may_read(r, &st, root) &&
		(r->ini_fd < 0 || is_what_it_read(ini, &st));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path);
	int fd = good ? open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	if (good && fd < 0)
		say_why(r, root, strerror(errno));
	close(path);
	if (fd < 0)
		return;
	if (r->ini_fd >= 0)
		close(r->ini_fd);
	r->ini_fd = fd;
	snprintf(r->ini, sizeof(r->ini), "%s%s", root, ini->path);
}

enum running_ini running_open_ini(struct running *r)
{
	const struct segment_ini *ini = &r->head.ini;
	char root[40] = "";
	struct stat st;
	bool same = inside_same(r->pid, "mnt") && !r->elsewhere;

	if (!is_printable(ini->path))
		say_why(r, root, "its name has letters that cannot be printed");
	else if (!*ini->path)
		say_why(r, root, "it has no name");
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
	return fstat(r->ini_fd, &st) == 0 && is_what_it_read(ini, &st) ? RUNNING_INI_SAME
								      : RUNNING_INI_CHANGED;
}

void running_complain_ini(const struct running *r)
{
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
