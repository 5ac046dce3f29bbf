/* SPDX-License-Identifier: MIT */
/* Finds the real functions. A library whose constructor runs before ours may call any hook, so
 * every pointer starts as a resolver for itself; dlsym() is never reached after real_init(). */
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static void *missing(void)
{
	errno = ENOSYS;
	return (void *)-1;
}

/* Only FILE *, DIR * and struct hostent * calls: their failure is NULL. */
static void *missing_pointer(void)
{
	errno = ENOSYS;
	return NULL;
}

static void resolve(const char *name, void *pointer, int is_pointer)
{
	void *symbol = NULL;

#ifdef __x86_64__
	/* the hook stands for this version alone: see libbond.map.in */
	if (strncmp(name, "pthread_cond_", strlen("pthread_cond_")) == 0)
		symbol = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
#endif
	if (!symbol)
		symbol = dlsym(RTLD_NEXT, name);
	/* newer libcs keep the old spelling for programs that were linked with it, out of dlsym()'s
	 * sight */
	if (!symbol && strncmp(name, "__res_", strlen("__res_")) == 0)
		symbol = dlsym(RTLD_NEXT, name + strlen("__"));
	if (!symbol)
		symbol = is_pointer ? (void *)missing_pointer : (void *)missing;
	memcpy(pointer, &symbol, sizeof(symbol));
}

#define RETURNS_POINTER(type) __builtin_types_compatible_p(type, FILE *) || \
	__builtin_types_compatible_p(type, DIR *) || \
	__builtin_types_compatible_p(type, struct hostent *)

#define CALL(type, name, parameters, arguments) \
	static type early_##name parameters \
	{ \
		resolve(#name, &real.name, RETURNS_POINTER(type)); \
		return real.name arguments; \
	}
#define NEWFD(name, parameters, arguments) CALL(int, name, parameters, arguments)
#define STREAM(name, parameters, arguments) CALL(FILE *, name, parameters, arguments)
#define WAIT CALL
#define TURN CALL
#define ALONE(name, parameters, arguments) CALL(int, name, parameters, arguments)
#include "preload/hooks/calls.h"
#undef CALL

struct real real = {
#define CALL(type, name, parameters, arguments) .name = early_##name,
#include "preload/hooks/calls.h"
#undef CALL
};

void real_init(void)
{
#define CALL(type, name, parameters, arguments) \
	resolve(#name, &real.name, RETURNS_POINTER(type));
#include "preload/hooks/calls.h"
}
