/* SPDX-License-Identifier: MIT */
/* A forked child whose own vfork child is the first to make a call is followed as before: what the
 * vfork child opens is not taken for the child's own. */
/*victim
case: fork _Fork clone
*/
/*expect
child after vfork: peer saw 10.0.1.1:*
child again: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static void call(const char *name)
{
	struct ep to = ep(ROUTED4, 5060);
	int s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	char text[600] = "", *at;

	MUST(connect(s, &to.sa, to.len));
	MUST(send(s, SIP, SIP_LEN, 0));
	wait_readable(s);
	MUST(recv(s, text, sizeof(text) - 1, MSG_DONTWAIT));
	at = strstr(text, "Seen: ");
	if (!at)
		say("%s: nothing was read", name);
	else
		say("%s: peer saw %.*s:*", name, (int)strcspn(at + 6, ":"), at + 6);
	close(s);
}

static pid_t fork_by(const char *how)
{
	if (strcmp(how, "fork") == 0)
		return fork();
	if (strcmp(how, "_Fork") == 0)
		return _Fork();
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	pid_t child = fork_by(argc > 1 ? argv[1] : "fork"), pid;

	if (child == 0) {
		pid = vfork();
		if (pid == 0) {
			socket(AF_INET, SOCK_DGRAM, 0);
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		waitpid(pid, NULL, 0);
		call("child after vfork");
		call("child again");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}
