/* SPDX-License-Identifier: MIT */
/* Listeners that were bound before the program began, as by systemd, cannot hear members by a filter: they stay as
 * they are, the members are down, and bondctl says why; nothing else of the host is the worse for it, and what it binds
 * itself stands beside as it does bare. A reload changes nothing of that. */
/*victim
case: used first-use later-listener
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = tcp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = tcp:10.0.1.1:5070 open=filter
*/
/*expect used
udp: told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp: told 10.0.2.1:5060, in truth 10.0.2.1:5060
udp6: told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
udp to 10.0.2.1:5060: udp
udp to [fd00:2::1]:5060: udp6
tcp to 10.0.2.1:5060: tcp, told 10.0.2.1:5060, in truth 10.0.2.1:5060
udp to 10.0.1.1:5060: ECONNREFUSED
udp to fd00:1::1:5060: ECONNREFUSED
tcp to 10.0.1.1:5060: ECONNREFUSED
udp:10.0.1.1:5060: listener inherited: it was bound before the program began
tcp:10.0.1.1:5060: listener inherited: it was bound before the program began
udp:[fd00:1::1]:5060: listener inherited: it was bound before the program began
-- one of its own at another port
its own: told 10.0.2.1:5070, in truth 0.0.0.0:5070
tcp to 10.0.1.1:5070: its own, told 10.0.2.1:5070, in truth 10.0.1.1:5070
-- a reload
udp to 10.0.2.1:5060: udp
udp to 10.0.3.1:5060: ECONNREFUSED
udp:10.0.3.1:5060: listener inherited: it was bound before the program began
*/
/*expect first-use
udp:10.0.1.1:5060: listener inherited: it was bound before the program began
tcp:10.0.1.1:5060: listener inherited: it was bound before the program began
udp:[fd00:1::1]:5060: listener inherited: it was bound before the program began
udp to 10.0.2.1:5060: udp
udp to 10.0.1.1:5060: ECONNREFUSED
*/
/*expect later-listener
another: told 10.0.3.1:5060, in truth 10.0.3.1:5060
another: told 10.0.3.1:5060, in truth 10.0.3.1:5060
udp to 10.0.2.1:5060: udp
udp to 10.0.3.1:5060: another
tcp to 10.0.2.1:5060: tcp, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.3.1:5060: another, told 10.0.3.1:5060, in truth 10.0.3.1:5060
udp to 10.0.1.1:5060: ECONNREFUSED
tcp to 10.0.1.1:5060: ECONNREFUSED
udp:10.0.1.1:5060: listener inherited: it was bound before the program began
tcp:10.0.1.1:5060: listener inherited: it was bound before the program began
*/
#include "opened.h"

#include "given_back.h"

