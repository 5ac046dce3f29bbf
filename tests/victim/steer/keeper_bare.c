/* SPDX-License-Identifier: MIT */
/* The same of the thread that only follows addresses, which libc does not know; and nothing that a program
 * of one thread may do is refused, or done by half, because of it. */
/*victim
case: forked daemon exec_owner last_thread closed vforked rights spaces one_thread
seconds: 60
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:carriers]
to = 198.51.100.0/24
bond = ext
*/
/*expect forked
together: 1
the owner is killed
together: 1
the owner is killed
together: 1
the owner is killed
together: 1
*/
/*expect daemon
parent: 1
daemon: 1
the daemon has ended
*/
/*expect exec_owner
parent: 1
the owner became another program
children: 1
*/
/*expect last_thread
together: 1
the first thread has ended
the second thread ends
parent: exit 0
*/
/*expect closed
together: 1
descriptors: 0
together: 1
*/
/*expect vforked
before: 0
vfork child: 0
after: 1
*/
/*expect rights
together: 1
setgroups: 0
setresgid: 0
setresuid: 0
users of all threads: 65534 65534 65534 65534
together: 1
users of all threads: 65534 65534 65534 65534
by syscall(): 0
users of all threads: 65534 65534 65534 65534
together: 1
*/
/*expect spaces
together: 1
unshare: 0
in between: 0
together: 1
setns: 0
together: 1
*/
/*expect one_thread
together: 1
libc takes it for a program of one thread: 1
its rights: none
*/
#include "keeper.h"

#include <grp.h>
#include <sched.h>

/* The users of each thread, joined: one line where all are alike. */
static void say_users(void)
{
	char path[64], line[128], users[128] = "";
	struct dirent *e;
	DIR *d = opendir("/proc/self/task");
	bool alike = true;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		int a, b, c, g;
		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "Uid: %d %d %d %d", &a, &b, &c, &g) != 4)
				continue;
			snprintf(line, sizeof(line), "%d %d %d %d", a, b, c, g);
			alike = alike && (!*users || strcmp(users, line) == 0);
			snprintf(users, sizeof(users), "%s", line);
		}
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	say("users of all threads: %s", alike ? users : "not alike");
}

static void rights(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid_t self = getpid();
		knock();
		say("together: %d", settled(&self, 1));
		say("setgroups: %d", setgroups(0, NULL));
		say("setresgid: %d", setresgid(65534, 65534, 65534));
		say("setresuid: %d", setresuid(65534, 65534, 65534));
		say_users();
		knock();
		say("together: %d", settled(&self, 1));
		say_users();
		say("by syscall(): %ld", syscall(SYS_setresuid, 65534, 65534, 65534));
		say_users();
		knock();
		say("together: %d", settled(&self, 1));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* A namespace of users is for a process of one thread alone. */
static void spaces(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid_t self = getpid();
		knock();
		say("together: %d", settled(&self, 1));
		say("unshare: %d", unshare(CLONE_NEWUSER | CLONE_NEWNET));
		say("in between: %d", keepers_of(self, NULL));
		knock();
		say("together: %d", settled(&self, 1));
		int own = MUST(open("/proc/self/ns/net", O_RDONLY));
		say("setns: %d", setns(own, CLONE_NEWNET));
		knock();
		say("together: %d", settled(&self, 1));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void one_thread(void)
{
	pid_t self = getpid(), tid = 0;
	char path[64], text[4096], *at;
	unsigned long long permitted = 1;

	knock();
	say("together: %d", settled(&self, 1));
	say("libc takes it for a program of one thread: %d", __libc_single_threaded);
	keepers_of(self, &tid);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	if ((at = strstr(text, "CapPrm:")))
		sscanf(at, "CapPrm: %llx", &permitted);
	say("its rights: %s", permitted ? "some" : "none");
}

int main(int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[1], "rights") == 0)
		rights();
	else if (strcmp(argv[1], "spaces") == 0)
		spaces();
	else if (strcmp(argv[1], "one_thread") == 0)
		one_thread();
	else
		keep_by_case(argv[1]);
	return 0;
}
