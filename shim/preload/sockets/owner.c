/* SPDX-License-Identifier: MIT */
/* Tells forked processes from vforked ones without a lock or a hook of every call that forks. */
#include "owner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/raw.h"
#include "preload/opened/abreast.h"
#include "preload/process.h"
#include "segment/area.h"
#include "segment/processes.h"

/* Holds the pid of the process whose table this is. The kernel zeroes the page in a forked child,
 * whatever call forked it; a vfork child shares it and finds a pid that is not its own. */
static _Atomic pid_t fallback; /* until owner_init() too: a hook may run before it */
static _Atomic pid_t *owner = &fallback;

_Thread_local bool owner_foreign;

/* Of fork(): the child's own child by vfork could be the first to come by. */
static void after_fork(void)
{
	atomic_store(owner, getpid());
}

void owner_init(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED && madvise(p, page, MADV_WIPEONFORK) == 0)
		owner = p;
	else
		owner = &fallback;
	atomic_store(owner, getpid());
	pthread_atfork(NULL, NULL, after_fork);
}

/* Not of fork(): _Fork() or a bare system call made this process, or it is the vfork child of one that
 * was made so and has not come by itself. */
static __attribute__((noinline)) bool take_over(pid_t self)
{
	const int same_memory = 1; /* KCMP_VM; refused or not there: then it was a fork, most likely */

	if (raw_syscall(SYS_kcmp, self, getppid(), same_memory, 0) == 0)
		return false;
	atomic_store(owner, self);
	segment_join(&this_host.segment);
	abreast_forked();
	return true;
}

pid_t owner_may_change(void)
{
	if (owner_foreign)
		return 0;

	pid_t self = getpid(), known = atomic_load_explicit(owner, memory_order_relaxed);

	if (known == self)
		return self;
	return known == 0 && take_over(self) ? self : 0;
}
