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

	if (path < 0)
		return;
	bool good = fstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		(r->owner == 0 || st.st_uid == r->owner || (st.st_mode & S_IROTH)) &&
		(r->ini_fd < 0 || is_what_it_read(ini, &st));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path);
	int fd = good ? open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
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

	if (is_printable(ini->path)) {
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

bool running_check_ini(struct running *r)
{
	enum running_ini found = running_open_ini(r);

	if (found == RUNNING_INI_CLOSED)
		fprintf(stderr, "bondctl: the file that %d has read cannot be read here in its stead: name "
				"FILE\n",
			(int)r->pid);
	if (found == RUNNING_INI_CHANGED)
		terminal_printf(stderr, "bondctl: %s has changed since %d read it: what follows is the file's "
				"as it is now, with the host's own DNS\n",
			r->ini, (int)r->pid);
	return found != RUNNING_INI_CLOSED;
}
