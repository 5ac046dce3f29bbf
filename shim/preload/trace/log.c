/* SPDX-License-Identifier: MIT */
/* One write(2) or one record a line, so that those of threads and processes stay whole. */
#include "log.h"

#include "base/raw.h"
#include "file.h"
#include "live.h"
#include "preload/hot.h"

int trace_on;

void trace_put(struct line *l)
{
	l->text[l->length] = '\n';
	if (!tracefile_write(l->text, l->length + 1))
		trace_on = 0;
}

void trace_say(const char *text)
{
	struct line l;
	int fd;

	line_start(&l);
	line_text(&l, "libbond[");
	line_signed(&l, raw_syscall(SYS_getpid, 0, 0, 0, 0));
	line_text(&l, "]: ");
	line_text(&l, text);
	l.text[l.length] = '\n';
	uint16_t readers = live_readers(LIVE_LINES, NULL);
	live_put(RING_SAID, readers, &(struct iovec){l.text, l.length}, 1);
	if ((trace_on && tracefile_write(l.text, l.length + 1)) || (page.p.mode & HOT_LIVE))
		return;
	fd = tracefile_stderr();
	if (fd >= 0)
		raw_write(fd, l.text, l.length + 1);
}
