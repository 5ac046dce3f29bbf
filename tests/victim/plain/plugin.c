/* SPDX-License-Identifier: MIT */
/* A plugin that is loaded with RTLD_LOCAL and sends; it goes away and comes back. */
/*victim
build: plugin_lib
*/
#include "../victim.h"

#include <dlfcn.h>

int main(void)
{
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001);

	for (int i = 0; i < 2; i++) {
		void *lib = dlopen("plugin_lib.so", RTLD_NOW | RTLD_LOCAL);
		void (*use)(int);

		if (!lib)
			die(dlerror());
		use = (void (*)(int))dlsym(lib, "plugin_use");
		use(s);
		say_heard("ear", ear);
		say_heard("ear", ear);
		DID(dlclose(lib));
	}
	say_open(12);
	return 0;
}
