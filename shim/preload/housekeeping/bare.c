/* SPDX-License-Identifier: MIT */
/* One mapping holds the stack, what stands in for variables of threads, and the thread's own room. It is
 * kept for the next one, as a thread cannot unmap its own stack. */
#include "bare.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/raw.h"

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024) /* a page of all machines */
/* A compiler may have the stack's guard word read there; all are zero, but for the first's own address. */
#define TLS_SIZE (32 * 1024)
#define ENDS_MS 2000 /* how long is waited for its end */

struct bare {
	char *memory;
	size_t room;
	_Atomic uint32_t thread; /* its number; the kernel zeroes it when it ends */
	_Atomic uint32_t end;    /* it is to end: what it sleeps on */
	_Atomic pid_t process;   /* whose thread it is: a forked child has none */
	_Atomic int held;
	void (*run)(void *);
};

static struct bare bare;

static long futex(_Atomic uint32_t *word, int what, uint32_t value, const struct timespec *timeout)
{
	return raw_syscall(SYS_futex, (long)word, what, (long)value, (long)timeout);
}

/* It needs no rights, and does not keep any that the program gives up by capset(2). */
static void drop_rights(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}, {0}};

	raw_syscall(SYS_capset, (long)&head, (long)none, 0, 0);
}

static int begin(void *unused)
{
	const uint64_t all = ~UINT64_C(0); /* with the two that libc keeps for itself */

	(void)unused;
	raw_syscall(SYS_prctl, PR_SET_NAME, (long)"libbond", 0, 0);
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof(all));
	drop_rights();
	bare.run(bare.memory + GUARD_SIZE + STACK_SIZE + TLS_SIZE);
	return 0;
}

static bool map_memory(size_t room)
{
	size_t size = GUARD_SIZE + STACK_SIZE + TLS_SIZE + room;

	if (bare.memory && bare.room == room)
		return true;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	if (mprotect(p, GUARD_SIZE, PROT_NONE) != 0) {
		munmap(p, size);
		return false;
	}
	bare.memory = p;
	bare.room = room;
	return true;
}

bool bare_runs(void)
{
	return atomic_load(&bare.thread) && atomic_load(&bare.process) == getpid();
}

int bare_start(void (*run)(void *room), size_t room)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	if (bare_runs() || atomic_load(&bare.held))
		return EBUSY;
	if (!map_memory(room))
		return ENOMEM;
	char *stack = bare.memory + GUARD_SIZE + STACK_SIZE, *tls = stack + TLS_SIZE / 2;
	*(void **)tls = tls;
	bare.run = run;
	atomic_store(&bare.end, 0);
	atomic_store(&bare.process, getpid());
	int error = clone(begin, stack, flags, NULL, (pid_t *)&bare.thread, tls, (pid_t *)&bare.thread) < 0 ? errno : 0;
	if (error)
		atomic_store(&bare.thread, 0);
	return error;
}

bool bare_sleep(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	if (!atomic_load(&bare.end))
		futex(&bare.end, FUTEX_WAIT_PRIVATE, 0, &t);
	return !atomic_load(&bare.end);
}

/* Its number goes when it has left our memory; it counts as a thread a moment longer. */
static void wait_for_end(uint32_t thread)
{
	const struct timespec turn = {0, 1000000};

	for (int i = 0; i < ENDS_MS; i++) {
		uint32_t now = atomic_load(&bare.thread);
		if (now)
			futex(&bare.thread, FUTEX_WAIT, now, &turn); /* the kernel's own wake is not private */
		else if (raw_syscall(SYS_tgkill, getpid(), (long)thread, 0, 0) == -ESRCH)
			return;
		else
			raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
	}
}

void bare_hold(void)
{
	uint32_t thread = atomic_load(&bare.thread);

	atomic_fetch_add(&bare.held, 1);
	if (!thread || atomic_load(&bare.process) != getpid())
		return;
	atomic_store(&bare.end, 1);
	futex(&bare.end, FUTEX_WAKE_PRIVATE, 1, NULL);
	wait_for_end(thread);
}

void bare_release(void)
{
	atomic_fetch_sub(&bare.held, 1);
}
