/* SPDX-License-Identifier: MIT */
/* By close_range(2), which unshares the table before it closes. */
#include "descriptors.h"
#include "raw.h"

#include <linux/close_range.h>
#include <sched.h>

#include "older.h"

int descriptors_leave(const int *keep, size_t count)
{
	unsigned first = 0, flags = CLOSE_RANGE_UNSHARE;
	for (size_t i = 0; i <= count; i++) {
		unsigned next = i < count ? (unsigned)keep[i] : ~0u;
		long e = 0;
		if (i == count)
			e = raw_syscall(SYS_close_range, first, next, flags, 0);
		else if (next > first)
			e = raw_syscall(SYS_close_range, first, next - 1, flags, 0);
		else if (flags)
			e = raw_syscall(SYS_unshare, CLONE_FILES, 0, 0, 0);
		if (e < 0)
			return (int)-e;
		flags = 0;
		first = next + 1;
	}
	return 0;
}
