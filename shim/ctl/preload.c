/* SPDX-License-Identifier: MIT */
/* Called by bondrun.c. The rules are those of execve(2), ld.so(8) and capabilities(7). */
#include "preload.h"

#include "base/path.h"
#include "env.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPT_HEAD 256  /* bytes of a #! line that the kernel looks at */
#define SCRIPT_DEPTH 5   /* interpreters of interpreters, as in the kernel */

struct inquiry {
	const struct elf_facts *library;
	char *text;
	size_t used;
	int depth;
	struct preload_program *program;
	struct preload_starter by;
};

__attribute__((format(printf, 2, 3))) static void say(struct inquiry *q, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(q->text + q->used, PRELOAD_TEXT_SIZE - q->used, format, args);
	va_end(args);
	if (n > 0)
		q->used += (size_t)n;
	if (q->used >= PRELOAD_TEXT_SIZE)
		q->used = PRELOAD_TEXT_SIZE - 1;
}

static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return EACCES;
	return 0;
}

int preload_find(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	char standard[256];
	int result = ENOENT;

	if (!name[0])
		return ENOENT;
	if (strchr(name, '/')) {
		if (strlen(name) >= size)
			return ENAMETOOLONG;
		memcpy(path, name, strlen(name) + 1);
		return executable(path);
	}
	if (!dirs) {
		confstr(_CS_PATH, standard, sizeof(standard));
		dirs = standard;
	}
	for (;;) {
		size_t n = strcspn(dirs, ":");
		/* An empty entry is the current directory. */
		int length = snprintf(path, size, "%.*s%s%s", (int)n, dirs, n ? "/" : "./", name);
		if (length > 0 && (size_t)length < size) {
			int error = executable(path);
			if (!error)
				return 0;
			if (error == EACCES)
				result = EACCES;
		}
		if (!dirs[n])
			return result;
		dirs += n + 1;
	}
}

int preload_map(const char *path, const void **bytes, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	void *p = NULL;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st)) {
		int error = errno;
		close(fd);
		return error;
	}
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED) {
			int error = errno;
			close(fd);
			return error;
		}
	}
	close(fd);
	*bytes = p;
	*n = (size_t)st.st_size;
	return 0;
}

static const char *user_name(uid_t uid, char buf[32])
{
	struct passwd *pw = getpwuid(uid);

	if (pw)
		return pw->pw_name;
	snprintf(buf, 32, "%u", (unsigned)uid);
	return buf;
}

/* A set of capabilities of this process, by its name in /proc/self/status; all if it is not known. */
static uint64_t own_capabilities(const char *name)
{
	char line[128];
	uint64_t set = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, name, strlen(name)))
			set = strtoull(line + strlen(name), NULL, 16);
	}
	if (f)
		fclose(f);
	return set;
}

/* Whether execve() would raise the capabilities of a user who is not root. */
static bool has_capabilities(const char *path, bool no_new)
{
	struct vfs_ns_cap_data caps;
	uint64_t permitted, inheritable;
	ssize_t n;

	memset(&caps, 0, sizeof(caps));
	n = getxattr(path, "security.capability", &caps, sizeof(caps));
	if (n < (ssize_t)sizeof(caps.magic_etc))
		return false;
	if (caps.magic_etc & VFS_CAP_FLAGS_EFFECTIVE)
		return true;
	permitted = caps.data[0].permitted | (uint64_t)caps.data[1].permitted << 32;
	inheritable = caps.data[0].inheritable | (uint64_t)caps.data[1].inheritable << 32;
	permitted = (permitted & own_capabilities("CapBnd:")) |
		(inheritable & own_capabilities("CapInh:"));
	if (no_new)
		permitted &= own_capabilities("CapPrm:");
	return permitted != 0;
}

/* The kernel sets AT_SECURE and ld.so drops LD_PRELOAD when the user, the group or the capabilities
 * change by execve(). */