/* What who is asked first answers there. */
static void refused(int type, const char *host)
{
	struct ep to = ep(host, 5060);
	int fd = (int)raw(SYS_socket, to.sa.sa_family, type | SOCK_CLOEXEC, 0, 0, 0, 0), error = 0;
	socklen_t n = sizeof(error);

	error = (int)-raw(SYS_connect, fd, (long)&to.ss, to.len, 0, 0, 0);
	if (type == SOCK_DGRAM) {
		raw(SYS_sendto, fd, (long)"hello", 5, 0, 0, 0);
		raw(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&n, 0);
	}
	say("%s to %s:5060: %s", type == SOCK_DGRAM ? "udp" : "tcp", host, error ? strerrorname_np(error) : "nothing");
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

static const char show_why[] = "import json,os,sys\n"
			       "for m in [m for b in json.load(sys.stdin)['bonds'] for m in b['members']]:\n"
			       "  if m['name'] == os.environ['MEMBER']: print(m['name'] + ':', m.get('reason', m['state']))";

/* What bondctl says of a member that is down. */
static void say_why(const char *member)
{
	char command[4000];

	setenv("SHOW", show_why, 1);
	setenv("MEMBER", member, 1);
	snprintf(command, sizeof(command), "env -u LD_PRELOAD XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" %s/bondctl status --json %d "
					   "| env -u LD_PRELOAD python3 -c \"$SHOW\"", beside_library(), (int)getpid());
	fflush(stdout);
	if (system(command) != 0)
		die("bondctl");
}

static void say_whys(void)
{
	say_why("udp:10.0.1.1:5060");
	say_why("tcp:10.0.1.1:5060");
}

enum { UDP = 3, TCP, UDP6 };

static void used(void)
{
	say("udp: %s", names_of(UDP));
	say("tcp: %s", names_of(TCP));
	say("udp6: %s", names_of(UDP6));
	reach(SOCK_DGRAM, H4, 5060, EARS({"udp", UDP}));
	reach(SOCK_DGRAM, H6, 5060, EARS({"udp6", UDP6}));
	reach(SOCK_STREAM, H4, 5060, EARS({"tcp", TCP}));
	refused(SOCK_DGRAM, M4);
	refused(SOCK_DGRAM, M6);
	refused(SOCK_STREAM, M4);
	say_whys();
	say_why("udp:[fd00:1::1]:5060");
	say("-- one of its own at another port");
	int own = try_listener("its own", SOCK_STREAM, H4, 5070, SO_REUSEADDR);
	reach(SOCK_STREAM, M4, 5070, EARS({"its own", own}));
	say("-- a reload");
	gb_reload("[bond:one]\nmember = udp:10.0.3.1:5060 open=filter\n");
	close(bound(SOCK_DGRAM, "0.0.0.0", 0)); /* a call that takes the rules */
	reach(SOCK_DGRAM, H4, 5060, EARS({"udp", UDP}));
	refused(SOCK_DGRAM, T4);
	say_why("udp:10.0.3.1:5060");
}

static void later_listener(void)
{
	int u = try_listener("another", SOCK_DGRAM, T4, 5060, 0);
	int t = try_listener("another", SOCK_STREAM, T4, 5060, SO_REUSEADDR);

	reach(SOCK_DGRAM, H4, 5060, EARS({"udp", UDP}, {"another", u}));
	reach(SOCK_DGRAM, T4, 5060, EARS({"udp", UDP}, {"another", u}));
	reach(SOCK_STREAM, H4, 5060, EARS({"tcp", TCP}, {"another", t}));
	reach(SOCK_STREAM, T4, 5060, EARS({"tcp", TCP}, {"another", t}));
	refused(SOCK_DGRAM, M4);
	refused(SOCK_STREAM, M4);
	say_whys();
}

/* What systemd does: nothing that libbond sees. */
static void bind_as_others(int wanted, int type, const char *host)
{
	struct ep e = ep(host, 5060);
	int fd = (int)raw(SYS_socket, e.sa.sa_family, type, 0, 0, 0, 0), one = 1;

	if (fd != wanted)
		die("descriptors");
	raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, fd, (long)&e.ss, e.len, 0, 0, 0) != 0)
		die("bind");
	if (type == SOCK_STREAM)
		raw(SYS_listen, fd, 5, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		bind_as_others(UDP, SOCK_DGRAM, H4);
		bind_as_others(TCP, SOCK_STREAM, H4);
		bind_as_others(UDP6, SOCK_DGRAM, H6);
		unsetenv("BOND_ACTIVE");
		execl("/proc/self/exe", "victim", argv[1], "again", NULL);
		die("exec");
	}
	if (strcmp(argv[1], "used") == 0) {
		used();
	} else if (strcmp(argv[1], "later-listener") == 0) {
		later_listener();
	} else {
		/* before any call for them */
		say_whys();
		say_why("udp:[fd00:1::1]:5060");
		reach(SOCK_DGRAM, H4, 5060, EARS({"udp", UDP}));
		refused(SOCK_DGRAM, M4);
	}
	return 0;
}
