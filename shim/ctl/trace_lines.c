/* SPDX-License-Identifier: MIT */
#include "trace_lines.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/terminal.h"

#define RESULT_COLUMN 40 /* strace -a 40, as in preload/trace/report.c */

/* "[pid 812] 12:00:01.123456 "; returns its length. */
static size_t print_head(char *text, size_t room, pid_t thread, int64_t at, bool date)
{
	time_t seconds = (time_t)(at / 1000000000);
	char day[16] = "", clock[16], zone[8] = "";
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (date) {
		long minutes = labs(tm.tm_gmtoff) / 60;
		strftime(day, sizeof(day), "%Y-%m-%dT", &tm);
		snprintf(zone, sizeof(zone), "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60 % 100,
			minutes % 60);
	}
	int n = snprintf(text, room, "[pid %d] %s%s.%06d%s ", (int)thread, day, clock,
		(int)(at / 1000 % 1000000), zone);
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static void print_line(FILE *out, const struct ring_record *r, bool date)
{
	struct ring_line line;
	char head[128];

	if (r->size < sizeof(line))
		return;
	memcpy(&line, r->bytes, sizeof(line));
	const char *text = r->bytes + sizeof(line);
	size_t n = r->size - sizeof(line);
	size_t before = line.pad_at < n ? line.pad_at : n;
	size_t length = print_head(head, sizeof(head), r->thread, line.at < 0 ? 0 : line.at, date) + before;
	fputs(head, out);
	terminal_put(out, text, before);
	if (length < RESULT_COLUMN)
		fprintf(out, "%*s", (int)(RESULT_COLUMN - length), "");
	terminal_put(out, text + before, n - before);
}

void trace_lines_print(FILE *out, const struct ring_record *r, bool date)
{
	if (r->kind == RING_LINE)
		print_line(out, r, date);
	else
		terminal_put(out, r->bytes, r->size);
	putc('\n', out);
}