static bool is_privileged(struct inquiry *q, const char *path)
{
	struct statvfs fs;
	struct stat st;
	char buf[32];

	if (stat(path, &st) || (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID)))
		return false;
	bool no_new = q->by.no_new;
	if ((st.st_mode & S_ISUID) && st.st_uid != q->by.user && !no_new) {
		const char *user = user_name(st.st_uid, buf);
		say(q, "%s changes its user to %s when it starts (setuid), and the loader ignores "
		       "LD_PRELOAD for such a program. Start bondrun as user %s, or take the bit away: "
		       "chmod u-s %s",
			path, user, user, path);
		return true;
	}
	if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != q->by.group && !no_new) {
		say(q, "%s changes its group when it starts (setgid), and the loader ignores LD_PRELOAD "
		       "for such a program. Start bondrun with that group, or take the bit away: "
		       "chmod g-s %s",
			path, path);
		return true;
	}
	if (q->by.user != 0 && has_capabilities(path, no_new)) {
		say(q, "%s has file capabilities, and the loader ignores LD_PRELOAD for such a program. "
		       "Take them away (setcap -r %s) and give it ambient capabilities instead: "
		       "AmbientCapabilities= in its systemd unit, or setpriv --ambient-caps",
			path, path);
		return true;
	}
	return false;
}

static void call(struct inquiry *q, const char *name)
{
	snprintf(q->program->name, sizeof(q->program->name), "%s", name);
}

static const char *library_of_loader(const char *name)
{
	if (!strncmp(name, "ld-musl", 7))
		return "musl";
	if (!strncmp(name, "ld-uClibc", 9))
		return "uClibc";
	if (!strcmp(name, "linker") || !strcmp(name, "linker64"))
		return "Android's bionic";
	return NULL;
}

static bool starts_with(const char *p, size_t n, const char *prefix)
{
	return n >= strlen(prefix) && !memcmp(p, prefix, strlen(prefix));
}

static enum preload_answer check_loader(
	struct inquiry *q, const char *path, const struct elf_facts *f)
{
	char loader[PATH_MAX];
	snprintf(loader, sizeof(loader), "%.*s", (int)f->interpreter_length, f->interpreter);
	const char *libc = library_of_loader(path_base(loader));
	if (libc) {
		say(q, "%s uses another C library (%s, loader %s) than libbond.so (glibc). Use a "
		       "build of it for glibc",
			path, libc, loader);
		return PRELOAD_IMPOSSIBLE;
	}
	if (access(loader, F_OK)) {
		say(q, "%s needs the loader %s, which is not here. Install the C library that it "
		       "was built for",
			path, loader);
		return PRELOAD_NOT_STARTED;
	}
	return PRELOAD_WORKS;
}

static enum preload_answer check_elf(struct inquiry *q, const char *path, const struct elf_facts *f,
	bool damaged)
{
	const struct elf_facts *lib = q->library;
	const char *machine = elf_machine_name(f->machine), *own = elf_machine_name(lib->machine);

	if (f->bits != lib->bits) {
		say(q, "%s is a %d-bit program%s%s, but libbond.so is a %d-bit library. Use the %d-bit "
		       "build of the program",
			path, f->bits, machine ? " for " : "", machine ? machine : "", lib->bits,
			lib->bits);
		return PRELOAD_IMPOSSIBLE;
	}
	if (f->machine != lib->machine || f->big_endian != lib->big_endian) {
		say(q, "%s is built for another processor (%s) than libbond.so (%s). Use builds for the "
		       "same processor",
			path, machine ? machine : "unknown", own ? own : "unknown");
		return PRELOAD_IMPOSSIBLE;
	}
	if (damaged) {
		say(q, "%s is a damaged ELF file. Install it again", path);
		return PRELOAD_NOT_STARTED;
	}
	if (f->go) {
		say(q, "%s is a Go program: Go makes its system calls itself, past the C library, so "
		       "libbond cannot see its sockets. Use a SIP program that calls the C library",
			path);
		return PRELOAD_IMPOSSIBLE;
	}
	/* The dynamic loader itself, started with a program as its argument, does preload. */
	if (!f->interpreter && !starts_with(f->soname, f->soname_length, "ld-linux") &&
		!starts_with(f->soname, f->soname_length, "ld64.so")) {
		say(q, "%s is statically linked: it starts without the loader that would bring in "
		       "libbond.so. Use a build of it that is linked dynamically (without -static)",
			path);
		return PRELOAD_IMPOSSIBLE;
	}
	if (f->interpreter) {
		enum preload_answer answer = check_loader(q, path, f);
		if (answer != PRELOAD_WORKS)
			return answer;
	}
	if (is_privileged(q, path))
		return PRELOAD_IMPOSSIBLE;
	if (f->interpreter)
		snprintf(q->program->path, sizeof(q->program->path), "%s", path);
	snprintf(q->program->sanitizer, sizeof(q->program->sanitizer), "%.*s",
		(int)f->sanitizer_length, f->sanitizer ? f->sanitizer : "");
	return PRELOAD_WORKS;
}

