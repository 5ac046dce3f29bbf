/* SPDX-License-Identifier: MIT */
/* TLS libraries that modules bring along, out of everybody's sight: each call reaches that which the object is
 * of, also where several have the same names, one comes later, and threads begin at once. */
/*victim
preload: @tls @
build: tls_fake_one tls_fake_two tls_local
*/
#include "../victim.h"

#include <dlfcn.h>

#define THREADS 8

static void *open_local(const char *name)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		say("VICTIM BROKEN: %s", dlerror());
	return handle;
}

static void *first, *second;

static void *use(void *data)
{
	void *(*make)(void) = (void *(*)(void))dlsym(first, "new_of_one");
	int (*call)(void *) = (int (*)(void *))dlsym(first, "use_of_one");

	(void)data;
	return (void *)(intptr_t)call(make());
}

int main(void)
{
	pthread_t threads[THREADS];
	void *result;

	say("%d, %d", dlsym(RTLD_DEFAULT, "SSL_CTX_new") != NULL, dlsym(RTLD_DEFAULT, "new_of_one") != NULL);
	first = open_local("tls_fake_one.so");
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		say("of the first: %d", (int)(intptr_t)result);
	}
	second = open_local("tls_fake_two.so");
	void *(*make)(void) = (void *(*)(void))dlsym(second, "new_of_two");
	int (*call)(void *) = (int (*)(void *))dlsym(second, "use_of_two");
	say("of the second: %d", call(make()));
	use(&result);
	say("of the first: %d", (int)(intptr_t)use(NULL));
	int (*talk)(void) = (int (*)(void))dlsym(open_local("tls_local.so"), "talk");
	talk();
	say("of the second: %d", call(make()));
	return 0;
}
