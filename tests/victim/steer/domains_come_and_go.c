/* SPDX-License-Identifier: MIT */
/* Domains that reloads bring and take away: there is room for any number of them in time, as those that no
 * rules name which anybody goes by make room; for too many at once it is said once, with their number. */
/*victim
seconds: 20
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24, stays.example
bond = ext
[dns]
server = 127.0.0.1:9
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- 100 domains, others, and others, more than five minutes apart
1: 101 domains
2: 101 domains
3: 101 domains
4: 101 domains
5: 101 domains
-- so at once
6: 101 domains
7: no room is left in the table of PID, which has 257 domains, for d6-56.example and 43 others
7: 57 domains, 44 found no room
8: no room is left in the table of PID, which has 257 domains, for d7-0.example and 99 others
8: 1 domains, 100 found no room
-- five minutes later
9: 101 domains
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "given_back.h"

static char text[100 * 32];

static void make_rules(int number)
{
	size_t n = (size_t)sprintf(text, "[bond:ext]\nmember = udp:10.0.1.1:5060\n[dns]\nserver = 127.0.0.1:9\n"
					 "[route:r]\nbond = ext\nto = 198.51.100.0/24, stays.example\n");

	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n, "to = d%d-%d.example\n", number, i);
}

static void reload(int number)
{
	char command[9000];

	make_rules(number - 1);
	snprintf(command, sizeof(command),
		"cat > /tmp/victim-%d.ini; env -u LD_PRELOAD %s/bondctl reload %d /tmp/victim-%d.ini 2>&1 > /dev/null | "
		"sed 's/.*: no room is left in the table of [0-9]*/%d: no room is left in the table of PID/; s/: the name.*//'; "
		"rm /tmp/victim-%d.ini; env -u LD_PRELOAD %s/bondctl status %d | "
		"awk '/example:/ {n++} /found no room in the table:/ {m = \", \" $1 \" found no room\"} "
		"END {print \"%d: \" n \" domains\" m}'",
		(int)getpid(), beside_library(), (int)getpid(), (int)getpid(), number, (int)getpid(),
		beside_library(), (int)getpid(), number);
	fflush(stdout);
	FILE *f = popen(command, "w");
	fputs(text, f);
	if (pclose(f) != 0)
		die("bondctl");
}

static void pause_ms(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
}

/* Until no more than so many are there. */
static void settle(int most)
{
	char command[9000];

	snprintf(command, sizeof(command),
		"env -u LD_PRELOAD %s/bondctl status --json %d | "
		"env -u LD_PRELOAD python3 -c 'import json, sys; print([t[\"used\"] for t in json.load(sys.stdin)[\"tables\"]"
		" if t[\"name\"] == \"dns_domains\"][0])'", beside_library(), (int)getpid());
	for (int i = 0, used = most + 1; i < 300 && used > most; i++) {
		FILE *f = popen(command, "r");
		if (fscanf(f, "%d", &used) != 1)
			die("bondctl");
		pclose(f);
		pause_ms(100);
	}
}

int main(void)
{
	char path[64];
	pid_t second;

	if (getenv("VICTIM_BARE"))
		return 1;
	routed = ep(ROUTED4, 5060);
	MUST(pipe(turns[0]));
	MUST(pipe(turns[1]));
	MUST(pipe(answers));
	snprintf(path, sizeof(path), "/run/bond/%d", (int)getpid());
	gb_fd = (int)raw(SYS_open, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0, 0);
	gb_read(&gb_head, sizeof(gb_head), 0);
	pid_t pid = gb_process("", &second);
	gb_wait_for_seat(pid);
	gb_turn(0);
	say("-- 100 domains, others, and others, more than five minutes apart");
	for (int n = 1; n <= 9; n++) {
		if (n == 6)
			say("-- so at once");
		if (n == 9)
			say("-- five minutes later");
		gb_stop(pid);
		reload(n);
		if (n <= 5 || n == 8)
			gb_age();
		kill(pid, SIGCONT);
		if (n <= 5 || n == 8)
			settle(102);
	}
	gb_turn(0);
	kill(second, SIGKILL);
	kill(pid, SIGKILL);
	return 0;
}