static enum preload_answer check_file(struct inquiry *q, const char *path);

/* The program that "env [OPTIONS] [NAME=VALUE] PROGRAM" starts. */
static enum preload_answer check_env(struct inquiry *q, const char *script, const char *argument)
{
	char path[PATH_MAX];
	struct env_script e;

	env_read(&e, argument);
	if (e.undone) {
		say(q, "the first line of %s starts env with %s, which takes LD_PRELOAD out of the "
		       "environment. Take that away",
			script, e.undone);
		return PRELOAD_IMPOSSIBLE;
	}
	if (!e.program)
		return PRELOAD_WORKS; /* env will say what is wrong */
	int error = preload_find(e.program, path, sizeof(path));
	if (error) {
		say(q, "%s is a script for %s, and there is no such program: %s", script, e.program,
			strerror(error));
		return PRELOAD_NOT_STARTED;
	}
	say(q, "%s is run by %s. ", script, path);
	call(q, e.program);
	return check_file(q, path);
}

static enum preload_answer check_script(struct inquiry *q, const char *path, const char *head,
	size_t n)
{
	char line[SCRIPT_HEAD + 1], *p = line, *interpreter, *arguments;

	n = n < SCRIPT_HEAD ? n : SCRIPT_HEAD;
	memcpy(line, head, n);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	p += 2 + strspn(line + 2, " \t");
	interpreter = p;
	p += strcspn(p, " \t");
	arguments = *p ? p + 1 : p;
	*p = '\0';
	q->program->script = true;
	if (++q->depth > SCRIPT_DEPTH || !interpreter[0])
		return PRELOAD_WORKS; /* execve() will say what is wrong */
	int error = executable(interpreter);
	size_t length = strlen(interpreter);
	if (error) {
		bool dos = length && interpreter[length - 1] == '\r';
		say(q, "%s is a script for %.*s, which cannot be started: %s%s", path,
			(int)(length - dos), interpreter, strerror(error),
			dos ? ". Its first line ends as on DOS: take the CR away" : "");
		return PRELOAD_NOT_STARTED;
	}
	if (!strcmp(path_base(interpreter), "env"))
		return check_env(q, path, arguments);
	say(q, "%s is run by %s. ", path, interpreter);
	call(q, interpreter);
	return check_file(q, interpreter);
}

static enum preload_answer check_file(struct inquiry *q, const char *path)
{
	const void *bytes = NULL;
	size_t n = 0;
	struct elf_facts facts;

	int error = preload_map(path, &bytes, &n);
	if (error) {
		/* Executable, but not readable: what the file system says still holds. */
		if (is_privileged(q, path))
			return PRELOAD_IMPOSSIBLE;
		say(q, "%s cannot be read (%s), so whether libbond.so can be loaded into it is not known",
			path, strerror(error));
		return PRELOAD_UNKNOWN;
	}
	if (n >= 2 && !memcmp(bytes, "#!", 2))
		return check_script(q, path, bytes, n);
	error = elf_read(&facts, bytes, n);
	if (error == ENOEXEC) {
		if (++q->depth > SCRIPT_DEPTH)
			return PRELOAD_WORKS;
		say(q, "%s is run by /bin/sh. ", path); /* as execvp() does */
		q->program->script = true;
		return check_file(q, "/bin/sh");
	}
	return check_elf(q, path, &facts, error != 0);
}

enum preload_answer preload_check(const struct elf_facts *library, const char *path,
	const char *name, const struct preload_starter *by, struct preload_program *p, char *text)
{
	struct inquiry q = {.library = library, .text = text, .program = p};

	q.by = by ? *by : (struct preload_starter){getuid(), getgid(), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1};
	text[0] = '\0';
	p->path[0] = p->sanitizer[0] = '\0';
	p->script = false;
	call(&q, name);
	return check_file(&q, path);
}
