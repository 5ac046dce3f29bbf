/* SPDX-License-Identifier: MIT */
/* Whether there is a log, and sentences of libbond's own in it. Async-signal-safe. */
#ifndef BOND_TRACE_LOG_H
#define BOND_TRACE_LOG_H

#include "line.h"

/* Nonzero while there is a log of BOND_TRACE. Whether any line may be wanted says HOT_TRACE (preload/hot.h). */
extern int trace_on __attribute__((visibility("hidden")));

/* Ends the line and writes it to the log, which is off once there is nothing left to write to. */
void trace_put(struct line *l);

/* A plain sentence of libbond itself: "libbond[PID]: text", whatever the filter. */
void trace_say(const char *text);

#endif
