/* SPDX-License-Identifier: MIT */
/* One line of the trace on its way, for the files that print calls: trace.c and trace_in.c. */
#ifndef BOND_TRACE_REPORT_H
#define BOND_TRACE_REPORT_H

#include "line.h"
#include "trace.h"

struct report {
	struct line line;
	long long taken; /* nanoseconds */
	long result;
	int error; /* errno as the call left it, given back at the end */
	const struct verdict *verdict;
};

/* "[pid 812] 12:00:01.123456 sendto(7<UDP:[10.10.0.3:5060]>", or false if no line is wanted. */
bool report_start(struct report *r, const struct trace_mark *m, const char *name, int fd,
	long result, const struct verdict *v);

/* ") = 812 <0.000034> ! verdict", but for what may still be appended to the line. */
void report_result(struct report *r, bool result_is_fd);

/* Writes the line, and gives errno back. */
void report_write(struct report *r);

/* Of a call that the kernel answered with an address: it, and [room => length]. */
void report_answer(struct line *l, const void *sa, const socklen_t *len, socklen_t room);

#endif
