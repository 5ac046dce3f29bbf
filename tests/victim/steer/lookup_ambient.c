/* SPDX-License-Identifier: MIT */
/* A program that begins as a service does, as another user than root with ambient capabilities (systemd.exec(5)): with
 * the two of sk_lookup its listener hears members of other ports, and neither it nor what it starts has them any
 * longer; others stay. With one of both it does not begin. A member of a port below 1024 is heard, but sent from by
 * UDP only by who may bind it. */
/*victim
modes: routes
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5080 open
member = tcp:10.0.1.1:443 open
*/
/*expect
-- both
udp of 10.0.1.1:5080: heard
tcp of 10.0.1.1:443: heard
CapInh: 0000000000000000
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapAmb: 0000000000000000
a program that it starts has 0000000000000000
exit 0
-- both and another
udp of 10.0.1.1:5080: heard
tcp of 10.0.1.1:443: heard
CapInh: 0000000000000400
CapPrm: 0000000000000400
CapEff: 0000000000000400
CapAmb: 0000000000000400
a program that it starts has 0000000000000400
exit 0
-- CAP_BPF alone
not started: needs CAP_BPF and CAP_NET_ADMIN
exit 78
-- CAP_NET_ADMIN alone
not started: needs CAP_BPF and CAP_NET_ADMIN
exit 78
-- both, udp of port 443
not started: CAP_NET_BIND_SERVICE
exit 78
-- both and another, udp of port 443
udp of 10.0.1.1:443: heard
CapInh: 0000000000000400
CapPrm: 0000000000000400
CapEff: 0000000000000400
CapAmb: 0000000000000400
a program that it starts has 0000000000000400
exit 0
*/
#include "steer.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#define BIT(capability) (UINT64_C(1) << (capability))

/* As systemd's exec_child() ends. */
static void become_service(uint64_t capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];

	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(setgroups(0, NULL));
	MUST(setresgid(65534, 65534, 65534));
	MUST(setresuid(65534, 65534, 65534));
	for (int i = 0; i < 2; i++) {
		uint32_t word = (uint32_t)(capabilities >> 32 * i);
		sets[i] = (struct __user_cap_data_struct){word, word, word};
	}
	MUST(syscall(SYS_capset, &head, sets));
	for (int c = 0; c < 64; c++) {
		if (capabilities & BIT(c))
			MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0));
	}
}

static void say_led(int fd, int type, const char *host, int port)
{
	struct ep to = ep(host, port);
	int peer = (int)raw(SYS_socket, AF_INET, type, 0, 0, 0, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	long error = raw(SYS_connect, peer, (long)&to.sa, to.len, 0, 0, 0);

	if (!error && type == SOCK_DGRAM)
		raw(SYS_sendto, peer, (long)"OPTIONS", 7, 0, 0, 0);
	if (!error)
		raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0);
	say("%s of %s:%d: %s", type == SOCK_DGRAM ? "udp" : "tcp", host, port, error ? "refused"
		: p.revents ? "heard" : "lost");
}

/* Lines of /proc/self/status that begin so; only what stands behind, where what is not NULL. */
static void say_capabilities(const char *begin, const char *what)
{
	char line[200], *value;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, begin, strlen(begin)) || strstr(line, "CapBnd") || !(value = strchr(line, '\t')))
			continue;
		*value++ = 0;
		say("%s %s", what ? what : line, value);
	}
	if (f)
		fclose(f);
}

static int program(const char *udp_port)
{
	int u = udp(H4, 5060), t = tcp_listener(H4, 5060);

	poll(NULL, 0, 0); /* it has begun */
	say_led(u, SOCK_DGRAM, M4, atoi(udp_port));
	if (atoi(udp_port) != 443)
		say_led(t, SOCK_STREAM, M4, 443);
	say_capabilities("Cap", NULL);
	fflush(stdout);
	if (fork() == 0) {
		execl("/proc/self/exe", "victim", "started", "", NULL);
		_exit(99);
	}
	wait(NULL);
	return 0;
}

/* Of a sentence, what of it counts here. */
static void say_line(char *line)
{
	static const char *const words[] = {"needs CAP_BPF and CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE"};

	if (!strstr(line, ".ini")) {
		if (!strstr(line, "is not started"))
			say("%s", line);
		return;
	}
	for (int i = 0; i < 2; i++) {
		if (strstr(line, words[i])) {
			say("not started: %s", words[i]);
			return;
		}
	}
	say("%s", line);
}

static void begin(const char *what, uint64_t capabilities, const char *udp_port)
{
	int out[2], status;
	char line[2000];

	say("-- %s", what);
	MUST(pipe(out));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		unsetenv("BOND_ACTIVE");
		become_service(capabilities);
		execl("/proc/self/exe", "victim", "program", udp_port, NULL);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		say_line(line);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* The same, by another file. */
static void use_other_file(const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s-443.ini", getenv("BOND_CONFIG"));
	if (!(f = fopen(path, "w")))
		die(path);
	fputs(text, f);
	fclose(f);
	setenv("BOND_CONFIG", path, 1);
}

int main(int argc, char **argv)
{
	const uint64_t both = BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), other = BIT(CAP_NET_BIND_SERVICE);

	if (argc > 1 && strcmp(argv[1], "started") == 0) {
		say_capabilities("CapPrm", "a program that it starts has");
		return 0;
	}
	if (argc > 1)
		return program(argv[2]);
	begin("both", both, "5080");
	begin("both and another", both | other, "5080");
	begin("CAP_BPF alone", BIT(CAP_BPF), "5080");
	begin("CAP_NET_ADMIN alone", BIT(CAP_NET_ADMIN), "5080");
	use_other_file("[bond:one]\nmember = udp:10.0.1.1:443 open\n");
	begin("both, udp of port 443", both, "443");
	begin("both and another, udp of port 443", both | other, "443");
	return 0;
}
