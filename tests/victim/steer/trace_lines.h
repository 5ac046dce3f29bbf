/* SPDX-License-Identifier: MIT */
/* For victims that look at their own trace, of the file in BOND_TRACE_FILE. */
#ifndef TRACE_LINES_H
#define TRACE_LINES_H

#include "steer.h"

/* The next of the calls that the trace has had since it was read last, from behind the time on; first: reads those. NULL =
 * there are no more. */
static char *trace_line(bool first)
{
	static char text[100000];
	static long at;
	char *line = NULL;

	if (first) {
		int fd = MUST(open(getenv("BOND_TRACE_FILE"), O_RDONLY | O_CREAT, 0600));
		long n = MUST(pread(fd, text, sizeof(text) - 1, at));
		close(fd);
		at += n;
		text[n] = '\0';
	}
	do {
		line = strtok(first ? text : NULL, "\n");
		first = false;
	} while (line && strncmp(line, "[pid ", 5) != 0); /* but for libbond's own sentences */
	if (!line)
		return NULL;
	line = strchr(line, ']') + 2;
	return line + strcspn(line, " ") + 1;
}

#endif
