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
#include <string.h>
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
	_Atomic uint32_t end;    /* it is to end */
	const _Atomic uint32_t *_Atomic word; /* what it sleeps on */
	_Atomic pid_t process;   /* whose thread it is: a forked child has none */
	_Atomic int held;
	void (*run)(void *);
	bool filters; /* it attaches such */
};

static struct bare bare;

static long futex(const _Atomic uint32_t *word, int what, uint32_t value, const struct timespec *timeout)
{
	return raw_syscall(SYS_futex, (long)word, what, (long)value, (long)timeout);
}

/* It needs none but for filters of TCP sockets, which later kernels take from CAP_NET_ADMIN alone. A program that gives
 * that up by capset(2) ends this thread before. */
static void drop_rights(void)
{
	const uint32_t kept = bare.filters ? UINT32_C(1) << CAP_NET_ADMIN : 0;
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}, {0}};

	if (kept)
		raw_syscall(SYS_capget, (long)&head, (long)sets, 0, 0);
	sets[0].effective &= kept;
	sets[0].permitted &= kept;
	sets[0].inheritable = 0;
	memset(&sets[1], 0, sizeof(sets[1]));
	raw_syscall(SYS_capset, (long)&head, (long)sets, 0, 0);
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

int bare_start(void (*run)(void *room), size_t room, bool filters)
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
	bare.filters = filters;
	atomic_store(&bare.end, 0);
	atomic_store(&bare.word, NULL);
	atomic_store(&bare.process, getpid());
	int error = clone(begin, stack, flags, NULL, (pid_t *)&bare.thread, tls, (pid_t *)&bare.thread) < 0 ? errno : 0;
	if (error)
		atomic_store(&bare.thread, 0);
	return error;
}

bool bare_sleep(int ms, const _Atomic uint32_t *word, uint32_t seen)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	atomic_store(&bare.word, word);
	if (!atomic_load(&bare.end))
		futex(word, FUTEX_WAIT, seen, &t);
	return !atomic_load(&bare.end);
}

/* Others that wait for the same word go on waiting. */
static void wake(void)
{
	const _Atomic uint32_t *word = atomic_load(&bare.word);

	if (word)
		futex(word, FUTEX_WAKE, INT32_MAX, NULL);
}

/* Its number goes when it has left our memory; it counts as a thread a moment longer. It may have been just about to
 * sleep, when it was told. */
static void wait_for_end(uint32_t thread)
{
	const struct timespec turn = {0, 1000000};

	for (int i = 0; i < ENDS_MS; i++) {
		uint32_t now = atomic_load(&bare.thread);
		if (now) {
			wake();
			futex(&bare.thread, FUTEX_WAIT, now, &turn); /* the kernel's own wake is not private */
		} else if (raw_syscall(SYS_tgkill, getpid(), (long)thread, 0, 0) == -ESRCH) {
			return;
		} else {
			raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
		}
	}
}

void bare_hold(void)
{
	uint32_t thread = atomic_load(&bare.thread);

	atomic_fetch_add(&bare.held, 1);
	if (!thread || atomic_load(&bare.process) != getpid())
		return;
	atomic_store(&bare.end, 1);
	wait_for_end(thread);
}

void bare_release(void)
{
	atomic_fetch_sub(&bare.held, 1);
}
