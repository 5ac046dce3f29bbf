/* SPDX-License-Identifier: MIT */
/* Runs in the constructor, where the host's own stderr is still there to complain to. */
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "report.h"

static void complain(const char *variable, const char *value, const char *text)
{
	dprintf(2, "libbond[%d]: %s=%s: %s. Tracing is off.\n", (int)getpid(), variable, value, text);
}

void trace_init(const struct config *c)
{
	const char *words = getenv("BOND_TRACE"), *file = getenv("BOND_TRACE_FILE");
	struct report_setup setup = {.config = c};
	char error[FILTER_ERROR_SIZE];
	time_t now = time(NULL);
	struct tm local;
	int result;

	trace_on = 0;
	tracefile_close();
	tracefile_start();
	if (!words || !words[0] || getauxval(AT_SECURE))
		return;
	if (filter_parse(&setup.filter, words, c, error)) {
		complain("BOND_TRACE", words, error);
		return;
	}
	result = tracefile_open(file);
	if (result) {
		complain("BOND_TRACE_FILE", file && file[0] ? file : "(stderr)",
			result == ENXIO ? "nobody reads this pipe" : strerror(result));
		return;
	}
	setup.clock.date = setup.filter.date;
	if (localtime_r(&now, &local))
		setup.clock.zone = local.tm_gmtoff;
	report_init(&setup);
	trace_on = 1;
}
