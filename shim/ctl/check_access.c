/* SPDX-License-Identifier: MIT */
/* A user's right is tried by a child that becomes it: directories, groups and ACLs
 * then count as they do at the start. */
#include "check_access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/build.h"

static const char *const unit_folders[] = {"/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};

bool check_access_knows(const char *user)
{
	return getpwnam(user) != NULL;
}

static void check_mode(struct findings *f, const struct config *c, const char *file)
{
	struct stat st;
	if (!c->secret_count || stat(file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (st.st_mode & S_IROTH)
		findings_say(f, FINDING_WARNING, "everybody can read this file and its secret (mode %04o): chmod o-rwx, and chgrp to "
			"the group that the program runs with", st.st_mode & 07777);
	else if (st.st_mode & (S_IWOTH | S_IWGRP))
		findings_say(f, FINDING_WARNING, "others than its owner can change this file and its secret (mode %04o): chmod "
			"go-w", st.st_mode & 07777);
}

/* The last User= of one unit file. */
static bool read_unit(const char *path, char *user, size_t size)
{
	char line[256];
	bool found = false;
	FILE *in = fopen(path, "re");
	if (!in)
		return false;
	while (fgets(line, sizeof(line), in)) {
		char *s = line + strspn(line, " \t");
		if (strncmp(s, "User", 4) != 0)
			continue;
		s += 4 + strspn(s + 4, " \t");
		if (*s++ != '=')
			continue;
		s += strspn(s, " \t");
		s[strcspn(s, " \t\r\n")] = 0;
		snprintf(user, size, "%s", s);
		found = *user != 0;
	}
	fclose(in);
	return found;
}

/* As whom systemd starts the program, by its unit of that name and the drop-ins of it. */
static bool service_user(const char *program, char *user, size_t size)
{
	bool found = false;
	char path[512];
	if (strchr(program, '/'))
		return false;
	for (size_t i = 0; i < sizeof(unit_folders) / sizeof(unit_folders[0]) && !found; i++) {
		snprintf(path, sizeof(path), "%s/%s.service", unit_folders[i], program);
		found = read_unit(path, user, size);
		if (access(path, F_OK) == 0)
			break;
	}
	snprintf(path, sizeof(path), "%s/%s.service.d/override.conf", unit_folders[0], program);
	return read_unit(path, user, size) || found;
}

/* Whether the user cannot read the file: errno of the try, 0 = it can, or it cannot be tried. */
static int try_as(const struct passwd *who, const char *file)
{
	int status;
	if (geteuid() != 0)
		return 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (initgroups(who->pw_name, who->pw_gid) != 0 || setgid(who->pw_gid) != 0 ||
			setuid(who->pw_uid) != 0)
			_exit(0);
		_exit(open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0 ? errno : 0);
	}
	if (child < 0)
		return 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void check_user(struct findings *f, const char *file, const char *user, const char *program)
{
	const struct passwd *who = getpwnam(user);
	int error = who ? try_as(who, file) : 0;
	if (!error)
		return;
	const struct group *group = getgrgid(who->pw_gid);
	findings_say(f, FINDING_WARNING, "user %s%s%s cannot read this file (%s): chgrp %s, chmod g+r, and x for it on the "
		"directories above", user, program ? ", as whom systemd starts " : "",
		program ? program : "", strerror(error), group ? group->gr_name : user);
}

void check_access(struct findings *f, const struct config *c, const char *file, const char *user)
{
	char name[64];
	check_mode(f, c, file);
	if (user)
		check_user(f, file, user, NULL);
	for (size_t i = 0; i < c->program_count && !user; i++)
		if (c->programs[i] && service_user(c->programs[i], name, sizeof(name)))
			check_user(f, file, name, c->programs[i]);
	findings_sort(f);
}
