/* SPDX-License-Identifier: MIT */
/* What the tests of the trace share: a scratch folder, the log in it, and its text. */
#ifndef TEST_TRACE_LOG_H
#define TEST_TRACE_LOG_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/trace/file.h"
#include "preload/trace/incoming.h"
#include "preload/trace/setup.h"
#include "preload/trace/trace.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/bond-trace-XXXXXX";
static char log_file[128];

static inline const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static inline void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(log_file, sizeof(log_file), "%s/log", folder);
}

static inline void remove_folder(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert(system(command) == 0);
}

static inline char *read_whole(const char *path)
{
	static char text[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return NULL;
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	text[n] = '\0';
	return text;
}

static inline void start_trace(const char *filter, const struct config *c)
{
	setenv("BOND_TRACE", filter, 1);
	setenv("BOND_TRACE_FILE", log_file, 1);
	setenv("TZ", "UTC", 1);
	trace_init(c);
	cr_assert(trace_on);
	page.p.mode |= HOT_TRACE_FILE;
}

#endif
