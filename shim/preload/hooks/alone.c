/* SPDX-License-Identifier: MIT */
/* What changes a whole program, by libc's making all of its threads do it, or can be done by a program of
 * one thread only: what libc does not know of ends before, and is started again by a later call. */
#include "hook.h"

#include "preload/housekeeping/bare.h"

#define ALONE(name, parameters, arguments) \
	int hook_##name parameters __asm__(#name) __attribute__((visibility("default"))); \
	int hook_##name parameters \
	{ \
		bare_hold(); \
		int result = real.name arguments; \
		bare_release(); \
		return result; \
	}
#include "calls.h"
