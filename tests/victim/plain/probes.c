/* SPDX-License-Identifier: MIT */
/* Programs look by dlsym() for what their libc has: they find what it has, and no more. */
#include "../victim.h"

#include <dlfcn.h>

static const char *const names[] = {"close_range", "closefrom", "epoll_pwait2", "pidfd_open", "pidfd_getfd",
	"pidfd_spawn", "pidfd_spawnp", "openat2", "fcntl64", "accept4", "recvmmsg", "sendmmsg", "dup3", "memfd_create",
	"eventfd", "epoll_pwait", "signalfd"};

int main(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		say("%s %s", names[i], dlsym(RTLD_DEFAULT, names[i]) ? "is there" : "is not there");
	return 0;
}
