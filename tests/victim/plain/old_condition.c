/* SPDX-License-Identifier: MIT */
/* Condition variables in both forms that libc has: as programs of today have them, and as those that were
 * linked with the first one for this machine. Neither waits in the other's way. */
/*victim
cc: -O1 -pthread
*/
#include "../victim.h"

#ifdef __x86_64__
int old_wait(pthread_cond_t *, pthread_mutex_t *);
int old_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int old_signal(pthread_cond_t *);
int old_init(pthread_cond_t *, const pthread_condattr_t *);
__asm__(".symver old_wait, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver old_timedwait, pthread_cond_timedwait@GLIBC_2.2.5");
__asm__(".symver old_signal, pthread_cond_signal@GLIBC_2.2.5");
__asm__(".symver old_init, pthread_cond_init@GLIBC_2.2.5");
#else
#define old_wait pthread_cond_wait
#define old_timedwait pthread_cond_timedwait
#define old_signal pthread_cond_signal
#define old_init pthread_cond_init
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* That of the first form is a pointer: what lies behind it is not the condition's to write. */
static struct {
	pthread_cond_t cond;
	char behind[64];
} now, old;
static int stage;

static void *signals(void *arg)
{
	for (int i = 1; i <= 4; i++) {
		pthread_mutex_lock(&mutex);
		stage = i;
		if (i % 2)
			pthread_cond_signal(&now.cond);
		else
			old_signal(&old.cond);
		pthread_mutex_unlock(&mutex);
		while (*(volatile int *)&stage)
			sched_yield();
	}
	return arg;
}

int main(void)
{
	struct timespec until = {.tv_sec = time(NULL) + 10}, past = {.tv_sec = 1};
	pthread_t other;

	pthread_cond_init(&now.cond, NULL);
	old_init(&old.cond, NULL);
#ifdef __x86_64__
	memset((char *)&old + sizeof(void *), '#', sizeof(old) - sizeof(void *));
#endif
	pthread_mutex_lock(&mutex);
	pthread_create(&other, NULL, signals, NULL);
	for (int i = 1; i <= 4; i++) {
		int ret = 0;
		while (stage != i && !ret)
			ret = i == 1 ? pthread_cond_wait(&now.cond, &mutex)
				: i == 2 ? old_wait(&old.cond, &mutex)
				: i == 3 ? pthread_cond_timedwait(&now.cond, &mutex, &until)
					 : old_timedwait(&old.cond, &mutex, &until);
		say("%d: %s", i, ret ? strerrorname_np(ret) : "woken");
		stage = 0;
	}
	say("now: %s", strerrorname_np(pthread_cond_timedwait(&now.cond, &mutex, &past)));
	say("old: %s", strerrorname_np(old_timedwait(&old.cond, &mutex, &past)));
	pthread_mutex_unlock(&mutex);
	pthread_join(other, NULL);
#ifdef __x86_64__
	bool kept = true;
	for (size_t i = sizeof(void *); i < sizeof(old); i++)
		kept &= ((char *)&old)[i] == '#';
	say("behind the old one: %s", kept ? "kept" : "written");
#endif
	return 0;
}
