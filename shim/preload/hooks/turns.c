/* SPDX-License-Identifier: MIT */
/* Where a thread may turn to another request than the one it has read: it waits, or takes what another
 * thread may have left for it. The calls are libc's own; see turn.h. */
#include "hook.h"

#include <pthread.h>

#include "preload/turn.h"

#define PASS(mark, type, name, parameters, arguments) \
	type hook_##name parameters __asm__(#name) __attribute__((visibility("default"))); \
	type hook_##name parameters \
	{ \
		mark(); \
		return real.name arguments; \
	}
#define WAIT(type, name, parameters, arguments) PASS(turn_end, type, name, parameters, arguments)
#define TURN(type, name, parameters, arguments) PASS(turn_may, type, name, parameters, arguments)
#include "calls.h"

#ifdef __GLIBC__
#define KIND_SHARED 128 /* of pthread_mutexattr_setpshared(3) */

/* What processes share may hand a request over where there is one thread only. */
static inline void locks(const void *mutex)
{
	if (likely(!turn_now.known))
		return;
	turn_now.turned = true;
	if (readable(mutex) && ((const pthread_mutex_t *)mutex)->__data.__kind & KIND_SHARED)
		turn_end();
}
#else
#define locks(mutex) turn_end()
#endif

HOOK(int, pthread_mutex_lock, void *mutex)
{
	locks(mutex);
	return real.pthread_mutex_lock(mutex);
}

HOOK(int, pthread_mutex_trylock, void *mutex)
{
	locks(mutex);
	return real.pthread_mutex_trylock(mutex);
}

HOOK(int, pthread_mutex_timedlock, void *mutex, const void *until)
{
	locks(mutex);
	return real.pthread_mutex_timedlock(mutex, until);
}

HOOK(int, pthread_mutex_clocklock, void *mutex, int clock, const void *until)
{
	locks(mutex);
	return real.pthread_mutex_clocklock(mutex, clock, until);
}
