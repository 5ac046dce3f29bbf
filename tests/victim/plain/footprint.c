/* SPDX-License-Identifier: MIT */
/* What a library could leave in a process without being asked: descriptors, threads, children,
 * signal handlers, masks, limits. */
/*victim
modes: idle routes
*/
#include "../victim.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void list(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int count = 0;

	while ((e = readdir(d)))
		count += e->d_name[0] != '.';
	say("%s: %d entries", path, count);
	closedir(d);
}

int main(void)
{
	struct rlimit limit;
	struct sigaction sa;
	struct stat st;
	sigset_t mask;
	int handlers = 0, blocked = 0;
	char where[200];

	list("/proc/self/fd");
	list("/proc/self/task");
	DID(waitpid(-1, NULL, WNOHANG));
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int i = 1; i < 65; i++) {
		if (sigaction(i, NULL, &sa) == 0)
			handlers += sa.sa_handler != SIG_DFL && sa.sa_handler != SIG_IGN;
		blocked += sigismember(&mask, i) == 1;
	}
	say("handlers %d, blocked %d", handlers, blocked);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		getrlimit(i, &limit);
		say("limit %d: %ld %ld", i, (long)limit.rlim_cur, (long)limit.rlim_max);
	}
	say("umask %o", umask(022));
	say("%s", getcwd(where, sizeof(where)));
	say("dumpable %d, no new privileges %d", prctl(PR_GET_DUMPABLE),
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	for (int fd = 0; fd < 3; fd++) {
		fstat(fd, &st);
		say("%d: mode %o, flags %#x", fd, st.st_mode & S_IFMT, fcntl(fd, F_GETFL));
	}
	say("errno %d", errno);
	return 0;
}
