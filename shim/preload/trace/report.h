/* SPDX-License-Identifier: MIT */
/* The line of one call on its way: head, result and verdict; what prints calls puts the arguments in
 * between. Async-signal-safe; errno is kept. */
#ifndef BOND_TRACE_REPORT_H
#define BOND_TRACE_REPORT_H

#include "about.h"
#include "clock.h"
#include "line.h"
#include "mark.h"
#include "segment/filter.h"
#include "verdict.h"

struct report_setup {
	struct filter filter;
	struct clock clock;
	const struct config *config; /* gives the names in verdicts that have no rules; may be NULL */
};

/* Once, before trace_on is set; what s names lives as long as the process. */
void report_init(const struct report_setup *s);

struct report {
	struct line line;
	bool to_log;      /* BOND_TRACE wants it, */
	uint16_t readers; /* and these of the live trace, see live.h */
	uint16_t text_at; /* in the line: behind the thread and the time, */
	uint16_t pad_at;  /* and where it is filled up with blanks, */
	uint16_t pad;     /* so many */
	long long at;     /* when the call began, nanoseconds since 1970 */
	long long taken;  /* nanoseconds */
	struct call_ids call_ids;
	long result;
	int error; /* errno as the call left it, given back at the end */
	const struct verdict *verdict;
};

/* "[pid 812] 12:00:01.123456 sendto(", or false if no line is wanted. fd: -1 = it is about none; about may
 * be NULL. */
bool report_begin(struct report *r, const struct trace_mark *m, const char *name, int fd, long result,
	const struct verdict *v, const struct about *about);

/* "[pid 812] 12:00:01.123456 sendto(7<UDP:[10.10.0.3:5060]>", or false if no line is wanted. */
bool report_start(struct report *r, const struct trace_mark *m, const char *name, int fd, long result,
	const struct verdict *v, const struct about *about);

/* ") = 812 <0.000034> ! verdict, Call-ID "abc"" */
void report_result(struct report *r, bool result_is_fd);

/* Writes the line, and gives errno back. */
void report_write(struct report *r);

/* Of a call that the kernel answered with an address: as much of it as the host had room for, and
 * [room => length]. */
void report_answer(struct line *l, const void *sa, const socklen_t *len, socklen_t room);

#endif
