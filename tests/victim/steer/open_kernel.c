/* SPDX-License-Identifier: MIT */
/* What the kernel of a machine may keep a member from: less memory for a socket's filter than it needs, which ends the
 * host where it begins, with the member's line, and of which bondctl says what is missing; and an IPv6 address that
 * is tentative yet, which keeps no host from starting: it is down until it is the only one, and heard then. */
/*victim
case: optmem tentative
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:10.0.3.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[route:one]
to = 2001:db8::/48
bond = one
*/
/*expect optmem
  ini:2:10: error: member udp:10.0.1.1:5060 cannot be opened: the filter for the members at its port is larger than net.core.optmem_max allows: raise that, to 20480 for 410 addresses, or open fewer
  libbond: victim is not started; BOND_ON_ERROR=pass starts it without the member
exit 78
-- told to go on
  udp to 10.0.2.1:5060: listener
  udp:10.0.1.1:5060: its listener's filter needs a larger net.core.optmem_max
  udp:10.0.3.1:5060: its listener's filter needs a larger net.core.optmem_max
exit 0
*/
/*expect tentative
  while it is tentative: its address is tentative, to send from it: ENETUNREACH
  listener: told [fd00:2::1]:5060, in truth [::]:5060
  in the end: up
  udp to [fd00:2::1]:5060: listener
  udp to [fd00:1::1]:5060: listener
exit 0
*/
#include "opened.h"

#include "given_back.h"

static const char show[] =
	"import json,os,sys\n"
	"for m in [m for b in json.load(sys.stdin)['bonds'] for m in b['members']]:\n"
	"  if m['name'].startswith(os.environ['MEMBERS']):\n"
	"    print(('  ' + m['name'] + ': ' if os.environ['NAMED'] else '') + m.get('reason', m['state']))";

/* What bondctl says of members, the first line into text of 200 bytes; NULL: to standard output. */
static void states_say(const char *members, char *text)
{
	static char command[4000];

	if (!*command)
		snprintf(command, sizeof(command), "unset LD_PRELOAD; %s/bondctl status --json %d | python3 -c \"$SHOW\"",
			beside_library(), (int)getpid());
	setenv("SHOW", show, 1);
	setenv("MEMBERS", members, 1);
	setenv("NAMED", text ? "" : "1", 1);
	fflush(stdout);
	FILE *f = popen(command, "r");
	char line[200];
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (text)
			snprintf(text, 200, "%s", line);
		else
			say("%s", line);
	}
	if (f)
		pclose(f);
}

static void shell(const char *command)
{
	char text[1000];

	snprintf(text, sizeof(text), "unset LD_PRELOAD; %s", command);
	if (system(text) != 0)
		die(command);
}

static int optmem(void)
{
	int fd = udp(H4, 5060);

	reach(SOCK_DGRAM, H4, 5060, EARS({"listener", fd}));
	states_say("udp:10.0.", NULL);
	return 0;
}

static int tentative(void)
{
	char state[200] = "", now[200] = "";
	struct ep to = ep("2001:db8::9", 5060);
	struct pollfd none = {.fd = -1};
	int fd = udp(H6, 5060);

	const char *sent = sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len) < 0 ? strerrorname_np(errno) : "sent";
	for (int ms = 0; ms < patience() && !strstr(state, "tentative") && strcmp(state, "up") != 0; ms += 100) {
		poll(&none, 1, 100);
		states_say("udp:[", state);
	}
	say("  while it is tentative: %s, to send from it: %s", state, sent);
	say("  listener: %s", names_of(fd));
	shell("ip address del " M6 "/64 dev va && ip address add " M6 "/64 dev va nodad && ip link set vb up");
	for (int ms = 0; ms < patience() && strcmp(now, "up") != 0; ms += 100) {
		poll(&none, 1, 100);
		states_say("udp:[", now);
	}
	say("  in the end: %s", now);
	reach(SOCK_DGRAM, H6, 5060, EARS({"listener", fd}));
	reach(SOCK_DGRAM, M6, 5060, EARS({"listener", fd}));
	return 0;
}

/* The program begins anew, and is a host of its own. */
static void begin(const char *how, bool passes)
{
	int out[2], status;
	char line[2000];

	MUST(pipe(out));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		unsetenv("BOND_ACTIVE");
		if (passes)
			setenv("BOND_ON_ERROR", "pass", 1);
		execl("/proc/self/exe", "victim", how, "begin", NULL);
		_exit(99);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		char *at = strstr(line, ".ini:");
		line[strcspn(line, "\n")] = 0;
		say("  %s", at ? at + 1 : line[0] == ' ' ? line + 2 : line);
	}
	fclose(f);
	MUST(waitpid(pid, &status, 0));
	say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int main(int argc, char **argv)
{
	bool memory = strcmp(argv[1], "optmem") == 0;

	if (argc > 2)
		return memory ? optmem() : tentative();
	if (getenv("VICTIM_BARE"))
		return 1;
	if (raw(SYS_unshare, CLONE_NEWNET, 0, 0, 0, 0, 0) != 0)
		die("namespace");
	shell("ip link set lo up && for a in " H4 " " M4 " " T4 "; do ip address add $a dev lo; done");
	/* without a carrier an address stays tentative */
	shell("ip link add name va type veth peer name vb && ip link set va up && "
	      "ip address add " H6 "/64 dev lo && ip address add " M6 "/64 dev va && ip route add default dev lo 2> /dev/null; "
	      "ip -6 route add 2001:db8::/48 dev lo");
	if (memory) {
		shell("echo 300 > /proc/sys/net/core/optmem_max");
		begin(argv[1], false);
		say("-- told to go on");
		begin(argv[1], true);
	} else {
		begin(argv[1], false);
	}
	return 0;
}
